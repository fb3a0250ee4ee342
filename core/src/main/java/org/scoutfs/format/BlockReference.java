package org.scoutfs.format;

import java.lang.foreign.MemorySegment;

/**
 * Reference to a large block ({@code struct scoutfs_block_ref}), 16 bytes, spec 1 section 3.2.
 *
 * <pre>
 * off len field
 *   0   8 blkno   large block number, 0 = no block
 *   8   8 seq     equals the block's header.seq, 0 if no block
 * </pre>
 */
public record BlockReference(long blkno, long seq) {
    public static final int SIZE = 16;
    /** Refers to no block. */
    public static final BlockReference ZERO = new BlockReference(0, 0);

    private static final int BLKNO = 0;
    private static final int SEQ = 8;

    public static BlockReference read(MemorySegment seg, long off) {
        return new BlockReference(Le.u64(seg, off + BLKNO), Le.u64(seg, off + SEQ));
    }

    public void write(MemorySegment seg, long off) {
        Le.put64(seg, off + BLKNO, blkno);
        Le.put64(seg, off + SEQ, seq);
    }

    /** Whether this refers to no block. */
    public boolean isZero() {
        return blkno == 0;
    }
}
