package org.scoutfs.alloc;

import org.scoutfs.format.AllocListBlock;
import org.scoutfs.format.LogMergeRequest;

/** How full lists and roots are kept, when they count as low, and what is kept back for the system itself (spec 2 section 4.8). */
public final class AllocLevels {
    /** A metadata list with fewer numbers in its first block is filled up to {@link #META_FILL_TARGET}. */
    public static final int META_FILL_LOW = 4092;

    public static final int META_FILL_TARGET = AllocListBlock.CAPACITY;
    /** A mount's data_avail with fewer blocks (1 GiB) is filled up to {@link #DATA_FILL_TARGET}; still below it means LOW. */
    public static final long DATA_FILL_LOW = 262_144;

    public static final long DATA_FILL_TARGET = 1_048_576;
    /** A mount commits early, to have its data_avail filled, when it has fewer data blocks (256 MiB). */
    public static final long DATA_REFILL = 65_536;
    /** Most blocks one move of extents may use before it is continued in another commit. */
    public static final int MOVE_BUDGET = 250;

    /** Large blocks kept for the server's own two avail lists. */
    private static final long RESERVE_SERVER = 2L * META_FILL_TARGET;
    /** Large blocks kept per mount: meta_avail, a srch compaction, a log merge, a log btree of height 3. */
    private static final long RESERVE_PER_MOUNT = 2L * META_FILL_TARGET + LogMergeRequest.FILL_BLOCKS + 913;

    private AllocLevels() {}

    /** Large blocks that only deletions and the system itself may use, with this many mounts connected. */
    public static long metaReserve(int connectedMounts) {
        return RESERVE_SERVER + Math.max(1, connectedMounts) * RESERVE_PER_MOUNT;
    }

    /** Whether a mount's meta_avail gets the LOW flag, from what is free outside of lists. */
    public static boolean isMetaLow(long freeBlocks, int connectedMounts) {
        return freeBlocks <= metaReserve(connectedMounts);
    }

    /** Whether a mount's data_avail gets the LOW flag, from what is in it after filling. */
    public static boolean isDataLow(long dataAvailTotalLen) {
        return dataAvailTotalLen < DATA_FILL_LOW;
    }

    /** Whether the server's two metadata roots swap roles after a commit (spec 2 section 4.6): never inside one. */
    public static boolean shouldSwapMetaRoots(long metaAvailTotalLen, long metaFreedTotalLen, int connectedMounts) {
        return metaAvailTotalLen < 2 * metaReserve(connectedMounts) && metaFreedTotalLen > metaAvailTotalLen;
    }
}
