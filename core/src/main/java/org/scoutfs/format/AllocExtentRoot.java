package org.scoutfs.format;

import java.lang.foreign.MemorySegment;

/**
 * Root of a tree of free extents ({@code struct scoutfs_alloc_root}), 40 bytes, spec 1 section 3.7.
 *
 * <pre>
 * off len field
 *   0   8 total_len   blocks in all free extents of the tree
 *   8   4 flags       bit 0 LOW (section 9.4)
 *  12   4 pad
 *  16  24 root        btree of free extent items (section 9.2)
 * </pre>
 */
public record AllocExtentRoot(long totalLen, int flags, BtreeRoot root) {
    public static final int SIZE = 40;
    /** The server could not fill the tree: running out is final. */
    public static final int FLAG_LOW = 1;

    public static final AllocExtentRoot EMPTY = new AllocExtentRoot(0, 0, BtreeRoot.EMPTY);

    private static final int TOTAL_LEN = 0;
    private static final int FLAGS = 8;
    private static final int PAD = 12;
    private static final int ROOT = 16;

    public static AllocExtentRoot read(MemorySegment seg, long off) {
        return new AllocExtentRoot(
                Le.u64(seg, off + TOTAL_LEN), Le.i32(seg, off + FLAGS), BtreeRoot.read(seg, off + ROOT));
    }

    public void write(MemorySegment seg, long off) {
        Le.put64(seg, off + TOTAL_LEN, totalLen);
        Le.put32(seg, off + FLAGS, flags);
        Le.put32(seg, off + PAD, 0);
        root.write(seg, off + ROOT);
    }

    /** Whether the LOW flag is set. */
    public boolean isLow() {
        return (flags & FLAG_LOW) != 0;
    }

    /** This root with the LOW flag set or cleared. */
    public AllocExtentRoot withLow(boolean low) {
        return new AllocExtentRoot(totalLen, low ? flags | FLAG_LOW : flags & ~FLAG_LOW, root);
    }

    /** This root over another tree; flags are kept. */
    public AllocExtentRoot withTree(long newTotalLen, BtreeRoot newRoot) {
        return new AllocExtentRoot(newTotalLen, flags, newRoot);
    }

    /**
     * Order class of a free extent of {@code len} blocks: floor(log8(len)), 0 for length 0 (section 9.2).
     *
     * @param len unsigned
     */
    public static int order(long len) {
        return len == 0 ? 0 : (63 - Long.numberOfLeadingZeros(len)) / 3;
    }
}
