package org.scoutfs.format;

import java.lang.foreign.MemorySegment;

/**
 * Encoding of srch entries as differences, 2..26 bytes each, spec 1 section 13.3.
 *
 * <pre>
 * off len field
 *   0   2 counts   bits 0..3 bytes of hash, 4..7 of ino, 8..11 of id, 12..15 zero
 *   2   n          the low bytes of the three zigzag differences to the previous entry
 * </pre>
 */
public final class SrchEntryCodec {
    /** Most bytes an encoded entry takes. */
    public static final int MAX_BYTES = 2 + 3 * Long.BYTES;

    private SrchEntryCodec() {}

    /**
     * Stores {@code entry} as a difference to {@code previous} ({@link SrchEntry#ZERO} for a block's first) and returns the bytes
     * taken, 2..26. Bytes behind them are left alone.
     */
    public static int encode(MemorySegment seg, long off, SrchEntry previous, SrchEntry entry) {
        long hash = zigzag(entry.hash() - previous.hash());
        long ino = zigzag(entry.ino() - previous.ino());
        long id = zigzag(entry.id() - previous.id());
        Le.put16(seg, off, byteCount(hash) | (byteCount(ino) << 4) | (byteCount(id) << 8));
        long end = putLow(seg, off + 2, hash);
        end = putLow(seg, end, ino);
        end = putLow(seg, end, id);
        return (int) (end - off);
    }

    /** Bytes of the encoded entry at {@code off}, 2..26. A count above 8 is taken as 8. */
    public static int encodedLength(MemorySegment seg, long off) {
        int counts = Le.u16(seg, off);
        return 2 + count(counts, 0) + count(counts, 4) + count(counts, 8);
    }

    /** Decodes the entry at {@code off}; {@link #encodedLength} tells where the next one begins. */
    public static SrchEntry decode(MemorySegment seg, long off, SrchEntry previous) {
        int counts = Le.u16(seg, off);
        int hashBytes = count(counts, 0);
        int inoBytes = count(counts, 4);
        int idBytes = count(counts, 8);
        long hash = low(seg, off + 2, hashBytes);
        long ino = low(seg, off + 2 + hashBytes, inoBytes);
        long id = low(seg, off + 2 + hashBytes + inoBytes, idBytes);
        return new SrchEntry(
                previous.hash() + unzigzag(hash), previous.ino() + unzigzag(ino), previous.id() + unzigzag(id));
    }

    private static int count(int counts, int shift) {
        return Math.min((counts >>> shift) & 0xf, Long.BYTES);
    }

    private static int byteCount(long value) {
        return Long.BYTES - Long.numberOfLeadingZeros(value) / Byte.SIZE;
    }

    private static long zigzag(long difference) {
        return (difference << 1) ^ (difference >> 63);
    }

    private static long unzigzag(long zigzag) {
        return (zigzag >>> 1) ^ -(zigzag & 1);
    }

    private static long putLow(MemorySegment seg, long off, long value) {
        long at = off;
        for (long rest = value; rest != 0; rest >>>= Byte.SIZE) {
            Le.put8(seg, at++, (int) rest);
        }
        return at;
    }

    private static long low(MemorySegment seg, long off, int count) {
        long value = 0;
        for (int i = 0; i < count; i++) {
            value |= (long) Le.u8(seg, off + i) << (Byte.SIZE * i);
        }
        return value;
    }
}
