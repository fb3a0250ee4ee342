package org.scoutfs.lock;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.scoutfs.client.LockMessageHandler;
import org.scoutfs.client.LockService;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;
import org.scoutfs.format.wire.LockMessage;
import org.scoutfs.host.BlockingAware;
import org.scoutfs.host.Host;
import org.scoutfs.host.RestartAware;

/**
 * The mount's cluster locks, spec 3 section 8. A lock that is already granted costs one compare-and-set to take and one to give
 * back, without allocation, through {@link #lockInode}, {@link #lockIndex} or {@link #lock} with a constant range. Everything
 * else waits for the server: {@link BlockingAware} threads are told before.
 *
 * <p>Locks must be taken in the order of spec 3 section 8.3 and never while the thread holds the transaction (EDEADLK). A thread
 * that holds no cluster lock waits when the lock it asks for is about to be taken away, so that other mounts get their turn; one that
 * holds some does not, so nested use of one lock cannot deadlock. A user of READ must not ask for WRITE of the same range.
 *
 * <p>Safe for all threads.
 */
public final class LockClient {
    private final LockService service;
    private final IdleLocks idle;
    private final LockMessages messages;

    /** All lock objects that are not dead, by start key. */
    private final ConcurrentSkipListMap<Key, ClusterLock> locks = new ConcurrentSkipListMap<>();
    /** Those used last, found without a key object. */
    private final RecentLocks recent = new RecentLocks();

    private final AtomicLong generations = new AtomicLong();
    /** How many uses of locks each thread has. */
    private final ThreadLocal<Uses> uses = ThreadLocal.withInitial(Uses::new);

    private final Counter waits;
    private final Counter nonBlockFails;
    private final Counter requests;

    private volatile LockInvalidator invalidator = (lock, oldMode, newMode) -> {};
    private volatile LockTransactions transactions = NoTransactions.INSTANCE;
    private volatile boolean shutdown;

    private static final class Uses {
        int count;
        boolean admitted;
    }

    /** Before there are any. */
    private enum NoTransactions implements LockTransactions {
        INSTANCE;

        @Override
        public long transSeq() {
            return 0;
        }

        @Override
        public boolean heldByThisThread() {
            return false;
        }

        @Override
        public void commitAndWait(long transSeq) {}
    }

    /** @param idleCount granted locks kept although nobody uses them, 32..100000; above it each new lock sends an old one back */
    public LockClient(LockService service, Host host, Counters counters, int idleCount) {
        this.service = service;
        this.idle = new IdleLocks(counters, idleCount);
        this.waits = counters.get("lock_wait");
        this.nonBlockFails = counters.get("lock_nonblock_eagain");
        this.requests = counters.get("lock_grant_request");
        this.messages = new LockMessages(this, host, counters);
    }

    /** Told before the server is answered when a lock is taken away. Set once, before the client starts. */
    public void setInvalidator(LockInvalidator invalidator) {
        this.invalidator = invalidator;
    }

    /** The transactions that changes under these locks go into. Set once, before the client starts. */
    public void setTransactions(LockTransactions transactions) {
        this.transactions = transactions;
    }

    /** Changes the number of idle locks kept, 32..100000; takes effect one lock at a time. */
    public void setIdleCount(int idleCount) {
        idle.setLimit(idleCount);
    }

    /** How many locks the mount has now, used or idle, for people to look at. */
    public int heldLocks() {
        int held = 0;
        for (ClusterLock lock : locks.values()) {
            if (lock.mode() != LockMode.NULL) {
                held++;
            }
        }
        return held;
    }

    /** Lines of the debug file {@code client_locks}, without newlines, for people to look at. */
    public List<String> debugLines() {
        return locks.values().stream().map(ClusterLock::debugLine).toList();
    }

    /** What the connection to the server is given. */
    public LockMessageHandler messages() {
        return messages;
    }

    /**
     * Waits until {@code range} is granted in {@code mode} and counts the caller as a user.
     *
     * @param mode READ, WRITE or WRITE_ONLY
     * @throws FsException EDEADLK while holding the transaction, ENOLINK after {@link #shutdown} or a forced unmount
     */
    public ClusterLock lock(LockRange range, LockMode mode) throws FsException {
        ClusterLock lock = recent.find(range.start());
        return lock != null && use(lock, mode) ? lock : await(range, mode, false);
    }

