package org.scoutfs.fuse;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.fuse.protocol.Wire;
import org.scoutfs.host.HostClock;

/**
 * Requests that wait for offline data, for days perhaps, without a thread. Whoever had one in hand goes on with others; when its wait is over,
 * a reader of its own kind ({@link ParkedSource}) executes it again from its beginning, or answers with the error that ended the wait.
 *
 * <p>What comes over io_uring stays in its {@link RingEntry}, which nothing else can use meanwhile: so of each queue's entries some are kept for
 * requests that do not wait. What comes over the device is copied. The kernel holds the folios of a READ that fills pages locked until it is
 * answered; {@link PageDropper} leaves them out, and counts them among requests in the background, of which it allows so many: again
 * some are kept. A READ of more than one page that fills pages is readahead and does not wait at all: told so by an error, which nobody
 * sees, the kernel asks again for the one page that is wanted.
 *
 * <p>The lock is held for a few assignments. Safe for all threads.
 */
final class ParkedRequests {
    /** Of the entries of one queue. */
    static final int MOST_OF_QUEUE = RingQueue.ENTRIES / 4 * 3;

    /** Of those that are copied. */
    static final int MOST_COPIED = 16_384;

    static final long MOST_COPIED_BYTES = 64L << 20;

    /** Callers that were killed do not say so if the kernel asks in the background; so somebody looks. */
    private static final long LOOK_NANOS = 1_000_000_000;

    /** How long an error that ended a wait is kept for the questions that the kernel repeats at once, and how many. */
    private static final long FAILURE_NANOS = 500_000_000;

    private static final int MOST_FAILURES = 1024;

    private static final System.Logger LOG = System.getLogger(ParkedRequests.class.getName());

    private final HostClock clock;
    private final int mostFills;
    private final Counter parkedCounter;
    private final Counter refused;
    private final Counter readahead;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    @GuardedBy("lock")
    private final Map<Long, Parked> all = new HashMap<>();

    @GuardedBy("lock")
    private final ArrayDeque<Parked> ready = new ArrayDeque<>();

    @GuardedBy("lock")
    private final ArrayDeque<Failure> failures = new ArrayDeque<>();

    @GuardedBy("lock")
    private final Map<Integer, Integer> ofQueue = new HashMap<>();

    @GuardedBy("lock")
    private int copied;

    @GuardedBy("lock")
    private long copiedBytes;

    @GuardedBy("lock")
    private int fills;

    @GuardedBy("lock")
    private boolean closed;

    @GuardedBy("lock")
    private boolean refusalLogged;

    private volatile int count;

    /** The wait of a page fill that ended with an error. */
    private record Failure(int pid, long node, long start, int errno, long atNanos) {}

    /** @param maxBackground as agreed with the kernel */
    ParkedRequests(HostClock clock, int maxBackground, Counters counters) {
        this.clock = clock;
        this.mostFills = Math.max(1, maxBackground / 2);
        this.parkedCounter = counters.get("fuse_parked");
        this.refused = counters.get("fuse_parked_refused");
        this.readahead = counters.get("fuse_readahead_offline");
    }

    /**
     * A place for the request that the calling reader has in hand. From here on it is seen by {@link #all}.
     *
     * @param cancel ends its wait
     * @throws FsException EAGAIN: it cannot wait
     */
    Parked begin(Exchange x, Runnable cancel) throws FsException {
        InFlight.View view = x.inFlight().view();
        boolean fill = view.kind() == InFlight.Kind.BUFFERED_READ;
        if (fill && view.end() - view.start() > Wire.PAGE_BYTES) {
            readahead.increment();
            throw new FsException(Errno.EAGAIN);
        }
        Parked parked = new Parked(this, x, view, fill, cancel, clock.nanoTime());
        lock.lock();
        try {
            if (closed) {
                throw new FsException(Errno.ECONNABORTED, "the mount has ended");
            }
            if (fill) {
                checkFailed(view);
            }
            checkRoom(parked);
            all.put(view.unique(), parked);
            count(parked, 1);
            parkedCounter.increment();
        } finally {
            lock.unlock();
        }
        return parked;
    }

    /**
     * Of a page that was to be read ahead nobody hears the error, and a fault that has let go of its lock is done again whatever came of it: the
     * thread asks up to twice more, as if for the first time, and would wait for ever although its wait was ended.
     */
    @GuardedBy("lock")
    private void checkFailed(InFlight.View view) throws FsException {
        forgetOldFailures();
        for (Failure failed : failures) {
            if (failed.pid == view.pid() && failed.node == view.node() && failed.start == view.start()) {
                throw new FsException(
                        Errno.of(failed.errno),
                        "node " + failed.node + ": the wait for offline data was ended with errno " + failed.errno);
            }
        }
    }

