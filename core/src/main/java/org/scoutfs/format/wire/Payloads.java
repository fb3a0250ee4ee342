package org.scoutfs.format.wire;

import java.lang.foreign.MemorySegment;
import org.scoutfs.format.Key;
import org.scoutfs.format.Le;

/** Payloads without a structure of their own, and the length check that all {@code of} methods share. */
public final class Payloads {
    /** No payload. */
    public static final byte[] EMPTY = new byte[0];

    private Payloads() {}

    /** A payload that is one u64, as GET_LAST_SEQ answers. */
    public static byte[] ofU64(long value) {
        byte[] bytes = new byte[Long.BYTES];
        Le.put64(MemorySegment.ofArray(bytes), 0, value);
        return bytes;
    }

    /** @throws IllegalArgumentException if {@code payload} is not 8 bytes */
    public static long u64(byte[] payload) {
        return Le.u64(segment(payload, Long.BYTES), 0);
    }

    /** A payload that is one key, as LOCK_RECOVER asks with. */
    public static byte[] ofKey(Key key) {
        byte[] bytes = new byte[Key.SIZE];
        key.write(MemorySegment.ofArray(bytes), 0);
        return bytes;
    }

    /** @throws IllegalArgumentException if {@code payload} is not 32 bytes */
    public static Key key(byte[] payload) {
        return Key.read(segment(payload, Key.SIZE), 0);
    }

    /** {@code payload} as a segment. */
    static MemorySegment segment(byte[] payload, int expectedLength) {
        if (payload.length != expectedLength) {
            throw new IllegalArgumentException("payload of " + payload.length + " bytes, expected " + expectedLength);
        }
        return MemorySegment.ofArray(payload);
    }
}
