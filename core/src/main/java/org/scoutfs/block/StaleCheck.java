package org.scoutfs.block;

import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.error.StaleException;
import org.scoutfs.format.BlockReference;

/**
 * Tells a reader that outlived its roots from corruption (spec 2 section 1.4): a second ESTALE from identical roots is hard.
 *
 * <p>Made anew for each operation; its loop asks for newer roots each time {@link #check} returns. The number of retries has no limit:
 * it goes on while the roots keep moving. One thread.
 */
public final class StaleCheck {
    private BlockReference savedA = BlockReference.ZERO;
    private BlockReference savedB = BlockReference.ZERO;

    /**
     * Returns if the caller should fetch roots again and repeat.
     *
     * @param a root of the failed attempt, or null if it had none
     * @param b the other root, or null
     * @throws FsException EIO when the attempt before failed with the same roots
     */
    public void check(StaleException stale, @Nullable BlockReference a, @Nullable BlockReference b) throws FsException {
        if ((a == null || a.equals(savedA)) && (b == null || b.equals(savedB))) {
            throw new FsException(
                    Errno.EIO,
                    "the volume is damaged: " + stale.getMessage() + ", found twice from the same roots",
                    stale);
        }
        savedA = a == null ? BlockReference.ZERO : a;
        savedB = b == null ? BlockReference.ZERO : b;
    }
}
