package org.scoutfs.item;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.scoutfs.btree.BtreeWriter;
import org.scoutfs.error.FsException;

/** The ranges with items of the open transaction, and what a commit does with them (spec 2 sections 7.6 and 7.7). */
final class DirtyRanges {
    /** Pages cleaned under one entry of a range's monitor: readers get in between. */
    private static final int CLEAN_BATCH = 64;

    /** Taken inside a range's monitor. */
    @GuardedBy("itself")
    private final ArrayList<RangeItems> ranges = new ArrayList<>();

    /**
     * Number of commits that have cleaned items. A reader that took its roots before one may have missed what it wrote, and the clean
     * page that had it may be gone since: its result is thrown away (spec 2 section 7.4).
     */
    private final AtomicLong barrier = new AtomicLong();

    /** An attempt to write the open transaction's items failed half-way. Only the commit uses it. */
    private boolean writeFailed;

    long barrier() {
        return barrier.get();
    }

    /** A range has its first dirty item since the last commit. */
    void add(RangeItems range) {
        synchronized (ranges) {
            ranges.add(range);
        }
    }

    /** All dirty items in key order, for as long as holders are kept out. */
    DirtyItemList items() {
        List<RangeItems> sorted;
        synchronized (ranges) {
            sorted = new ArrayList<>(ranges);
        }
        sorted.sort(Comparator.comparing(range -> range.range().start()));
        return new DirtyItemList(sorted);
    }

    /** Inserts all dirty items into the log tree; returns the greatest seq. After a failure it can be repeated on the same tree. */
    long write(BtreeWriter logTree) throws FsException {
        DirtyItemList dirty = items();
        long maxSeq = dirty.maxSeq();
        if (writeFailed) {
            dirty.dropAppliedDeltas(logTree);
        }
        writeFailed = true;
        logTree.insertList(dirty);
        writeFailed = false;
        return maxSeq;
    }

    /** What was dirty is in the stable super block. */
    void cleaned() {
        // Before any item becomes clean and can be dropped: see the field.
        barrier.incrementAndGet();
        List<RangeItems> taken;
        synchronized (ranges) {
            taken = new ArrayList<>(ranges);
            ranges.clear();
        }
        for (RangeItems range : taken) {
            List<ItemPage> pages = range.takeDirtyPages();
            for (int from = 0; from < pages.size(); from += CLEAN_BATCH) {
                range.clean(pages, from, Math.min(from + CLEAN_BATCH, pages.size()));
            }
        }
    }
}
