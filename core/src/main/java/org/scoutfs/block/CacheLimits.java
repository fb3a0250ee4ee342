package org.scoutfs.block;

/**
 * Sizes of a {@link BlockCache}.
 *
 * @param budgetBytes memory that is filled before anything is evicted; clean blocks alone never take more
 * @param maxBytes memory that dirty and pinned blocks may grow it to for a time; beyond that operations fail with ENOMEM
 * @param ioThreads platform threads that transfer blocks, 1..64
 * @param traceLeaks remembers where each block came from, and makes {@link BlockCache#close} throw when pins are left: for tests
 */
public record CacheLimits(long budgetBytes, long maxBytes, int ioThreads, boolean traceLeaks) {
    public CacheLimits {
        if (budgetBytes < FrameSlab.FRAME_BYTES || maxBytes < budgetBytes || ioThreads < 1 || ioThreads > 64) {
            throw new IllegalArgumentException(
                    "budget " + budgetBytes + " limit " + maxBytes + " threads " + ioThreads);
        }
    }

    /** A budget, and as much again or 512 MiB, whatever is more, for large transactions: what one client can be lent at once. */
    public static CacheLimits of(long budgetBytes) {
        return new CacheLimits(budgetBytes, budgetBytes + Math.max(budgetBytes, 512L << 20), 4, false);
    }

    public CacheLimits withTraceLeaks() {
        return new CacheLimits(budgetBytes, maxBytes, ioThreads, true);
    }
}
