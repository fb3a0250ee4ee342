package org.scoutfs.format;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Little-endian integers at unaligned byte offsets of a memory segment: the only access to structure bytes. */
public final class Le {
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);

    private Le() {}

    /** The byte at {@code off}, 0..255. */
    public static int u8(MemorySegment seg, long off) {
        return seg.get(BYTE, off) & 0xff;
    }

    /** The two bytes at {@code off}, 0..65535. */
    public static int u16(MemorySegment seg, long off) {
        return seg.get(SHORT, off) & 0xffff;
    }

    /** The four bytes at {@code off}, 0..2^32-1. */
    public static long u32(MemorySegment seg, long off) {
        return seg.get(INT, off) & 0xffff_ffffL;
    }

    /** The four bytes at {@code off} as 32 bits, the upper half of the range negative. */
    public static int i32(MemorySegment seg, long off) {
        return seg.get(INT, off);
    }

    /** The eight bytes at {@code off}; compare with {@link Long#compareUnsigned}. */
    public static long u64(MemorySegment seg, long off) {
        return seg.get(LONG, off);
    }

    /** Stores the low 8 bits of {@code value}. */
    public static void put8(MemorySegment seg, long off, int value) {
        seg.set(BYTE, off, (byte) value);
    }

    /** Stores the low 16 bits of {@code value}. */
    public static void put16(MemorySegment seg, long off, int value) {
        seg.set(SHORT, off, (short) value);
    }

    /** Stores 32 bits. */
    public static void put32(MemorySegment seg, long off, int value) {
        seg.set(INT, off, value);
    }

    /** Stores 64 bits. */
    public static void put64(MemorySegment seg, long off, long value) {
        seg.set(LONG, off, value);
    }

    /** A fresh array with the {@code len} bytes at {@code off}. */
    public static byte[] bytes(MemorySegment seg, long off, int len) {
        byte[] bytes = new byte[len];
        MemorySegment.copy(seg, BYTE, off, bytes, 0, len);
        return bytes;
    }

    /** Stores all of {@code bytes}. */
    public static void putBytes(MemorySegment seg, long off, byte[] bytes) {
        MemorySegment.copy(bytes, 0, seg, BYTE, off, bytes.length);
    }

    /** Stores {@code len} zero bytes. */
    public static void zero(MemorySegment seg, long off, long len) {
        seg.asSlice(off, len).fill((byte) 0);
    }
}
