package org.scoutfs.format;

import java.lang.foreign.MemorySegment;

/**
 * The one item that exists while a log merge is in progress ({@code struct scoutfs_log_merge_status}), 56 bytes, spec 1 section
 * 10.4.
 *
 * <pre>
 * off len field
 *   0  32 next_range_key   next request starts in the first range at or after this
 *  32   8 nr_requests      outstanding requests
 *  40   8 nr_complete      completions waiting to be spliced
 *  48   8 seq              inputs are the finalized log trees with finalize_seq &lt; seq
 * </pre>
 */
public record LogMergeStatus(Key nextRangeKey, long nrRequests, long nrComplete, long seq) {
    public static final int SIZE = 56;
    /** Completions that start a splice. */
    public static final int SPLICE_BATCH = 8;

    private static final int NEXT_RANGE_KEY = 0;
    private static final int NR_REQUESTS = 32;
    private static final int NR_COMPLETE = 40;
    private static final int SEQ = 48;

    public static LogMergeStatus read(MemorySegment seg, long off) {
        return new LogMergeStatus(
                Key.read(seg, off + NEXT_RANGE_KEY),
                Le.u64(seg, off + NR_REQUESTS),
                Le.u64(seg, off + NR_COMPLETE),
                Le.u64(seg, off + SEQ));
    }

    public void write(MemorySegment seg, long off) {
        nextRangeKey.write(seg, off + NEXT_RANGE_KEY);
        Le.put64(seg, off + NR_REQUESTS, nrRequests);
        Le.put64(seg, off + NR_COMPLETE, nrComplete);
        Le.put64(seg, off + SEQ, seq);
    }

    /** This status with another next range key. */
    public LogMergeStatus withNextRangeKey(Key key) {
        return new LogMergeStatus(key, nrRequests, nrComplete, seq);
    }

    /** This status with other counts. */
    public LogMergeStatus withCounts(long newNrRequests, long newNrComplete) {
        return new LogMergeStatus(nextRangeKey, newNrRequests, newNrComplete, seq);
    }
}
