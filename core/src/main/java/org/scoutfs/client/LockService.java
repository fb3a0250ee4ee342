package org.scoutfs.client;

import org.scoutfs.error.FsException;
import org.scoutfs.format.wire.LockMessage;

/** The lock server as locks see it. */
@FunctionalInterface
public interface LockService {
    /**
     * Asks for a lock, or gives it back (new mode NULL). Does not wait: the outcome comes to the {@link LockMessageHandler}, also if
     * the server changes meanwhile.
     *
     * @throws FsException ENOLINK or ECONNABORTED if nothing can be asked any more; there will be no outcome then
     */
    void requestLock(LockMessage request) throws FsException;
}
