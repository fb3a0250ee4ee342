package org.scoutfs.fs.data;

import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;
import org.scoutfs.fs.Inode;
import org.scoutfs.fs.Modification;

/**
 * Frees the blocks of a range and leaves them offline (spec 4 section 10.2), 8 extents in a hold. Readers beside it find their blocks gone,
 * as in a truncation, look again and then wait.
 */
final class Release {
    private static final int BATCH = 8;

    private final DataContext data;
    private final Truncation truncation;

    Release(DataContext data, Truncation truncation) {
        this.data = data;
        this.truncation = truncation;
    }

    /** Blocks {@code first..last}. */
    void release(Inode inode, long first, long last, long dataVersion) throws FsException {
        try (Modification m = new Modification(data.fs())) {
            m.lock(inode);
            DataContext.checkContents(inode.item(), dataVersion);
            truncation.complete(m, inode);
            FileExtent next = nextMapped(m, inode, first, last);
            while (next != null) {
                batch(m, inode, Math.max(first, next.start()), last);
                next = nextMapped(m, inode, first, last);
            }
            if (inode.item().onlineBlocks() == 0 && inode.item().size() > 0) {
                truncation.removeBeyond(m, inode);
            }
        }
    }

    private @Nullable FileExtent nextMapped(Modification m, Inode inode, long from, long last) throws FsException {
        return nextMapped(data.extents(inode.ino(), m.group(inode)), from, last);
    }

    private static @Nullable FileExtent nextMapped(Extents extents, long from, long last) throws FsException {
        FileExtent extent = extents.next(from);
        while (extent != null && extent.start() <= last && !extent.isMapped()) {
            extent = extents.next(extent.end());
        }
        return extent == null || extent.start() > last ? null : extent;
    }

    private void batch(Modification m, Inode inode, long from, long last) throws FsException {
        m.expect(inode, false);
        m.hold(false);
        try {
            data.fs().items().dirty(inode.key(), m.group(inode));
            InodeItem changed = inode.copyForChange();
            int done = releaseSome(m, inode, from, last, changed);
            if (done > 0) {
                m.update(inode, changed, false);
            }
        } finally {
            m.release();
        }
    }

    /** @throws FsException if not one extent could be released */
    private int releaseSome(Modification m, Inode inode, long from, long last, InodeItem changed) throws FsException {
        long ino = inode.ino();
        Extents extents = data.extents(ino, m.group(inode));
        DataBlocks blocks = data.blocks();
        int done = 0;
        long reached = from;
        Lock lock = data.locks().write(ino);
        lock.lock();
        try {
            FileExtent extent = nextMapped(extents, from, last);
            while (extent != null && done < BATCH) {
                long start = Math.max(from, extent.start());
                long end = Math.min(last + 1, extent.end());
                releaseOne(extents, blocks, extent, start, end - start, changed);
                done++;
                reached = end;
                extent = nextMapped(extents, end, last);
            }
        } catch (FsException e) {
            if (done == 0) {
                throw e;
            }
            // What was released has to be written to the inode; the next batch fails at the same place.
        } finally {
            lock.unlock();
            if (done > 0) {
                data.stamps().removed(ino);
                data.pages().drop(ino, from, reached - 1);
            }
        }
        return done;
    }

    private static void releaseOne(
            Extents extents, DataBlocks blocks, FileExtent extent, long start, long len, InodeItem changed)
            throws FsException {
        extents.set(start, len, 0, FileExtent.OFFLINE, extent, changed);
        try {
            blocks.free(extent.mapOf(start), len);
        } catch (FsException e) {
            try {
                extents.set(start, len, extent.mapOf(start), extent.flags(), changed);
            } catch (FsException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }
}
