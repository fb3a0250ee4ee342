package org.scoutfs.host;

/**
 * A thread that wants to know before it waits: a FUSE reader starts another reader then, so that a mount never stands still because
 * all its readers wait for the same lock.
 *
 * <p>Whatever is about to wait for a cluster lock, the server, a commit or a device calls {@link #beforeBlocking()} first, after its
 * fast path has failed. The call costs one type check for other threads.
 */
public interface BlockingAware {
    /** The calling thread is about to wait. Runs on that thread; must not wait itself. May come several times per request. */
    void onBlocking();

    /** Tells the current thread, if it wants to know, that it is about to wait. */
    static void beforeBlocking() {
        if (Thread.currentThread() instanceof BlockingAware thread) {
            thread.onBlocking();
        }
    }
}
