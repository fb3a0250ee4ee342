package org.scoutfs.format;

import java.lang.foreign.MemorySegment;

/**
 * Input of a srch compaction and how far it has come, 104 bytes, spec 1 section 13.5.
 *
 * <pre>
 * off len field
 *   0  88 file
 *  88   8 blk    SORTED: leaf number of the next entry; DELETE: leaf number of the next reference to free
 *  96   8 pos    SORTED: byte position of the next entry; DELETE: radix level being deleted
 * </pre>
 */
public record SrchCompactInput(SrchFile file, long blk, long pos) {
    public static final int SIZE = 104;
    public static final SrchCompactInput EMPTY = new SrchCompactInput(SrchFile.EMPTY, 0, 0);

    private static final int FILE = 0;
    private static final int BLK = 88;
    private static final int POS = 96;

    public static SrchCompactInput read(MemorySegment seg, long off) {
        return new SrchCompactInput(SrchFile.read(seg, off + FILE), Le.u64(seg, off + BLK), Le.u64(seg, off + POS));
    }

    public void write(MemorySegment seg, long off) {
        file.write(seg, off + FILE);
        Le.put64(seg, off + BLK, blk);
        Le.put64(seg, off + POS, pos);
    }

    /** This input at another position. */
    public SrchCompactInput at(long newBlk, long newPos) {
        return new SrchCompactInput(file, newBlk, newPos);
    }
}
