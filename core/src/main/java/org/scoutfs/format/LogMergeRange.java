package org.scoutfs.format;

import java.lang.foreign.MemorySegment;

/**
 * Keys that still have to be merged ({@code struct scoutfs_log_merge_range}), 64 bytes, spec 1 section 10.4.
 *
 * <pre>
 * off len field
 *   0  32 start
 *  32  32 end     inclusive
 * </pre>
 */
public record LogMergeRange(Key start, Key end) {
    public static final int SIZE = 64;
    /** All keys: what a merge begins with. */
    public static final LogMergeRange ALL = new LogMergeRange(Key.ZERO, Key.MAX);

    private static final int START = 0;
    private static final int END = 32;

    public static LogMergeRange read(MemorySegment seg, long off) {
        return new LogMergeRange(Key.read(seg, off + START), Key.read(seg, off + END));
    }

    public void write(MemorySegment seg, long off) {
        start.write(seg, off + START);
        end.write(seg, off + END);
    }
}
