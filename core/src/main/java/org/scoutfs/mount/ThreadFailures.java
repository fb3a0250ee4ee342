package org.scoutfs.mount;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.jspecify.annotations.Nullable;

/**
 * Ends a mount of which a thread has failed, out of memory or by a defect: what that thread would have done nobody does any more, so all
 * who wait for it would wait for ever, and what it was changing may be half changed. Safe for all threads.
 */
final class ThreadFailures implements Thread.UncaughtExceptionHandler {
    /** Ends the mount; may be called more than once. */
    interface End {
        void endAfter(Thread thread, Throwable failure);
    }

    /** Where memory is short the end itself may fail at first; the failed thread has given back what it had. */
    private static final int ATTEMPTS = 5;

    private record Failure(Thread thread, Throwable cause) {}

    @GuardedBy("this")
    private @Nullable End end;

    @GuardedBy("this")
    private @Nullable Failure first;

    /** What to do about the first failure; at once if there was one. */
    void setEnd(End action) {
        Failure before;
        synchronized (this) {
            end = action;
            before = first;
        }
        if (before != null) {
            run(action, before);
        }
    }

    @Override
    public void uncaughtException(Thread thread, Throwable failure) {
        End action;
        Failure mine = new Failure(thread, failure);
        synchronized (this) {
            if (first != null) {
                return;
            }
            first = mine;
            action = end;
        }
        if (action != null) {
            run(action, mine);
        }
    }

    private static void run(End action, Failure failure) {
        for (int attempt = 1; ; attempt++) {
            try {
                action.endAfter(failure.thread, failure.cause);
                return;
            } catch (OutOfMemoryError e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }
}
