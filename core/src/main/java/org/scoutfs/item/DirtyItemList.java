package org.scoutfs.item;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.scoutfs.btree.BtreeItem;
import org.scoutfs.btree.BtreeWriter;
import org.scoutfs.btree.ItemList;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.Key;

/**
 * All dirty items in key order, read in place. Made and used by the commit while holders are kept out: nothing changes dirty pages
 * then.
 */
final class DirtyItemList implements ItemList {
    private static final int SLOT_BITS = 6;

    private final ItemPage[] pages;
    private final int[] zones;
    /** Page and index within it of each item, packed. */
    private int[] places;

    private int size;

    /** @param ranges in key order */
    DirtyItemList(List<RangeItems> ranges) {
        int pageCount = 0;
        int items = 0;
        ItemPage[] found = new ItemPage[64];
        int[] zoneOf = new int[64];
        for (RangeItems range : ranges) {
            for (ItemPage page : range.sortedDirtyPages()) {
                if (pageCount == found.length) {
                    found = Arrays.copyOf(found, pageCount * 2);
                    zoneOf = Arrays.copyOf(zoneOf, pageCount * 2);
                }
                found[pageCount] = page;
                zoneOf[pageCount++] = range.zone();
                items += page.dirtyCount;
            }
        }
        pages = found;
        zones = zoneOf;
        places = new int[items];
        for (int p = 0; p < pageCount; p++) {
            ItemPage page = pages[p];
            for (int i = 0; i < page.count; i++) {
                if (page.is(i, ItemPage.DIRTY)) {
                    places[size++] = p << SLOT_BITS | i;
                }
            }
        }
    }

    /**
     * Leaves out the deltas that an attempt of this transaction which failed half-way has already added to the tree: adding is the one
     * thing that must not be done twice. The tree's item tells: seqs of this transaction are greater than all that were committed to
     * this tree before.
     */
    void dropAppliedDeltas(BtreeWriter tree) throws FsException {
        int kept = 0;
        for (int n = 0; n < size; n++) {
            if (isDelta(n)) {
                BtreeItem applied = tree.lookup(key(n));
                if (applied != null && applied.seq() == seq(n)) {
                    continue;
                }
            }
            places[kept++] = places[n];
        }
        size = kept;
        places = Arrays.copyOf(places, kept);
    }

    /** Greatest seq of all items, 0 if there are none. */
    long maxSeq() {
        long max = 0;
        for (int n = 0; n < size; n++) {
            long seq = seq(n);
            if (Long.compareUnsigned(seq, max) > 0) {
                max = seq;
            }
        }
        return max;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public Key key(int index) {
        int place = places[index];
        return pages[place >>> SLOT_BITS].key(zones[place >>> SLOT_BITS], slot(place));
    }

    @Override
    public long seq(int index) {
        int place = places[index];
        return pages[place >>> SLOT_BITS].seq(slot(place));
    }

    @Override
    public int flags(int index) {
        int place = places[index];
        return pages[place >>> SLOT_BITS].is(slot(place), ItemPage.DELETION) ? BtreeBlock.ITEM_FLAG_DELETION : 0;
    }

    @Override
    public int valueLength(int index) {
        int place = places[index];
        return pages[place >>> SLOT_BITS].valueLength(slot(place));
    }

    @Override
    public void copyValue(int index, MemorySegment dst, long dstOffset) {
        int place = places[index];
        ItemPage page = pages[place >>> SLOT_BITS];
        int slot = slot(place);
        MemorySegment.copy(
                page.values, page.valueOffset(slot), dst, ValueLayout.JAVA_BYTE, dstOffset, page.valueLength(slot));
    }

    private boolean isDelta(int index) {
        int place = places[index];
        return pages[place >>> SLOT_BITS].is(slot(place), ItemPage.DELTA);
    }

    private static int slot(int place) {
        return place & (1 << SLOT_BITS) - 1;
    }
}
