package org.scoutfs.host;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;

/** Time, and everything that waits for it. Safe for all threads. */
public interface HostClock {
    /** Nanoseconds since some moment: never goes back, not even when the wall clock is set. Compare by subtraction. */
    long nanoTime();

    /** The time of day as precisely as the machine knows it. May jump. */
    WallTime wallTime();

    /** As {@link #wallTime()}, up to a few milliseconds old and cheaper; for inode times, as kernels do. Does not lag behind itself. */
    WallTime coarseWallTime();

    /** Waits; not at all if {@code nanos} is 0 or negative. */
    void sleep(long nanos) throws InterruptedException;

    /**
     * Waits for a signal at most {@code nanos}, as {@link Condition#awaitNanos}: may wake for no reason, so call it in a loop that tests
     * what is waited for.
     *
     * @param lock the lock of the condition, held by the caller, given up while waiting and held again on return; a virtual clock
     *     needs it to wake the waiter when time has passed
     * @return what is left of {@code nanos}, 0 or negative when time is up
     */
    long awaitNanos(Lock lock, Condition condition, long nanos) throws InterruptedException;

    /**
     * Runs a task once, on a virtual thread of this name, when {@code delayNanos} have passed (at once if 0 or negative). The task
     * may block.
     *
     * @throws RejectedExecutionException if the host was closed
     */
    HostTimer schedule(String name, long delayNanos, Runnable task);
}
