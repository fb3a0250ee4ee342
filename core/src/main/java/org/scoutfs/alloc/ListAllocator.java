package org.scoutfs.alloc;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.scoutfs.block.Block;
import org.scoutfs.block.BlockAllocator;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.BlockWriter;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.error.StaleException;
import org.scoutfs.format.AllocListBlock;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.Magic;
import org.scoutfs.format.VolumeLayout;

/**
 * The allocator of one transaction: takes metadata block numbers from the first block of one list and gives freed ones to the first
 * block of another (spec 2 section 4.3).
 *
 * <p>Nothing freed here is handed out again here: it becomes free when whoever takes the freed list over does so after the commit.
 * The list blocks themselves are moved to new numbers at the first use in a transaction, with numbers from their own list, and are
 * held until {@link #prepareCommit()}, which every user calls before every write-out and also when it gives up; without it two block
 * references leak. The next use after that takes the list blocks up again.
 *
 * <p>{@link #allocate} and {@link #free} may be called by any number of threads. {@link #low}, {@link #remaining} and {@link
 * #lowSince} are one volatile read, for tests at every transaction entry. The heads are only meaningful while nobody allocates.
 */
public final class ListAllocator implements BlockAllocator {
    /** A freed block with less room than this when a transaction begins is replaced by a new first block. */
    static final int ROTATE_ROOM = AllocListBlock.CAPACITY / 4;

    /**
     * What can still be done before the lists must be exchanged.
     *
     * @param avail numbers in the first block of the avail list, 0..8185
     * @param freedRoom numbers that can still be freed, 0..8185
     */
    public record Remaining(int avail, int freedRoom) {}

    private final BlockCache cache;
    private final BlockWriter writer;
    private final int availFlags;
    private final int freedFlags;
    private final Counter allocated;
    private final Counter freedBlocks;
    private final Counter availLow;
    private final Counter freedHigh;
    private final Counter staleListBlock;

    // The lists and the held blocks are guarded by this object's monitor.
    private BlockReference availRef;
    private long availTotal;
    private int availFirst;
    private BlockReference freedRef;
    private long freedTotal;
    private int freedFirst;
    private @Nullable Block availBlock;
    private @Nullable Block freedBlock;

    /**
     * {@link Remaining} packed as avail &lt;&lt; 32 | freedRoom, so that samplers see both from one moment. Written with the monitor
     * held; ordered writes are enough, since a sample is old by the time it is used anyway.
     */
    private final AtomicLong levels = new AtomicLong();

    /** Starts a transaction on two lists that nobody else uses, both unused so far in {@code writer}'s transaction or its own. */
    public ListAllocator(
            BlockCache cache, BlockWriter writer, Counters counters, AllocListHead avail, AllocListHead freed) {
        this.cache = cache;
        this.writer = writer;
        this.availFlags = avail.flags();
        this.freedFlags = freed.flags();
        this.allocated = counters.get("alloc_alloc_meta");
        this.freedBlocks = counters.get("alloc_free_meta");
        this.availLow = counters.get("alloc_list_avail_lo");
        this.freedHigh = counters.get("alloc_list_freed_hi");
        this.staleListBlock = counters.get("alloc_stale_list_block");
        this.availRef = avail.ref();
        this.availTotal = avail.totalNr();
        this.availFirst = avail.firstNr();
        this.freedRef = freed.ref();
        this.freedTotal = freed.totalNr();
        this.freedFirst = freed.firstNr();
        sample();
    }

    /** As above, with counters that nobody reads. */
    public ListAllocator(BlockCache cache, BlockWriter writer, AllocListHead avail, AllocListHead freed) {
        this(cache, writer, new Counters(), avail, freed);
    }

    /** Takes the lowest number of the avail list's first block; ENOSPC when there is none, also if later blocks have some. */
    @Override
    public synchronized long allocate() throws FsException {
        MemorySegment block = prepared(true).data();
        if (availFirst == 0) {
            throw new FsException(Errno.ENOSPC, "the transaction's metadata block list is used up");
        }
        long blkno = ListBlocks.get(block, 0);
        check(blkno);
        ListBlocks.removeFront(block, 1);
        availFirst--;
        availTotal--;
        sample();
        allocated.increment();
        return blkno;
    }

    /** Adds a number to the freed list's first block; EIO when that is full, which the users' room checks exclude. */
    @Override
    public synchronized void free(long blkno) throws FsException {
        check(blkno);
        MemorySegment block = prepared(false).data();
        if (freedFirst == AllocListBlock.CAPACITY) {
            throw new FsException(Errno.EIO, "the transaction's list of freed metadata blocks is full");
        }
        addFreed(block, blkno);
        sample();
        freedBlocks.increment();
    }

    /** Lets go of the list blocks. Call before each write-out, successful or not, and when the transaction is given up. */
    public synchronized void prepareCommit() {
        if (availBlock != null) {
            availBlock.close();
            availBlock = null;
        }
        if (freedBlock != null) {
            freedBlock.close();
            freedBlock = null;
        }
        sample();
    }

    /** The avail list as it is now. */
    public synchronized AllocListHead avail() {
        return new AllocListHead(availRef, availTotal, availFirst, availFlags);
    }

    /** The freed list as it is now. */
    public synchronized AllocListHead freed() {
        return new AllocListHead(freedRef, freedTotal, freedFirst, freedFlags);
    }

    /** Whether the server could not fill the avail list: allocating work must then fail with ENOSPC and not wait for a commit. */
    public boolean isMetaLow() {
        return (availFlags & AllocListHead.FLAG_LOW) != 0;
    }

