package org.scoutfs.format;

import java.lang.foreign.MemorySegment;

/**
 * A srch file: a radix of blocks of entries ({@code struct scoutfs_srch_file}), 88 bytes, spec 1 section 3.9.
 *
 * <pre>
 * off len field
 *   0  24 first     smallest entry
 *  24  24 last      greatest entry
 *  48  16 ref       root of the radix
 *  64   8 blocks    number of leaf blocks
 *  72   8 entries   number of encoded entries
 *  80   1 height    0 empty, 1 the root is a leaf
 *  81   7 pad
 * </pre>
 *
 * @param height 0..255
 */
public record SrchFile(SrchEntry first, SrchEntry last, BlockReference ref, long blocks, long entries, int height) {
    public static final int SIZE = 88;
    /** No file: all zero. */
    public static final SrchFile EMPTY = new SrchFile(SrchEntry.ZERO, SrchEntry.ZERO, BlockReference.ZERO, 0, 0, 0);

    private static final int FIRST = 0;
    private static final int LAST = 24;
    private static final int REF = 48;
    private static final int BLOCKS = 64;
    private static final int ENTRIES = 72;
    private static final int HEIGHT = 80;
    private static final int PAD = 81;

    public static SrchFile read(MemorySegment seg, long off) {
        return new SrchFile(
                SrchEntry.read(seg, off + FIRST),
                SrchEntry.read(seg, off + LAST),
                BlockReference.read(seg, off + REF),
                Le.u64(seg, off + BLOCKS),
                Le.u64(seg, off + ENTRIES),
                Le.u8(seg, off + HEIGHT));
    }

    public void write(MemorySegment seg, long off) {
        first.write(seg, off + FIRST);
        last.write(seg, off + LAST);
        ref.write(seg, off + REF);
        Le.put64(seg, off + BLOCKS, blocks);
        Le.put64(seg, off + ENTRIES, entries);
        Le.put8(seg, off + HEIGHT, height);
        Le.zero(seg, off + PAD, SIZE - PAD);
    }

    /** Whether the file has no block. */
    public boolean isEmpty() {
        return ref.isZero();
    }
}
