package org.scoutfs.server;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.LockMessage;
import org.scoutfs.format.wire.LockMode;

/**
 * Decides who may use which range of items (spec 3 section 8.7). A lock is known by the first key of its range.
 *
 * <p>For each lock there are three lists: what mounts hold, what they want in the order they asked, and what they have been asked to
 * give up. Nobody is granted anything while an answer to an invalidation is outstanding, and whoever waits is served in order: a
 * reader that asks behind a waiting writer waits too. What a mount says it holds is informational; what counts is the record here.
 *
 * <p>Any thread. One lock guards all tables: deciding is short and sending only queues, and with one lock no request can find an
 * object that is just being freed (race R76). Messages of one cluster lock are queued under it in the order decided, and the client
 * processes them in that order. Below it stand only the locks of the network's send queues.
 */
final class LockServer {
    private static final System.Logger LOG = System.getLogger(LockServer.class.getName());

    /** What a mount holds; mode is the old one until an invalidation is answered. */
    private static final class Held {
        final long rid;
        final LockMode mode;

        Held(long rid, LockMode mode) {
            this.rid = rid;
            this.mode = mode;
        }
    }

    private record Wanted(long rid, LockMode mode, Peers.Reply reply) {}

    private static final class ClusterLock {
        final Key key;
        final List<Held> granted = new ArrayList<>(2);
        final List<Held> invalidated = new ArrayList<>(2);
        final ArrayDeque<Wanted> requested = new ArrayDeque<>(2);

        /** Messages since somebody has held or wanted it. */
        long requests;

        long invalidations;
        long responses;
        long grants;

        ClusterLock(Key key) {
            this.key = key;
        }

        boolean isUnused() {
            return granted.isEmpty() && invalidated.isEmpty() && requested.isEmpty();
        }

        @Nullable
        Held heldBy(long rid) {
            for (Held held : granted) {
                if (held.rid == rid) {
                    return held;
                }
            }
            return null;
        }
    }

    private final Peers peers;
    private final LongSupplier nextSeq;
    private final BooleanSupplier recovering;
    private final Counter grants;
    private final Counter invalidations;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Key, ClusterLock> locks = new HashMap<>();

    /**
     * @param nextSeq the volume's sequence counter
     * @param recovering whether some mount's locks of the time before this server are not all known yet; asked under the lock
     */
    LockServer(Peers peers, LongSupplier nextSeq, BooleanSupplier recovering, Counters counters) {
        this.peers = peers;
        this.nextSeq = nextSeq;
        this.recovering = recovering;
        this.grants = counters.get("server_lock_grant_response");
        this.invalidations = counters.get("server_lock_invalidate_request");
    }

    /**
     * A mount wants a lock, or gives it back with mode NULL. Answered when it is granted.
     *
     * @throws FsException EINVAL if there is no such mode; close the connection
     */
    void request(long rid, LockMessage message, Peers.Reply reply) throws FsException {
        LockMode mode = mode(message.newMode());
        lock.lock();
        try {
            if (!peers.has(rid)) {
                return;
            }
            ClusterLock wanted = locks.computeIfAbsent(message.key(), ClusterLock::new);
            wanted.requests++;
            wanted.requested.add(new Wanted(rid, mode, reply));
            process(wanted);
        } finally {
            lock.unlock();
        }
    }

