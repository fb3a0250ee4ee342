package org.scoutfs.block;

import org.scoutfs.error.FsException;

/**
 * Where a writer gets block numbers from and gives them back to: the metadata allocator of one transaction, commit or piece of work.
 *
 * <p>A number that was given back is not handed out again before the writes that stopped using it are durable (spec 2 section 2).
 * An allocator always goes with one {@link BlockWriter}. Calls are serialised by whoever serialises that writer's changes.
 */
public interface BlockAllocator {
    /**
     * A large block number that no stable structure uses.
     *
     * @throws FsException ENOSPC when there is none
     */
    long allocate() throws FsException;

    /**
     * Records that {@code blkno} is not used any more.
     *
     * @throws FsException EIO when there is no room to record it
     */
    void free(long blkno) throws FsException;

    /** Whether fewer than {@code blocks} numbers are left, or there is room to free fewer than that. Callable at any time. */
    default boolean low(int blocks) {
        return false;
    }
}
