package org.scoutfs.host;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A clock that stands still until somebody moves it. Moving it fires what is due one after the other, each at exactly its time.
 *
 * <p>What a thread does that an event has woken or started happens afterwards: in a {@link Simulation} before the next event, otherwise
 * whenever that thread comes to run.
 */
public final class VirtualClock implements HostClock {
    /** 2026-01-01T00:00:00Z */
    private static final WallTime START = new WallTime(1_767_225_600, 0);

    private static final long COARSE_NANOS = 4_000_000;

    private final HostThreads threads;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final PriorityQueue<Event> events = new PriorityQueue<>(
            Comparator.<Event>comparingLong(event -> event.atNanos).thenComparingLong(e -> e.order));

    @GuardedBy("lock")
    private long nowNanos;

    @GuardedBy("lock")
    private long made;

    /** {@code threads} runs the tasks of timers. */
    VirtualClock(HostThreads threads) {
        this.threads = threads;
    }

    @Override
    public long nanoTime() {
        lock.lock();
        try {
            return nowNanos;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public WallTime wallTime() {
        return START.plusNanos(nanoTime());
    }

    @Override
    public WallTime coarseWallTime() {
        long now = nanoTime();
        return START.plusNanos(now - Math.floorMod(now, COARSE_NANOS));
    }

    @Override
    public void sleep(long nanos) throws InterruptedException {
        ReentrantLock alone = new ReentrantLock();
        Condition never = alone.newCondition();
        alone.lockInterruptibly();
        try {
            for (long left = nanos; left > 0; ) {
                left = awaitNanos(alone, never, left);
            }
        } finally {
            alone.unlock();
        }
    }

    @Override
    @SuppressWarnings("WaitNotInLoop") // the caller loops
    public long awaitNanos(Lock lockOfCondition, Condition condition, long nanos) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (nanos <= 0) {
            return nanos;
        }
        long start = nanoTime();
        HostTimer wake = schedule("wake " + Thread.currentThread().getName(), nanos, () -> {
            lockOfCondition.lock();
            try {
                condition.signalAll();
            } finally {
                lockOfCondition.unlock();
            }
        });
        try {
            condition.await();
        } finally {
            wake.cancel();
        }
        return nanos - (nanoTime() - start);
    }

    @Override
    public HostTimer schedule(String name, long delayNanos, Runnable task) {
        if (delayNanos <= 0) {
            threads.virtual(name, task);
            return () -> false;
        }
        return at(delayNanos, () -> threads.virtual(name, task));
    }

    /** Runs an action that does not block, inside whoever moves the clock. */
    HostTimer at(long delayNanos, Runnable action) {
        lock.lock();
        try {
            long time = nowNanos + delayNanos < nowNanos ? Long.MAX_VALUE : nowNanos + delayNanos;
            Event event = new Event(time, made++, action);
            events.add(event);
            return () -> cancel(event);
        } finally {
            lock.unlock();
        }
    }

    private boolean cancel(Event event) {
        lock.lock();
        try {
            return events.remove(event);
        } finally {
            lock.unlock();
        }
    }

    /** How many timers, sleepers and others wait for their time. */
    public int waiting() {
        lock.lock();
        try {
            return events.size();
        } finally {
            lock.unlock();
        }
    }

    /** Lets time pass: fires everything due in the next {@code nanos}, in order. */
    public void advance(long nanos) {
        long target = nanoTime() + nanos;
        while (step(target)) {
            // each event may have made others
        }
        moveTo(target);
    }

    /** Moves to the next event and fires it, unless it is later than {@code limitNanos} or there is none. */
    boolean step(long limitNanos) {
        @Nullable Event event;
        lock.lock();
        try {
            event = events.peek();
            if (event == null || event.atNanos > limitNanos) {
                return false;
            }
            events.remove();
            nowNanos = Math.max(nowNanos, event.atNanos);
        } finally {
            lock.unlock();
        }
        event.action.run();
        return true;
    }

    void moveTo(long targetNanos) {
        lock.lock();
        try {
            nowNanos = Math.max(nowNanos, targetNanos);
        } finally {
            lock.unlock();
        }
    }

    /** Events of the same time fire in the order they were made. Compared by identity. */
    private static final class Event {
        final long atNanos;
        final long order;
        final Runnable action;

        Event(long atNanos, long order, Runnable action) {
            this.atNanos = atNanos;
            this.order = order;
            this.action = action;
        }
    }
}
