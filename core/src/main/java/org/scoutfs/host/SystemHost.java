package org.scoutfs.host;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.security.SecureRandom;

/** The real machine. Has one thread of its own, for timers, from the first timer on. */
public final class SystemHost implements Host {
    private static final Logger LOG = System.getLogger("org.scoutfs.host");

    private final SystemThreads threads;
    private final SystemClock clock;
    private final HostNetwork network = new SystemNetwork();
    private final HostRandom random =
            new MixedRandom(ByteBuffer.wrap(SecureRandom.getSeed(Long.BYTES)).getLong());

    public SystemHost() {
        this((thread, failure) -> LOG.log(Level.ERROR, "thread " + thread.getName() + " failed", failure));
    }

    /** {@code uncaught} is called by the thread that fails, once for each exception that leaves one. */
    public SystemHost(Thread.UncaughtExceptionHandler uncaught) {
        threads = new SystemThreads(uncaught);
        clock = new SystemClock(threads);
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
        return network;
    }

    @Override
    public HostRandom random() {
        return random;
    }

    @Override
    public void close() {
        clock.close();
    }
}
