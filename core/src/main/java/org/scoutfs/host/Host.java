package org.scoutfs.host;

/**
 * The machine a mount runs on. Many mounts may share one host. Safe for all threads.
 *
 * <p>Who makes a host closes it, after everything that uses it: timers that did not fire are then forgotten.
 */
public interface Host extends AutoCloseable {
    HostClock clock();

    HostThreads threads();

    HostNetwork network();

    HostRandom random();

    @Override
    void close();

    /** The real machine; exceptions that leave a thread are logged. The caller closes it. */
    static Host system() {
        return new SystemHost();
    }
}
