package org.scoutfs.fs.data;

import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;
import org.scoutfs.fs.Inode;
import org.scoutfs.fs.Modification;
import org.scoutfs.fs.xattr.Retention;

/** Makes holes of offline extents (spec 4 section 10.6), 32 in a hold. A block in the way ends it; what was done before stays. */
final class OfflinePunch {
    private static final int BATCH = 32;

    private final DataContext data;
    private final Truncation truncation;

    OfflinePunch(DataContext data, Truncation truncation) {
        this.data = data;
        this.truncation = truncation;
    }

    /** Blocks {@code first..last}. */
    void punch(Inode inode, long first, long last, long dataVersion) throws FsException {
        try (Modification m = new Modification(data.fs())) {
            m.lock(inode);
            InodeItem item = inode.item();
            DataContext.checkContents(item, dataVersion);
            Retention.check(item);
            truncation.complete(m, inode);
            long at = first;
            while (at <= last) {
                FileExtent next = data.extents(inode.ino(), m.group(inode)).next(at);
                if (next == null || next.start() > last) {
                    return;
                }
                if (next.isMapped()) {
                    throw new FsException(
                            Errno.EINVAL,
                            "inode " + inode.ino() + ": blocks " + next.start() + ".." + (next.end() - 1)
                                    + " are not offline and cannot be punched; release them first");
                }
                at = batch(m, inode, at, last);
            }
        }
    }

    /** @return block to go on at */
    private long batch(Modification m, Inode inode, long first, long last) throws FsException {
        m.expect(inode, false);
        m.hold(false);
        long ino = inode.ino();
        try {
            data.fs().items().dirty(inode.key(), m.group(inode));
            InodeItem changed = inode.copyForChange();
            Extents extents = data.extents(ino, m.group(inode));
            long at = first;
            FsException failure = null;
            Lock lock = data.locks().write(ino);
            lock.lock();
            try {
                @Nullable FileExtent extent = extents.next(first);
                for (int i = 0; i < BATCH && extent != null && extent.start() <= last && !extent.isMapped(); i++) {
                    long start = Math.max(first, extent.start());
                    long end = Math.min(last + 1, extent.end());
                    extents.set(start, end - start, 0, 0, extent, changed);
                    at = end;
                    extent = at > last ? null : extents.next(at);
                }
                if (extent == null) {
                    at = last + 1;
                }
            } catch (FsException e) {
                failure = e;
            } finally {
                lock.unlock();
            }
            if (changed.offlineBlocks() < inode.item().offlineBlocks()) {
                m.update(inode, changed, false);
                data.waits().wake(ino);
            }
            if (failure != null) {
                throw failure;
            }
            return at;
        } finally {
            m.release();
        }
    }
}
