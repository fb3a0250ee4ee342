package org.scoutfs.fs.data;

import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;
import org.scoutfs.alloc.Extent;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;
import org.scoutfs.fs.FsContext;
import org.scoutfs.fs.Inode;
import org.scoutfs.fs.Modes;
import org.scoutfs.fs.Modification;
import org.scoutfs.fs.QuotaCheck;
import org.scoutfs.fs.xattr.Retention;

/** fallocate(2) (spec 4 section 8.6): blocks without contents, 8 extents per hold. An error leaves the earlier ones in place. */
final class Fallocation {
    private static final int KEEP_SIZE = 1;
    private static final int BATCH = 8;
    private static final long MAX_BLOCKS = 32768;

    private final DataContext data;
    private final Truncation truncation;

    Fallocation(DataContext data, Truncation truncation) {
        this.data = data;
        this.truncation = truncation;
    }

    void fallocate(Inode inode, int mode, long offset, long length) throws FsException {
        FsContext fs = data.fs();
        if (offset < 0 || length <= 0) {
            throw new FsException(Errno.EINVAL);
        }
        if ((mode & ~KEEP_SIZE) != 0) {
            throw new FsException(Errno.EOPNOTSUPP);
        }
        if (offset + length < 0) {
            throw new FsException(Errno.EFBIG);
        }
        Modification.checkWritable(fs);
        try (Modification m = new Modification(fs)) {
            m.lock(inode);
            if (!Modes.isRegular(inode.item().mode())) {
                throw new FsException(Modes.isDirectory(inode.item().mode()) ? Errno.EISDIR : Errno.ENODEV);
            }
            Retention.check(inode.item());
            truncation.complete(m, inode);
            long end = offset + length;
            long last = DataContext.lastBlock(end);
            long block = offset >>> DataIo.BLOCK_SHIFT;
            while (block <= last) {
                InodeItem item = inode.item();
                data.quota().check(QuotaCheck.OP_DATA, item.proj(), item.uid(), item.gid());
                block = batch(m, inode, block, last, (mode & KEEP_SIZE) != 0 ? 0 : end);
            }
        }
    }

    /**
     * Allocates up to 8 extents.
     *
     * @param newEnd what the size may grow to, 0 = not at all
     * @return block to go on at
     */
    private long batch(Modification m, Inode inode, long first, long last, long newEnd) throws FsException {
        m.expect(inode, false);
        m.hold(true);
        try {
            data.fs().items().dirty(inode.key(), m.group(inode));
            InodeItem changed = inode.copyForChange();
            Extents extents = data.extents(inode.ino(), m.group(inode));
            DataBlocks blocks = data.blocks();
            FsException failure = null;
            long block = first;
            try {
                for (int i = 0; i < BATCH && block <= last; ) {
                    FileExtent next = extents.next(block);
                    if (next != null && next.contains(block) && next.isMapped()) {
                        block = next.end();
                        continue;
                    }
                    block += allocate(inode, extents, blocks, next, block, last, changed);
                    i++;
                }
            } catch (FsException e) {
                failure = e;
            }
            long processed = Math.min(newEnd, DataContext.startOf(block));
            if (block > last) {
                processed = newEnd;
            }
            if (block > first && processed > changed.size()) {
                changed.setSize(processed);
                changed.setVersion(changed.version() + 1);
                changed.setDataVersion(changed.dataVersion() + 1);
            }
            m.update(inode, changed, false);
            // Out of blocks in this transaction: the next hold commits first and brings more.
            if (failure != null && failure.errno() != Errno.ENOBUFS) {
                throw failure;
            }
            return block;
        } finally {
            m.release();
        }
    }

    private long allocate(
            Inode inode,
            Extents extents,
            DataBlocks blocks,
            @Nullable FileExtent next,
            long block,
            long last,
            InodeItem changed)
            throws FsException {
        boolean offline = next != null && next.contains(block);
        long end = last + 1;
        if (next != null) {
            end = Math.min(end, offline ? next.end() : next.start());
        }
        Extent taken = blocks.allocate(Math.min(end - block, MAX_BLOCKS));
        Lock lock = data.locks().write(inode.ino());
        lock.lock();
        try {
            if (next != null && offline) {
                extents.set(block, taken.len(), taken.start(), next.flags() | FileExtent.UNWRITTEN, next, changed);
            } else {
                extents.insert(new FileExtent(block, taken.len(), taken.start(), FileExtent.UNWRITTEN), next, changed);
            }
        } catch (FsException e) {
            try {
                blocks.free(taken.start(), taken.len());
            } catch (FsException again) {
                e.addSuppressed(again);
            }
            throw e;
        } finally {
            lock.unlock();
        }
        return taken.len();
    }
}
