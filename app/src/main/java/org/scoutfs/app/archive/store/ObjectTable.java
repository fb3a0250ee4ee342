package org.scoutfs.app.archive.store;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What follows the contents of an object: the SHA-256 of each part of {@link #PART_BYTES}, then a footer.
 *
 * <pre>
 * footer, little-endian: magic u64 @0   part_bytes u64 @8   size u64 @16   ino u64 @24   version u64 @32
 * </pre>
 */
final class ObjectTable {
    static final int PART_BYTES = 4 << 20;
    static final int DIGEST_BYTES = 32;
    static final int FOOTER_BYTES = 40;

    private static final long MAGIC = ByteBuffer.wrap("SCOUTAR1".getBytes(StandardCharsets.US_ASCII))
            .order(ByteOrder.LITTLE_ENDIAN)
            .getLong();

    private ObjectTable() {}

    static long parts(long size) {
        return (size + PART_BYTES - 1) / PART_BYTES;
    }

    static long tableBytes(long size) {
        return parts(size) * DIGEST_BYTES + FOOTER_BYTES;
    }

    static byte[] footer(long size, long ino, long version) {
        return ByteBuffer.allocate(FOOTER_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(MAGIC)
                .putLong(PART_BYTES)
                .putLong(size)
                .putLong(ino)
                .putLong(version)
                .array();
    }

    /** The size of the contents; null if these bytes are no footer of an object of this name. */
    static @Nullable Long size(byte[] footer, ObjectName name) {
        ByteBuffer b = ByteBuffer.wrap(footer).order(ByteOrder.LITTLE_ENDIAN);
        boolean ours = b.getLong(0) == MAGIC
                && b.getLong(8) == PART_BYTES
                && b.getLong(16) >= 0
                && b.getLong(24) == name.ino()
                && b.getLong(32) == name.version();
        return ours ? b.getLong(16) : null;
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    static byte[] digest(MemorySegment part) {
        MessageDigest digest = sha256();
        digest.update(part.asByteBuffer());
        return digest.digest();
    }

    static String hex(byte[] digest) {
        return HexFormat.of().formatHex(digest);
    }

    /** Whether all of it is zero. */
    static boolean isZero(MemorySegment part) {
        long bytes = part.byteSize();
        long words = bytes & -Long.BYTES;
        for (long i = 0; i < words; i += Long.BYTES) {
            if (part.get(ValueLayout.JAVA_LONG_UNALIGNED, i) != 0) {
                return false;
            }
        }
        for (long i = words; i < bytes; i++) {
            if (part.get(ValueLayout.JAVA_BYTE, i) != 0) {
                return false;
            }
        }
        return true;
    }
}
