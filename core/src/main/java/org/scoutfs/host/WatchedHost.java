package org.scoutfs.host;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;

/**
 * A host whose threads, timers and workers work for one mount: they have its {@link MountIdent} and tell it what exceptions leave them, besides
 * the handler of the host below. Closing it closes nothing.
 */
final class WatchedHost implements Host {
    private final Host host;
    private final Thread.UncaughtExceptionHandler watcher;
    private final String ident;
    private final HostThreads threads = new WatchedThreads();
    private final HostClock clock = new WatchedClock();

    WatchedHost(Host host, Thread.UncaughtExceptionHandler watcher, String ident) {
        this.host = host;
        this.watcher = watcher;
        this.ident = ident;
    }

    @Override
    public HostClock clock() {
        return clock;
    }

    @Override
    public HostThreads threads() {
        return threads;
    }

    @Override
    public HostNetwork network() {
        return host.network();
    }

    @Override
    public HostRandom random() {
        return host.random();
    }

    @Override
    public void close() {
        // who made the host below closes it
    }

    /** The handler is the thread's: what reports a failure without ending its thread reports it to the watcher too. */
    private Runnable watched(Runnable body) {
        return () -> {
            watch(Thread.currentThread());
            MountIdent.run(ident, body);
        };
    }

    private void watch(Thread thread) {
        try {
            Thread.UncaughtExceptionHandler below = thread.getUncaughtExceptionHandler();
            thread.setUncaughtExceptionHandler((failed, failure) -> {
                try {
                    below.uncaughtException(failed, failure);
                } finally {
                    watcher.uncaughtException(failed, failure);
                }
            });
        } catch (Throwable t) {
            watcher.uncaughtException(thread, t);
            throw t;
        }
    }

    private final class WatchedThreads implements HostThreads {
        @Override
        public Thread platform(String name, Runnable body) {
            return host.threads().platform(name, watched(body));
        }

        @Override
        public Thread virtual(String name, Runnable body) {
            return host.threads().virtual(name, watched(body));
        }

        @Override
        public HostWorkers workers(String name, int threadCount, int queueLimit) {
            return new HostWorkers(this, name, threadCount, queueLimit);
        }

        @Override
        public long uncaught() {
            return host.threads().uncaught();
        }
    }

    private final class WatchedClock implements HostClock {
        @Override
        public long nanoTime() {
            return host.clock().nanoTime();
        }

        @Override
        public WallTime wallTime() {
            return host.clock().wallTime();
        }

        @Override
        public WallTime coarseWallTime() {
            return host.clock().coarseWallTime();
        }

        @Override
        public void sleep(long nanos) throws InterruptedException {
            host.clock().sleep(nanos);
        }

        @Override
        public long awaitNanos(Lock lock, Condition condition, long nanos) throws InterruptedException {
            return host.clock().awaitNanos(lock, condition, nanos);
        }

        @Override
        public HostTimer schedule(String name, long delayNanos, Runnable task) {
            return host.clock().schedule(name, delayNanos, watched(task));
        }
    }
}
