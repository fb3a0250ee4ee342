package org.scoutfs.host;

import java.time.Instant;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;

/** The clocks of the machine, and one thread that starts the tasks of timers. */
final class SystemClock implements HostClock, AutoCloseable {
    private static final long COARSE_NANOS = 1_000_000;

    private final HostThreads threads;
    private final ScheduledThreadPoolExecutor timers;

    /** Replaced by whoever finds it too old; two finders at once differ by less than its age. */
    private volatile Coarse coarse;

    SystemClock(HostThreads threads) {
        this.threads = threads;
        timers = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().name("scoutfs-timer").daemon().factory());
        timers.setRemoveOnCancelPolicy(true);
        timers.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        coarse = new Coarse(nanoTime(), wallTime());
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public WallTime wallTime() {
        Instant now = Instant.now();
        return new WallTime(now.getEpochSecond(), now.getNano());
    }

    @Override
    public WallTime coarseWallTime() {
        Coarse last = coarse;
        long now = nanoTime();
        if (now - last.readAtNanos < COARSE_NANOS) {
            return last.time;
        }
        WallTime time = wallTime();
        coarse = new Coarse(now, time);
        return time;
    }

    @Override
    public void sleep(long nanos) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(nanos);
    }

    @Override
    @SuppressWarnings("WaitNotInLoop") // the caller loops
    public long awaitNanos(Lock lock, Condition condition, long nanos) throws InterruptedException {
        return condition.awaitNanos(nanos);
    }

    @Override
    public HostTimer schedule(String name, long delayNanos, Runnable task) {
        Timer timer = new Timer(() -> threads.virtual(name, task));
        Future<?> future = timers.schedule(timer, delayNanos, TimeUnit.NANOSECONDS);
        return () -> {
            future.cancel(false);
            return timer.claim();
        };
    }

    @Override
    public void close() {
        timers.shutdown();
    }

    /** Claimed once: by the timer thread, or by who cancels. A future alone says cancelled while its task is already running. */
    private static final class Timer implements Runnable {
        private final AtomicBoolean claimed = new AtomicBoolean();
        private final Runnable start;

        Timer(Runnable start) {
            this.start = start;
        }

        boolean claim() {
            return claimed.compareAndSet(false, true);
        }

        @Override
        public void run() {
            if (claim()) {
                start.run();
            }
        }
    }

    private record Coarse(long readAtNanos, WallTime time) {}
}
