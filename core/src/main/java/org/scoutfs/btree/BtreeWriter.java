package org.scoutfs.btree;

import org.jspecify.annotations.Nullable;
import org.scoutfs.block.BlockAllocator;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.BlockWriter;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;

/** Changes one tree. Signatures; bodies follow. */
public final class BtreeWriter {
    public BtreeWriter(BlockCache cache, BlockAllocator allocator, BlockWriter writer, BtreeRoot initial) {
        throw new UnsupportedOperationException();
    }

    public BtreeRoot root() {
        throw new UnsupportedOperationException();
    }

    public void setRoot(BtreeRoot root) {
        throw new UnsupportedOperationException();
    }

    public @Nullable BtreeItem lookup(Key key) throws FsException {
        throw new UnsupportedOperationException();
    }

    public @Nullable BtreeItem next(Key key) throws FsException {
        throw new UnsupportedOperationException();
    }

    public @Nullable BtreeItem prev(Key key) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** EEXIST if present. Seq and flags 0. */
    public void insert(Key key, byte[] value) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** EEXIST if present. */
    public void insert(Key key, long seq, int flags, byte[] value) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** ENOENT if absent; seq and flags stay. */
    public void update(Key key, byte[] value) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** Update or insert. */
    public void force(Key key, byte[] value) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** ENOENT if absent. */
    public void delete(Key key) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** Makes the item's path dirty; ENOENT if absent. */
    public void dirty(Key key) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** Splits and joins on the way to the key, nothing else. */
    public void rebalance(Key key) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** Replaces the last parent on the way to the key (spec 2 section 3.7). */
    public void setParent(Key key, BtreeRoot parent) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** Inserts or overwrites (spec 2 section 3.8). */
    public void insertList(ItemList items) throws FsException {
        throw new UnsupportedOperationException();
    }
}
