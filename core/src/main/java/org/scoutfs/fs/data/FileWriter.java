package org.scoutfs.fs.data;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;
import org.scoutfs.format.Timespec;
import org.scoutfs.fs.FsContext;
import org.scoutfs.fs.Inode;
import org.scoutfs.fs.Modes;
import org.scoutfs.fs.Modification;
import org.scoutfs.fs.QuotaCheck;
import org.scoutfs.fs.xattr.Retention;

/**
 * One write(2) (spec 4 section 8.5): pieces of up to 1 MiB, each a transaction hold of its own, under one grant of the group lock.
 *
 * <p>A piece goes into memory as dirty pages, or with O_DIRECT and aligned native memory straight to the device. Belongs to one call.
 */
final class FileWriter {
    static final int PIECE_BYTES = 1 << 20;
    /** Runs of blocks in one hold: a file in crumbs must not make a hold long. */
    private static final int MAX_RUNS = 32;

    private static final int BLOCK = DataIo.BLOCK;
    private static final int SHIFT = DataIo.BLOCK_SHIFT;

    /** Who wants it written. */
    enum Purpose {
        WRITE,

        /** The kernel writes back what was stored through a mapping: it must not wait for other parts of the file. */
        MAPPED,

        /** An archive agent: nobody is to see a change, and offline blocks are what it is for. */
        STAGE
    }

    private final Purpose purpose;
    private final DataContext data;
    private final FsContext fs;
    private final Truncation truncation;
    private final Inode inode;
    private final long ino;
    private final int openFlags;
    private final MemorySegment src;
    private final boolean killSuidgid;
    private final long length;

    private long offset;
    private long done;
    /** Pages reserved and not used up. */
    private int reserved;

    private boolean direct;
    private boolean privilegesDropped;

    FileWriter(
            Purpose purpose,
            DataContext data,
            Truncation truncation,
            Inode inode,
            int openFlags,
            long offset,
            MemorySegment src,
            boolean killSuidgid) {
        this.purpose = purpose;
        this.data = data;
        this.fs = data.fs();
        this.truncation = truncation;
        this.inode = inode;
        this.ino = inode.ino();
        this.openFlags = openFlags;
        this.offset = offset;
        this.src = src;
        this.killSuidgid = killSuidgid;
        this.length = Math.min(src.byteSize(), Integer.MAX_VALUE & -BLOCK);
    }

    int write() throws FsException {
        Modification.checkWritable(fs);
        if (length == 0) {
            return 0;
        }
        OfflineWaits.@Nullable Waiter waiter;
        while ((waiter = attempt()) != null) {
            data.waits().await(waiter);
        }
        boolean wantsDirect = (openFlags & Modes.O_DIRECT) != 0;
        if (wantsDirect && !direct) {
            data.pages().writeback().writeRange(ino, offset >>> SHIFT, (offset + done - 1) >>> SHIFT);
        } else if (!direct) {
            data.pages().writeback().balance();
        }
        if ((openFlags & Modes.O_DSYNC) != 0) {
            fs.transactions().sync();
        }
        return (int) done;
    }

    /** What has to hold under the locks before anything is staged. */
    @FunctionalInterface
    interface StageCheck {
        void check(InodeItem item) throws FsException;
    }

    /** Writes a piece of archived bytes, at most {@link #PIECE_BYTES}, if {@code check} agrees. @return how many were taken */
    int stage(StageCheck check) throws FsException {
        if (length > 0) {
            reserve(offset, length);
        }
        try (Modification m = new Modification(fs)) {
            m.lock(inode);
            check.check(inode.item());
            truncation.complete(m, inode);
            writePieces(m);
        } finally {
            data.pages().writeback().unreserve(reserved);
            reserved = 0;
        }
        data.pages().writeback().balance();
        return (int) done;
    }

    private OfflineWaits.@Nullable Waiter attempt() throws FsException {
        if ((openFlags & Modes.O_DIRECT) == 0) {
            reserve(offset, length);
        }
        try (Modification m = new Modification(fs)) {
            m.lock(inode);
            place();
            Retention.check(inode.item());
            truncation.complete(m, inode);
            InodeItem item = inode.item();
            data.quota().check(QuotaCheck.OP_DATA, item.proj(), item.uid(), item.gid());
            OfflineWaits.@Nullable Waiter waiter = purpose == Purpose.MAPPED
                    ? null
                    : data.offline(
                            item, ino, m.group(inode), 0, DataContext.lastBlock(item.size()), OfflineWaits.WRITE);
            if (waiter == null) {
                writePieces(m);
            }
            return waiter;
        } finally {
            data.pages().writeback().unreserve(reserved);
            reserved = 0;
        }
    }

    private void place() throws FsException {
        InodeItem item = inode.item();
        if (!Modes.isRegular(item.mode())) {
            throw new FsException(Errno.EINVAL);
        }
        if ((openFlags & Modes.O_APPEND) != 0) {
            offset = item.size();
        }
        if (offset < 0 || offset + length < 0) {
            throw new FsException(Errno.EINVAL);
        }
        direct = (openFlags & Modes.O_DIRECT) != 0
                && src.isNative()
                && ((src.address() | offset | length) & (BLOCK - 1)) == 0;
    }

    private void reserve(long at, long bytes) throws FsException {
        int pages = (int) (((at + Math.min(bytes, PIECE_BYTES) - 1) >>> SHIFT) - (at >>> SHIFT) + 1);
        if (pages > reserved) {
            data.pages().writeback().reserve(pages - reserved);
            reserved = pages;
        }
    }