    /** As {@link #lock}, but null instead of waiting or asking the server. */
    public @Nullable ClusterLock tryLock(LockRange range, LockMode mode) throws FsException {
        checkOpen();
        ClusterLock lock = locks.get(range.start());
        if (lock != null && (use(lock, mode) || (uses.get().count > 0 && useNested(lock, mode)))) {
            return lock;
        }
        nonBlockFails.increment();
        return null;
    }

    /** As {@link #lock}, but the wait ends with EINTR when the thread is interrupted: only for the root inode during mount. */
    public ClusterLock lockInterruptibly(LockRange range, LockMode mode) throws FsException {
        return await(range, mode, true);
    }

    /** {@link #lock} of the group of inode {@code ino}, without making the range. */
    public ClusterLock lockInode(long ino, LockMode mode) throws FsException {
        ClusterLock lock = recent.findInode(ino);
        return lock != null && use(lock, mode) ? lock : await(LockRange.inodeGroup(ino), mode, false);
    }

    /** {@link #tryLock} of the group of inode {@code ino}, without making the range. */
    public @Nullable ClusterLock tryLockInode(long ino, LockMode mode) throws FsException {
        ClusterLock lock = recent.findInode(ino);
        return lock != null && use(lock, mode) ? lock : tryLock(LockRange.inodeGroup(ino), mode);
    }

    /** {@link #lock} of an index group, without making the range; see {@link LockRange#index}. */
    public ClusterLock lockIndex(int type, long seq, LockMode mode) throws FsException {
        ClusterLock lock = recent.findIndex(type, seq);
        return lock != null && use(lock, mode) ? lock : await(LockRange.index(type, seq), mode, false);
    }

    /**
     * Until {@link #dismiss} the calling thread may use locks that are granted but being taken away, while {@link LockInvalidator#revoking} runs:
     * for what a revocation itself waits for, such as the kernel writing back pages that were changed through a mapping (rule P4 of spec
     * 6 section 6.3). It must not hold anything that such a lock's users wait for.
     */
    public void admit() {
        uses.get().admitted = true;
    }

    /** Ends what {@link #admit} began, on the same thread. */
    public void dismiss() {
        uses.get().admitted = false;
    }

    /** Greatest refresh generation given out so far. */
    public long lastRefreshGeneration() {
        return generations.get();
    }

    /** Lock objects now, granted or wanted. */
    public int lockCount() {
        return idle.count();
    }

    /** Gives back all locks that nobody uses, for tests (trigger statfs_lock_purge). Does not wait. */
    public void purge() {
        for (ClusterLock lock : locks.values()) {
            giveBack(lock);
        }
    }

    /**
     * From now on lock calls fail with ENOLINK and nothing is asked of the server; its invalidations are still answered, without
     * touching caches, once what the lock covers is committed (spec 3 section 8.9). Nobody uses a lock any more.
     */
    public void shutdown() {
        shutdown = true;
        for (ClusterLock lock : locks.values()) {
            synchronized (lock) {
                lock.notifyAll();
            }
        }
    }

    /** After the network is closed: forgets all locks and pending invalidations; whoever still waits for a lock gets ENOLINK. */
    public void destroy() {
        shutdown = true;
        for (ClusterLock lock : locks.values()) {
            lock.destroy(closed());
            locks.remove(lock.key(), lock);
        }
        recent.clear();
        idle.clear();
    }

    // ---- for ClusterLock

    long nextRefreshGeneration() {
        return generations.incrementAndGet();
    }

    long transSeq() {
        return transactions.transSeq();
    }

    /** The calling thread gives back a use. */
    void left() {
        Uses mine = uses.get();
        if (mine.count > 0) {
            mine.count--;
        }
    }

    // ---- for LockMessages

    @Nullable
    ClusterLock find(Key start) {
        return locks.get(start);
    }

    /** All locks from this key on, ascending. */
    Iterable<ClusterLock> locksFrom(Key start) {
        return locks.tailMap(start).values();
    }

    LockInvalidator invalidator() {
        return invalidator;
    }

    LockTransactions transactions() {
        return transactions;
    }

    boolean isShutdown() {
        return shutdown;
    }

    // ---- taking locks

    private boolean use(ClusterLock lock, LockMode mode) {
        if (shutdown || !lock.tryUse(mode)) {
            return false;
        }
        uses.get().count++;
        assert !transactions.heldByThisThread()
                : "cluster lock " + lock.range() + " taken while holding the transaction";
        return true;
    }

