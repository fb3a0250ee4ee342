package org.scoutfs.quorum;

import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;

/** The starting server's way to have mounts fenced. */
public interface FenceHook {
    /**
     * Asks for a mount to be fenced, for reason quorum_block_leader. Does not wait. Asking twice for a rid is no error.
     *
     * @param address of the slot it led in
     */
    void request(long rid, InetAddr address) throws FsException;

    /**
     * Waits until all requests are fenced.
     *
     * @throws FsException if one failed or they were not all fenced in {@code timeoutMs}; then the server must not start (R15)
     */
    void awaitAll(long timeoutMs) throws FsException;
}
