package org.scoutfs.fs.data;

import org.jspecify.annotations.Nullable;
import org.scoutfs.alloc.Extent;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;

/**
 * Finds or makes the device blocks that a write goes to (spec 4 sections 8.3, 8.5), in runs: {@link #prepare} looks and allocates, {@link
 * #finish} makes the run written, {@code abandon} gives back what was allocated. Under a hold; belongs to one thread.
 */
final class BlockMapper {
    private final Extents extents;
    private final DataBlocks blocks;
    private final long limit;
    private final boolean contigOnly;

    // the run of the last prepare
    private long first;
    private long count;
    private long blkno;
    private @Nullable FileExtent found;
    private long allocatedStart;
    private @Nullable Extent allocated;

    /**
     * @param limit data_prealloc_blocks
     * @param contigOnly data_prealloc_contig_only
     */
    BlockMapper(Extents extents, DataBlocks blocks, long limit, boolean contigOnly) {
        this.extents = extents;
        this.blocks = blocks;
        this.limit = limit;
        this.contigOnly = contigOnly;
    }

    /**
     * Finds where blocks from {@code block} on are or will be, contiguous on the device, up to {@code last}.
     *
     * @return how many
     * @throws FsException ENOBUFS or ENOSPC of the allocator; nothing was changed
     */
    long prepare(long block, long last, InodeItem inode) throws FsException {
        first = block;
        allocated = null;
        FileExtent next = extents.next(block);
        found = next;
        if (next != null && next.contains(block)) {
            if (next.isMapped()) {
                count = Math.min(next.end(), last + 1) - block;
                blkno = next.mapOf(block);
                return count;
            }
            return allocate(last, Preallocation.inOffline(block, last, limit, next.end()));
        }
        long nextStart = next == null ? Long.MAX_VALUE : next.start();
        boolean used = !contigOnly && isRegionUsed(block);
        return allocate(
                last, Preallocation.inHole(block, last, inode.onlineBlocks(), limit, contigOnly, used, nextStart));
    }

    private boolean isRegionUsed(long block) throws FsException {
        long start = block - block % limit;
        FileExtent inRegion = start == block ? null : extents.next(start);
        return inRegion != null && inRegion.start() < block;
    }

    private long allocate(long last, Preallocation wanted) throws FsException {
        Extent taken = blocks.allocate(wanted.count());
        Preallocation got = Preallocation.covering(wanted.start(), taken.len(), first);
        allocated = taken;
        allocatedStart = got.start();
        blkno = taken.start() + (first - got.start());
        count = Math.min(got.start() + got.count(), last + 1) - first;
        return count;
    }

    /** Where the run is. */
    long blkno() {
        return blkno;
    }

    /** Whether the run's blocks had no contents: what is not written there must become zeros. */
    boolean isFresh() {
        return allocated != null || !knownExtent().isWritten();
    }

    /** The whole run counts as written now. On failure what was allocated is given back. */
    void finish(InodeItem counts) throws FsException {
        if (allocated != null) {
            finishAllocated(allocated, counts);
            return;
        }
        FileExtent extent = knownExtent();
        if (!extent.isWritten()) {
            extents.set(first, count, blkno, 0, extent, counts);
        }
    }

    private void finishAllocated(Extent taken, InodeItem counts) throws FsException {
        long end = allocatedStart + taken.len();
        boolean exact = first == allocatedStart && first + count == end;
        try {
            FileExtent next = found;
            if (next != null && next.contains(first)) {
                replace(taken, next, exact, counts);
            } else if (exact) {
                extents.insert(new FileExtent(first, count, blkno, 0), next, counts);
            } else {
                extents.insert(
                        new FileExtent(allocatedStart, taken.len(), taken.start(), FileExtent.UNWRITTEN), next, counts);
                setWithin(() -> extents.set(allocatedStart, taken.len(), 0, 0, counts), counts);
            }
        } catch (FsException | RuntimeException e) {
            abandonAfter(e);
            throw e;
        }
        allocated = null;
    }

    /** Blocks for an unmapped offline extent. */
    private void replace(Extent taken, FileExtent offline, boolean exact, InodeItem counts) throws FsException {
        if (exact) {
            extents.set(first, count, blkno, 0, offline, counts);
            return;
        }
        int flags = offline.flags();
        extents.set(allocatedStart, taken.len(), taken.start(), flags | FileExtent.UNWRITTEN, offline, counts);
        setWithin(() -> extents.set(allocatedStart, taken.len(), 0, flags, counts), counts);
    }

    @FunctionalInterface
    private interface Undo {
        void run() throws FsException;
    }

    private void setWithin(Undo undo, InodeItem counts) throws FsException {
        try {
            extents.set(first, count, blkno, 0, counts);
        } catch (FsException | RuntimeException e) {
            try {
                undo.run();
            } catch (FsException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    /** Nothing was put into the run: gives its new blocks back, to data_freed. */
    void abandonAfter(Exception cause) {
        Extent taken = allocated;
        if (taken == null) {
            return;
        }
        allocated = null;
        try {
            blocks.free(taken.start(), taken.len());
        } catch (FsException e) {
            cause.addSuppressed(e);
        }
    }

    private FileExtent knownExtent() {
        FileExtent extent = found;
        if (extent == null) {
            throw new IllegalStateException("no run is prepared");
        }
        return extent;
    }
}