    /**
     * A mount has done what an invalidation asked for.
     *
     * @throws FsException EINVAL if nothing was asked of it; close the connection
     */
    void response(long rid, LockMessage message) throws FsException {
        LockMode mode = mode(message.newMode());
        lock.lock();
        try {
            ClusterLock answered = locks.get(message.key());
            if (answered == null || !remove(answered.invalidated, rid)) {
                throw new FsException(
                        Errno.EINVAL,
                        "mount %016x answered an invalidation of lock %s that was not asked for"
                                .formatted(rid, message.key()));
            }
            answered.responses++;
            if (mode != LockMode.NULL) {
                answered.granted.add(new Held(rid, mode));
            }
            process(answered);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes up the locks that a mount held under an earlier server. NULL entries are locks the mount waits for: they hold nothing and
     * its request comes again.
     *
     * @throws FsException EINVAL if the mount was recorded as a holder of one of them before; close the connection
     */
    void recover(long rid, List<LockMessage> held) throws FsException {
        lock.lock();
        try {
            if (!peers.has(rid)) {
                return;
            }
            for (LockMessage message : held) {
                LockMode mode = mode(message.newMode());
                if (mode == LockMode.NULL) {
                    continue;
                }
                ClusterLock known = locks.computeIfAbsent(message.key(), ClusterLock::new);
                if (known.heldBy(rid) != null) {
                    throw new FsException(
                            Errno.EINVAL, "mount %016x recovers lock %s twice".formatted(rid, message.key()));
                }
                known.granted.add(new Held(rid, mode));
            }
        } finally {
            lock.unlock();
        }
    }

    /** All mounts have recovered: serves what was asked for meanwhile. */
    void recovered() throws FsException {
        lock.lock();
        try {
            for (ClusterLock waiting : List.copyOf(locks.values())) {
                process(waiting);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Forgets a mount that is gone, and serves those who waited for it. */
    void remove(long rid) throws FsException {
        lock.lock();
        try {
            for (ClusterLock known : List.copyOf(locks.values())) {
                boolean touched = remove(known.granted, rid);
                touched |= remove(known.invalidated, rid);
                touched |= known.requested.removeIf(wanted -> wanted.rid == rid);
                if (touched) {
                    process(known);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Forgets everything. */
    void clear() {
        lock.lock();
        try {
            locks.clear();
        } finally {
            lock.unlock();
        }
    }

    /** Number of locks that somebody holds or wants. */
    int size() {
        lock.lock();
        try {
            return locks.size();
        } finally {
            lock.unlock();
        }
    }

    /** Lines of the debug file {@code server_locks} (spec 5 section 6.3), without newlines. */
    List<String> debugLines() {
        List<String> lines = new ArrayList<>();
        lock.lock();
        try {
            for (ClusterLock known : locks.values()) {
                known.granted.forEach(held -> lines.add(line(known, held.mode, "granted", held.rid)));
                known.invalidated.forEach(held -> lines.add(line(known, held.mode, "invalidated", held.rid)));
                known.requested.forEach(wanted -> lines.add(line(known, wanted.mode, "requested", wanted.rid)));
            }
        } finally {
            lock.unlock();
        }
        return lines;
    }

    private static String line(ClusterLock known, LockMode mode, String state, long rid) {
        return "%s %s %s rid %016x net_id 0".formatted(known.key, mode.name().toLowerCase(Locale.ROOT), state, rid);
    }

    private void process(ClusterLock at) throws FsException {
        if (at.invalidated.isEmpty() && !recovering.getAsBoolean()) {
            while (!at.requested.isEmpty()
                    && invalidateIncompatible(at, at.requested.element())
                    && at.invalidated.isEmpty()) {
                grant(at, at.requested.remove());
            }
        }
        if (at.isUnused()) {
            locks.remove(at.key);
        }
    }

    /** False if a holder cannot be asked: it is being fenced, and its reclaim comes by here again. */
    private boolean invalidateIncompatible(ClusterLock at, Wanted wanted) throws FsException {
        Iterator<Held> iterator = at.granted.iterator();
        while (iterator.hasNext()) {
            Held held = iterator.next();
            if (!compatible(held, wanted)) {
                LockMode target =
                        held.mode == LockMode.WRITE && wanted.mode == LockMode.READ ? LockMode.READ : LockMode.NULL;
                byte[] message = new LockMessage(at.key, 0, held.mode, target).toBytes();
                if (!reached(() -> peers.request(held.rid, Command.LOCK, message))) {
                    LOG.log(System.Logger.Level.DEBUG, "lock {0} waits for a mount without connection", at.key);
                    return false;
                }
                invalidations.increment();
                at.invalidations++;
                iterator.remove();
                at.invalidated.add(held);
            }
        }
        return true;
    }

    private void grant(ClusterLock at, Wanted wanted) throws FsException {
        Held own = at.heldBy(wanted.rid);
        LockMode old = own == null ? LockMode.NULL : own.mode;
        long writeSeq = wanted.mode.canWrite() ? nextSeq.getAsLong() : 0;
        byte[] message = new LockMessage(at.key, writeSeq, old, wanted.mode).toBytes();
        if (!reached(() -> wanted.reply.send(message))) {
            // Nobody can use this grant any more: the request is dropped, and what the mount held waits for its
            // reclaim.
            return;
        }
        grants.increment();
        at.grants++;
        if (own != null) {
            at.granted.remove(own);
        }
        if (wanted.mode != LockMode.NULL) {
            at.granted.add(new Held(wanted.rid, wanted.mode));
        }
    }

    /** Lines of the debug file {@code server_lock_stats}, without newlines. */
    List<String> statLines() {
        List<String> lines = new ArrayList<>();
        lock.lock();
        try {
            for (ClusterLock each : locks.values()) {
                lines.add(each.key + " req " + each.requests + " inv " + each.invalidations + " rsp " + each.responses
                        + " gr " + each.grants);
            }
        } finally {
            lock.unlock();
        }
        lines.sort(null);
        return lines;
    }

    private interface Send {
        void run() throws FsException;
    }

    /** False if the mount has no association. */
    private static boolean reached(Send send) throws FsException {
        try {
            send.run();
            return true;
        } catch (FsException e) {
            if (e.errno() == Errno.ENOTCONN) {
                return false;
            }
            throw e;
        }
    }

    /** Section 8.1. */
    private static boolean compatible(Held held, Wanted wanted) {
        if (held.mode == wanted.mode && (held.mode == LockMode.READ || held.mode == LockMode.WRITE_ONLY)) {
            return true;
        }
        if (held.rid == wanted.rid) {
            return held.mode == LockMode.READ && wanted.mode == LockMode.WRITE;
        }
        return held.mode == LockMode.NULL || wanted.mode == LockMode.NULL;
    }

    private static boolean remove(List<Held> entries, long rid) {
        return entries.removeIf(held -> held.rid == rid);
    }

    private static LockMode mode(int number) throws FsException {
        LockMode mode = LockMode.of(number);
        if (mode == null) {
            throw new FsException(Errno.EINVAL, "lock mode " + number);
        }
        return mode;
    }
}
