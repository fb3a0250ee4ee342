package org.scoutfs.format;

import java.lang.foreign.MemorySegment;

/**
 * First bytes of every metadata block ({@code struct scoutfs_block_header}), 32 bytes, spec 1 section 3.1.
 *
 * <pre>
 * off len field
 *   0   4 crc     of the rest of the block, {@link Hashes#blockCrc}
 *   4   4 magic   {@link Magic}
 *   8   8 fsid    the volume's random id
 *  16   8 seq     stamp that references repeat; in the super block a write counter
 *  24   8 blkno   the block's own number in units of its own size
 * </pre>
 *
 * @param crc 32 bits
 * @param magic 32 bits
 */
public record BlockHeader(int crc, int magic, long fsid, long seq, long blkno) {
    public static final int SIZE = 32;
    public static final BlockHeader ZERO = new BlockHeader(0, 0, 0, 0, 0);

    private static final int CRC = 0;
    private static final int MAGIC = 4;
    private static final int FSID = 8;
    private static final int SEQ = 16;
    private static final int BLKNO = 24;

    public static BlockHeader read(MemorySegment seg, long off) {
        return new BlockHeader(crc(seg, off), magic(seg, off), fsid(seg, off), seq(seg, off), blkno(seg, off));
    }

    public void write(MemorySegment seg, long off) {
        setCrc(seg, off, crc);
        Le.put32(seg, off + MAGIC, magic);
        Le.put64(seg, off + FSID, fsid);
        setSeq(seg, off, seq);
        setBlkno(seg, off, blkno);
    }

    /** This header with another seq. */
    public BlockHeader withSeq(long newSeq) {
        return new BlockHeader(crc, magic, fsid, newSeq, blkno);
    }

    /** Checksum field of the block at {@code off}. */
    public static int crc(MemorySegment seg, long off) {
        return Le.i32(seg, off + CRC);
    }

    /** Type of the block at {@code off}. */
    public static int magic(MemorySegment seg, long off) {
        return Le.i32(seg, off + MAGIC);
    }

    /** Volume id in the block at {@code off}. */
    public static long fsid(MemorySegment seg, long off) {
        return Le.u64(seg, off + FSID);
    }

    /** Stamp of the block at {@code off}. */
    public static long seq(MemorySegment seg, long off) {
        return Le.u64(seg, off + SEQ);
    }

    /** Number stored in the block at {@code off}. */
    public static long blkno(MemorySegment seg, long off) {
        return Le.u64(seg, off + BLKNO);
    }

    /** Stores the checksum of the block at {@code off}. */
    public static void setCrc(MemorySegment seg, long off, int crc) {
        Le.put32(seg, off + CRC, crc);
    }

    /** Stores the stamp of the block at {@code off}. */
    public static void setSeq(MemorySegment seg, long off, long seq) {
        Le.put64(seg, off + SEQ, seq);
    }

    /** Stores the number of the block at {@code off}. */
    public static void setBlkno(MemorySegment seg, long off, long blkno) {
        Le.put64(seg, off + BLKNO, blkno);
    }

    /** Computes and stores the checksum of the block of {@code size} bytes at {@code off}: the last step before a write. */
    public static void seal(MemorySegment seg, long off, int size) {
        setCrc(seg, off, Hashes.blockCrc(seg, off, size));
    }

    /** Whether the stored checksum of the block of {@code size} bytes at {@code off} is right. */
    public static boolean crcMatches(MemorySegment seg, long off, int size) {
        return crc(seg, off) == Hashes.blockCrc(seg, off, size);
    }
}
