package org.scoutfs.fs.data;

import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;
import org.scoutfs.fs.ExtendedAttributes;
import org.scoutfs.fs.FsContext;
import org.scoutfs.fs.Modes;
import org.scoutfs.fs.QuotaCheck;
import org.scoutfs.lock.ClusterLock;

/** What the operations on contents share; one per mount. */
record DataContext(
        FsContext fs,
        QuotaCheck quota,
        ExtendedAttributes xattrs,
        DataIo io,
        PageCache pages,
        ExtentLocks locks,
        ChangeStamps stamps,
        OfflineWaits waits) {

    Extents extents(long ino, ClusterLock group) {
        return new Extents(ExtentItems.of(fs.items(), group), ino, fs.counters());
    }

    /** Under a hold. */
    DataBlocks blocks() {
        return DataBlocks.of(fs.transactions().logTree().dataAllocator());
    }

    /**
     * Registers a wait if part of blocks {@code first..last} is offline. The caller gives all locks back, waits, and begins again.
     *
     * @return null if nothing there is offline
     */
    OfflineWaits.@Nullable Waiter offline(InodeItem item, long ino, ClusterLock group, long first, long last, int op)
            throws FsException {
        if (item.offlineBlocks() == 0 || last < first) {
            return null;
        }
        Extents extents = extents(ino, group);
        locks.read(ino).lock();
        try {
            FileExtent extent = extents.next(first);
            while (extent != null && extent.start() <= last) {
                if (extent.isOffline()) {
                    return waits.register(ino, Math.max(first, extent.start()), op);
                }
                extent = extents.next(extent.end());
            }
            return null;
        } finally {
            locks.read(ino).unlock();
        }
    }

    /** EINVAL unless the inode is a regular file, ESTALE unless its contents are of this version. */
    static void checkContents(InodeItem item, long dataVersion) throws FsException {
        if (!Modes.isRegular(item.mode())) {
            throw new FsException(Errno.EINVAL);
        }
        if (item.dataVersion() != dataVersion) {
            throw new FsException(Errno.ESTALE);
        }
    }

    /** The block that contains the last of {@code size} bytes; -1 for none. */
    static long lastBlock(long size) {
        return (size - 1) >> DataIo.BLOCK_SHIFT;
    }

    /** First byte of a block; the greatest number if there is no such byte. */
    static long startOf(long block) {
        return block > Long.MAX_VALUE >>> DataIo.BLOCK_SHIFT ? Long.MAX_VALUE : block << DataIo.BLOCK_SHIFT;
    }
}
