package org.scoutfs.item;

import java.util.ArrayList;
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

    private final ClusterLock lock;
    private final LockRange range;
    private final int zone;
    private final long first0;
    private final long last0;
    private final ItemMemory memory;
    private final ItemTransaction transaction;
    /** Told, under the monitor, when the first page gets dirty. */
    private final Consumer<RangeItems> onDirty;

    private final PageRange pages;

    private ArrayList<ItemPage> dirtyPages = new ArrayList<>();

    /** Filled without reading, under a lock that cannot read; what is clean here is of no use to anybody. */
    private boolean unread;

    RangeItems(ClusterLock lock, ItemMemory memory, ItemTransaction transaction, Consumer<RangeItems> onDirty) {
        this.lock = lock;
        this.range = lock.range();
        this.zone = range.start().zone();
        this.first0 = range.start().first();
        this.last0 = range.end().first();
        this.memory = memory;
        this.transaction = transaction;
        this.onDirty = onDirty;
        this.pages = new PageRange(range, memory, this::wasSplit);
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
    @Nullable
    ItemPage find(Key key) {
        return pages.find(key);
    }

    static int search(ItemPage page, Key key) {
        return page.search(key.first(), key.second(), key.third(), KeyWords.tail(key));
    }

    // ---- changing one item: the caller holds the monitor and the transaction

    int create(Key key, byte[] value, long seq) {
        ItemPage page = pages.find(key);
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
        ItemPage page = pages.find(key);
        if (page == null) {
            return UNKNOWN;
        }
        write(page, search(page, key), key, value, seq, ItemPage.PERSISTENT);
        return OK;
    }

    int update(Key key, byte[] value, long seq) {
        ItemPage page = pages.find(key);
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
        ItemPage page = pages.find(key);
        if (page == null) {
            return UNKNOWN;
        }
        int i = search(page, key);
        if (i < 0 || page.is(i, ItemPage.DELETION)) {
            return ABSENT;
        }
        int before = page.sizeBytes();
        markDirty(page, i, key, seq);
        pages.account(page, before);
        return OK;
    }

    int delete(Key key, long seq) {
        ItemPage page = pages.find(key);
        if (page == null) {
            return UNKNOWN;
        }
        int i = search(page, key);
        if (i < 0 || page.is(i, ItemPage.DELETION)) {
            return ABSENT;
        }
        if (page.is(i, ItemPage.PERSISTENT)) {
            int before = page.sizeBytes();
            makeDeletion(page, i, key, seq);
            pages.account(page, before);
        } else {
            discard(page, i);
        }
        return OK;
    }

    int deleteForce(Key key, long seq) {
        ItemPage page = pages.find(key);
        if (page == null) {
            return UNKNOWN;
        }
        int i = search(page, key);
        if (i < 0) {
            page = pages.insert(page, -1 - i, key);
            i = search(page, key);
        }
        int before = page.sizeBytes();
        page.set(i, ItemPage.PERSISTENT);
        makeDeletion(page, i, key, seq);
        pages.account(page, before);
        return OK;
    }

    /** Adds to a cached delta, or starts one. {@code value} is 16 bytes. */
    int delta(Key key, byte[] value, long seq) {
        ItemPage page = pages.find(key);
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
        if (pages.isEmpty()) {
            unread = true;
            pages.addEmpty();
        }
    }

    private void write(ItemPage page, int found, Key key, byte[] value, long seq, long flags) {
        int i = found;
        ItemPage at = page;
        if (i < 0) {
            at = pages.insert(page, -1 - i, key);
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
            nowDirty(at, i, key);
        }
        long change = dirtyBytes(value.length) - oldBytes;
        if (change != 0) {
            memory.dirtyBytes.getAndAdd(change);
        }
        pages.account(at, before);
    }

    private void makeDeletion(ItemPage page, int i, Key key, long seq) {
        if (page.is(i, ItemPage.DIRTY)) {
            memory.dirtyBytes.getAndAdd(dirtyBytes(0) - dirtyBytes(page.valueLength(i)));
        }
        page.dropValue(i);
        page.clear(i, ItemPage.DELTA);
        page.set(i, ItemPage.DELETION);
        markDirty(page, i, key, seq);
    }

    private void markDirty(ItemPage page, int i, Key key, long seq) {
        page.setSeq(i, seq);
        if (!page.is(i, ItemPage.DIRTY)) {
            nowDirty(page, i, key);
            memory.dirtyBytes.getAndAdd(dirtyBytes(page.valueLength(i)));
        }
    }

    private void nowDirty(ItemPage page, int i, Key key) {
        page.leafHint = transaction.touchLeaf(key, page.leafHint);
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

    /** Half of a page with dirty items is a page of its own now. */
    private void wasSplit(ItemPage right) {
        if (right.dirtyCount > 0) {
            list(right);
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
        return BtreeBlock.itemBytes(valueLength);
    }

    // ---- commit

    /**
     * The pages with dirty items in key order. While the caller keeps holders out nothing changes them, so it reads them without the
     * monitor.
     */
    synchronized List<ItemPage> sortedDirtyPages() {
        List<ItemPage> sorted = new ArrayList<>(dirtyPages.size());
        for (ItemPage page : dirtyPages) {
            if (page.dirtyCount > 0) {
                sorted.add(page);
            }
        }
        sorted.sort(ItemPage::compareStarts);
        return sorted;
    }

    /** Takes the list of dirty pages for {@link #clean}; what gets dirty afterwards starts a new one. */
    synchronized List<ItemPage> takeDirtyPages() {
        List<ItemPage> taken = dirtyPages;
        dirtyPages = new ArrayList<>();
        return taken;
    }

    /**
     * What was dirty is committed: deletions leave only their absence, deltas nothing, everything else may be in a tree now.
     *
     * @param taken from {@link #takeDirtyPages}; {@code from} to before {@code to} of them are cleaned
     */
    void clean(List<ItemPage> taken, int from, int to) {
        long bytes = 0;
        synchronized (this) {
            for (int p = from; p < to; p++) {
                ItemPage page = taken.get(p);
                int before = page.sizeBytes();
                bytes += dirtyBytes(page);
                page.keepCommitted();
                page.listed = false;
                page.trim();
                pages.account(page, before);
                if (unread) {
                    pages.dropItems(page);
                } else {
                    pages.mergeSmall(page);
                }
            }
        }
        memory.dirtyBytes.getAndAdd(-bytes);
        memory.dirtyPages.getAndAdd(from - to);
    }

    /** Bytes that all dirty items of a page take in a log tree. */
    private static long dirtyBytes(ItemPage page) {
        long bytes = 0;
        for (int i = 0; i < page.count; i++) {
            if (page.is(i, ItemPage.DIRTY)) {
                bytes += dirtyBytes(page.valueLength(i));
            }
        }
        return bytes;
    }

    // ---- dropping

    /** Forgets everything; returns how many items were dirty, which should be none. */
    synchronized int clear() {
        int dirty = 0;
        for (ItemPage page : dirtyPages) {
            dirty += page.dirtyCount;
            memory.dirtyBytes.getAndAdd(-dirtyBytes(page));
        }
        memory.dirtyPages.getAndAdd(-dirtyPages.size());
        dirtyPages = new ArrayList<>();
        pages.clear();
        unread = false;
        return dirty;
    }

    synchronized boolean isEmpty() {
        return pages.isEmpty();
    }

    synchronized boolean hasDirty() {
        for (ItemPage page : dirtyPages) {
            if (page.dirtyCount > 0) {
                return true;
            }
        }
        return false;
    }

    /** {@link PageRange#fill}; the caller holds the monitor. */
    void fill(ReadItems read) {
        pages.fill(read);
    }

    /** {@link PageRange#sweep}. */
    synchronized boolean sweep(int visits) {
        return pages.sweep(visits);
    }

    /** Pages, for tests and sizes. */
    synchronized int pageCount() {
        return pages.size();
    }
}
