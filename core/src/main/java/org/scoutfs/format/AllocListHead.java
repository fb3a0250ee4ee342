package org.scoutfs.format;

import java.lang.foreign.MemorySegment;

/**
 * Head of a list of block numbers ({@code struct scoutfs_alloc_list_head}), 32 bytes, spec 1 section 3.6.
 *
 * <pre>
 * off len field
 *   0  16 ref        first list block, zero if the list is empty
 *  16   8 total_nr   sum of nr over all blocks of the list
 *  24   4 first_nr   nr of the first block, 0 if none
 *  28   4 flags      bit 0 LOW (section 9.4)
 * </pre>
 */
public record AllocListHead(BlockReference ref, long totalNr, int firstNr, int flags) {
    public static final int SIZE = 32;
    /** The server could not fill the list: running out is final. */
    public static final int FLAG_LOW = 1;

    public static final AllocListHead EMPTY = new AllocListHead(BlockReference.ZERO, 0, 0, 0);

    private static final int REF = 0;
    private static final int TOTAL_NR = 16;
    private static final int FIRST_NR = 24;
    private static final int FLAGS = 28;

    public static AllocListHead read(MemorySegment seg, long off) {
        return new AllocListHead(
                BlockReference.read(seg, off + REF),
                Le.u64(seg, off + TOTAL_NR),
                Le.i32(seg, off + FIRST_NR),
                Le.i32(seg, off + FLAGS));
    }

    public void write(MemorySegment seg, long off) {
        ref.write(seg, off + REF);
        Le.put64(seg, off + TOTAL_NR, totalNr);
        Le.put32(seg, off + FIRST_NR, firstNr);
        Le.put32(seg, off + FLAGS, flags);
    }

    /** Whether the LOW flag is set. */
    public boolean isLow() {
        return (flags & FLAG_LOW) != 0;
    }

    /** This head with the LOW flag set or cleared. */
    public AllocListHead withLow(boolean low) {
        return new AllocListHead(ref, totalNr, firstNr, low ? flags | FLAG_LOW : flags & ~FLAG_LOW);
    }

    /** This head over another list; flags are kept. */
    public AllocListHead withList(BlockReference newRef, long newTotalNr, int newFirstNr) {
        return new AllocListHead(newRef, newTotalNr, newFirstNr, flags);
    }
}
