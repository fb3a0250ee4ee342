package org.scoutfs.fs.data;

import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;
import org.scoutfs.format.Timespec;
import org.scoutfs.fs.Inode;
import org.scoutfs.fs.Modes;
import org.scoutfs.fs.Modification;
import org.scoutfs.fs.xattr.Retention;

/**
 * Moves extents of one file into another without copying (spec 4 section 10.4), up to 16 in a hold: appending to what is there, or staging, into
 * offline extents and invisibly. What was moved before an error stays moved. One object per call.
 */
final class BlockMove {
    private static final int BATCH = 16;
    private static final int SHIFT = DataIo.BLOCK_SHIFT;
    private static final int OFFSET_IN_BLOCK = DataIo.BLOCK - 1;

    private final DataContext data;
    private final Truncation truncation;
    private final Inode from;
    private final Inode to;
    private final boolean staging;

    /** First block in either file, and the source's block behind the last. */
    private long fromStart;

    private long toStart;
    private long fromEnd;

    BlockMove(DataContext data, Truncation truncation, Inode from, Inode to, boolean staging) {
        this.data = data;
        this.truncation = truncation;
        this.from = from;
        this.to = to;
        this.staging = staging;
    }

    void move(long fromOffset, long length, long toOffset, long dataVersion, @Nullable FsException denied)
            throws FsException {
        try (Modification m = new Modification(data.fs())) {
            m.lock(from, to);
            long bytes = check(fromOffset, length, toOffset, dataVersion, denied);
            if (bytes == 0) {
                return;
            }
            truncation.complete(m, from);
            truncation.complete(m, to);
            fromStart = fromOffset >>> SHIFT;
            toStart = toOffset >>> SHIFT;
            fromEnd = fromStart + ((bytes + OFFSET_IN_BLOCK) >>> SHIFT);
            data.pages().writeback().writeRange(from.ino(), fromStart, fromEnd - 1);
            moveAll(m);
        }
    }

    /** @return bytes to move, clipped to the source's size; 0 for none */
    private long check(long fromOffset, long length, long toOffset, long dataVersion, @Nullable FsException denied)
            throws FsException {
        InodeItem source = from.item();
        InodeItem target = to.item();
        if (!staging) {
            Retention.check(target);
        }
        Retention.check(source);
        boolean toEnd = fromOffset + length == source.size();
        if (((fromOffset | toOffset) & OFFSET_IN_BLOCK) != 0 || (length & OFFSET_IN_BLOCK) != 0 && !toEnd) {
            throw new FsException(Errno.EINVAL);
        }
        if (staging && target.dataVersion() != dataVersion) {
            throw new FsException(Errno.ESTALE);
        }
        if (Long.compareUnsigned(fromOffset, source.size()) >= 0) {
            return 0;
        }
        if (Modes.isDirectory(source.mode()) || Modes.isDirectory(target.mode())) {
            throw new FsException(Errno.EISDIR);
        }
        if (!Modes.isRegular(source.mode()) || !Modes.isRegular(target.mode())) {
            throw new FsException(Errno.EINVAL);
        }
        if (denied != null) {
            throw denied;
        }
        if (source.offlineBlocks() != 0 || !staging && target.offlineBlocks() != 0) {
            throw new FsException(Errno.ENODATA);
        }
        long rest = source.size() - fromOffset;
        long bytes = Long.compareUnsigned(length, rest) < 0 ? length : rest;
        if (toOffset < 0 || toOffset + bytes < 0) {
            throw new FsException(Errno.EOVERFLOW);
        }
        return bytes;
    }

    private void moveAll(Modification m) throws FsException {
        long tail = staging ? tailBlkno(m) : 0;
        long tailBlock = to.item().size() >>> SHIFT;
        int reserved = tail != 0 ? 1 : 0;
        data.pages().writeback().reserve(reserved);
        try {
            if (tail != 0) {
                data.pages().pin(to.ino(), tailBlock, tail);
            }
            long at = fromStart;
            while (at < fromEnd) {
                FileExtent next = data.extents(from.ino(), m.group(from)).next(at);
                if (next == null || next.start() >= fromEnd) {
                    return;
                }
                Batch batch = new Batch(m, at);
                batch.run(tail);
                reserved -= batch.pagesUsed;
                at = batch.at;
                if (batch.failure != null) {
                    throw batch.failure;
                }
            }
        } finally {
            if (tail != 0) {
                data.pages().unpin(to.ino(), tailBlock);
            }
            data.pages().writeback().unreserve(reserved);
        }
    }

    /**
     * The block that is going to hold the end of the target's contents, if bytes behind that end come with it: they have to become zeros.
     *
     * @return 0 for none
     */
    private long tailBlkno(Modification m) throws FsException {
        long size = to.item().size();
        long block = size >>> SHIFT;
        long source = fromStart + (block - toStart);
        if ((size & OFFSET_IN_BLOCK) == 0 || source < fromStart || source >= fromEnd) {
            return 0;
        }
        FileExtent extent = data.extents(from.ino(), m.group(from)).next(source);
        return extent != null && extent.contains(source) && extent.isWritten() ? extent.mapOf(source) : 0;
    }

