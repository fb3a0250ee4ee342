package org.scoutfs.btree;

import org.scoutfs.block.BlockAllocator;
import org.scoutfs.block.BlockCache;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;

/** Frees whole trees (spec 2 section 3.10). Signatures; bodies follow. */
public final class BtreeFreer {
    public BtreeFreer(BlockCache cache, BlockAllocator allocator) {
        throw new UnsupportedOperationException();
    }

    /** Frees at most {@code budget} numbers from {@code progress} on; returns the new progress, {@link Key#MAX} when all are free. */
    public Key freeBlocks(BtreeRoot root, Key progress, int budget) throws FsException {
        throw new UnsupportedOperationException();
    }
}
