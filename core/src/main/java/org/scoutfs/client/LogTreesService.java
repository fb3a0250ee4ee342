package org.scoutfs.client;

import org.scoutfs.error.FsException;
import org.scoutfs.format.LogTrees;

/** Where a mount's transactions come from and go to. Both calls wait for the server, for as long as it takes. */
public interface LogTreesService {
    /**
     * Opens the next transaction, or returns the open one again.
     *
     * @throws FsException what went wrong on the server; asking again is right. ECONNABORTED or ENOLINK when forced down
     */
    LogTrees getLogTrees() throws FsException;

    /**
     * Commits the open transaction, all of whose blocks are stable. On return it is part of the stable super block.
     *
     * @throws FsException as {@link #getLogTrees}; the commit may have happened nevertheless, and sending it again is right
     */
    void commitLogTrees(LogTrees trees) throws FsException;
}
