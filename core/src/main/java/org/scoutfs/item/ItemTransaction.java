package org.scoutfs.item;

import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;
import org.scoutfs.lock.ClusterLock;

/** The open transaction as a change of an item needs it. */
interface ItemTransaction {
    /** Seq of the open transaction; fixed while the caller holds it. */
    long transSeq();

    /** Makes the log tree's bloom filter say that it may have items of the lock's range. */
    void coverRange(ClusterLock lock) throws FsException;

    /** An item of this key has become dirty; as {@code LogTreeWriter.touchLeaf}. */
    int touchLeaf(Key key, int hint);

    boolean heldByThisThread();
}
