package org.scoutfs.format;

import java.lang.foreign.MemorySegment;

/**
 * Root of a btree ({@code struct scoutfs_btree_root}), 24 bytes, spec 1 section 3.5.
 *
 * <pre>
 * off len field
 *   0  16 ref      root block, zero if the tree is empty
 *  16   1 height   0 empty, 1 the root is a leaf, h the root has level h-1
 *  17   7 pad
 * </pre>
 *
 * @param height 0..255, at most 20 in a valid volume
 */
public record BtreeRoot(BlockReference ref, int height) {
    public static final int SIZE = 24;
    /** The empty tree. */
    public static final BtreeRoot EMPTY = new BtreeRoot(BlockReference.ZERO, 0);

    private static final int REF = 0;
    private static final int HEIGHT = 16;
    private static final int PAD = 17;

    public static BtreeRoot read(MemorySegment seg, long off) {
        return new BtreeRoot(BlockReference.read(seg, off + REF), Le.u8(seg, off + HEIGHT));
    }

    public void write(MemorySegment seg, long off) {
        ref.write(seg, off + REF);
        Le.put8(seg, off + HEIGHT, height);
        Le.zero(seg, off + PAD, SIZE - PAD);
    }

    /** Whether the tree has no block. */
    public boolean isEmpty() {
        return ref.isZero();
    }
}