    private boolean useNested(ClusterLock lock, LockMode mode) {
        if (!lock.tryUseNested(mode)) {
            return false;
        }
        uses.get().count++;
        return true;
    }

    private ClusterLock await(LockRange range, LockMode mode, boolean interruptible) throws FsException {
        if (mode == LockMode.NULL) {
            throw new IllegalArgumentException("nobody uses a lock in mode NULL");
        }
        if (transactions.heldByThisThread()) {
            // Whoever must give the lock up may need our commit, which waits for this thread.
            throw new FsException(Errno.EDEADLK, "cluster lock " + range + " wanted while holding the transaction");
        }
        Uses mine = uses.get();
        boolean nested = mine.count > 0;
        boolean told = false;
        LockWaiter waiter = new LockWaiter(mode);
        boolean interrupted = interruptible && Thread.interrupted();
        try {
            for (; ; ) {
                ClusterLock lock = find(range);
                LockMode old;
                LockStep step;
                synchronized (lock) {
                    step = next(lock, waiter, mine, nested);
                    while (step == LockStep.WAIT && told) {
                        if (interruptible && interrupted) {
                            lock.giveUp(waiter);
                            throw new FsException(Errno.EINTR, "interrupted while waiting for cluster lock " + range);
                        }
                        boolean wait = RestartAware.begin(() -> wake(lock));
                        try {
                            if (wait) {
                                lock.wait();
                            }
                        } catch (InterruptedException e) {
                            interrupted = true;
                        }
                        if (RestartAware.end() && !waiter.done) {
                            lock.giveUp(waiter);
                            throw new FsException(Errno.ESTALE, "the wait for cluster lock " + range + " was given up");
                        }
                        step = next(lock, waiter, mine, nested);
                    }
                    old = lock.mode();
                }
                if (waiter.failure != null) {
                    throw waiter.failure;
                }
                switch (step) {
                    case USE -> {
                        mine.count++;
                        recent.add(lock);
                        return lock;
                    }
                    case REQUEST -> request(lock, old, mode);
                    case WAIT, GONE -> {}
                }
                if (!told && step != LockStep.GONE) {
                    told = true;
                    waits.increment();
                    BlockingAware.beforeBlocking();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void wake(ClusterLock lock) {
        synchronized (lock) {
            lock.notifyAll();
        }
    }

    @GuardedBy("lock")
    private LockStep next(ClusterLock lock, LockWaiter waiter, Uses mine, boolean nested) throws FsException {
        if (waiter.done) {
            return LockStep.USE;
        }
        if (shutdown) {
            lock.giveUp(waiter);
            throw closed();
        }
        return lock.want(waiter, nested, mine.admitted);
    }

    /** Asks the server; what comes of it is seen in the lock. */
    private void request(ClusterLock lock, LockMode old, LockMode wanted) {
        requests.increment();
        try {
            service.requestLock(new LockMessage(lock.key(), 0, old.number(), wanted.number()));
        } catch (FsException e) {
            lock.requestFailed(e);
        }
    }

    private ClusterLock find(LockRange range) {
        for (; ; ) {
            ClusterLock lock = locks.get(range.start());
            if (lock == null) {
                lock = new ClusterLock(this, range);
                if (locks.putIfAbsent(range.start(), lock) != null) {
                    continue;
                }
                // One comes, at most one goes: giving back many at once would starve everything else (spec 3, R78).
                ClusterLock old = idle.add(lock);
                if (old != null) {
                    giveBack(old);
                }
            }
            if (!lock.isDead()) {
                return lock;
            }
            locks.remove(range.start(), lock);
        }
    }

    private void giveBack(ClusterLock lock) {
        LockMode old = lock.mode();
        if (!shutdown && lock.requestNull()) {
            request(lock, old, LockMode.NULL);
        }
    }

    /** Forgets a lock that grants nothing and that nobody wants. */
    void freeIfUnused(ClusterLock lock) {
        if (lock.tryKill()) {
            locks.remove(lock.key(), lock);
            recent.remove(lock);
            idle.remove(lock);
        }
    }

    private void checkOpen() throws FsException {
        if (shutdown) {
            throw closed();
        }
    }

    private static FsException closed() {
        return new FsException(Errno.ENOLINK, "the mount's cluster locks are shut down");
    }
}
