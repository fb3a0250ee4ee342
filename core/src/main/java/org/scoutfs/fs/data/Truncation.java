package org.scoutfs.fs.data;

import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;
import org.scoutfs.fs.Inode;
import org.scoutfs.fs.Modes;
import org.scoutfs.fs.Modification;
import org.scoutfs.fs.xattr.Retention;

/**
 * Changes of size, and the removal of extents (spec 4 sections 7.3, 8.7). A smaller size, the TRUNCATE flag and the first removals are
 * one transaction; further ones work on 8 extents each, and the last clears the flag. One that was interrupted by a crash is finished by
 * the next change of the file's contents, by any mount.
 */
final class Truncation {
    private static final int BATCH = 8;

    private final DataContext data;

    Truncation(DataContext data) {
        this.data = data;
    }

    void setSize(Inode inode, long size, boolean killSuidgid) throws FsException {
        Modification.checkWritable(data.fs());
        if (size < 0) {
            throw new FsException(Errno.EFBIG);
        }
        OfflineWaits.@Nullable Waiter waiter;
        while ((waiter = tryToSetSize(inode, size, killSuidgid)) != null) {
            data.waits().await(waiter);
        }
    }

    private OfflineWaits.@Nullable Waiter tryToSetSize(Inode inode, long size, boolean killSuidgid) throws FsException {
        boolean tail = (size & (DataIo.BLOCK - 1)) != 0;
        int reserved = tail ? 1 : 0;
        data.pages().writeback().reserve(reserved);
        try (Modification m = new Modification(data.fs())) {
            m.lock(inode);
            if (!Modes.isRegular(inode.item().mode())) {
                throw new FsException(Errno.EINVAL);
            }
            Retention.check(inode.item());
            complete(m, inode);
            InodeItem item = inode.item();
            if (size > 0 && size != item.size()) {
                OfflineWaits.@Nullable Waiter waiter = data.offline(
                        item, inode.ino(), m.group(inode), 0, DataContext.lastBlock(size), OfflineWaits.CHANGE_SIZE);
                if (waiter != null) {
                    return waiter;
                }
            }
            long tailBlock = size >>> DataIo.BLOCK_SHIFT;
            long tailBlkno = tail ? writtenBlkno(m, inode, tailBlock) : 0;
            if (tailBlkno != 0) {
                data.pages().pin(inode.ino(), tailBlock, tailBlkno);
            }
            try {
                reserved -= change(m, inode, size, killSuidgid, tailBlock, tailBlkno);
            } finally {
                if (tailBlkno != 0) {
                    data.pages().unpin(inode.ino(), tailBlock);
                }
            }
            return null;
        } finally {
            data.pages().writeback().unreserve(reserved);
        }
    }

    private long writtenBlkno(Modification m, Inode inode, long block) throws FsException {
        FileExtent extent = data.extents(inode.ino(), m.group(inode)).next(block);
        return extent != null && extent.contains(block) && extent.isWritten() ? extent.mapOf(block) : 0;
    }

    /** Returns how many reserved pages were used up. */
    private int change(Modification m, Inode inode, long size, boolean killSuidgid, long tailBlock, long tailBlkno)
            throws FsException {
        int used = 0;
        boolean finished = true;
        m.expect(inode, true);
        m.hold(false);
        try {
            data.fs().items().dirty(inode.key(), m.group(inode));
            InodeItem changed = inode.copyForChange();
            if (killSuidgid) {
                dropPrivileges(data, m, inode, changed);
            }
            if (size != changed.size()) {
                changed.setDataVersion(changed.dataVersion() + 1);
            }
            boolean shrink = size <= changed.size();
            changed.setSize(size);
            changed.setMtime(data.fs().now());
            changed.setCtime(changed.mtime());
            changed.setVersion(changed.version() + 1);
            if (shrink) {
                inode.readableBytes = size;
                finished = removeBatch(m, inode, firstBeyond(size), changed);
                if (!finished) {
                    changed.setFlags(changed.flags() | InodeItem.FLAG_TRUNCATE);
                }
            }
            if (tailBlkno != 0) {
                used = data.pages().zeroTail(inode.ino(), tailBlock, tailBlkno, (int) (size & (DataIo.BLOCK - 1)));
            }
            m.update(inode, changed, true);
        } finally {
            inode.readableBytes = Long.MAX_VALUE;
            m.release();
        }
        if (!finished) {
            complete(m, inode);
        }
        return used;
    }

