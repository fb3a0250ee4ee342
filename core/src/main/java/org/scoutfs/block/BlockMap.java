package org.scoutfs.block;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Live blocks by number. Lookups take no lock and allocate nothing; changes lock one of a few stripes.
 *
 * <p>Chains run through {@link Block#next}. A lookup may stand on a block while it is unlinked: the unlinked block keeps its link, so
 * the lookup goes on to the rest of the chain. A block is linked at most once in its life. What a lookup returns may be dead by then;
 * {@link Block#tryPin} tells.
 */
final class BlockMap {
    private static final int STRIPES = 64;
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private final AtomicReferenceArray<@Nullable Block> buckets;
    private final Object[] stripes = new Object[STRIPES];
    private final int shift;

    /** The number of buckets is fixed: the power of two that gives {@code expected} blocks short chains. */
    BlockMap(int expected) {
        int bits = Math.max(6, Integer.SIZE - Integer.numberOfLeadingZeros(Math.max(1, expected)));
        buckets = new AtomicReferenceArray<>(1 << bits);
        shift = Long.SIZE - bits;
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new Object();
        }
    }

    @Nullable
    Block find(long blkno) {
        for (Block b = buckets.getAcquire(bucket(blkno)); b != null; b = b.next) {
            if (b.blkno() == blkno) {
                return b;
            }
        }
        return null;
    }

    /** Links {@code block} unless its number is taken; returns the block that has the number then, else null. */
    @Nullable
    Block putIfAbsent(Block block) {
        int bucket = bucket(block.blkno());
        synchronized (stripes[bucket & (STRIPES - 1)]) {
            Block head = buckets.get(bucket);
            for (Block b = head; b != null; b = b.next) {
                if (b.blkno() == block.blkno()) {
                    return b;
                }
            }
            block.next = head;
            buckets.setRelease(bucket, block);
            return null;
        }
    }

    /**
     * Unlinks this very object. By identity and not by number: a reader that found its block stale may come here after a writer has put
     * a new, dirty block under the same number, and that one must stay. Does nothing if it is not linked.
     */
    void remove(Block block) {
        int bucket = bucket(block.blkno());
        synchronized (stripes[bucket & (STRIPES - 1)]) {
            Block before = null;
            for (Block b = buckets.get(bucket); b != null; before = b, b = b.next) {
                if (b == block) {
                    if (before == null) {
                        buckets.setRelease(bucket, b.next);
                    } else {
                        before.next = b.next;
                    }
                    return;
                }
            }
        }
    }

    private int bucket(long blkno) {
        return (int) ((blkno * GOLDEN) >>> shift);
    }
}
