package org.scoutfs.fs.data;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;
import org.scoutfs.fs.Inode;
import org.scoutfs.fs.Modes;
import org.scoutfs.fs.PageFill;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockMode;

/**
 * read(2) and lseek(2) (spec 4 sections 8.4, 8.9), under the group lock in READ or, for pages of a shared mapping, WRITE. What is in memory is copied; what is not comes from the
 * device, small ranges with what probably follows into memory first, large ones and those of O_DIRECT straight to the caller.
 */
final class FileReader {
    /** Ranges from 64 KiB on do not go through memory. */
    private static final int LARGE_BLOCKS = 16;
    /** Read ahead up to 128 KiB. */
    private static final int AHEAD_BLOCKS = 32;

    private static final int BLOCK = DataIo.BLOCK;
    private static final int SHIFT = DataIo.BLOCK_SHIFT;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;

    private final DataContext data;

    FileReader(DataContext data) {
        this.data = data;
    }

    // ---- read

    private long readable(Inode inode, ClusterLock group) throws FsException {
        // In this order: a truncation gives its limit up after its size can be seen.
        long limit = inode.readableBytes;
        return Math.min(limit, inode.refresh(data.fs().items(), group).size());
    }

    int read(Inode inode, int openFlags, long offset, MemorySegment dst, LockMode mode, PageFill fill)
            throws FsException {
        if (offset < 0) {
            throw new FsException(Errno.EINVAL);
        }
        while (true) {
            OfflineWaits.Waiter waiter;
            ClusterLock group = data.fs().locks().lockInode(inode.ino(), mode);
            try {
                fill.begun();
                InodeItem item = inode.refresh(data.fs().items(), group);
                long wanted = Math.min(dst.byteSize(), Integer.MAX_VALUE);
                if (wanted == 0) {
                    fill.done();
                    return 0;
                }
                long end = offset + wanted < 0 ? Long.MAX_VALUE : offset + wanted;
                waiter = data.offline(
                        item, inode.ino(), group, offset >>> SHIFT, (end - 1) >>> SHIFT, OfflineWaits.READ);
                if (waiter == null) {
                    long n = Math.min(end, item.size()) - offset;
                    if (n <= 0) {
                        fill.done();
                        return 0;
                    }
                    boolean populate = (openFlags & Modes.O_DIRECT) == 0;
                    boolean read = new Reading(inode.ino(), group, item.size(), offset, dst, n, populate).run();
                    // A caller of this mount may truncate meanwhile: what is gone reads as zeros, which were never
                    // there.
                    if (read && readable(inode, group) - offset >= n) {
                        fill.done();
                        return (int) n;
                    }
                    // released or truncated while it was read
                    continue;
                }
            } finally {
                group.unlock(mode);
            }
            data.waits().await(waiter);
        }
    }

    /** One read of bytes that are all inside of the file. */
    private final class Reading {
        private final long ino;
        private final Extents extents;
        private final long size;
        private final long offset;
        private final MemorySegment dst;
        private final long length;
        private final boolean populate;
        private long done;

        Reading(long ino, ClusterLock group, long size, long offset, MemorySegment dst, long length, boolean populate) {
            this.ino = ino;
            this.extents = data.extents(ino, group);
            this.size = size;
            this.offset = offset;
            this.dst = dst;
            this.length = length;
            this.populate = populate;
        }

        /** @return false: part of it has gone offline meanwhile */
        boolean run() throws FsException {
            while (done < length) {
                int copied = data.pages().copyOut(ino, offset + done, dst, done, length - done);
                done += copied;
                if (done < length && !readMissing()) {
                    return false;
                }
            }
            return true;
        }

        /**
         * Handles the blocks from the present position on that are not in memory, up to the end of their extent.
         *
         * @return false: they are offline
         */
        private boolean readMissing() throws FsException {
            long block = (offset + done) >>> SHIFT;
            long last = (offset + length - 1) >>> SHIFT;
            long removals;
            long writes;
            FileExtent extent;
            long end;
            Lock lock = data.locks().read(ino);
            lock.lock();
            try {
                removals = data.stamps().removals(ino);
                writes = data.stamps().writes(ino);
                end = data.pages().firstCached(ino, block, last - block + 1);
                if (end == block) {
                    return true;
                }
                extent = extents.next(block);
            } finally {
                lock.unlock();
            }
            if (extent == null || !extent.contains(block)) {
                zeroTo(extent == null ? end : Math.min(end, extent.start()));
            } else if (extent.isOffline()) {
                return false;
            } else if (!extent.isWritten()) {
                zeroTo(Math.min(end, extent.end()));
            } else {
                end = Math.min(end, extent.end());
                long before = done;
                transfer(block, end, extent, writes);
                if (data.stamps().removals(ino) != removals) {
                    // the blocks may belong to another file since
                    done = before;
                }
            }
            return true;
        }

