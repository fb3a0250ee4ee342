package org.scoutfs.alloc;

import org.scoutfs.block.Block;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.BlockWriter;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocListBlock;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.Magic;

/**
 * Moves metadata block numbers between lists and trees of free extents (spec 2 section 4.4), with an allocator that pays for the
 * blocks this changes and whose own lists must not be among them.
 *
 * <p>Every step leaves each number in exactly one place, also when the next step fails: the list's head and the tree's root are then
 * to be stored as they are. A list block is changed in place only if it is dirty in the same transaction already.
 *
 * <p>Not safe for threads: guarded by whatever serialises the writer.
 */
public final class AllocLists {
    private final BlockCache cache;
    private final BlockWriter writer;
    private final ListAllocator using;

    public AllocLists(BlockCache cache, BlockWriter writer, ListAllocator using) {
        this.cache = cache;
        this.writer = writer;
        this.using = using;
    }

    /**
     * Fills the first block of a list that has fewer than {@code low} numbers in it up to {@code target}. Stops early without error when
     * the allocator in use has no more room for a step: look at the counts.
     *
     * @param target at most {@link AllocListBlock#CAPACITY}
     * @throws FsException ENOSPC when the tree became empty before
     */
    public void fillList(AllocatorList list, ExtentTree from, int low, int target) throws FsException {
        if (list.head().firstNr() >= low || using.low(1 + from.blocksPerChange())) {
            return;
        }
        try (Block block = dirtyFirst(list)) {
            while (list.head().firstNr() < target && !using.low(1 + from.blocksPerChange())) {
                Extent extent = from.allocate(target - list.head().firstNr());
                if (extent == null) {
                    throw new FsException(Errno.ENOSPC, "no free metadata extents are left to fill a list from");
                }
                for (long blkno = extent.start(); blkno < extent.end(); blkno++) {
                    ListBlocks.add(block.data(), blkno);
                }
                changed(list, block, (int) extent.len());
            }
        }
    }

    /**
     * Moves the numbers of a list into a tree as extents and frees its blocks. Stops early without error when the allocator in use has no
     * more room for a step.
     *
     * @return whether the list is empty and has no block any more
     * @throws CorruptionException if a number is free already
     */
    public boolean emptyList(ExtentTree into, AllocatorList list) throws FsException {
        while (!list.head().ref().isZero()) {
            if (using.low(2 + into.blocksPerChange())) {
                return false;
            }
            if (list.head().firstNr() == 0) {
                dropFirst(list);
                continue;
            }
            try (Block block = dirtyFirst(list)) {
                ListBlocks.sort(block.data());
                while (list.head().firstNr() > 0 && !using.low(2 + into.blocksPerChange())) {
                    int run = ListBlocks.frontRun(block.data());
                    into.insert(ListBlocks.get(block.data(), 0), run);
                    ListBlocks.removeFront(block.data(), run);
                    changed(list, block, -run);
                }
            }
        }
        return true;
    }

    /**
     * Puts all of {@code src} in front of {@code dst}; {@code src} becomes empty. Costs one block in each direction per block of {@code
     * src}, since all of them move to new places for the last one to refer to {@code dst}; nothing if {@code dst} is empty. Its LOW
     * flag stays.
     */
    public void spliceList(AllocatorList dst, AllocatorList src) throws FsException {
        AllocListHead from = src.head();
        AllocListHead to = dst.head();
        if (from.ref().isZero()) {
            return;
        }
        if (!to.ref().isZero()) {
            linkBehind(src, to.ref());
            from = src.head();
        }
        dst.setHead(to.withList(from.ref(), to.totalNr() + from.totalNr(), from.firstNr()));
        src.setHead(from.withList(BlockReference.ZERO, 0, 0));
    }

    /** Dirties a whole chain and makes its last block refer to {@code next}. Until the last step the chain is as it was, elsewhere. */
    private void linkBehind(AllocatorList list, BlockReference next) throws FsException {
        long total = 0;
        Block block = dirtyFirst(list);
        try {
            for (; ; ) {
                total += AllocListBlock.nr(block.data(), 0);
                BlockReference following = AllocListBlock.next(block.data(), 0);
                if (following.isZero()) {
                    break;
                }
                Block moved = cache.dirty(using, writer, following, Magic.ALLOC_LIST);
                AllocListBlock.setNext(block.data(), 0, moved.reference());
                block.close();
                block = moved;
                ListBlocks.check(block, AllocListBlock.nr(block.data(), 0));
            }
            if (total != list.head().totalNr()) {
                throw new CorruptionException("allocator list at block "
                        + list.head().ref().blkno() + " has " + total + " numbers, its head says "
                        + Long.toUnsignedString(list.head().totalNr()));
            }
            AllocListBlock.setNext(block.data(), 0, next);
        } finally {
            block.close();
        }
    }

    /** The first block of a list, dirty; a new one for an empty list. */
    private Block dirtyFirst(AllocatorList list) throws FsException {
        AllocListHead head = list.head();
        Block block = cache.dirty(using, writer, head.ref(), Magic.ALLOC_LIST);
        list.setHead(head.withList(block.reference(), head.totalNr(), head.firstNr()));
        try {
            ListBlocks.check(block, head.firstNr());
        } catch (CorruptionException e) {
            block.close();
            throw e;
        }
        return block;
    }

    /** Frees the first block, which has no numbers. */
    private void dropFirst(AllocatorList list) throws FsException {
        AllocListHead head = list.head();
        BlockReference next;
        try (Block block = cache.read(head.ref(), Magic.ALLOC_LIST)) {
            ListBlocks.check(block, 0);
            next = AllocListBlock.next(block.data(), 0);
        }
        int firstNr = 0;
        if (!next.isZero()) {
            try (Block block = cache.read(next, Magic.ALLOC_LIST)) {
                firstNr = AllocListBlock.nr(block.data(), 0);
                ListBlocks.check(block, firstNr);
            }
        } else if (head.totalNr() != 0) {
            throw new CorruptionException(
                    "allocator list ends with block " + head.ref().blkno() + " while its head has "
                            + Long.toUnsignedString(head.totalNr()) + " more numbers");
        }
        using.free(head.ref().blkno());
        list.setHead(head.withList(next, head.totalNr(), firstNr));
    }

    private static void changed(AllocatorList list, Block block, int added) {
        AllocListHead head = list.head();
        list.setHead(head.withList(block.reference(), head.totalNr() + added, head.firstNr() + added));
    }
}
