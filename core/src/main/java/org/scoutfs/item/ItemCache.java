package org.scoutfs.item;

import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.scoutfs.btree.BtreeWriter;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;
import org.scoutfs.format.Limits;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockMode;
import org.scoutfs.lock.LockRange;
import org.scoutfs.trans.DirtyItems;
import org.scoutfs.trans.Transactions;

/**
 * The mount's view of all file system items under its cluster locks, spec 2 section 7. Every call names the lock that covers the
 * key; the caller uses it in a mode that allows the call, else EINVAL. Changing calls run under a transaction hold. Values are at
 * most 896 bytes; passed arrays are copied, returned ones belong to the caller.
 *
 * <p>All calls may read from the metadata device and ask the server for roots when the key's surroundings are not cached; such
 * reads fail with EIO. A changing call that fails has changed nothing.
 *
 * <p>An operation on a cached item enters one monitor, that of its lock's items, for a fraction of a microsecond. Safe for all
 * threads.
 */
public final class ItemCache implements DirtyItems {
    private static final System.Logger LOG = System.getLogger("org.scoutfs.item");
    private final ItemReader reader;
    private final ItemTransaction transaction;
    private final ItemMemory memory = new ItemMemory();
    private final PageSweeper sweeper;
    private final Counter pagesRetry;
    private final Counter pagesBarrier;

    /** By start of the lock's range. A lock's items are also attached to the lock, which is how they are found. */
    private final ConcurrentHashMap<Key, RangeItems> ranges = new ConcurrentHashMap<>();

    private final DirtyRanges dirty = new DirtyRanges();

    /**
     * @param budgetBytes heap for clean pages; dirty ones stay until they are committed, whatever they take
     */
    public ItemCache(Forest forest, Transactions transactions, long budgetBytes, Counters counters) {
        this(
                forest::read,
                new ItemTransaction() {
                    @Override
                    public long transSeq() {
                        return transactions.transSeq();
                    }

                    @Override
                    public void coverRange(ClusterLock lock) throws FsException {
                        transactions.logTree().coverRange(lock);
                    }

                    @Override
                    public int touchLeaf(Key key, int hint) {
                        return transactions.logTree().touchLeaf(key, hint);
                    }

                    @Override
                    public boolean heldByThisThread() {
                        return transactions.heldByThisThread();
                    }
                },
                budgetBytes,
                counters);
    }

    ItemCache(ItemReader reader, ItemTransaction transaction, long budgetBytes, Counters counters) {
        this.reader = reader;
        this.transaction = transaction;
        this.sweeper = new PageSweeper(memory, budgetBytes, counters);
        this.pagesRetry = counters.get("item_read_pages_retry");
        this.pagesBarrier = counters.get("item_read_pages_barrier");
    }

    // ---- reading

    /** The item's value, or null if there is no such item. Needs READ or WRITE. */
    public byte @Nullable [] lookup(Key key, ClusterLock lock) throws FsException {
        RangeItems items = readable(key, lock);
        for (; ; ) {
            synchronized (items) {
                ItemPage page = items.find(key);
                if (page != null) {
                    int i = RangeItems.search(page, key);
                    return i < 0 || page.is(i, ItemPage.DELETION) ? null : page.value(i);
                }
            }
            fill(key, lock, items);
        }
    }

    /**
     * Copies the value, or its front if {@code into} is shorter, and allocates nothing.
     *
     * @return full length of the value in bytes, -1 if there is no such item
     */
    public int lookup(Key key, ClusterLock lock, byte[] into) throws FsException {
        RangeItems items = readable(key, lock);
        for (; ; ) {
            synchronized (items) {
                ItemPage page = items.find(key);
                if (page != null) {
                    int i = RangeItems.search(page, key);
                    if (i < 0 || page.is(i, ItemPage.DELETION)) {
                        return -1;
                    }
                    int length = page.valueLength(i);
                    System.arraycopy(page.values, page.valueOffset(i), into, 0, Math.min(length, into.length));
                    return length;
                }
            }
            fill(key, lock, items);
        }
    }

    /** The first item in {@code key..min(last, end of the lock's range)}, or null. Needs READ or WRITE. */
    public @Nullable Item next(Key key, Key last, ClusterLock lock) throws FsException {
        RangeItems items = readable(key, lock);
        Key end = Key.min(last, lock.range().end());
        Key at = key;
        while (at.compareTo(end) <= 0) {
            boolean known = false;
            synchronized (items) {
                ItemPage page = items.find(at);
                if (page != null) {
                    known = true;
                    int i = RangeItems.search(page, at);
                    i = i < 0 ? -1 - i : i;
                    while (i < page.count && page.is(i, ItemPage.DELETION)) {
                        i++;
                    }
                    if (i < page.count) {
                        Key found = page.key(items.zone(), i);
                        return found.compareTo(end) <= 0 ? new Item(found, page.value(i)) : null;
                    }
                    Key pageEnd = page.end(items.zone());
                    if (pageEnd.compareTo(end) >= 0) {
                        return null;
                    }
                    at = pageEnd.increment();
                }
            }
            if (!known) {
                fill(at, lock, items);
            }
        }
        return null;
    }

