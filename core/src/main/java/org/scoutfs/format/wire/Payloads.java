package org.scoutfs.format.wire;

import java.lang.foreign.MemorySegment;
import org.scoutfs.format.Key;
import org.scoutfs.format.Le;

/**
 * Payloads that are not a record of this package: numbers, keys and structures of {@link org.scoutfs.format}; and the length check
 * that all {@code of} methods share.
 */
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

    /**
     * A payload that is one structure of {@link org.scoutfs.format}: {@code Payloads.write(LogTrees.SIZE, logTrees::write)}.
     *
     * @param size of the structure, bytes
     */
    public static byte[] write(int size, StructureWriter structure) {
        byte[] bytes = new byte[size];
        structure.write(MemorySegment.ofArray(bytes), 0);
        return bytes;
    }

    /**
     * The structure a payload is: {@code Payloads.read(payload, LogTrees.SIZE, LogTrees::read)}.
     *
     * @throws IllegalArgumentException if {@code payload} is not {@code size} bytes
     */
    public static <T> T read(byte[] payload, int size, StructureReader<T> reader) {
        return reader.read(segment(payload, size), 0);
    }

    /** Stores a structure at an offset, as every structure's {@code write} does. */
    @FunctionalInterface
    public interface StructureWriter {
        void write(MemorySegment seg, long off);
    }

    /** Reads a structure at an offset, as every structure's {@code read} does. */
    @FunctionalInterface
    public interface StructureReader<T> {
        T read(MemorySegment seg, long off);
    }

    /** {@code payload} as a segment. */
    static MemorySegment segment(byte[] payload, int expectedLength) {
        if (payload.length != expectedLength) {
            throw new IllegalArgumentException("payload of " + payload.length + " bytes, expected " + expectedLength);
        }
        return MemorySegment.ofArray(payload);
    }
}
