package org.scoutfs.item;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.Key;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockRange;

/**
 * The cached items of one cluster lock's range: pages, found through an index, and those of them that are dirty.
 *
 * <p>Its monitor guards everything in it and is held for well under a microsecond by an operation on one item. Nothing is called
 * and nothing is waited for under it.
 */
final class RangeItems {
    /** Results of the operations on one item. */
    static final int OK = 0;

    static final int ABSENT = 1;
    static final int PRESENT = 2;
    /** The key's surroundings are not cached: read them and try again. */
    static final int UNKNOWN = 3;
    /** A cached item that is no delta where a delta should be added. */
    static final int NO_DELTA = 4;

    /** Items per page made from what was read: some may come, most will not. */
    private static final int READ_PAGE_ITEMS = 48;
    /** Neighbours are merged when together they have no more items than this. */
    private static final int MERGED_ITEMS = ItemPage.MAX_ITEMS / 2;

    private static final int HINTS = 8;

    private final ClusterLock lock;
    private final LockRange range;
    private final int zone;
    private final long first0;
    private final long last0;
    private final ItemMemory memory;
    /** Told, under the monitor, when the first page gets dirty. */
    private final Consumer<RangeItems> onDirty;

    private final PageIndex index = new PageIndex();
    /** The page used last per type of item: entries of a directory, inodes and back references grow independently. */
    private final @Nullable ItemPage[] hints = new @Nullable ItemPage[HINTS];

    private ArrayList<ItemPage> dirtyPages = new ArrayList<>();

    /** Where the sweep goes on; null at the front. */
    private @Nullable Key hand;
    /** Filled without reading, under a lock that cannot read; what is clean here is of no use to anybody. */
    private boolean unread;

    RangeItems(ClusterLock lock, ItemMemory memory, Consumer<RangeItems> onDirty) {
        this.lock = lock;
        this.range = lock.range();
        this.zone = range.start().zone();
        this.first0 = range.start().first();
        this.last0 = range.end().first();
        this.memory = memory;
        this.onDirty = onDirty;
    }

    ClusterLock lock() {
        return lock;
    }

    LockRange range() {
        return range;
    }

    int zone() {
        return zone;
    }

    /** Whether the key lies in the lock's range. */
    boolean contains(Key key) {
        if (key.zone() != zone) {
            return false;
        }
        // The inner keys of a range need no more than this; its first and last are rarely asked for.
        if (Long.compareUnsigned(key.first(), first0) > 0 && Long.compareUnsigned(key.first(), last0) < 0) {
            return true;
        }
        return range.contains(key);
    }

    // ---- reading: the caller holds the monitor

