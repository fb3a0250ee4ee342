package org.scoutfs.format;

import java.lang.foreign.MemorySegment;

/**
 * A merged log tree whose blocks are being freed ({@code struct scoutfs_log_merge_freeing}), 64 bytes, spec 1 section 10.4.
 *
 * <pre>
 * off len field
 *   0  24 root   the former item_root
 *  24  32 key    all blocks entirely below this are freed
 *  56   8 seq    same as the item key's first
 * </pre>
 */
public record LogMergeFreeing(BtreeRoot root, Key key, long seq) {
    public static final int SIZE = 64;

    private static final int ROOT = 0;
    private static final int KEY = 24;
    private static final int SEQ = 56;

    public static LogMergeFreeing read(MemorySegment seg, long off) {
        return new LogMergeFreeing(BtreeRoot.read(seg, off + ROOT), Key.read(seg, off + KEY), Le.u64(seg, off + SEQ));
    }

    public void write(MemorySegment seg, long off) {
        root.write(seg, off + ROOT);
        key.write(seg, off + KEY);
        Le.put64(seg, off + SEQ, seq);
    }

    /** This item advanced to another key. */
    public LogMergeFreeing withKey(Key newKey) {
        return new LogMergeFreeing(root, newKey, seq);
    }
}
