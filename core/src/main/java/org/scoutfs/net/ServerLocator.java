package org.scoutfs.net;

import org.jspecify.annotations.Nullable;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;

/** Finds the server a client should connect to (spec 3 section 3.8). Asked before each attempt; nothing is remembered. */
@FunctionalInterface
public interface ServerLocator {
    /**
     * The leader the quorum blocks name now, null if none. May be out of date: whoever was found may be dead or not yet serving.
     *
     * @throws FsException if the blocks could not be read; the client tries again
     */
    @Nullable
    Location locate() throws FsException;

    /**
     * @param address of the leader's slot
     * @param term it was elected in
     */
    record Location(InetAddr address, long term) {}
}