    /**
     * Finishes a truncate that was begun: called before anything that may grow the file or map blocks. No hold is open.
     */
    void complete(Modification m, Inode inode) throws FsException {
        while ((inode.item().flags() & InodeItem.FLAG_TRUNCATE) != 0) {
            m.expect(inode, false);
            m.hold(false);
            try {
                data.fs().items().dirty(inode.key(), m.group(inode));
                InodeItem changed = inode.copyForChange();
                if (removeBatch(m, inode, firstBeyond(changed.size()), changed)) {
                    changed.setFlags(changed.flags() & ~InodeItem.FLAG_TRUNCATE);
                }
                m.update(inode, changed, false);
            } finally {
                m.release();
            }
        }
    }

    /** All extents of an inode under deletion; no hold is open. */
    void removeAll(Modification m, Inode inode) throws FsException {
        boolean finished = !Modes.isRegular(inode.item().mode()) || !hasExtents(m, inode);
        while (!finished) {
            m.hold(false);
            try {
                finished = removeBatch(m, inode, 0, null);
            } finally {
                m.release();
            }
        }
        data.pages().drop(inode.ino(), 0, Long.MAX_VALUE);
        data.waits().wake(inode.ino());
    }

    private boolean hasExtents(Modification m, Inode inode) throws FsException {
        return data.extents(inode.ino(), m.group(inode)).next(0) != null;
    }

    /**
     * Removes up to 8 extents, from {@code first} on, under the hold. Readers that looked at them before will notice.
     *
     * @return whether that was all
     * @throws FsException if none could be removed
     */
    private boolean removeBatch(Modification m, Inode inode, long first, @Nullable InodeItem counts)
            throws FsException {
        long ino = inode.ino();
        Extents extents = data.extents(ino, m.group(inode));
        DataBlocks blocks = data.blocks();
        long offlineBefore = counts == null ? 0 : counts.offlineBlocks();
        boolean any = false;
        Lock lock = data.locks().write(ino);
        lock.lock();
        try {
            FileExtent extent = extents.next(first);
            for (int i = 0; i < BATCH && extent != null; i++) {
                remove(extents, blocks, extent, Math.max(first, extent.start()), counts);
                any = true;
                extent = extents.next(first);
            }
            return extent == null;
        } catch (FsException e) {
            if (!any) {
                throw e;
            }
            // What was removed has to be written to the inode; the next batch fails at the same place.
            return false;
        } finally {
            lock.unlock();
            if (any) {
                data.stamps().removed(ino);
                data.pages().drop(ino, first, Long.MAX_VALUE);
            }
            if (counts != null && counts.offlineBlocks() < offlineBefore) {
                data.waits().wake(ino);
            }
        }
    }

    /** Cuts an extent off and gives its blocks back. */
    private static void remove(
            Extents extents, DataBlocks blocks, FileExtent extent, long start, @Nullable InodeItem counts)
            throws FsException {
        long len = extent.end() - start;
        extents.set(start, len, 0, 0, extent, counts);
        if (!extent.isMapped()) {
            return;
        }
        try {
            blocks.free(extent.mapOf(start), len);
        } catch (FsException e) {
            try {
                extents.insert(new FileExtent(start, len, extent.mapOf(start), extent.flags()), counts);
            } catch (FsException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    /** Removes the extents that begin behind the last block of the file's size; no hold is open. */
    void removeBeyond(Modification m, Inode inode) throws FsException {
        boolean finished = data.extents(inode.ino(), m.group(inode))
                        .next(firstBeyond(inode.item().size()))
                == null;
        while (!finished) {
            m.expect(inode, false);
            m.hold(false);
            try {
                data.fs().items().dirty(inode.key(), m.group(inode));
                InodeItem changed = inode.copyForChange();
                finished = removeBatch(m, inode, firstBeyond(changed.size()), changed);
                m.update(inode, changed, false);
            } finally {
                m.release();
            }
        }
    }

    private static long firstBeyond(long size) {
        return DataContext.lastBlock(size) + 1;
    }

    /** What a change of contents by an unprivileged user takes away. */
    static void dropPrivileges(DataContext data, Modification m, Inode inode, InodeItem changed) throws FsException {
        changed.setMode(Modes.withoutSuidgid(changed.mode()));
        if (changed.nextXattrId() != 0) {
            data.xattrs().dropCapability(m, inode, changed);
        }
    }
}