    /** The page whose range has the key, or null. */
    @Nullable ItemPage find(Key key) {
        long k3 = KeyWords.tail(key);
        int hint = key.type() >>> 2 & (HINTS - 1);
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

    static int search(ItemPage page, Key key) {
        return page.search(key.first(), key.second(), key.third(), KeyWords.tail(key));
    }

    // ---- changing one item: the caller holds the monitor and the transaction

    int create(Key key, byte[] value, long seq) {
        ItemPage page = find(key);
        if (page == null) {
            return UNKNOWN;
        }
        int i = search(page, key);
        if (i >= 0 && !page.is(i, ItemPage.DELETION)) {
            return PRESENT;
        }
        write(page, i, key, value, seq, 0);
        return OK;
    }

    int createForce(Key key, byte[] value, long seq) {
        ItemPage page = find(key);
        if (page == null) {
            return UNKNOWN;
        }
        write(page, search(page, key), key, value, seq, ItemPage.PERSISTENT);
        return OK;
    }

    int update(Key key, byte[] value, long seq) {
        ItemPage page = find(key);
        if (page == null) {
            return UNKNOWN;
        }
        int i = search(page, key);
        if (i < 0 || page.is(i, ItemPage.DELETION)) {
            return ABSENT;
        }
        write(page, i, key, value, seq, 0);
        return OK;
    }

    int dirty(Key key, long seq) {
        ItemPage page = find(key);
        if (page == null) {
            return UNKNOWN;
        }
        int i = search(page, key);
        if (i < 0 || page.is(i, ItemPage.DELETION)) {
            return ABSENT;
        }
        int before = page.sizeBytes();
        markDirty(page, i, seq);
        account(page, before);
        return OK;
    }

    int delete(Key key, long seq) {
        ItemPage page = find(key);
        if (page == null) {
            return UNKNOWN;
        }
        int i = search(page, key);
        if (i < 0 || page.is(i, ItemPage.DELETION)) {
            return ABSENT;
        }
        if (page.is(i, ItemPage.PERSISTENT)) {
            int before = page.sizeBytes();
            makeDeletion(page, i, seq);
            account(page, before);
        } else {
            discard(page, i);
        }
        return OK;
    }

    int deleteForce(Key key, long seq) {
        ItemPage page = find(key);
        if (page == null) {
            return UNKNOWN;
        }
        int i = search(page, key);
        if (i < 0) {
            page = insert(page, -1 - i, key);
            i = search(page, key);
        }
        int before = page.sizeBytes();
        page.set(i, ItemPage.PERSISTENT);
        makeDeletion(page, i, seq);
        account(page, before);
        return OK;
    }

    /** Adds to a cached delta, or starts one. {@code value} is 16 bytes. */
    int delta(Key key, byte[] value, long seq) {
        ItemPage page = find(key);
        if (page == null) {
            return UNKNOWN;
        }
        int i = search(page, key);
        if (i < 0) {
            write(page, i, key, value, seq, ItemPage.DELTA);
            return OK;
        }
        if (!page.is(i, ItemPage.DELTA)) {
            return NO_DELTA;
        }
        if (page.valueLength(i) != Deltas.SIZE) {
            return NO_DELTA;
        }
        if (Deltas.add(page.values, page.valueOffset(i), value, 0)) {
            discard(page, i);
        } else {
            page.setSeq(i, seq);
        }
        return OK;
    }

    /** Makes the whole range known to be empty, for locks under which nothing may be read. */
    void assumeUnread() {
        if (index.size() == 0) {
            unread = true;
            addPage(newPage(range.start(), range.end(), 0, 0));
        }
    }

    private void write(ItemPage page, int found, Key key, byte[] value, long seq, long flags) {
        int i = found;
        ItemPage at = page;
        if (i < 0) {
            at = insert(page, -1 - i, key);
            i = at == page ? -1 - i : search(at, key);
        }
        int before = at.sizeBytes();
        boolean wasDirty = at.is(i, ItemPage.DIRTY);
        long oldBytes = wasDirty ? dirtyBytes(at.valueLength(i)) : 0;
        at.clear(i, ItemPage.DELETION);
        at.set(i, flags);
        at.setValue(i, value, 0, value.length);
        at.setSeq(i, seq);
        if (!wasDirty) {
            nowDirty(at, i);
        }
        long change = dirtyBytes(value.length) - oldBytes;
        if (change != 0) {
            memory.dirtyBytes.getAndAdd(change);
        }
        account(at, before);
    }

    private void makeDeletion(ItemPage page, int i, long seq) {
        if (page.is(i, ItemPage.DIRTY)) {
            memory.dirtyBytes.getAndAdd(dirtyBytes(0) - dirtyBytes(page.valueLength(i)));
        }
        page.dropValue(i);
        page.clear(i, ItemPage.DELTA);
        page.set(i, ItemPage.DELETION);
        markDirty(page, i, seq);
    }

    private void markDirty(ItemPage page, int i, long seq) {
        page.setSeq(i, seq);
        if (!page.is(i, ItemPage.DIRTY)) {
            nowDirty(page, i);
            memory.dirtyBytes.getAndAdd(dirtyBytes(page.valueLength(i)));
        }
    }

    private void nowDirty(ItemPage page, int i) {
        page.set(i, ItemPage.DIRTY);
        page.dirtyCount++;
        list(page);
    }

    private void list(ItemPage page) {
        if (!page.listed) {
            page.listed = true;
            dirtyPages.add(page);
            memory.dirtyPages.getAndIncrement();
            if (dirtyPages.size() == 1) {
                onDirty.accept(this);
            }
        }
    }

    /** Removes an item without a trace. */
    private void discard(ItemPage page, int i) {
        if (page.is(i, ItemPage.DIRTY)) {
            memory.dirtyBytes.getAndAdd(-dirtyBytes(page.valueLength(i)));
            page.dirtyCount--;
        }
        page.remove(i);
    }

    /** Bytes an item takes in a log tree. */
    private static long dirtyBytes(int valueLength) {
        return BtreeBlock.ITEM_SIZE + ((valueLength + 7) & ~7);
    }

    /** Makes room for an item at index {@code i}; returns the page it is in. */
    private ItemPage insert(ItemPage page, int i, Key key) {
        ItemPage at = page;
        int where = i;
        if (page.count == ItemPage.MAX_ITEMS) {
            ItemPage right = split(page, i, key);
            if (i == page.count && i == ItemPage.MAX_ITEMS || i > page.count) {
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
        if (right.dirtyCount > 0) {
            list(right);
        }
        account(page, before);
        int type = key.type() >>> 2 & (HINTS - 1);
        hints[type] = right;
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

    private void account(ItemPage page, int sizeBefore) {
        int change = page.sizeBytes() - sizeBefore;
        if (change != 0) {
            memory.usedBytes.getAndAdd(change);
        }
    }

    // ---- filling

    /** Adds what was read, where nothing is cached: what is cached may be newer. The caller holds the monitor. */
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

    // ---- commit

    /**
     * The pages with dirty items in key order. While the caller keeps holders out nothing changes them, so it reads them without the
     * monitor.
     */
    synchronized List<ItemPage> sortedDirtyPages() {
        List<ItemPage> pages = new ArrayList<>(dirtyPages.size());
        for (ItemPage page : dirtyPages) {
            if (page.dirtyCount > 0) {
                pages.add(page);
            }
        }
        pages.sort((a, b) ->
                KeyWords.compare(a.start0, a.start1, a.start2, a.start3, b.start0, b.start1, b.start2, b.start3));
        return pages;
    }

    /** Takes the list of dirty pages for {@link #clean}; what gets dirty afterwards starts a new one. */
    synchronized List<ItemPage> takeDirtyPages() {
        List<ItemPage> pages = dirtyPages;
        dirtyPages = new ArrayList<>();
        return pages;
    }

    /**
     * What was dirty is committed: deletions leave only their absence, deltas nothing, everything else may be in a tree now.
     *
     * @param pages of {@link #takeDirtyPages}, of which {@code from} to before {@code to} are cleaned
     */
    void clean(List<ItemPage> pages, int from, int to) {
        long bytes = 0;
        synchronized (this) {
            for (int p = from; p < to; p++) {
                ItemPage page = pages.get(p);
                int before = page.sizeBytes();
                bytes += clean(page);
                page.listed = false;
                page.trim();
                account(page, before);
                if (unread) {
                    dropUnread(page);
                } else {
                    mergeSmall(page);
                }
            }
        }
        memory.dirtyBytes.getAndAdd(-bytes);
        memory.dirtyPages.getAndAdd(from - to);
    }

    /** Under a lock that cannot read, a page's range may simply be covered by its neighbour's. */
    private void dropUnread(ItemPage page) {
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

    private long clean(ItemPage page) {
        long bytes = 0;
        for (int i = 0; i < page.count; i++) {
            if (page.is(i, ItemPage.DIRTY)) {
                bytes += dirtyBytes(page.valueLength(i));
            }
        }
        page.keepCommitted();
        return bytes;
    }

    private void mergeSmall(ItemPage page) {
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

    // ---- dropping

    /** Forgets everything; returns how many items were dirty, which should be none. */
    synchronized int clear() {
        int dirty = 0;
        for (ItemPage page = index.first(); page != null; page = index.first()) {
            dirty += page.dirtyCount;
            removePage(page);
        }
        if (!dirtyPages.isEmpty()) {
            memory.dirtyPages.getAndAdd(-dirtyPages.size());
            dirtyPages = new ArrayList<>();
        }
        Arrays.fill(hints, null);
        unread = false;
        return dirty;
    }

    synchronized boolean isEmpty() {
        return index.size() == 0;
    }

    synchronized boolean hasDirty() {
        for (ItemPage page : dirtyPages) {
            if (page.dirtyCount > 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * Moves the sweep's hand on, dropping clean pages that were not used since its last visit.
     *
     * @param visits how many pages to look at
     * @return whether the hand passed the end of the range; it starts at the front next time
     */
    synchronized boolean sweep(int visits) {
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

    /** Pages, for tests and sizes. */
    synchronized int pageCount() {
        return index.size();
    }
}
