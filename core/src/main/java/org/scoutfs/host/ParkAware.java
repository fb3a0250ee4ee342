package org.scoutfs.host;

import org.jspecify.annotations.Nullable;
import org.scoutfs.error.FsException;

/**
 * A thread that can put its work aside while it waits for something that may take days, and have it done again from its beginning later: a
 * FUSE reader whose caller waits for offline data.
 *
 * <p>Whatever waits so asks for a {@link Place} when it has changed nothing and holds nothing. If it gets one, it has to arrange for {@link
 * Place#resume} to be called and to throw {@link ParkedWork}; nothing on the way may swallow that.
 */
public interface ParkAware {
    /** Where work that was put aside waits. */
    interface Place {
        /**
         * The wait is over: the work is done again or, if {@code errno} is not 0, fails with it. Called once, by any thread, possibly before the
         * work was put aside; does not wait.
         *
         * @param errno 0 or a positive Linux error number, known here or not
         */
        void resume(int errno);
    }

    /**
     * The calling thread is about to wait.
     *
     * @param cancel ends the wait by resuming with EINTR, unless it has ended; may be called by any thread at any time; does not wait
     * @return null: this work has to wait on its thread
     * @throws FsException there is no room for more work to be put aside
     */
    @Nullable
    Place onPark(Runnable cancel) throws FsException;

    /** As {@link #onPark} of the current thread; null if it is not of this kind. */
    static @Nullable Place begin(Runnable cancel) throws FsException {
        return Thread.currentThread() instanceof ParkAware thread ? thread.onPark(cancel) : null;
    }
}
