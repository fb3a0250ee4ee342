package org.scoutfs.btree;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import org.scoutfs.block.Block;
import org.scoutfs.block.BlockAllocator;
import org.scoutfs.block.BlockCache;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;

/**
 * Frees all blocks of a tree that nobody changes any more, without making it dirty and without reading its leaves (spec 2 section 3.10, spec
 * 1 section 10.4).
 *
 * <p>Leaves go from left to right, and a parent of any level goes with its last leaf. Progress is a key: everything entirely below it is
 * free. The reference uses the same key, but never frees parents of level 1; a server of either kind can go on where the other stopped,
 * and only parents that the reference passed stay lost.
 */
public final class BtreeFreer {
    private static final Logger LOG = System.getLogger("org.scoutfs.btree");

    private final BtreeReader reader;
    private final BlockAllocator allocator;

    public BtreeFreer(BlockCache cache, BlockAllocator allocator) {
        this.reader = new BtreeReader(cache);
        this.allocator = allocator;
    }

    /**
     * Frees some more blocks. The caller records the result in the commit that takes the freed numbers.
     *
     * @param progress where the last call stopped, {@link Key#ZERO} at first
     * @param budget most numbers to free, more than the greatest height of a tree
     * @return where to go on, {@link Key#MAX} when all blocks are free
     * @throws FsException nothing was freed; what fails later only ends the call early
     */
    public Key freeBlocks(BtreeRoot root, Key progress, int budget) throws FsException {
        if (budget <= BtreeBlock.MAX_HEIGHT) {
            throw new IllegalArgumentException("budget of " + budget + " blocks");
        }
        BtreeReader.checkRoot(root);
        if (root.height() == 0 || progress.equals(Key.MAX)) {
            return Key.MAX;
        }
        if (root.height() == 1) {
            allocator.free(root.ref().blkno());
            return Key.MAX;
        }
        Key at = progress;
        int left = budget;
        while (!at.equals(Key.MAX)) {
            Step step = new Step(at);
            try {
                step.freeChildren(root, left);
            } catch (FsException e) {
                if (step.progress.equals(progress)) {
                    throw e;
                }
                LOG.log(
                        Level.WARNING,
                        "freeing a merged tree stopped early at key {0}: {1}",
                        step.progress,
                        e.getMessage());
                return step.progress;
            }
            if (step.freed == 0) {
                return step.progress;
            }
            at = step.progress;
            left -= step.freed;
        }
        return at;
    }

    /** The leaves below one parent of level 1, from a key on, and all parents that end with the last of them. */
    private final class Step {
        Key progress;
        int freed;

        Step(Key from) {
            progress = from;
        }

        void freeChildren(BtreeRoot root, int budget) throws FsException {
            // Parents above, of level height-1 down, that end where the one of level 1 ends.
            long[] ending = new long[root.height()];
            int endings = 0;
            long blkno = root.ref().blkno();
            long seq = root.ref().seq();
            for (int level = root.height() - 1; ; level--) {
                try (Block block = reader.read(blkno, seq, level)) {
                    MemorySegment data = block.data();
                    int link = Node.ceiling(data, progress);
                    if (link == 0) {
                        throw reader.noChild(blkno, level, progress);
                    }
                    if (level == 1) {
                        ending[endings++] = blkno;
                        freeLeaves(data, link, budget, ending, endings);
                        return;
                    }
                    if (Node.next(data, link) == 0) {
                        ending[endings++] = blkno;
                    } else {
                        endings = 0;
                    }
                    blkno = Node.childBlkno(data, link);
                    seq = Node.childSeq(data, link);
                }
            }
        }

        private void freeLeaves(MemorySegment parent, int first, int budget, long[] ending, int endings)
                throws FsException {
            for (int link = first; link != 0; link = Node.next(parent, link)) {
                boolean last = Node.next(parent, link) == 0;
                if (freed + 1 + (last ? endings : 0) > budget) {
                    return;
                }
                allocator.free(Node.childBlkno(parent, link));
                freed++;
                Key end = Node.key(parent, link);
                progress = end.equals(Key.MAX) ? Key.MAX : end.increment();
                if (last) {
                    for (int i = endings - 1; i >= 0; i--) {
                        allocator.free(ending[i]);
                        freed++;
                    }
                }
            }
        }
    }
}
