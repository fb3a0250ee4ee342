package org.scoutfs.item;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.scoutfs.format.Key;
import org.scoutfs.lock.LockRange;

/**
 * The pages of one lock's range: which parts of it are known, and where. Pages never overlap; between them lies what is not cached.
 * Guarded by the monitor of the {@link RangeItems} that owns it.
 */
final class PageRange {
    /** Items per page made from what was read: some may come, most will not. */
    private static final int READ_PAGE_ITEMS = 48;
    /** Neighbours are merged when together they have no more items than this. */
    private static final int MERGED_ITEMS = ItemPage.MAX_ITEMS / 2;

    private static final int HINTS = 8;

    private final LockRange range;
    private final int zone;
    private final ItemMemory memory;
    /** Told of each page that was made of half of another. */
    private final Consumer<ItemPage> onSplit;

    private final PageIndex index = new PageIndex();
    /** The page used last per type of item: entries of a directory, inodes and back references grow independently. */
    private final @Nullable ItemPage[] hints = new @Nullable ItemPage[HINTS];

    /** Where the sweep goes on; null at the front. */
    private @Nullable Key hand;

    PageRange(LockRange range, ItemMemory memory, Consumer<ItemPage> onSplit) {
        this.range = range;
        this.zone = range.start().zone();
        this.memory = memory;
        this.onSplit = onSplit;
    }

    boolean isEmpty() {
        return index.size() == 0;
    }

    int size() {
        return index.size();
    }

    /** The page whose range has the key, or null. */
    @Nullable
    ItemPage find(Key key) {
        long k3 = KeyWords.tail(key);
        int hint = hint(key);
        ItemPage page = hints[hint];
        if (page == null || page.removed || !page.covers(key.first(), key.second(), key.third(), k3)) {
            page = index.floor(key.first(), key.second(), key.third(), k3);
            if (page == null || !page.endsAtOrAfter(key.first(), key.second(), key.third(), k3)) {
                return null;
            }
            hints[hint] = page;
        }
        if (!page.accessed) {
            page.accessed = true;
        }
        return page;
    }

    /** Makes the whole range known to hold nothing. There are no pages. */
    void addEmpty() {
        addPage(newPage(range.start(), range.end(), 0, 0));
    }

    /** Makes room for an item at index {@code i}; returns the page it is in. */
    ItemPage insert(ItemPage page, int i, Key key) {
        ItemPage at = page;
        int where = i;
        if (page.count == ItemPage.MAX_ITEMS) {
            ItemPage right = split(page, i, key);
            if ((i == page.count && i == ItemPage.MAX_ITEMS) || i > page.count) {
                at = right;
                where = i - page.count;
            }
        }
        int before = at.sizeBytes();
        at.insert(where, key.first(), key.second(), key.third(), KeyWords.tail(key));
        account(at, before);
        return at;
    }

    /**
     * Cuts a full page in two, for a key that belongs at index {@code i}: in the middle, or in front of the new key if that is the
     * last, so that keys that only grow fill their pages.
     */
    private ItemPage split(ItemPage page, int i, Key key) {
        int before = page.sizeBytes();
        int from = i == page.count ? i : page.count / 2;
        Key start = from == page.count ? key : page.key(zone, from);
        ItemPage right = newPage(start, page.end(zone), page.count - from, page.valueBytesFrom(from) * 3 / 2);
        Key end = start.decrement();
        page.setEnd(end.first(), end.second(), end.third(), KeyWords.tail(end));
        page.moveTail(from, right);
        right.accessed = true;
        addPage(right);
        onSplit.accept(right);
        account(page, before);
        hints[hint(key)] = right;
        return right;
    }

    private ItemPage newPage(Key start, Key end, int items, int valueBytes) {
        ItemPage page =
                new ItemPage(start.first(), start.second(), start.third(), KeyWords.tail(start), items, valueBytes);
        page.setEnd(end.first(), end.second(), end.third(), KeyWords.tail(end));
        return page;
    }

    private void addPage(ItemPage page) {
        index.insert(page);
        memory.usedBytes.getAndAdd(page.sizeBytes());
    }

    private void removePage(ItemPage page) {
        index.remove(page);
        memory.usedBytes.getAndAdd(-page.sizeBytes());
    }

