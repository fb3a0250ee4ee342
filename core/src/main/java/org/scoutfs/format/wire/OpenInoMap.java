package org.scoutfs.format.wire;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.scoutfs.format.Le;

/**
 * Which inodes of a group some mount has in use ({@code struct scoutfs_open_ino_map}), 144 bytes, spec 3 section 5.7.
 *
 * <pre>
 * off len field
 *   0  16 args   {@link OpenInoMapArgs} of the request
 *  16 128 bits   bit n (byte n/8, bit n%8) is inode group_nr·1024 + n
 * </pre>
 *
 * @param bits 16 words, bit n is word n/64, bit n%64; not copied, owned by the record
 */
@SuppressWarnings("ArrayRecordComponent") // compared and printed by content below
public record OpenInoMap(OpenInoMapArgs args, long[] bits) {
    public static final int SIZE = 144;
    /** Inodes of a group. */
    public static final int GROUP_INODES = 1024;
    /** Words of a bitmap. */
    public static final int WORDS = GROUP_INODES / Long.SIZE;

    private static final int BITS = OpenInoMapArgs.SIZE;

    /** @throws IllegalArgumentException if {@code bits} is not 16 words */
    public OpenInoMap {
        if (bits.length != WORDS) {
            throw new IllegalArgumentException(bits.length + " words of open inode bits, expected " + WORDS);
        }
    }

    public static OpenInoMap read(MemorySegment seg, long off) {
        long[] bits = new long[WORDS];
        for (int i = 0; i < WORDS; i++) {
            bits[i] = Le.u64(seg, off + BITS + (long) i * Long.BYTES);
        }
        return new OpenInoMap(OpenInoMapArgs.read(seg, off), bits);
    }

    public void write(MemorySegment seg, long off) {
        args.write(seg, off);
        for (int i = 0; i < WORDS; i++) {
            Le.put64(seg, off + BITS + (long) i * Long.BYTES, bits[i]);
        }
    }

    /** @throws IllegalArgumentException if {@code payload} is not 144 bytes */
    public static OpenInoMap of(byte[] payload) {
        return read(Payloads.segment(payload, SIZE), 0);
    }

    public byte[] toBytes() {
        byte[] bytes = new byte[SIZE];
        write(MemorySegment.ofArray(bytes), 0);
        return bytes;
    }

    /** Whether inode {@code n} of the group, 0..1023, is in use. */
    public boolean isSet(int n) {
        return (bits[n / Long.SIZE] & (1L << (n % Long.SIZE))) != 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof OpenInoMap(OpenInoMapArgs otherArgs, long[] otherBits)
                && args.equals(otherArgs)
                && Arrays.equals(bits, otherBits);
    }

    @Override
    public int hashCode() {
        return 31 * args.hashCode() + Arrays.hashCode(bits);
    }

    @Override
    public String toString() {
        return "OpenInoMap[" + args + ", bits=" + Arrays.toString(bits) + "]";
    }
}