    /**
     * Copies the second and third words of the keys of items in {@code key..min(last, end of the lock's range)}, for items whose keys say
     * all, and allocates nothing. Needs READ or WRITE.
     *
     * @param at where the first one goes
     * @param max room from there on
     * @return how many; fewer than {@code max} if there are no more
     */
    public int copyKeys(Key key, Key last, ClusterLock lock, long[] seconds, long[] thirds, int at, int max)
            throws FsException {
        RangeItems items = readable(key, lock);
        Key end = Key.min(last, lock.range().end());
        Key from = key;
        int count = 0;
        while (count < max && from.compareTo(end) <= 0) {
            boolean known = false;
            synchronized (items) {
                ItemPage page = items.find(from);
                if (page != null) {
                    known = true;
                    int i = RangeItems.search(page, from);
                    int behind = RangeItems.search(page, end);
                    behind = behind < 0 ? -1 - behind : behind + 1;
                    for (i = i < 0 ? -1 - i : i; i < behind && count < max; i++) {
                        if (!page.is(i, ItemPage.DELETION)) {
                            page.copySecondThird(i, seconds, thirds, at + count);
                            count++;
                        }
                    }
                    from = page.end(items.zone()).increment();
                }
            }
            if (!known) {
                fill(from, lock, items);
            }
        }
        return count;
    }

    // ---- changing

    /** Adds an item that must not exist (EEXIST). Needs WRITE. */
    public void create(Key key, byte[] value, ClusterLock lock) throws FsException {
        RangeItems items = writable(key, value, lock, false);
        long seq = seq(lock, null);
        int result;
        do {
            synchronized (items) {
                result = items.create(key, value, seq);
            }
        } while (again(result, key, lock, items));
    }

    /**
     * Writes an item without knowing whether it exists. Needs WRITE_ONLY or WRITE.
     *
     * @param primary lock of the inode the item belongs to: the item is never older than its write seq
     */
    public void createForce(Key key, byte[] value, ClusterLock lock, @Nullable ClusterLock primary) throws FsException {
        RangeItems items = writable(key, value, lock, true);
        long seq = seq(lock, primary);
        int result;
        do {
            synchronized (items) {
                result = items.createForce(key, value, seq);
            }
        } while (again(result, key, lock, items));
    }

    /** Replaces the value of an item that must exist (ENOENT). Needs WRITE. */
    public void update(Key key, byte[] value, ClusterLock lock) throws FsException {
        RangeItems items = writable(key, value, lock, false);
        long seq = seq(lock, null);
        int result;
        do {
            synchronized (items) {
                result = items.update(key, value, seq);
            }
        } while (again(result, key, lock, items));
    }

    /**
     * Makes an item that must exist (ENOENT) dirty, so that a later delete or update of it in this hold cannot fail. Needs WRITE.
     */
    public void dirty(Key key, ClusterLock lock) throws FsException {
        RangeItems items = writable(key, null, lock, false);
        long seq = seq(lock, null);
        int result;
        do {
            synchronized (items) {
                result = items.dirty(key, seq);
            }
        } while (again(result, key, lock, items));
    }

    /** Removes an item that must exist (ENOENT). Needs WRITE. */
    public void delete(Key key, ClusterLock lock) throws FsException {
        RangeItems items = writable(key, null, lock, false);
        long seq = seq(lock, null);
        int result;
        do {
            synchronized (items) {
                result = items.delete(key, seq);
            }
        } while (again(result, key, lock, items));
    }

    /**
     * Writes a deletion without knowing whether the item exists. Needs WRITE_ONLY or WRITE; {@code primary} as in createForce.
     */
    public void deleteForce(Key key, ClusterLock lock, @Nullable ClusterLock primary) throws FsException {
        RangeItems items = writable(key, null, lock, true);
        long seq = seq(lock, primary);
        int result;
        do {
            synchronized (items) {
                result = items.deleteForce(key, seq);
            }
        } while (again(result, key, lock, items));
    }

    /** Adds a (total, count) delta of 16 bytes to a totl item (spec 2 section 6.3). Needs WRITE_ONLY. */
    public void delta(Key key, byte[] value, ClusterLock lock) throws FsException {
        if (lock.mode() != LockMode.WRITE_ONLY || value.length != Deltas.SIZE) {
            throw new FsException(
                    Errno.EINVAL, "delta of " + value.length + " bytes under a lock in mode " + lock.mode());
        }
        RangeItems items = writable(key, value, lock, true);
        long seq = seq(lock, null);
        int result;
        do {
            synchronized (items) {
                result = items.delta(key, value, seq);
            }
        } while (again(result, key, lock, items));
    }

    // ---- locks

