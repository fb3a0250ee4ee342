package org.scoutfs.fs.quota;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.QuotaRule;
import org.scoutfs.format.TotlValue;
import org.scoutfs.fs.FsContext;
import org.scoutfs.fs.Modification;
import org.scoutfs.fs.QuotaCheck;
import org.scoutfs.host.BlockingAware;
import org.scoutfs.item.Item;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockMode;
import org.scoutfs.lock.LockRange;
import org.scoutfs.trans.Hold;

/** The quota rules of a volume as this mount enforces them. */
public final class Quota implements QuotaCheck {
    private static final long RESULT_LIFE_NANOS = 5_000_000_000L;
    private static final int RESULTS_MAX = 4096;

    private record Result(boolean exceeded, long untilNanos) {}

    /** Parsed rules and what checks against them came to: a check that is late leaves its result with the rules it was judged by. */
    private record Loaded(Ruleset rules, ConcurrentHashMap<Ruleset.Subject, Result> results) {}

    private final FsContext fs;
    /** Held while rules are read or changed; taken before the quota lock. */
    private final ReentrantLock loading = new ReentrantLock();

    /** Null: not loaded or given up with the lock. */
    private volatile @Nullable Loaded loaded;

    public Quota(FsContext fs) {
        this.fs = fs;
    }

    /**
     * EDQUOT if the creation of an inode or the allocation of data exceeds the enforced rule's limit. Called with inode group locks
     * held and without a hold.
     *
     * @param op {@link QuotaRule#OP_INODE} or {@link QuotaRule#OP_DATA}
     */
    @Override
    public void check(int op, long project, int uid, int gid) throws FsException {
        if (fs.options().formatVersion() < 2) {
            return;
        }
        Loaded present = loaded;
        if (present == null) {
            present = load();
        }
        if (!present.rules.rules().isEmpty() && exceeded(present, new Ruleset.Subject(op, project, uid, gid))) {
            throw new FsException(Errno.EDQUOT);
        }
    }

    private boolean exceeded(Loaded present, Ruleset.Subject subject) throws FsException {
        ConcurrentHashMap<Ruleset.Subject, Result> results = present.results;
        long now = fs.host().clock().nanoTime();
        Result cached = results.get(subject);
        if (cached != null && cached.untilNanos() - now > 0) {
            return cached.exceeded();
        }
        boolean exceeded = evaluate(present.rules, subject);
        if (results.size() >= RESULTS_MAX) {
            results.clear();
        }
        results.put(subject, new Result(exceeded, now + RESULT_LIFE_NANOS));
        return exceeded;
    }

    private boolean evaluate(Ruleset rules, Ruleset.Subject subject) throws FsException {
        QuotaRule rule = rules.enforced(subject);
        if (rule == null) {
            return false;
        }
        byte[] value = fs.weakItems().lookup(Ruleset.totlKey(rule, subject));
        if (value == null) {
            return false;
        }
        TotlValue totl = TotlValue.read(MemorySegment.ofArray(value), 0);
        long used = (rule.flags() & QuotaRule.FLAG_COUNT) != 0 ? totl.count() : totl.total();
        return Long.compareUnsigned(used, rule.limit()) >= 0;
    }

    /** One loader, others wait. The rules are published before the lock is given back, so an invalidation finds them (R88). */
    private Loaded load() throws FsException {
        BlockingAware.beforeBlocking();
        loading.lock();
        try {
            Loaded present = loaded;
            if (present != null) {
                return present;
            }
            ClusterLock lock = fs.locks().lock(LockRange.quota(), LockMode.READ);
            try {
                Loaded read = new Loaded(new Ruleset(readAll(lock)), new ConcurrentHashMap<>());
                loaded = read;
                return read;
            } finally {
                lock.unlock(LockMode.READ);
            }
        } finally {
            loading.unlock();
        }
    }

    @GuardedBy("loading")
    private List<QuotaRule> readAll(ClusterLock lock) throws FsException {
        List<QuotaRule> rules = new ArrayList<>();
        Key last = lock.range().end();
        Item item = fs.items().next(lock.range().start(), last, lock);
        while (item != null) {
            rules.add(parse(item));
            item = fs.items().next(item.key().increment(), last, lock);
        }
        return rules;
    }

    private static QuotaRule parse(Item item) throws CorruptionException {
        if (item.value().length != QuotaRule.SIZE) {
            throw new CorruptionException("quota rule " + item.key() + " of " + item.value().length + " bytes");
        }
        return QuotaRule.read(MemorySegment.ofArray(item.value()), 0);
    }

