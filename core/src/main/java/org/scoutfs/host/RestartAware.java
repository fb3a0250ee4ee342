package org.scoutfs.host;

/**
 * A thread whose work may be given up while it waits for a cluster lock, because whoever asked for it starts over: a FUSE reader with a LOOKUP
 * that another caller waits for, on whom the revocation of that very lock waits.
 *
 * <p>The wait for a lock is bracketed with {@link #begin} and {@link #end} and fails with ESTALE if it was given up. Only work that changes
 * nothing is ever asked to.
 */
public interface RestartAware {
    /**
     * The calling thread is about to wait for a lock.
     *
     * @param wake ends the wait; called at most once, on another thread, possibly before the wait has begun
     * @return false: given up already, do not wait
     */
    boolean onLockWait(Runnable wake);

    /** The wait is over. @return true if it was given up */
    boolean onLockWaitEnd();

    /** As {@link #onLockWait} of the current thread; true if it cannot be given up. */
    static boolean begin(Runnable wake) {
        return !(Thread.currentThread() instanceof RestartAware thread) || thread.onLockWait(wake);
    }

    /** As {@link #onLockWaitEnd} of the current thread. */
    static boolean end() {
        return Thread.currentThread() instanceof RestartAware thread && thread.onLockWaitEnd();
    }
}