    /** Drops all items of a range whose lock is being given up. What was dirty there must have been committed before. */
    public void invalidate(LockRange range) {
        RangeItems items = ranges.remove(range.start());
        if (items == null) {
            return;
        }
        sweeper.remove(items);
        items.lock().setItems(null);
        int lost = items.clear();
        if (lost > 0) {
            LOG.log(System.Logger.Level.ERROR, "lock {0} was given up with {1} items not committed", range, lost);
        }
    }

    /**
     * Whether a grant may be used as it is: nothing is dirty, and nothing is cached unless both modes allow reading. A server that
     * grants before an invalidation was answered breaks it.
     */
    public boolean isSoundGrant(ClusterLock lock, LockMode oldMode, LockMode newMode) {
        RangeItems items = (RangeItems) lock.items();
        return items == null || items.isEmpty() || (oldMode.canRead() && newMode.canRead() && !items.hasDirty());
    }

    // ---- the commit

    @Override
    public long writeDirty(BtreeWriter logTree) throws FsException {
        return dirty.write(logTree);
    }

    @Override
    public void cleaned() {
        dirty.cleaned();
        sweeper.sweepAfterCommit();
    }

    @Override
    public long dirtyBytes() {
        return memory.dirtyBytes.get();
    }

    @Override
    public long dirtyRanges() {
        return memory.dirtyPages.get();
    }

    /** Heap bytes of all pages, roughly. */
    public long usedBytes() {
        return memory.usedBytes.get();
    }

    /** All dirty items, for as long as holders are kept out. */
    DirtyItemList dirtyItems() {
        return dirty.items();
    }

    // ---- common parts

    private RangeItems readable(Key key, ClusterLock lock) throws FsException {
        if (!lock.mode().canRead()) {
            throw new FsException(Errno.EINVAL, "read of item " + key + " under a lock in mode " + lock.mode());
        }
        return items(key, lock);
    }

    private RangeItems writable(Key key, byte @Nullable [] value, ClusterLock lock, boolean blind) throws FsException {
        assert transaction.heldByThisThread() : "change of item " + key + " outside of a transaction";
        LockMode mode = lock.mode();
        if (mode != LockMode.WRITE && !(blind && mode == LockMode.WRITE_ONLY)) {
            throw new FsException(Errno.EINVAL, "change of item " + key + " under a lock in mode " + mode);
        }
        if (value != null && value.length > Limits.ITEM_VALUE_MAX) {
            throw new FsException(Errno.EINVAL, "value of " + value.length + " bytes for item " + key);
        }
        RangeItems items = items(key, lock);
        transaction.coverRange(lock);
        return items;
    }

    private RangeItems items(Key key, ClusterLock lock) throws FsException {
        RangeItems items = (RangeItems) lock.items();
        if (items == null) {
            items = attach(lock);
        }
        if (!items.contains(key)) {
            throw new FsException(Errno.EINVAL, "item " + key + " is not covered by lock " + lock.range());
        }
        return items;
    }

    private RangeItems attach(ClusterLock lock) {
        return ranges.compute(lock.range().start(), (start, present) -> {
            if (present != null && present.lock() == lock) {
                return present;
            }
            RangeItems items = new RangeItems(lock, memory, transaction, dirty::add);
            sweeper.add(items);
            lock.setItems(items);
            return items;
        });
    }

    /** The seq of a changed item, spec 2 section 6.2. */
    private long seq(ClusterLock lock, @Nullable ClusterLock primary) {
        long seq = max(transaction.transSeq(), lock.writeSeq());
        return primary == null ? seq : max(seq, primary.writeSeq());
    }

    private static long max(long a, long b) {
        return Long.compareUnsigned(a, b) >= 0 ? a : b;
    }

    /** Whether the operation must be repeated because its surroundings were not cached; now they are. */
    private boolean again(int result, Key key, ClusterLock lock, RangeItems items) throws FsException {
        if (result == RangeItems.OK) {
            sweeper.sweepIfNeeded();
            return false;
        }
        switch (result) {
            case RangeItems.ABSENT -> throw new FsException(Errno.ENOENT, "no item " + key);
            case RangeItems.PRESENT -> throw new FsException(Errno.EEXIST, "item " + key + " exists");
            case RangeItems.NO_DELTA -> throw new CorruptionException("item cache: " + key + " is not a delta");
            default -> fill(key, lock, items);
        }
        return true;
    }

    /** Makes the key's surroundings known. */
    private void fill(Key key, ClusterLock lock, RangeItems items) throws FsException {
        if (lock.mode() == LockMode.WRITE_ONLY) {
            synchronized (items) {
                items.assumeUnread();
            }
            return;
        }
        for (; ; ) {
            long barrier = dirty.barrier();
            ReadItems read = reader.read(key, lock, barrier);
            synchronized (items) {
                // A commit cleans the items of this range under this monitor, after it has moved the barrier.
                if (dirty.barrier() == barrier) {
                    items.fill(read);
                    break;
                }
            }
            pagesBarrier.increment();
            pagesRetry.increment();
        }
        sweeper.sweepIfNeeded();
    }
}
