package org.scoutfs.btree;

import org.jspecify.annotations.Nullable;
import org.scoutfs.block.BlockCache;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;

/** Reads trees. Signatures; bodies follow. */
public final class BtreeReader {
    public BtreeReader(BlockCache cache) {
        throw new UnsupportedOperationException();
    }

    /** The item of this very key, or null. */
    public @Nullable BtreeItem lookup(BtreeRoot root, Key key) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** Shows the item of this very key to the visitor without copying it; false if there is none. */
    public boolean lookup(BtreeRoot root, Key key, ItemVisitor visitor) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** The first item at or after {@code key}, or null. */
    public @Nullable BtreeItem next(BtreeRoot root, Key key) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** The last item at or before {@code key}, or null. */
    public @Nullable BtreeItem prev(BtreeRoot root, Key key) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** Items of one leaf within [start, end]; returns what of it the leaf covers. Empty tree: no items, all of [start, end]. */
    public LeafRange readItems(BtreeRoot root, Key key, Key start, Key end, ItemVisitor visitor) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** All items within [start, end] in order. */
    public void forEach(BtreeRoot root, Key start, Key end, ItemVisitor visitor) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** Keys below the last parent on the way to {@code key} (spec 2 section 3.7). */
    public LeafRange parentRange(BtreeRoot root, Key key) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** The last parent on the way to {@code key} as a root of height 2, or the whole root. */
    public BtreeRoot getParent(BtreeRoot root, Key key) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** Blocks of the tree; reads all parents. */
    public long countBlocks(BtreeRoot root) throws FsException {
        throw new UnsupportedOperationException();
    }
}
