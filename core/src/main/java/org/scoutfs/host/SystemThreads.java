package org.scoutfs.host;

import java.util.concurrent.atomic.AtomicLong;

/** Threads of the JVM. */
final class SystemThreads implements HostThreads {
    private final AtomicLong uncaughtCount = new AtomicLong();
    private final Thread.UncaughtExceptionHandler uncaught;

    SystemThreads(Thread.UncaughtExceptionHandler uncaught) {
        this.uncaught = (thread, failure) -> {
            uncaughtCount.incrementAndGet();
            uncaught.uncaughtException(thread, failure);
        };
    }

    @Override
    public Thread platform(String name, Runnable body) {
        return Thread.ofPlatform()
                .name(name)
                .daemon()
                .uncaughtExceptionHandler(uncaught)
                .start(body);
    }

    @Override
    public Thread virtual(String name, Runnable body) {
        return Thread.ofVirtual().name(name).uncaughtExceptionHandler(uncaught).start(body);
    }

    @Override
    public HostWorkers workers(String name, int threads, int queueLimit) {
        return new HostWorkers(this, name, threads, queueLimit);
    }

    @Override
    public long uncaught() {
        return uncaughtCount.get();
    }
}
