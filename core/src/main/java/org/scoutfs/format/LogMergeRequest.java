package org.scoutfs.format;

import java.lang.foreign.MemorySegment;

/**
 * Merge work handed to a mount ({@code struct scoutfs_log_merge_request}), as an item and as a message, 208 bytes, spec 1
 * section 10.4.
 *
 * <pre>
 * off len field
 *   0  32 meta_avail   blocks lent
 *  32  32 meta_freed
 *  64  24 logs_root    the super block's at request time
 *  88  24 root         part of fs_root to merge into
 * 112  32 start        first key to merge
 * 144  32 end          last key to merge
 * 176   8 input_seq    the status item's seq
 * 184   8 rid          mount doing the work
 * 192   8 seq          of this request
 * 200   8 flags        bit 0 SUBTREE
 * </pre>
 */
public record LogMergeRequest(
        AllocListHead metaAvail,
        AllocListHead metaFreed,
        BtreeRoot logsRoot,
        BtreeRoot root,
        Key start,
        Key end,
        long inputSeq,
        long rid,
        long seq,
        long flags) {
    public static final int SIZE = 208;
    /** {@code root} is a proper subtree of fs_root: it must not be split or fall below the join threshold. */
    public static final long FLAG_SUBTREE = 1;
    /** Blocks lent with a request. */
    public static final int FILL_BLOCKS = 1028;

    private static final int META_AVAIL = 0;
    private static final int META_FREED = 32;
    private static final int LOGS_ROOT = 64;
    private static final int ROOT = 88;
    private static final int START = 112;
    private static final int END = 144;
    private static final int INPUT_SEQ = 176;
    private static final int RID = 184;
    private static final int SEQ = 192;
    private static final int FLAGS = 200;

    public static LogMergeRequest read(MemorySegment seg, long off) {
        return new LogMergeRequest(
                AllocListHead.read(seg, off + META_AVAIL),
                AllocListHead.read(seg, off + META_FREED),
                BtreeRoot.read(seg, off + LOGS_ROOT),
                BtreeRoot.read(seg, off + ROOT),
                Key.read(seg, off + START),
                Key.read(seg, off + END),
                Le.u64(seg, off + INPUT_SEQ),
                Le.u64(seg, off + RID),
                Le.u64(seg, off + SEQ),
                Le.u64(seg, off + FLAGS));
    }

    public void write(MemorySegment seg, long off) {
        metaAvail.write(seg, off + META_AVAIL);
        metaFreed.write(seg, off + META_FREED);
        logsRoot.write(seg, off + LOGS_ROOT);
        root.write(seg, off + ROOT);
        start.write(seg, off + START);
        end.write(seg, off + END);
        Le.put64(seg, off + INPUT_SEQ, inputSeq);
        Le.put64(seg, off + RID, rid);
        Le.put64(seg, off + SEQ, seq);
        Le.put64(seg, off + FLAGS, flags);
    }

    /** Whether {@code root} is a proper subtree. */
    public boolean isSubtree() {
        return (flags & FLAG_SUBTREE) != 0;
    }

    /** This request with other block lists. */
    public LogMergeRequest withLists(AllocListHead newAvail, AllocListHead newFreed) {
        return new LogMergeRequest(newAvail, newFreed, logsRoot, root, start, end, inputSeq, rid, seq, flags);
    }
}
