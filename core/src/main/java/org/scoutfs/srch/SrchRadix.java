package org.scoutfs.srch;

import org.scoutfs.block.Block;
import org.scoutfs.block.BlockCache;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.Magic;
import org.scoutfs.format.SrchBlock;
import org.scoutfs.format.SrchFile;
import org.scoutfs.format.SrchParent;

/** Finds leaves in the radix of a srch file (spec 1 section 13.2). */
final class SrchRadix {
    /** Radix levels that 64-bit leaf numbers can need. */
    private static final int MAX_HEIGHT = 7;

    private SrchRadix() {}

    /**
     * Leaf number {@code leaf}, pinned for the caller.
     *
     * @param ahead whether the caller will want the next leaf soon
     */
    static Block readLeaf(BlockCache cache, SrchFile file, long leaf, boolean ahead) throws FsException {
        check(file);
        Block block = cache.read(file.ref(), magic(file.height() - 1));
        for (int level = file.height() - 1; level > 0; level--) {
            try (Block parent = block) {
                int index = SrchParent.index(leaf, level);
                BlockReference ref = child(file, parent, index, level);
                if (ahead && level == 1 && leaf + 1 < file.blocks() && index + 1 < SrchParent.CAPACITY) {
                    cache.readahead(SrchParent.ref(parent.data(), 0, index + 1));
                }
                block = cache.read(ref, magic(level - 1));
            }
        }
        return checkedLeaf(block);
    }

    /** The parent at {@code level} on the way to leaf number {@code leaf}, pinned for the caller. */
    static Block readParent(BlockCache cache, SrchFile file, long leaf, int level) throws FsException {
        check(file);
        Block block = cache.read(file.ref(), magic(file.height() - 1));
        for (int above = file.height() - 1; above > level; above--) {
            try (Block parent = block) {
                block = cache.read(child(file, parent, SrchParent.index(leaf, above), above), magic(above - 1));
            }
        }
        return block;
    }

    /** Reference {@code index} of a parent, which must be one. */
    static BlockReference child(SrchFile file, Block parent, int index, int level) throws CorruptionException {
        BlockReference ref = SrchParent.ref(parent.data(), 0, index);
        if (ref.isZero()) {
            throw new CorruptionException("srch file with root " + file.ref().blkno() + " and " + file.blocks()
                    + " leaves: parent " + parent.blkno() + " at level " + level + " has no reference " + index);
        }
        return ref;
    }

    static int magic(int level) {
        return level == 0 ? Magic.SRCH_BLOCK : Magic.SRCH_PARENT;
    }

    /** Leaves under one reference of a parent at {@code level}: 4094^(level-1). */
    static long leavesPerRef(int level) {
        long leaves = 1;
        for (int l = 1; l < level; l++) {
            leaves *= SrchParent.CAPACITY;
        }
        return leaves;
    }

    /** Verifies that a file that is not empty can address its leaves. */
    static void check(SrchFile file) throws CorruptionException {
        if (file.ref().isZero()
                || file.blocks() <= 0
                || file.height() > MAX_HEIGHT
                || file.height() < SrchParent.heightFor(file.blocks())) {
            throw new CorruptionException("srch file with root " + file.ref().blkno() + ": height " + file.height()
                    + " cannot be that of " + Long.toUnsignedString(file.blocks()) + " leaves");
        }
    }

    /** Verifies the size of a leaf's contents; closes the block if it is impossible. */
    static Block checkedLeaf(Block block) throws CorruptionException {
        int bytes = SrchBlock.entryBytes(block.data(), 0);
        if (bytes < 0 || bytes > SrchBlock.ENTRIES_SIZE) {
            long blkno = block.blkno();
            block.close();
            throw new CorruptionException("srch leaf block " + blkno + ": entry_bytes "
                    + Integer.toUnsignedString(bytes) + " is above " + SrchBlock.ENTRIES_SIZE);
        }
        return block;
    }
}
