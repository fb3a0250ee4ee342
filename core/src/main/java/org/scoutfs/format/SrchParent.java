package org.scoutfs.format;

import java.lang.foreign.MemorySegment;

/**
 * Layout of a parent in the radix of a srch file ({@code struct scoutfs_srch_parent}), 65536 bytes, spec 1 section 13.2.
 * {@code off} is the start of the block.
 *
 * <pre>
 * off     len field
 *   0      32 header
 *  32 16*4094 refs     unused ones zero
 * </pre>
 */
public final class SrchParent {
    public static final int REFS = 32;
    /** References in a parent. */
    public static final int CAPACITY = (VolumeLayout.LARGE_BLOCK_SIZE - REFS) / BlockReference.SIZE;

    private SrchParent() {}

    /** Reference {@code index}, 0..4093. */
    public static BlockReference ref(MemorySegment seg, long off, int index) {
        return BlockReference.read(seg, off + REFS + (long) index * BlockReference.SIZE);
    }

    /** Stores reference {@code index}, 0..4093. */
    public static void setRef(MemorySegment seg, long off, int index, BlockReference ref) {
        ref.write(seg, off + REFS + (long) index * BlockReference.SIZE);
    }

    /** Index, in a parent at {@code level} (1 and up), of the reference on the path to leaf number {@code leaf}. */
    public static int index(long leaf, int level) {
        long children = leaf;
        for (int l = 1; l < level; l++) {
            children = Long.divideUnsigned(children, CAPACITY);
        }
        return (int) Long.remainderUnsigned(children, CAPACITY);
    }

    /** Smallest height that can address {@code blocks} leaves: 0 for none, 1 for one, 2 up to 4094, ... */
    public static int heightFor(long blocks) {
        if (blocks == 0) {
            return 0;
        }
        int height = 1;
        for (long last = blocks - 1; last != 0; last = Long.divideUnsigned(last, CAPACITY)) {
            height++;
        }
        return height;
    }
}
