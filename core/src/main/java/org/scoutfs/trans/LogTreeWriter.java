package org.scoutfs.trans;

import org.scoutfs.alloc.DataAllocator;
import org.scoutfs.error.FsException;
import org.scoutfs.lock.ClusterLock;

/**
 * The part of the open transaction that is not items: bloom bits, srch entries, data space, inode count. All methods are for
 * callers under a transaction hold.
 */
public final class LogTreeWriter {
    /** Sets the bloom bits of the lock's range unless this log tree has them; before each change of an item under the lock. */
    public void coverRange(ClusterLock lock) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** Appends a srch entry; appending the same triple again cancels it (spec 2 section 10.2). */
    public void appendSrch(long hash, long ino, long id) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** Data space of this mount; serialises itself. */
    public DataAllocator dataAllocator() {
        throw new UnsupportedOperationException();
    }

    /** Adds to the count of inodes that this log tree carries: +1 per created, -1 per finally deleted inode. */
    public void addInodeCount(long delta) {
        throw new UnsupportedOperationException();
    }
}
