package org.scoutfs.lock;

import org.jspecify.annotations.Nullable;
import org.scoutfs.error.FsException;

/** A thread that waits for a mode of one lock, whose monitor guards the fields. */
final class LockWaiter {
    final LockMode mode;

    /** Made a user by whoever granted the mode; or the wait is over with a failure. */
    boolean done;

    @Nullable
    FsException failure;

    LockWaiter(LockMode mode) {
        this.mode = mode;
    }
}
