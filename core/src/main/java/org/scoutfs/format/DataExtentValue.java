package org.scoutfs.format;

import java.lang.foreign.MemorySegment;

/**
 * Value of a data extent item, 16 bytes, spec 1 section 12.7; the logical blocks are in {@link Keys#dataExtent the key}.
 *
 * <pre>
 * off len field
 *   0   8 blkno   first data device block, 0 = not mapped
 *   8   1 flags   bit 0 OFFLINE, bit 1 UNWRITTEN
 *   9   7 pad
 * </pre>
 *
 * @param flags 0..255
 */
public record DataExtentValue(long blkno, int flags) {
    public static final int SIZE = 16;
    /** Contents were released to an archive. */
    public static final int FLAG_OFFLINE = 1;
    /** Blocks are allocated and read as zeros. */
    public static final int FLAG_UNWRITTEN = 2;

    private static final int BLKNO = 0;
    private static final int FLAGS = 8;
    private static final int PAD = 9;

    public static DataExtentValue read(MemorySegment seg, long off) {
        return new DataExtentValue(Le.u64(seg, off + BLKNO), Le.u8(seg, off + FLAGS));
    }

    public void write(MemorySegment seg, long off) {
        Le.put64(seg, off + BLKNO, blkno);
        Le.put8(seg, off + FLAGS, flags);
        Le.zero(seg, off + PAD, SIZE - PAD);
    }

    /** Whether the contents are in an archive; counts as offline_blocks. */
    public boolean isOffline() {
        return (flags & FLAG_OFFLINE) != 0;
    }

    /** Whether allocated blocks hold no data yet. */
    public boolean isUnwritten() {
        return (flags & FLAG_UNWRITTEN) != 0;
    }

    /** Whether this counts as online_blocks: mapped, and not unwritten. */
    public boolean isOnline() {
        return blkno != 0 && !isUnwritten();
    }
}
