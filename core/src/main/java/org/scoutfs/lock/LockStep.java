package org.scoutfs.lock;

/** What a thread that wants a lock has to do next. */
enum LockStep {
    /** It is a user now. */
    USE,
    /** Send a request, or {@link ClusterLock#requestFailed} if that is impossible. Then wait. */
    REQUEST,
    /** Wait for a change. */
    WAIT,
    /** The object is dead: look the lock up again. */
    GONE
}
