package org.scoutfs.host;

/**
 * A thread whose work may be given up while it only waits for something that may never come: a FUSE reader whose caller was interrupted
 * while it waits for offline data.
 *
 * <p>Whatever waits so brackets the wait with {@link #begin} and {@link #end} and fails with EINTR if it was cancelled. Work that has changed
 * something is never inside the brackets.
 */
public interface CancelAware {
    /**
     * The calling thread is about to wait.
     *
     * @param wake ends the wait; called at most once, on another thread, possibly before the wait has begun; must not wait
     * @return false: cancelled already, do not wait
     */
    boolean onWait(Runnable wake);

    /** The wait is over. @return true if it was cancelled */
    boolean onWaitEnd();

    /** As {@link #onWait} of the current thread; true if it cannot be cancelled. */
    static boolean begin(Runnable wake) {
        return !(Thread.currentThread() instanceof CancelAware thread) || thread.onWait(wake);
    }

    /** As {@link #onWaitEnd} of the current thread. */
    static boolean end() {
        return Thread.currentThread() instanceof CancelAware thread && thread.onWaitEnd();
    }
}