    /** Whether fewer than {@code nr} numbers can be taken, or fewer can be freed. */
    @Override
    public boolean low(int nr) {
        Remaining now = remaining();
        if (now.avail < nr) {
            availLow.increment();
            return true;
        }
        if (now.freedRoom < nr) {
            freedHigh.increment();
            return true;
        }
        return false;
    }

    /**
     * What is left in both directions. A nearly full freed block that the first use will replace counts as the new one: otherwise two
     * of them stop the server for ever, since nothing is allowed to begin that would replace them (spec 3, race R59).
     */
    public Remaining remaining() {
        long packed = levels.getAcquire();
        return new Remaining((int) (packed >>> 32), (int) packed);
    }

    /** Whether what was used since {@code then}, with {@code nr} more in each direction, exceeds {@code budget} in either. */
    public boolean lowSince(Remaining then, int budget, int nr) {
        Remaining now = remaining();
        return then.avail - now.avail + nr > budget || then.freedRoom - now.freedRoom + nr > budget;
    }

    private void sample() {
        int room = AllocListBlock.CAPACITY - freedFirst;
        if (freedBlock == null && room < ROTATE_ROOM) {
            room = AllocListBlock.CAPACITY - 2;
        }
        levels.setRelease(((long) availFirst << 32) | room);
    }

    private Block prepared(boolean wantAvail) throws FsException {
        if (availBlock == null || freedBlock == null) {
            prepare();
        }
        Block held = wantAvail ? availBlock : freedBlock;
        if (held == null) {
            throw new IllegalStateException("allocator lists are not prepared");
        }
        return held;
    }

    /**
     * Moves both first blocks to new numbers and holds them. The numbers are the first two of the avail list itself: asking the
     * allocator would be a circle. A block that is already dirty (this transaction was prepared before and its write-out failed) stays
     * where it is and needs none.
     */
    private void prepare() throws FsException {
        try (Block oldAvail = readOwn(availRef, availFirst)) {
            boolean rotate = !freedRef.isZero() && AllocListBlock.CAPACITY - freedFirst < ROTATE_ROOM;
            boolean moveAvail = !oldAvail.isDirty();
            boolean moveFreed = rotate || freedRef.isZero() || !isOwnDirty();
            int needed = (moveAvail ? 1 : 0) + (moveFreed ? 1 : 0);
            if (availFirst < needed) {
                throw new FsException(
                        Errno.ENOSPC, "an avail list of " + availFirst + " numbers cannot hold its own list blocks");
            }
            long availHome = moveAvail ? home(oldAvail, 0) : 0;
            long freedHome = moveFreed ? home(oldAvail, needed - 1) : 0;

            BlockReference from = rotate ? BlockReference.ZERO : freedRef;
            Block newFreed = cache.dirtyGiven(freedHome, writer, from, Magic.ALLOC_LIST);
            Block newAvail;
            try {
                newAvail = cache.dirtyGiven(availHome, writer, availRef, Magic.ALLOC_LIST);
            } catch (FsException | RuntimeException e) {
                // Nothing refers to the new freed block yet, and its number is still in the avail list.
                if (moveFreed) {
                    cache.forget(newFreed, writer);
                }
                newFreed.close();
                throw e;
            }
            install(newAvail, newFreed, rotate, needed);
        }
    }

    private void install(Block newAvail, Block newFreed, boolean rotate, int used) throws FsException {
        BlockReference oldAvailRef = availRef;
        BlockReference oldFreedRef = freedRef;
        availBlock = newAvail;
        availRef = newAvail.reference();
        freedBlock = newFreed;
        freedRef = newFreed.reference();
        ListBlocks.removeFront(newAvail.data(), used);
        availFirst -= used;
        availTotal -= used;
        ListBlocks.sort(newAvail.data());
        if (rotate) {
            AllocListBlock.setNext(newFreed.data(), 0, oldFreedRef);
            freedFirst = 0;
        } else if (moved(oldFreedRef, freedRef)) {
            addFreed(newFreed.data(), oldFreedRef.blkno());
        }
        if (moved(oldAvailRef, availRef)) {
            addFreed(newFreed.data(), oldAvailRef.blkno());
        }
        sample();
    }

    private static boolean moved(BlockReference before, BlockReference now) {
        return !before.isZero() && before.blkno() != now.blkno();
    }

    private boolean isOwnDirty() throws FsException {
        try (Block block = readOwn(freedRef, freedFirst)) {
            return block.isDirty();
        }
    }

    /** Reads a first list block. Nobody else may reuse our list blocks, so a stale one is corruption at once. */
    private Block readOwn(BlockReference ref, int firstNr) throws FsException {
        if (ref.isZero()) {
            throw new FsException(Errno.ENOSPC, "the transaction's metadata block list is empty");
        }
        Block block;
        try {
            block = cache.read(ref, Magic.ALLOC_LIST);
        } catch (StaleException e) {
            staleListBlock.increment();
            throw new CorruptionException("allocator list block " + Long.toUnsignedString(ref.blkno())
                    + " does not hold what its owner's reference names: " + e.getMessage());
        }
        try {
            ListBlocks.check(block, firstNr);
        } catch (CorruptionException e) {
            block.close();
            throw e;
        }
        return block;
    }

    private long home(Block avail, int index) throws CorruptionException {
        long blkno = ListBlocks.get(avail.data(), index);
        check(blkno);
        return blkno;
    }

    private void addFreed(MemorySegment block, long blkno) {
        ListBlocks.add(block, blkno);
        freedFirst++;
        freedTotal++;
    }

    private static void check(long blkno) throws CorruptionException {
        if (Long.compareUnsigned(blkno, VolumeLayout.FIRST_META_BLKNO) < 0) {
            throw new CorruptionException(
                    "block number " + Long.toUnsignedString(blkno) + " in an allocator list is not a metadata block");
        }
    }
}
