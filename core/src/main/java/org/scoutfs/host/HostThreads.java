package org.scoutfs.host;

/**
 * Starts threads. An exception that leaves one is given to the handler the host was made with and counted. Threads are daemons: whoever
 * starts one ends it and joins it. Safe for all threads.
 */
public interface HostThreads {
    /** Starts a platform thread: for loops that block in native calls. */
    Thread platform(String name, Runnable body);

    /** Starts a virtual thread: for everything else. */
    Thread virtual(String name, Runnable body);

    /**
     * Starts a fixed group of platform threads with one bounded queue.
     *
     * @param name the threads are called name-0, name-1, ...
     * @param threads at least 1
     * @param queueLimit tasks that may wait, at least 1
     */
    HostWorkers workers(String name, int threads, int queueLimit);

    /** Exceptions that left a thread, a timer's or a worker's task so far. */
    long uncaught();
}
