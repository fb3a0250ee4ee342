package org.scoutfs.format;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/** Checksums and hash functions, spec 1 sections 4, 8.5, 11.5 and 12.4. Lengths and offsets are in bytes. */
public final class Hashes {
    private static final int FNV32_OFFSET = 0x811c9dc5;
    private static final int FNV32_PRIME = 0x01000193;
    private static final long FNV64_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV64_PRIME = 0x100000001b3L;

    /** Powers of the primes: hashing n zero bytes multiplies by the nth power. A key ends in five. */
    private static final int FNV32_PRIME_5 = pow(FNV32_PRIME, 5);

    private static final long FNV64_PRIME_5 = pow(FNV64_PRIME, 5);

    private Hashes() {}

    /** Raw CRC-32C of {@code len} bytes at {@code off}: initial register all ones, no final inversion. */
    public static int crc32cRaw(MemorySegment seg, long off, long len) {
        CRC32C crc = new CRC32C();
        crc.update(seg.asSlice(off, len).asByteBuffer());
        return ~(int) crc.getValue();
    }

    /** Raw CRC-32C of all of {@code bytes}. */
    public static int crc32cRaw(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, bytes.length);
        return ~(int) crc.getValue();
    }

    /** Checksum of the block that fills {@code [0, size)} of {@code seg}: over {@code [4, size)}. */
    public static int blockCrc(MemorySegment seg, int size) {
        return blockCrc(seg, 0, size);
    }

    /** Checksum of the block of {@code size} bytes at {@code off}: over all of it but the four bytes of the crc itself. */
    public static int blockCrc(MemorySegment seg, long off, int size) {
        return crc32cRaw(seg, off + Integer.BYTES, size - (long) Integer.BYTES);
    }

    /** FNV-1a, 32 bits, of {@code len} bytes at {@code off}. */
    public static int fnv1a32(MemorySegment seg, long off, long len) {
        int h = FNV32_OFFSET;
        for (long i = off; i < off + len; i++) {
            h = (h ^ Le.u8(seg, i)) * FNV32_PRIME;
        }
        return h;
    }

    /** FNV-1a, 32 bits, of all of {@code bytes}. */
    public static int fnv1a32(byte[] bytes) {
        int h = FNV32_OFFSET;
        for (byte b : bytes) {
            h = (h ^ (b & 0xff)) * FNV32_PRIME;
        }
        return h;
    }

    /** FNV-1a, 32 bits, of the 32 stored bytes of {@code key}. Allocates nothing. */
    public static int fnv1a32(Key key) {
        int h = fnv1a32(FNV32_OFFSET, key.first(), 8);
        h = fnv1a32(h, key.second(), 8);
        h = fnv1a32(h, key.third(), 8);
        return fnv1a32(h, key.lastWord(), 3) * FNV32_PRIME_5;
    }

    /** FNV-1a, 64 bits, of {@code len} bytes at {@code off}. */
    public static long fnv1a64(MemorySegment seg, long off, long len) {
        long h = FNV64_OFFSET;
        for (long i = off; i < off + len; i++) {
            h = (h ^ Le.u8(seg, i)) * FNV64_PRIME;
        }
        return h;
    }

    /** FNV-1a, 64 bits, of all of {@code bytes}. */
    public static long fnv1a64(byte[] bytes) {
        long h = FNV64_OFFSET;
        for (byte b : bytes) {
            h = (h ^ (b & 0xff)) * FNV64_PRIME;
        }
        return h;
    }

    /** FNV-1a, 64 bits, of the 32 stored bytes of {@code key}. Allocates nothing. */
    public static long fnv1a64(Key key) {
        long h = fnv1a64(FNV64_OFFSET, key.first(), 8);
        h = fnv1a64(h, key.second(), 8);
        h = fnv1a64(h, key.third(), 8);
        return fnv1a64(h, key.lastWord(), 3) * FNV64_PRIME_5;
    }

    /** Home bucket of {@code key} in a leaf's hash table, 0..1511. */
    public static int leafBucket(Key key) {
        return Integer.remainderUnsigned(fnv1a32(key), BtreeBlock.LEAF_BUCKETS);
    }

    /** Home bucket of the key stored at {@code off}, 0..1511. */
    public static int leafBucket(MemorySegment seg, long off) {
        return Integer.remainderUnsigned(fnv1a32(seg, off, Key.SIZE), BtreeBlock.LEAF_BUCKETS);
    }

    /** The three bits, each 0..523967, that stand for a lock's range in a bloom block; {@code lockStart} is its first key. */
    public static int[] bloomBits(Key lockStart) {
        int[] bits = new int[BloomBlock.HASHES];
        long h = fnv1a64(lockStart);
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Integer.remainderUnsigned((int) h, BloomBlock.BITS);
            h >>>= BloomBlock.HASH_SHIFT;
        }
        return bits;
    }

    /** Hash of a directory entry's name: a fingerprint that sorts like names, then FNV-1a. {@code name} has 1..255 bytes. */
    public static long direntHash(byte[] name) {
        return ((long) fingerprint(name) << 32) | (fnv1a32(name) & 0xffff_ffffL);
    }

    /** Hash of an xattr's full name in keys, 0..2^32-1. */
    public static long xattrNameHash(byte[] name) {
        return crc32cRaw(name) & 0xffff_ffffL;
    }

    /** Hash of an xattr's full name in srch entries. */
    public static long srchHash(byte[] name) {
        return fnv1a64(name);
    }

    /** 32 bits sampled evenly from the name, most significant first, so that hash order resembles name order. */
    private static int fingerprint(byte[] name) {
        int bits = name.length * Byte.SIZE;
        int step = Math.max(1, bits / Integer.SIZE);
        int print = 0;
        for (int k = 0; k < Integer.SIZE && k * step < bits; k++) {
            int at = k * step;
            int bit = (name[at >>> 3] >>> (7 - (at & 7))) & 1;
            print |= bit << (31 - k);
        }
        return print;
    }

    private static int fnv1a32(int hash, long bytes, int count) {
        int h = hash;
        for (int i = 0; i < count; i++) {
            h = (h ^ ((int) (bytes >>> (8 * i)) & 0xff)) * FNV32_PRIME;
        }
        return h;
    }

    private static long fnv1a64(long hash, long bytes, int count) {
        long h = hash;
        for (int i = 0; i < count; i++) {
            h = (h ^ ((bytes >>> (8 * i)) & 0xff)) * FNV64_PRIME;
        }
        return h;
    }

    private static int pow(int base, int exponent) {
        return (int) pow((long) base, exponent);
    }

    private static long pow(long base, int exponent) {
        long result = 1;
        for (int i = 0; i < exponent; i++) {
            result *= base;
        }
        return result;
    }
}