    /** What one hold does. */
    private final class Batch {
        private final Modification m;
        private final long first;
        private long at;
        private int pagesUsed;
        private @Nullable FsException failure;

        Batch(Modification m, long first) {
            this.m = m;
            this.first = first;
            this.at = first;
        }

        void run(long tail) throws FsException {
            m.expect(from, true);
            m.expect(to, !staging);
            m.hold(false);
            try {
                data.fs().items().dirty(from.key(), m.group(from));
                data.fs().items().dirty(to.key(), m.group(to));
                InodeItem source = from.copyForChange();
                InodeItem target = to.copyForChange();
                boolean wakes = target.offlineBlocks() != 0;
                data.locks().underBoth(from.ino(), to.ino(), () -> extents(source, target));
                if (at == first) {
                    return;
                }
                data.stamps().removed(from.ino());
                data.stamps().wrote(to.ino());
                data.pages().drop(from.ino(), first, at - 1);
                long tailSource = fromStart + ((target.size() >>> SHIFT) - toStart);
                if (tail != 0 && tailSource >= first && tailSource < at) {
                    pagesUsed = data.pages()
                            .zeroTail(to.ino(), target.size() >>> SHIFT, tail, (int) (target.size() & OFFSET_IN_BLOCK));
                }
                changed(source);
                m.update(from, source, true);
                if (!staging) {
                    changed(target);
                }
                m.update(to, target, !staging);
                if (wakes) {
                    data.waits().wake(to.ino());
                }
            } finally {
                m.release();
            }
        }

        private void changed(InodeItem item) {
            Timespec now = data.fs().now();
            item.setCtime(now);
            item.setMtime(now);
            item.setVersion(item.version() + 1);
            item.setDataVersion(item.dataVersion() + 1);
        }

        private void extents(InodeItem source, InodeItem target) {
            try {
                Extents sources = data.extents(from.ino(), m.group(from));
                Extents targets = data.extents(to.ino(), m.group(to));
                FileExtent extent = sources.next(at);
                for (int i = 0; i < BATCH && extent != null && extent.start() < fromEnd; i++) {
                    long start = Math.max(at, extent.start());
                    FileExtent part = part(extent, start, Math.min(fromEnd, extent.end()) - start);
                    long moved = staging
                            ? replace(sources, targets, part, source, target)
                            : append(sources, targets, part, source, target);
                    at = start + moved;
                    extent = sources.next(at);
                }
                if (extent == null || extent.start() >= fromEnd) {
                    at = fromEnd;
                }
            } catch (FsException e) {
                failure = e;
            }
        }
    }

    private static FileExtent part(FileExtent extent, long start, long len) {
        return new FileExtent(start, len, extent.mapOf(start), extent.flags());
    }

    private long append(Extents sources, Extents targets, FileExtent part, InodeItem source, InodeItem target)
            throws FsException {
        FileExtent placed = new FileExtent(targetOf(part.start()), part.len(), part.map(), part.flags());
        targets.insert(placed, target);
        try {
            sources.set(part.start(), part.len(), 0, 0, source);
        } catch (FsException e) {
            undo(e, () -> targets.set(placed.start(), placed.len(), 0, 0, target));
            throw e;
        }
        long end = Math.min(part.end() << SHIFT, source.size()) + ((toStart - fromStart) << SHIFT);
        if (end > target.size()) {
            target.setSize(end);
        }
        return part.len();
    }

    /** @return how many blocks, as far as the target's offline extent goes */
    private long replace(Extents sources, Extents targets, FileExtent whole, InodeItem source, InodeItem target)
            throws FsException {
        long start = targetOf(whole.start());
        FileExtent offline = targets.next(start);
        if (offline == null) {
            throw new FsException(
                    Errno.ENOENT, "inode " + to.ino() + " has no extent at block " + start + " or behind");
        }
        if (!offline.contains(start) || !offline.isOffline()) {
            throw new FsException(Errno.EINVAL, "inode " + to.ino() + ": block " + start + " is not offline");
        }
        long len = Math.min(whole.len(), offline.end() - start);
        targets.set(start, len, whole.map(), whole.flags(), offline, target);
        try {
            sources.set(whole.start(), len, 0, 0, source);
        } catch (FsException e) {
            undo(e, () -> targets.set(start, len, offline.mapOf(start), offline.flags(), target));
            throw e;
        }
        if (offline.isMapped()) {
            try {
                data.blocks().free(offline.mapOf(start), len);
            } catch (FsException e) {
                undo(e, () -> sources.set(whole.start(), len, whole.map(), whole.flags(), source));
                undo(e, () -> targets.set(start, len, offline.mapOf(start), offline.flags(), target));
                throw e;
            }
        }
        return len;
    }

    private long targetOf(long block) {
        return block - fromStart + toStart;
    }

    @FunctionalInterface
    private interface Undo {
        void run() throws FsException;
    }

    private static void undo(FsException cause, Undo undo) {
        try {
            undo.run();
        } catch (FsException again) {
            cause.addSuppressed(again);
        }
    }
}