    private void writePieces(Modification m) throws FsException {
        while (done < length) {
            if (!direct) {
                reserve(offset + done, length - done);
            }
            try {
                done += writePiece(m, offset + done, Math.min(PIECE_BYTES, length - done));
            } catch (FsException e) {
                // The hold is left: the next one commits first and brings new blocks.
                if (e.errno() != Errno.ENOBUFS) {
                    if (done > 0) {
                        return;
                    }
                    throw e;
                }
            }
        }
    }

    /** Returns how many bytes of the piece were written, above 0. */
    private long writePiece(Modification m, long position, long bytes) throws FsException {
        boolean visible = purpose != Purpose.STAGE;
        m.expect(inode, visible);
        m.hold(true);
        boolean pinnedFirst = false;
        boolean pinnedLast = false;
        long first = position >>> SHIFT;
        long last = (position + bytes - 1) >>> SHIFT;
        try {
            fs.items().dirty(inode.key(), m.group(inode));
            InodeItem changed = inode.copyForChange();
            if (killSuidgid && !privilegesDropped) {
                Truncation.dropPrivileges(data, m, inode, changed);
            }
            Extents extents = data.extents(ino, m.group(inode));
            BlockMapper mapper = new BlockMapper(
                    extents,
                    data.blocks(),
                    fs.options().dataPreallocBlocks(),
                    fs.options().dataPreallocContigOnly());
            long written;
            if (direct) {
                written = writeDirect(mapper, changed, position, bytes);
            } else {
                boolean partialFirst = (position & (BLOCK - 1)) != 0 || bytes < BLOCK && first == last;
                pinnedFirst = partialFirst && pin(extents, first, changed.size());
                boolean partialLast = last != first && ((position + bytes) & (BLOCK - 1)) != 0;
                pinnedLast = partialLast && pin(extents, last, changed.size());
                written = writeBuffered(mapper, changed, position, bytes);
            }
            if (position + written > changed.size()) {
                changed.setSize(position + written);
            }
            if (visible) {
                Timespec now = fs.now();
                changed.setMtime(now);
                changed.setCtime(now);
                changed.setDataVersion(changed.dataVersion() + 1);
            }
            changed.setVersion(changed.version() + 1);
            boolean online = changed.offlineBlocks() < inode.item().offlineBlocks();
            m.update(inode, changed, visible);
            if (online) {
                data.waits().wake(ino);
            }
            privilegesDropped = true;
            return written;
        } finally {
            if (pinnedFirst) {
                data.pages().unpin(ino, first);
            }
            if (pinnedLast) {
                data.pages().unpin(ino, last);
            }
            m.release();
        }
    }

    /** A block that keeps some of its contents must be in memory; one that has none begins as zeros. */
    private boolean pin(Extents extents, long block, long size) throws FsException {
        if (block << SHIFT >= size) {
            // nothing but zeros can be there, written or not
            return false;
        }
        FileExtent extent = extents.next(block);
        if (extent == null || !extent.contains(block) || !extent.isWritten()) {
            return false;
        }
        data.pages().pin(ino, block, extent.mapOf(block));
        return true;
    }

    private long writeBuffered(BlockMapper mapper, InodeItem changed, long position, long bytes) throws FsException {
        long last = (position + bytes - 1) >>> SHIFT;
        long block = position >>> SHIFT;
        Lock lock = data.locks().write(ino);
        lock.lock();
        try {
            for (int runs = 0; block <= last && runs < MAX_RUNS; runs++) {
                long n;
                try {
                    n = mapper.prepare(block, last, changed);
                    mapper.finish(changed);
                } catch (FsException e) {
                    if (runs == 0) {
                        throw e;
                    }
                    // what is mapped gets its contents; the next piece fails at the same place
                    break;
                }
                copy(mapper, block, n, position, bytes);
                block += n;
            }
        } finally {
            data.stamps().wrote(ino);
            lock.unlock();
        }
        return Math.min(DataContext.startOf(block), position + bytes) - position;
    }

    private void copy(BlockMapper mapper, long block, long count, long position, long bytes) {
        for (long b = block; b < block + count; b++) {
            long from = Math.max(position, b << SHIFT);
            int n = (int) (Math.min(position + bytes, DataContext.startOf(b + 1)) - from);
            reserved -= data.pages()
                    .write(
                            ino,
                            b,
                            mapper.blkno() + (b - block),
                            (int) (from & (BLOCK - 1)),
                            src,
                            done + (from - position),
                            n);
        }
    }

    /** The device has the contents before an extent leads to them, and the transaction is held over it: no commit comes between. */
    private long writeDirect(BlockMapper mapper, InodeItem changed, long position, long bytes) throws FsException {
        long last = (position + bytes - 1) >>> SHIFT;
        long block = position >>> SHIFT;
        for (int runs = 0; block <= last && runs < MAX_RUNS; runs++) {
            try {
                long n = mapper.prepare(block, last, changed);
                writeRun(mapper, changed, block, n, done + (block << SHIFT) - position);
                block += n;
            } catch (FsException e) {
                if (runs == 0) {
                    throw e;
                }
                break;
            }
        }
        return (block << SHIFT) - position;
    }

    private void writeRun(BlockMapper mapper, InodeItem changed, long block, long count, long srcOffset)
            throws FsException {
        long lastOfRun = block + count - 1;
        data.stamps().wrote(ino);
        data.pages().writeback().drop(ino, block, lastOfRun);
        try {
            data.io().write(mapper.blkno(), src.asSlice(srcOffset, count << SHIFT));
        } catch (FsException e) {
            mapper.abandonAfter(e);
            throw e;
        } finally {
            // a reader may have brought in what was there before
            data.stamps().wrote(ino);
            data.pages().drop(ino, block, lastOfRun);
        }
        Lock lock = data.locks().write(ino);
        lock.lock();
        try {
            mapper.finish(changed);
        } finally {
            lock.unlock();
        }
    }
}
