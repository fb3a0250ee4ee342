package org.scoutfs.format;

import java.lang.foreign.MemorySegment;

/**
 * Layout of the bloom filter of a log tree ({@code struct scoutfs_bloom_block}), 65536 bytes, spec 1 section 11.5. Offsets are
 * in bytes; {@code off} is the start of the block.
 *
 * <pre>
 * off   len field
 *   0    32 header
 *  32     8 total_set   number of bits set
 *  40 65496 bits        bit n is byte n/8, mask 1 &lt;&lt; (n%8)
 * </pre>
 */
public final class BloomBlock {
    public static final int TOTAL_SET = 32;
    public static final int BITMAP = 40;
    /** Number of bits. */
    public static final int BITS = (VolumeLayout.LARGE_BLOCK_SIZE - BITMAP) * Byte.SIZE;
    /** Bits set per lock start key. */
    public static final int HASHES = 3;

    static final int HASH_SHIFT = 19;

    private BloomBlock() {}

    /** Number of bits set, as recorded. */
    public static long totalSet(MemorySegment seg, long off) {
        return Le.u64(seg, off + TOTAL_SET);
    }

    /** Whether bit {@code bit}, 0..523967, is set. */
    public static boolean isSet(MemorySegment seg, long off, int bit) {
        return (Le.u8(seg, off + BITMAP + (bit >>> 3)) & mask(bit)) != 0;
    }

    /** Whether all of {@code bits} are set: if not, the tree has no item of that lock's range. */
    public static boolean contains(MemorySegment seg, long off, int[] bits) {
        for (int bit : bits) {
            if (!isSet(seg, off, bit)) {
                return false;
            }
        }
        return true;
    }

    /** Sets {@code bits} and adds the newly set ones to total_set; returns whether anything changed. */
    public static boolean add(MemorySegment seg, long off, int[] bits) {
        int added = 0;
        for (int bit : bits) {
            if (!isSet(seg, off, bit)) {
                long at = off + BITMAP + (bit >>> 3);
                Le.put8(seg, at, Le.u8(seg, at) | mask(bit));
                added++;
            }
        }
        if (added != 0) {
            Le.put64(seg, off + TOTAL_SET, totalSet(seg, off) + added);
        }
        return added != 0;
    }

    private static int mask(int bit) {
        return 1 << (bit & 7);
    }
}