        private void zeroTo(long endBlock) {
            long n = Math.min(length, DataContext.startOf(endBlock) - offset) - done;
            dst.asSlice(done, n).fill((byte) 0);
            done += n;
        }

        /** Blocks {@code block..end-1} are in one written extent and not in memory. */
        private void transfer(long block, long end, FileExtent extent, long stamp) throws FsException {
            long wholeFirst = (offset + done + BLOCK - 1) >>> SHIFT;
            long wholeEnd = Math.min(end, (offset + length) >>> SHIFT);
            boolean large = wholeEnd - wholeFirst >= LARGE_BLOCKS;
            if (large || !populate && wholeEnd > wholeFirst) {
                if (wholeFirst > block) {
                    readSmall(block, block + 1, block + 1, extent, stamp);
                }
                MemorySegment part = dst.asSlice(done, (wholeEnd - wholeFirst) << SHIFT);
                data.io().read(extent.mapOf(wholeFirst), part);
                done += part.byteSize();
                if (wholeEnd < end) {
                    readSmall(wholeEnd, end, end, extent, stamp);
                }
                return;
            }
            long readEnd = end;
            if (populate && data.pages().readsOn(ino, block)) {
                long limit = Math.min(extent.end(), DataContext.lastBlock(size) + 1);
                long ahead = Math.min(block + AHEAD_BLOCKS, limit);
                if (ahead > end) {
                    readEnd = data.pages().firstCached(ino, end, ahead - end);
                }
            }
            readSmall(block, end, readEnd, extent, stamp);
        }

        /** Reads {@code block..readEnd-1} into frames and copies what of {@code block..end-1} is wanted. */
        private void readSmall(long block, long end, long readEnd, FileExtent extent, long stamp) throws FsException {
            int count = (int) (readEnd - block);
            int[] frames = data.pages().takeForReading(count);
            if (frames == null) {
                MemorySegment buffer = MemorySegment.ofArray(new byte[(int) (end - block) << SHIFT]);
                data.io().read(extent.mapOf(block), buffer);
                copyOut(buffer, block << SHIFT, DataContext.startOf(end));
                return;
            }
            boolean valid = false;
            try {
                data.io().readScatter(extent.mapOf(block), data.pages().memories(frames, 0, count));
                for (long b = block; b < end; b++) {
                    copyOut(data.pages().memory(frames[(int) (b - block)]), b << SHIFT, DataContext.startOf(b + 1));
                }
                valid = populate;
            } finally {
                data.pages().addClean(ino, block, frames, valid, stamp);
            }
        }

        /** Copies what is wanted of {@code from}, the file's bytes {@code start..end-1}. */
        private void copyOut(MemorySegment from, long start, long end) {
            long at = offset + done;
            long n = Math.min(end, offset + length) - at;
            MemorySegment.copy(from, at - start, dst, done, n);
            done += n;
        }
    }

    // ---- seek

    long seek(Inode inode, long offset, int whence) throws FsException {
        if (whence != SEEK_DATA && whence != SEEK_HOLE) {
            throw new FsException(Errno.EINVAL);
        }
        long ino = inode.ino();
        ClusterLock group = data.fs().locks().lockInode(ino, LockMode.READ);
        try {
            long size = inode.refresh(data.fs().items(), group).size();
            if (offset < 0 || offset >= size) {
                throw new FsException(Errno.ENXIO);
            }
            Lock lock = data.locks().read(ino);
            lock.lock();
            try {
                Extents extents = data.extents(ino, group);
                return whence == SEEK_DATA ? nextData(extents, offset, size) : nextHole(extents, offset, size);
            } finally {
                lock.unlock();
            }
        } finally {
            group.unlock(LockMode.READ);
        }
    }

    private static long nextData(Extents extents, long offset, long size) throws FsException {
        @Nullable FileExtent extent = extents.next(offset >>> SHIFT);
        while (extent != null && !isData(extent)) {
            extent = extents.next(extent.end());
        }
        if (extent == null || extent.start() << SHIFT >= size) {
            throw new FsException(Errno.ENXIO);
        }
        return Math.max(offset, extent.start() << SHIFT);
    }

    private static long nextHole(Extents extents, long offset, long size) throws FsException {
        long at = offset >>> SHIFT;
        @Nullable FileExtent extent = extents.next(at);
        while (extent != null && extent.start() <= at && isData(extent)) {
            at = extent.end();
            if (at << SHIFT >= size || at << SHIFT < 0) {
                return size;
            }
            extent = extents.next(at);
        }
        return Math.max(offset, at << SHIFT);
    }

    /** Offline contents are data that one has to wait for. */
    private static boolean isData(FileExtent extent) {
        return extent.isOffline() || extent.isWritten();
    }
}
