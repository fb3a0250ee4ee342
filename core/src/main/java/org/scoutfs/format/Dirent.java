package org.scoutfs.format;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Value of the three items of a directory entry, 32 bytes and the name, spec 1 section 12.4. Immutable; the name array is not
 * copied and must not be changed.
 *
 * <pre>
 * off len field
 *   0   8 ino    target inode
 *   8   8 hash   {@link Hashes#direntHash} of the name
 *  16   8 pos    position in the directory
 *  24   1 type   {@link DirentType#code}
 *  25   7 pad
 *  32   n name   1..255 bytes without terminator; n is the value's length - 32
 * </pre>
 */
public final class Dirent {
    /** Bytes before the name. */
    public static final int HEADER_SIZE = 32;

    private static final int INO = 0;
    private static final int HASH = 8;
    private static final int POS = 16;
    private static final int TYPE = 24;
    private static final int PAD = 25;
    private static final int NAME = 32;

    private final long ino;
    private final long hash;
    private final long pos;
    private final int type;
    private final byte[] name;

    /** An entry with the given fields; {@code type} is 0..255. */
    public Dirent(long ino, long hash, long pos, int type, byte[] name) {
        this.ino = ino;
        this.hash = hash;
        this.pos = pos;
        this.type = type;
        this.name = name;
    }

    /** An entry whose hash is computed. */
    public static Dirent of(long ino, long pos, DirentType type, byte[] name) {
        return new Dirent(ino, Hashes.direntHash(name), pos, type.code(), name);
    }

    /**
     * Reads the value of {@code length} bytes at {@code off}.
     *
     * @throws IllegalArgumentException if the length leaves no name or more than 255 bytes for it
     */
    public static Dirent read(MemorySegment seg, long off, int length) {
        int nameLength = length - HEADER_SIZE;
        if (nameLength < 1 || nameLength > Limits.NAME_MAX) {
            throw new IllegalArgumentException("directory entry of " + length + " bytes, expected 33..287");
        }
        return new Dirent(
                Le.u64(seg, off + INO),
                Le.u64(seg, off + HASH),
                Le.u64(seg, off + POS),
                Le.u8(seg, off + TYPE),
                Le.bytes(seg, off + NAME, nameLength));
    }

    /** Stores {@link #size} bytes. */
    public void write(MemorySegment seg, long off) {
        Le.put64(seg, off + INO, ino);
        Le.put64(seg, off + HASH, hash);
        Le.put64(seg, off + POS, pos);
        Le.put8(seg, off + TYPE, type);
        Le.zero(seg, off + PAD, NAME - PAD);
        Le.putBytes(seg, off + NAME, name);
    }

    /** Bytes of the value. */
    public int size() {
        return HEADER_SIZE + name.length;
    }

    /** Target inode number. */
    public long ino() {
        return ino;
    }

    /** Hash of the name as stored. */
    public long hash() {
        return hash;
    }

    /** Position in the directory. */
    public long pos() {
        return pos;
    }

    /** Type as stored, 0..255; see {@link DirentType#ofCode}. */
    public int type() {
        return type;
    }

    /** The name's bytes, not a copy. */
    public byte[] name() {
        return name;
    }

    /** Whether this entry has exactly this name. */
    public boolean hasName(byte[] other) {
        return Arrays.equals(name, other);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Dirent that
                && ino == that.ino
                && hash == that.hash
                && pos == that.pos
                && type == that.type
                && Arrays.equals(name, that.name);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(ino * 31 + pos) * 31 + Long.hashCode(hash);
    }

    @Override
    public String toString() {
        return "Dirent[ino=" + Long.toUnsignedString(ino) + ", hash=" + Long.toHexString(hash) + ", pos="
                + Long.toUnsignedString(pos) + ", type=" + type + ", name="
                + new String(name, StandardCharsets.UTF_8) + "]";
    }
}