    @GuardedBy("lock")
    private void forgetOldFailures() {
        long now = clock.nanoTime();
        while (!failures.isEmpty() && now - failures.peek().atNanos > FAILURE_NANOS) {
            failures.remove();
        }
    }

    @GuardedBy("lock")
    private void checkRoom(Parked parked) throws FsException {
        String reason = "";
        if (parked.queue >= 0 && ofQueue.getOrDefault(parked.queue, 0) >= MOST_OF_QUEUE) {
            reason = MOST_OF_QUEUE + " requests from processor " + parked.queue
                    + " wait for offline data; the other entries of its queue are for requests that do not wait";
        } else if (parked.queue < 0 && (copied >= MOST_COPIED || copiedBytes + parked.bytes > MOST_COPIED_BYTES)) {
            reason = copied + " requests with " + copiedBytes + " bytes wait for offline data";
        } else if (parked.fill && fills >= mostFills) {
            reason = fills + " page faults wait for offline data; more could keep the kernel from reading ahead";
        }
        if (reason.isEmpty()) {
            return;
        }
        refused.increment();
        if (!refusalLogged) {
            refusalLogged = true;
            LOG.log(System.Logger.Level.WARNING, "{0}: more get EAGAIN", reason);
        }
        throw new FsException(Errno.EAGAIN, reason);
    }

    @GuardedBy("lock")
    private void count(Parked parked, int by) {
        if (parked.queue >= 0) {
            ofQueue.merge(parked.queue, by, Integer::sum);
        } else {
            copied += by;
            copiedBytes += by * (long) parked.bytes;
        }
        fills += parked.fill ? by : 0;
        count = all.size();
    }

    /** Nobody has the request in hand any more: it may be taken up as soon as its wait is over. */
    void putAside(Parked parked) {
        lock.lock();
        try {
            parked.aside = true;
            if (parked.over) {
                ready.add(parked);
            }
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    void over(Parked parked, int errno) {
        lock.lock();
        try {
            parked.over = true;
            parked.errno = errno;
            if (parked.aside) {
                ready.add(parked);
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits for a request whose wait is over; null after {@link #close}. */
    @Nullable
    Parked take() {
        while (true) {
            List<Parked> toLookAt;
            lock.lock();
            try {
                boolean late = false;
                while (ready.isEmpty() && !closed && !late) {
                    // Without page faults there is nobody to look after.
                    late = clock.awaitNanos(lock, changed, fills == 0 ? Long.MAX_VALUE / 2 : LOOK_NANOS) <= 0;
                }
                if (closed) {
                    return null;
                }
                Parked parked = ready.poll();
                if (parked != null) {
                    return parked;
                }
                toLookAt = all.values().stream()
                        .filter(waiting -> waiting.fill && !waiting.over)
                        .toList();
            } catch (InterruptedException e) {
                // nobody interrupts these threads on purpose
                continue;
            } finally {
                lock.unlock();
            }
            for (Parked fill : toLookAt) {
                if (CallerState.isGone(fill.view.pid()) || CallerState.isKilled(fill.view.pid())) {
                    fill.cancel();
                }
            }
        }
    }

    /** A request that was taken is in the hand of a reader, who shows it. */
    void begun(Parked parked) {
        lock.lock();
        try {
            all.remove(parked.view.unique());
            count(parked, -1);
            if (parked.fill && parked.errno != 0 && parked.errno != Errno.EINTR.number()) {
                forgetOldFailures();
                if (failures.size() < MOST_FAILURES) {
                    InFlight.View view = parked.view;
                    failures.add(new Failure(view.pid(), view.node(), view.start(), parked.errno, clock.nanoTime()));
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Its caller was interrupted. @return false if it does not wait here */
    boolean cancel(long unique) {
        if (count == 0) {
            return false;
        }
        Parked parked;
        lock.lock();
        try {
            parked = all.get(unique);
            if (parked == null || parked.over) {
                return false;
            }
        } finally {
            lock.unlock();
        }
        parked.cancel();
        return true;
    }

    /** How many there are. */
    int count() {
        return count;
    }

    /** Copies of all that are here. */
    List<Parked> all() {
        if (count == 0) {
            return List.of();
        }
        lock.lock();
        try {
            return new ArrayList<>(all.values());
        } finally {
            lock.unlock();
        }
    }

    /** Nobody can be answered any more: all waits end, and nothing is taken up. */
    void close() {
        List<Parked> waiting;
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
            waiting = List.copyOf(all.values());
        } finally {
            lock.unlock();
        }
        waiting.forEach(Parked::cancel);
    }
}
