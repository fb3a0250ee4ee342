package org.scoutfs.format;

import java.lang.foreign.MemorySegment;

/**
 * Layout of a block of a block number list ({@code struct scoutfs_alloc_list_block}), 65536 bytes, spec 1 section 9.1. Offsets
 * are in bytes; {@code off} is the start of the block.
 *
 * <pre>
 * off    len field
 *   0     32 header
 *  32     16 next     next list block, zero at the end
 *  48      4 start    index of the first valid element
 *  52      4 nr       number of valid elements
 *  56 8*8185 blknos   elements start .. start+nr-1 are valid
 * </pre>
 */
public final class AllocListBlock {
    public static final int NEXT = 32;
    public static final int START = 48;
    public static final int NR = 52;
    public static final int BLKNOS = 56;
    /** Elements a block can hold. */
    public static final int CAPACITY = (VolumeLayout.LARGE_BLOCK_SIZE - BLKNOS) / Long.BYTES;

    private AllocListBlock() {}

    public static BlockReference next(MemorySegment seg, long off) {
        return BlockReference.read(seg, off + NEXT);
    }

    public static void setNext(MemorySegment seg, long off, BlockReference next) {
        next.write(seg, off + NEXT);
    }

    /** Index of the first valid element, 0..8185 in a valid block. */
    public static int start(MemorySegment seg, long off) {
        return Le.i32(seg, off + START);
    }

    public static void setStart(MemorySegment seg, long off, int start) {
        Le.put32(seg, off + START, start);
    }

    /** Number of valid elements; {@code start + nr} is at most 8185 in a valid block. */
    public static int nr(MemorySegment seg, long off) {
        return Le.i32(seg, off + NR);
    }

    public static void setNr(MemorySegment seg, long off, int nr) {
        Le.put32(seg, off + NR, nr);
    }

    /** Element {@code index} of the array, 0..8184, valid or not. */
    public static long blkno(MemorySegment seg, long off, int index) {
        return Le.u64(seg, off + BLKNOS + (long) index * Long.BYTES);
    }

    public static void setBlkno(MemorySegment seg, long off, int index, long blkno) {
        Le.put64(seg, off + BLKNOS + (long) index * Long.BYTES, blkno);
    }

    /** Whether start and nr, taken unsigned, stay within the capacity. */
    public static boolean isBounded(MemorySegment seg, long off) {
        return Le.u32(seg, off + START) + Le.u32(seg, off + NR) <= CAPACITY;
    }
}
