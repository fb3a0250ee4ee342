package org.scoutfs.fuse;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The waits of one reader that another thread may end, each for the request with one unique number. Safe for all threads. */
final class Waits {
    private final LongSupplier inHand;

    /** The request that was given up last. */
    @GuardedBy("this")
    private long givenUp;

    @GuardedBy("this")
    private @Nullable Runnable wake;

    /** @param inHand unique number of the reader's request, 0 if it has none */
    Waits(LongSupplier inHand) {
        this.inHand = inHand;
    }

    /** By the reader. @return false: given up already */
    synchronized boolean begin(Runnable newWake) {
        wake = newWake;
        return givenUp != inHand.getAsLong();
    }

    /** By the reader. @return true if it was given up */
    synchronized boolean end() {
        wake = null;
        return givenUp == inHand.getAsLong();
    }

    /** @return false if the request is not in hand any more */
    boolean giveUp(long unique) {
        Runnable toWake;
        synchronized (this) {
            if (inHand.getAsLong() != unique) {
                return false;
            }
            givenUp = unique;
            toWake = wake;
            wake = null;
        }
        if (toWake != null) {
            toWake.run();
        }
        return true;
    }
}