    /** The QUOTA lock was given up or rules were changed here: forgets rules and results. */
    @Override
    public void invalidate() {
        loaded = null;
    }

    /** Forgets the results of checks, not the rules; a test hook of the reference. */
    public void dropResults() {
        Loaded present = loaded;
        if (present != null) {
            present.results.clear();
        }
    }

    /** A place among the rules in key order; (0, 0) is before the first. */
    public record Position(long hash, long collision) {}

    public record Listing(List<QuotaRule> rules, Position next) {}

    /** At most {@code limit} rules at or after a place, and the place behind them. */
    public Listing list(Position from, int limit) throws FsException {
        requireSupport();
        List<QuotaRule> rules = new ArrayList<>();
        Position next = from;
        ClusterLock lock = fs.locks().lock(LockRange.quota(), LockMode.READ);
        try {
            Key at = Keys.quotaRule(from.hash(), from.collision());
            while (rules.size() < limit) {
                Item item = fs.items().next(at, lock.range().end(), lock);
                if (item == null) {
                    break;
                }
                rules.add(parse(item));
                next = new Position(item.key().second(), item.key().third() + 1);
                at = item.key().increment();
            }
        } finally {
            lock.unlock(LockMode.READ);
        }
        return new Listing(rules, next);
    }

    /** Adds a rule; EEXIST if there is an identical one, EINVAL if it makes no sense. Privilege is the caller's matter. */
    public void add(QuotaRule rule) throws FsException {
        requireSupport();
        validate(rule);
        modify(rule, true);
    }

    /** Removes an identical rule; ENOENT if there is none. */
    public void remove(QuotaRule rule) throws FsException {
        requireSupport();
        validate(rule);
        modify(rule, false);
    }

    private void requireSupport() throws FsException {
        if (fs.options().formatVersion() < 2) {
            throw new FsException(Errno.EOPNOTSUPP);
        }
    }

    private void modify(QuotaRule rule, boolean add) throws FsException {
        Modification.checkWritable(fs);
        // A load that began before would publish the rules as they were (R88).
        loading.lock();
        try {
            change(rule, add);
        } finally {
            loading.unlock();
        }
    }

    @GuardedBy("loading")
    private void change(QuotaRule rule, boolean add) throws FsException {
        long hash = rule.hash();
        ClusterLock lock = fs.locks().lock(LockRange.quota(), LockMode.WRITE);
        try (Hold _ = fs.transactions().hold(add)) {
            long nr = 0;
            Key last = Keys.quotaRule(hash, -1L);
            Item item = fs.items().next(Keys.quotaRule(hash, 0), last, lock);
            while (item != null) {
                if (parse(item).equals(rule)) {
                    if (add) {
                        throw new FsException(Errno.EEXIST);
                    }
                    fs.items().delete(item.key(), lock);
                    return;
                }
                nr = item.key().third() + 1;
                item = fs.items().next(item.key().increment(), last, lock);
            }
            if (!add) {
                throw new FsException(Errno.ENOENT);
            }
            byte[] value = new byte[QuotaRule.SIZE];
            rule.write(MemorySegment.ofArray(value), 0);
            fs.items().create(Keys.quotaRule(hash, nr), value, lock);
        } finally {
            invalidate();
            lock.unlock(LockMode.WRITE);
        }
    }

    private static void validate(QuotaRule rule) throws FsException {
        boolean valid = (rule.op() == QuotaRule.OP_INODE || rule.op() == QuotaRule.OP_DATA)
                && (rule.flags() & ~QuotaRule.FLAG_COUNT) == 0;
        List<QuotaRule.Name> names = rule.names();
        for (int i = 0; i < names.size() && valid; i++) {
            QuotaRule.Name name = names.get(i);
            boolean select = (name.flags() & QuotaRule.NAME_FLAG_SELECT) != 0;
            valid = name.source() <= QuotaRule.SOURCE_GID
                    && (name.flags() & ~QuotaRule.NAME_FLAG_SELECT) == 0
                    && !(select && name.source() == QuotaRule.SOURCE_LITERAL);
            for (int j = 0; j < i && select && valid; j++) {
                QuotaRule.Name other = names.get(j);
                boolean sameSource =
                        other.source() == name.source() && (other.flags() & QuotaRule.NAME_FLAG_SELECT) != 0;
                valid = !sameSource || other.value() == name.value();
            }
        }
        if (!valid) {
            throw new FsException(
                    Errno.EINVAL, "quota rule with an unknown operation, source or flag, or contradicting selections");
        }
    }
}
