package org.scoutfs.item;

import java.util.LinkedHashSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;

/**
 * Keeps clean pages within a byte budget: a hand goes round over all pages of all ranges and drops those that nobody used since it
 * came by last (spec 2 section 7.8). The thread whose change exceeded the budget does the work, a few microseconds per range.
 */
final class PageSweeper {
    /** Pages looked at under one entry of a range's monitor. */
    private static final int VISITS = 128;
    /** How far below the budget a sweep goes, and how much must be added before the next one: 1/SLACK of the budget. */
    private static final int SLACK = 16;

    private final ItemMemory memory;
    private final long budgetBytes;
    private final Counter shrinks;
    private final AtomicBoolean sweeping = new AtomicBoolean();
    /** Ranges in the order the hand will reach them. Guarded by this. */
    private final LinkedHashSet<RangeItems> ring = new LinkedHashSet<>();

    private volatile long threshold;

    PageSweeper(ItemMemory memory, long budgetBytes, Counters counters) {
        this.memory = memory;
        this.budgetBytes = budgetBytes;
        this.threshold = budgetBytes;
        this.shrinks = counters.get("item_page_shrink");
    }

    synchronized void add(RangeItems range) {
        ring.addLast(range);
    }

    synchronized void remove(RangeItems range) {
        ring.remove(range);
    }

    /** Sweeps if there is too much; not while the caller has a range's monitor. */
    void sweepIfNeeded() {
        if (memory.usedBytes.get() > threshold && sweeping.compareAndSet(false, true)) {
            try {
                sweep();
            } finally {
                sweeping.set(false);
            }
        }
    }

    /** Pages that were dirty can go now. */
    void sweepAfterCommit() {
        // The first round takes the marks away.
        for (int round = 0; round < 2; round++) {
            threshold = budgetBytes;
            sweepIfNeeded();
        }
    }

    private void sweep() {
        long target = budgetBytes - budgetBytes / SLACK;
        // Once round and no more: a page that was just read keeps its mark until its reader has come back for it, even
        // when dirty
        // pages alone exceed the budget.
        int ranges;
        synchronized (this) {
            ranges = ring.size();
        }
        long before = memory.usedBytes.get();
        for (int n = 0; n < ranges && memory.usedBytes.get() > target; n++) {
            RangeItems range = nextRange();
            if (range == null) {
                break;
            }
            boolean end;
            do {
                end = range.sweep(VISITS);
            } while (!end && memory.usedBytes.get() > target);
        }
        long used = memory.usedBytes.get();
        shrinks.add(Math.max(0, (before - used) / ItemPage.MAX_ITEMS));
        // Dirty pages cannot go before the next commit: do not look at all of them again for every new page.
        threshold = Math.max(budgetBytes, used + budgetBytes / SLACK);
    }

    private synchronized @Nullable RangeItems nextRange() {
        if (ring.isEmpty()) {
            return null;
        }
        RangeItems range = ring.removeFirst();
        ring.addLast(range);
        return range;
    }
}
