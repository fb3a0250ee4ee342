package org.scoutfs.client;

import java.util.List;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;
import org.scoutfs.format.wire.LockMessage;

/**
 * What locks do about the server's messages. Calls for one key come one after the other in the order the messages arrived in
 * (spec 3 section 4.5); none may wait for the server, a commit or a user of a lock.
 */
public interface LockMessageHandler {
    /**
     * The answer to a {@link LockService#requestLock}.
     *
     * @throws FsException if it is impossible: the connection is closed
     */
    void granted(LockMessage grant) throws FsException;

    /** There will be no answer: the mount is being forced down. */
    void requestFailed(LockMessage request, FsException failure);

    /**
     * The server wants a lock lowered; may come more than once.
     *
     * @param answer to be run once, by any thread, when the lock has been lowered and nothing is cached or dirty under it any more that
     *     the new mode does not allow
     * @throws FsException if it is impossible: the connection is closed
     */
    void invalidate(LockMessage request, Runnable answer) throws FsException;

    /** Locks in a mode other than NULL from this key on, ascending, at most {@code limit}: for a new server. */
    List<LockMessage> recover(Key from, int limit);
}