    /** Books what a change has done to a page's size. */
    void account(ItemPage page, int sizeBefore) {
        int change = page.sizeBytes() - sizeBefore;
        if (change != 0) {
            memory.usedBytes.getAndAdd(change);
        }
    }

    private static int hint(Key key) {
        return (key.type() >>> 2) & (HINTS - 1);
    }

    /** Adds what was read, where nothing is cached: what is cached may be newer. */
    void fill(ReadItems read) {
        Key at = Key.max(read.start(), range.start());
        Key last = Key.min(read.end(), range.end());
        while (at.compareTo(last) <= 0) {
            long k3 = KeyWords.tail(at);
            ItemPage floor = index.floor(at.first(), at.second(), at.third(), k3);
            Key end;
            if (floor != null && floor.endsAtOrAfter(at.first(), at.second(), at.third(), k3)) {
                end = floor.end(zone);
            } else {
                ItemPage behind = floor == null ? index.first() : floor.next;
                end = behind == null ? last : Key.min(last, behind.start(zone).decrement());
                fillGap(read, at, end);
            }
            if (end.compareTo(range.end()) >= 0) {
                return;
            }
            at = end.increment();
        }
    }

    private void fillGap(ReadItems read, Key start, Key end) {
        int i = read.firstAtOrAfter(start);
        int endIndex = read.firstAfter(end);
        Key at = start;
        do {
            int count = endIndex - i;
            if (count > ItemPage.MAX_ITEMS) {
                count = READ_PAGE_ITEMS;
            }
            Key pageEnd = i + count == endIndex ? end : read.key(i + count).decrement();
            ItemPage page = newPage(at, pageEnd, count, read.valueBytes(i, i + count));
            for (int n = 0; n < count; n++, i++) {
                read.appendTo(page, i);
            }
            page.accessed = true;
            addPage(page);
            at = i == endIndex ? at : pageEnd.increment();
        } while (i < endIndex);
    }

    /** Drops a page's clean items; its range, of which nobody knows what is in it, becomes part of its neighbour's. */
    void dropItems(ItemPage page) {
        ItemPage before = page.previous;
        if (before != null) {
            before.setEnd(page.end0, page.end1, page.end2, page.end3);
            removePage(page);
        } else {
            // The first page stays and holds the front of the range.
            int size = page.sizeBytes();
            page.empty();
            page.trim();
            account(page, size);
        }
    }

    /** Makes few of many small pages, where deletions have left some. */
    void mergeSmall(ItemPage page) {
        if (page.count > MERGED_ITEMS / 2) {
            return;
        }
        ItemPage behind = page.next;
        if (behind != null && mergeable(page, behind)) {
            merge(page, behind);
        }
        ItemPage before = page.previous;
        if (before != null && mergeable(before, page)) {
            merge(before, page);
        }
    }

    private boolean mergeable(ItemPage page, ItemPage behind) {
        return page.dirtyCount == 0
                && !page.listed
                && behind.dirtyCount == 0
                && !behind.listed
                && page.count + behind.count <= MERGED_ITEMS
                && page.end(zone).increment().equals(behind.start(zone));
    }

    private void merge(ItemPage page, ItemPage behind) {
        removePage(behind);
        int before = page.sizeBytes();
        page.absorb(behind);
        page.accessed |= behind.accessed;
        account(page, before);
    }

    /**
     * Moves the sweep's hand on, dropping clean pages that were not used since its last visit.
     *
     * @param visits how many pages to look at
     * @return whether the hand passed the end of the range; it starts at the front next time
     */
    boolean sweep(int visits) {
        Key from = hand;
        ItemPage page = from == null
                ? index.first()
                : index.floor(from.first(), from.second(), from.third(), KeyWords.tail(from));
        if (page == null) {
            page = index.first();
        }
        for (int n = 0; n < visits && page != null; n++) {
            ItemPage behind = page.next;
            if (page.accessed) {
                page.accessed = false;
            } else if (page.dirtyCount == 0 && !page.listed) {
                removePage(page);
            }
            page = behind;
        }
        hand = page == null ? null : page.start(zone);
        return page == null;
    }

    /** Forgets all pages. */
    void clear() {
        for (ItemPage page = index.first(); page != null; page = index.first()) {
            removePage(page);
        }
        Arrays.fill(hints, null);
        hand = null;
    }
}
