package org.scoutfs.btree;

import java.util.List;
import org.scoutfs.block.BlockAllocator;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.BlockWriter;
import org.scoutfs.counter.Triggers;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;

/** Merges trees into one (spec 2 section 3.9). Signatures; bodies follow. */
public final class BtreeMerge {
    /** Where a merge has to stop. */
    public record Limits(long dirtyBytes, int allocatorLow, long windowBytes) {
        /** Those of a merge request: 64 MiB, 10, 2 MiB. */
        public static final Limits REQUEST = new Limits(64L << 20, 10, 2L << 20);
    }

    /** The tree so far, whether all of the range was merged, and if not, the first key that was not. */
    public record Result(BtreeRoot root, boolean complete, Key next) {}

    public BtreeMerge(BlockCache cache, BlockAllocator allocator, BlockWriter writer, Triggers triggers) {
        throw new UnsupportedOperationException();
    }

    /** Merges what {@code inputs} have within [start, end] into {@code root}. */
    public Result merge(BtreeRoot root, List<BtreeRoot> inputs, Key start, Key end, boolean subtree, Limits limits)
            throws FsException {
        throw new UnsupportedOperationException();
    }
}
