package org.scoutfs.trans;

import org.scoutfs.btree.BtreeWriter;
import org.scoutfs.error.FsException;

/** The item cache as the commit sees it. Called by the commit with all holders excluded, except the counts. */
public interface DirtyItems {
    /**
     * Inserts all dirty items into the log tree in key order. They stay dirty.
     *
     * @return the greatest item seq written, 0 if nothing was dirty
     */
    long writeDirty(BtreeWriter logTree) throws FsException;

    /** The commit is stable: dirty items are clean now (spec 2 section 7.6). */
    void cleaned();

    /** Bytes of keys and values that {@link #writeDirty} would insert. Any thread, at any time; cheap. */
    long dirtyBytes();

    /** Number of separate key ranges that hold dirty items. Any thread, at any time; cheap. */
    long dirtyRanges();
}
