package org.scoutfs.format;

import java.lang.foreign.MemorySegment;

/**
 * Finished merge work ({@code struct scoutfs_log_merge_complete}), as a message and as an item waiting to be spliced into
 * fs_root, 208 bytes, spec 1 section 10.4.
 *
 * <pre>
 * off len field
 *   0  32 meta_avail   rest of the lent blocks; zero once spliced
 *  32  32 meta_freed   blocks of the old subtree and of lists; zero once spliced
 *  64  24 root         new subtree
 *  88  32 start        from the request
 * 120  32 end          from the request
 * 152  32 remain       first key not merged, if REMAIN
 * 184   8 rid
 * 192   8 seq          of the request
 * 200   8 flags        bit 0 ERROR, bit 1 REMAIN
 * </pre>
 */
public record LogMergeComplete(
        AllocListHead metaAvail,
        AllocListHead metaFreed,
        BtreeRoot root,
        Key start,
        Key end,
        Key remain,
        long rid,
        long seq,
        long flags) {
    public static final int SIZE = 208;
    /** The work failed; never stored in an item. */
    public static final long FLAG_ERROR = 1;
    /** {@code [remain, end]} must be merged again. */
    public static final long FLAG_REMAIN = 2;

    private static final int META_AVAIL = 0;
    private static final int META_FREED = 32;
    private static final int ROOT = 64;
    private static final int START = 88;
    private static final int END = 120;
    private static final int REMAIN = 152;
    private static final int RID = 184;
    private static final int SEQ = 192;
    private static final int FLAGS = 200;

    public static LogMergeComplete read(MemorySegment seg, long off) {
        return new LogMergeComplete(
                AllocListHead.read(seg, off + META_AVAIL),
                AllocListHead.read(seg, off + META_FREED),
                BtreeRoot.read(seg, off + ROOT),
                Key.read(seg, off + START),
                Key.read(seg, off + END),
                Key.read(seg, off + REMAIN),
                Le.u64(seg, off + RID),
                Le.u64(seg, off + SEQ),
                Le.u64(seg, off + FLAGS));
    }

    public void write(MemorySegment seg, long off) {
        metaAvail.write(seg, off + META_AVAIL);
        metaFreed.write(seg, off + META_FREED);
        root.write(seg, off + ROOT);
        start.write(seg, off + START);
        end.write(seg, off + END);
        remain.write(seg, off + REMAIN);
        Le.put64(seg, off + RID, rid);
        Le.put64(seg, off + SEQ, seq);
        Le.put64(seg, off + FLAGS, flags);
    }

    /** Whether the work failed. */
    public boolean isError() {
        return (flags & FLAG_ERROR) != 0;
    }

    /** Whether {@code [remain, end]} must be merged again. */
    public boolean hasRemain() {
        return (flags & FLAG_REMAIN) != 0;
    }

    /** This completion with other block lists. */
    public LogMergeComplete withLists(AllocListHead newAvail, AllocListHead newFreed) {
        return new LogMergeComplete(newAvail, newFreed, root, start, end, remain, rid, seq, flags);
    }
}
