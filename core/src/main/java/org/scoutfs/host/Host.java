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

    /**
     * This host for one user, who hears of exceptions that leave its threads, timers and workers: a mount that has lost a thread cannot go
     * on as if nothing had happened. The handler of this host is told first.
     *
     * @param watcher is called by the thread that fails; must not throw
     * @param ident what its log lines begin with, see {@link MountIdent}
     */
    default Host watchedBy(Thread.UncaughtExceptionHandler watcher, String ident) {
        return new WatchedHost(this, watcher, ident);
    }

    /** The real machine; exceptions that leave a thread are logged. The caller closes it. */
    static Host system() {
        return new SystemHost();
    }
}
