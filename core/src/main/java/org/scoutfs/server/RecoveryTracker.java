package org.scoutfs.server;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.host.HostClock;
import org.scoutfs.host.HostTimer;

/**
 * Which mounts of the time before this server have not come back yet (spec 3 section 10). Mounts that have are served normally, but
 * cluster locks and questions about open inodes wait for the others: those may hold locks and files that only they know of.
 *
 * <p>All mounts are entered before the clock starts and before any connection is accepted. Any thread; the listener is called with no
 * lock held, each of its methods at most once, except that several may run at a time.
 */
final class RecoveryTracker {
    /** From the start of the server until mounts that have not recovered are fenced. */
    static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final System.Logger LOG = System.getLogger(RecoveryTracker.class.getName());

    /** What a mount has to do. */
    enum Step {
        /** Any valid greeting. */
        GREETING,
        /** All its locks are reported. */
        LOCKS
    }

    /** A mount in recovery. */
    record Late(long rid, InetAddr addr) {}

    /** What the server does about it. An error stops the server. */
    interface Listener {
        /** Everybody has greeted. */
        void greeted() throws FsException;

        /** Everybody has recovered or was reclaimed. */
        void recovered() throws FsException;

        /** Time is up for these. */
        void late(List<Late> mounts) throws FsException;

        /** One of the above failed. */
        void failed(FsException error);
    }

    private static final class Pending {
        final InetAddr addr;
        final EnumSet<Step> steps = EnumSet.allOf(Step.class);

        Pending(InetAddr addr) {
            this.addr = addr;
        }
    }

    private interface Call {
        void run() throws FsException;
    }

    private final HostClock clock;
    private final Listener listener;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Long, Pending> mounts = new HashMap<>();
    /** Also read without the lock, by every lock request. */
    private volatile int toGreet;

    private volatile int toRecover;
    private @Nullable HostTimer timer;

    /** Calls of the listener under way. */
    private int calls;

    private boolean stopped;
    private final Condition quiet = lock.newCondition();

    RecoveryTracker(HostClock clock, Listener listener) {
        this.clock = clock;
        this.listener = listener;
    }

    /** Enters a mount; before {@link #start}. */
    void prepare(long rid, InetAddr addr) {
        lock.lock();
        try {
            mounts.put(rid, new Pending(addr));
            toGreet = mounts.size();
            toRecover = mounts.size();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Starts the clock if anybody was entered.
     *
     * @param isGone whether a mount certainly lives no more: it is late from the start
     */
    void start(BiPredicate<Long, InetAddr> isGone) {
        List<Late> gone = allLate();
        lock.lock();
        try {
            if (!mounts.isEmpty()) {
                LOG.log(System.Logger.Level.INFO, "waiting for {0} clients to recover", mounts.size());
                timer = clock.schedule("scoutfs-recovery-timeout", TIMEOUT_NANOS, this::expired);
            }
        } finally {
            lock.unlock();
        }
        // Asking may look at a device.
        gone.removeIf(mount -> !isGone.test(mount.rid, mount.addr));
        if (!gone.isEmpty()) {
            call(() -> listener.late(gone));
        }
    }

    /** Whether some mount has not greeted. */
    boolean awaitsGreetings() {
        return toGreet > 0;
    }

    /** Whether some mount has not recovered. */
    boolean inProgress() {
        return toRecover > 0;
    }

    /** Whether this mount still has to do this. */
    boolean isPending(long rid, Step step) {
        if (toRecover == 0) {
            return false;
        }
        lock.lock();
        try {
            Pending pending = mounts.get(rid);
            return pending != null && pending.steps.contains(step);
        } finally {
            lock.unlock();
        }
    }

    /** The mount has done this; whoever does it last releases what waited. */
    void done(long rid, Step step) {
        finish(rid, EnumSet.of(step));
    }

    /** The mount is gone and reclaimed. */
    void reclaimed(long rid) {
        finish(rid, EnumSet.allOf(Step.class));
    }

    /**
     * Forgets all mounts. On return nobody is fenced or released any more: a fence request that came later would be one of the next
     * server. Not from the listener.
     */
    void stop() {
        lock.lock();
        try {
            stopped = true;
            mounts.clear();
            stopTimer();
            while (calls > 0) {
                quiet.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private void finish(long rid, EnumSet<Step> steps) {
        if (toRecover == 0) {
            return;
        }
        boolean greeted = false;
        boolean recovered = false;
        lock.lock();
        try {
            Pending pending = mounts.get(rid);
            if (pending == null) {
                return;
            }
            if (steps.contains(Step.GREETING) && pending.steps.remove(Step.GREETING)) {
                int left = toGreet - 1;
                toGreet = left;
                greeted = left == 0;
            }
            if (steps.contains(Step.LOCKS)) {
                pending.steps.remove(Step.LOCKS);
            }
            if (pending.steps.isEmpty()) {
                mounts.remove(rid);
                toRecover = mounts.size();
                recovered = toRecover == 0;
                if (recovered) {
                    stopTimer();
                }
            }
        } finally {
            lock.unlock();
        }
        if (greeted) {
            call(listener::greeted);
        }
        if (recovered) {
            LOG.log(System.Logger.Level.INFO, "all clients recovered");
            call(listener::recovered);
        }
    }

    private void expired() {
        List<Late> late = allLate();
        for (Late mount : late) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "{0} ms recovery timeout expired for client rid {1}, fencing",
                    Long.toString(TimeUnit.NANOSECONDS.toMillis(TIMEOUT_NANOS)),
                    "%016x".formatted(mount.rid));
        }
        if (!late.isEmpty()) {
            call(() -> listener.late(late));
        }
    }

    private List<Late> allLate() {
        List<Late> late = new ArrayList<>();
        lock.lock();
        try {
            mounts.forEach((rid, pending) -> late.add(new Late(rid, pending.addr)));
        } finally {
            lock.unlock();
        }
        return late;
    }

    private void call(Call call) {
        lock.lock();
        try {
            if (stopped) {
                return;
            }
            calls++;
        } finally {
            lock.unlock();
        }
        try {
            call.run();
        } catch (FsException e) {
            listener.failed(e);
        } finally {
            lock.lock();
            try {
                calls--;
                quiet.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private void stopTimer() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
