package org.scoutfs.item;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.StaleCheck;
import org.scoutfs.block.SuperBlockFile;
import org.scoutfs.btree.BtreeItem;
import org.scoutfs.btree.ItemVisitor;
import org.scoutfs.btree.LeafRange;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.error.StaleException;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.LogMergeStatus;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.format.TotlValue;
import org.scoutfs.format.Zones;
import org.scoutfs.host.BlockingAware;
import org.scoutfs.host.HostClock;

/**
 * Committed totals and xattr index entries for readers that need no lock, up to ten seconds old, spec 2 section 8. Only zones
 * {@code XATTR_TOTL} and {@code XATTR_INDX}. Safe for all threads.
 *
 * <p>Roots come from the super block on the device and not from the server, since the log merge's state must be of the same commit as the
 * trees. They are used for five seconds, and so is what was read from them, counted from when it was read.
 */
public final class WeakItemCache {
    static final long LIFE_NANOS = 5_000_000_000L;

    /** How often a stable iteration is started over before its caller is told. */
    private static final int STABLE_ATTEMPTS = 5;

    private final SuperBlockFile superBlock;
    private final ForestTrees.Reader reader;
    private final HostClock clock;
    private final WeakPages pages;
    private final Counter staleReads;
    private final Counter rootRefreshes;

    /** Replaced under this object's monitor. */
    private volatile @Nullable Roots roots;

    /**
     * One stable super block's trees.
     *
     * @param mergeInputSeq of the running merge, 0 if none runs
     * @param nr 1, 2, 3 ... for each set that was read
     */
    private record Roots(ForestTrees trees, long mergeInputSeq, long nr, long expiresNanos) {}

    /** Receives items in key order; false ends the iteration. */
    @FunctionalInterface
    public interface Visitor {
        boolean item(Key key, byte[] value) throws FsException;
    }

    /** @param budgetBytes heap for what was read in the last seconds */
    public WeakItemCache(
            SuperBlockFile superBlock, BlockCache blocks, HostClock clock, long budgetBytes, Counters counters) {
        this.superBlock = superBlock;
        this.reader = new ForestTrees.Reader(blocks, counters);
        this.clock = clock;
        this.pages = new WeakPages(budgetBytes);
        this.staleReads = counters.get("wkic_stale_read");
        this.rootRefreshes = counters.get("wkic_roots_refresh");
    }

    /** The value of one item, or null. Totals are resolved over running merges. */
    public byte @Nullable [] lookup(Key key) throws FsException {
        WeakPage page = page(key);
        int i = page.from(key);
        return i < page.keys().length && page.keys()[i].equals(key) ? page.values()[i].clone() : null;
    }

    /** Visits the items of {@code key..last}; parts may be of different age. {@code last} is in the same zone. */
    public void forEach(Key key, Key last, Visitor visitor) throws FsException {
        visit(key, last, visitor, 0);
    }

    /**
     * Visits the items of {@code key..last}, all from one set of roots ("stable iteration"); {@code last} is in the same zone.
     *
     * @throws FsException ESTALE if the roots changed on the way: what was visited is void, start over
     */
    public void forEachStable(Key key, Key last, Visitor visitor) throws FsException {
        visit(key, last, visitor, page(key).readNr());
    }

    /** Puts an item into what is being collected; false ends the iteration. */
    @FunctionalInterface
    public interface Collector<T> {
        boolean item(T into, Key key, byte[] value) throws FsException;
    }

    /**
     * As {@link #forEachStable}, started over by itself a few times.
     *
     * @param fresh makes what an attempt collects into
     * @return what the attempt that succeeded was given
     */
    public <T> T collectStable(Key key, Key last, Supplier<T> fresh, Collector<T> collector) throws FsException {
        for (int attempt = 1; ; attempt++) {
            T into = fresh.get();
            try {
                forEachStable(key, last, (itemKey, value) -> collector.item(into, itemKey, value));
                return into;
            } catch (StaleException e) {
                if (attempt == STABLE_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /** @param stableNr read number that all pages must have, 0 for any */
    private void visit(Key key, Key last, Visitor visitor, long stableNr) throws FsException {
        Key at = key;
        while (at.compareTo(last) <= 0) {
            WeakPage page = page(at);
            if (stableNr != 0 && page.readNr() != stableNr) {
                pages.dropOlder(key, last, Math.max(page.readNr(), stableNr));
                throw new StaleException("totals or index entries were read from roots " + stableNr + " and "
                        + page.readNr() + " in one iteration");
            }
            for (int i = page.from(at); i < page.keys().length && page.keys()[i].compareTo(last) <= 0; i++) {
                if (!visitor.item(page.keys()[i], page.values()[i].clone())) {
                    return;
                }
            }
            if (page.end().compareTo(last) >= 0) {
                return;
            }
            at = page.end().increment();
        }
    }

    private WeakPage page(Key key) throws FsException {
        if (key.zone() != Zones.XATTR_TOTL && key.zone() != Zones.XATTR_INDX) {
            throw new FsException(Errno.EINVAL, "item " + key + " needs a lock to be read");
        }
        WeakPage cached = pages.find(key, clock.nanoTime());
        return cached != null ? cached : readPage(key);
    }

    private WeakPage readPage(Key key) throws FsException {
        BlockingAware.beforeBlocking();
        StaleCheck check = new StaleCheck();
        for (; ; ) {
            Roots from = roots();
            try {
                // From empty at each attempt: deltas cannot be resumed.
                WeakPage page = key.zone() == Zones.XATTR_TOTL ? readTotals(from, key) : readEntries(from, key);
                pages.add(page, clock.nanoTime());
                return page;
            } catch (StaleException e) {
                staleReads.increment();
                check.check(e, from.trees.fsRoot().ref(), from.trees.logsRoot().ref());
                expire(from);
            }
        }
    }

    private WeakPage readTotals(Roots from, Key key) throws FsException {
        TreeMap<Key, TotalBins> totals = new TreeMap<>();
        LeafRange known =
                from.trees.readLeaves(key, Keys.lockStart(key), zoneOf(key), log -> totalVisitor(totals, log, from));
        List<Key> keys = new ArrayList<>();
        List<byte[]> values = new ArrayList<>();
        for (Map.Entry<Key, TotalBins> total :
                totals.subMap(known.start(), true, known.end(), true).entrySet()) {
            TotlValue value = total.getValue().resolve();
            if (!value.isZero()) {
                keys.add(total.getKey());
                byte[] bytes = new byte[TotlValue.SIZE];
                value.write(MemorySegment.ofArray(bytes), 0);
                values.add(bytes);
            }
        }
        return newPage(from, known, keys, values);
    }

    private static ItemVisitor totalVisitor(Map<Key, TotalBins> totals, @Nullable LogTrees log, Roots from) {
        boolean input = log != null && TotalBins.isInput(log, from.mergeInputSeq);
        return (key, seq, flags, block, offset, length) -> {
            if (length != TotlValue.SIZE) {
                throw new CorruptionException("total " + key + " has " + length + " bytes, expected " + TotlValue.SIZE);
            }
            TotlValue value = TotlValue.read(block, offset);
            TotalBins bins = totals.computeIfAbsent(key, k -> new TotalBins());
            if (log == null) {
                bins.addMerged(value, seq);
            } else {
                bins.add(value, seq, input);
            }
            return true;
        };
    }

    private WeakPage readEntries(Roots from, Key key) throws FsException {
        NewestItems newest = new NewestItems();
        LeafRange known = from.trees.readLeaves(key, Keys.lockStart(key), zoneOf(key), newest);
        ReadItems read = newest.present(known);
        List<Key> keys = new ArrayList<>(read.count());
        List<byte[]> values = new ArrayList<>(read.count());
        for (int i = 0; i < read.count(); i++) {
            keys.add(read.key(i));
            values.add(read.value(i));
        }
        return newPage(from, known, keys, values);
    }

    private WeakPage newPage(Roots from, LeafRange known, List<Key> keys, List<byte[]> values) {
        return new WeakPage(
                known.start(),
                known.end(),
                from.nr,
                clock.nanoTime() + LIFE_NANOS,
                keys.toArray(Key[]::new),
                values.toArray(byte[][]::new));
    }

    private static LeafRange zoneOf(Key key) {
        return new LeafRange(Keys.lockStart(key), Keys.lockEnd(key));
    }

    private Roots roots() throws FsException {
        Roots known = roots;
        if (known != null && clock.nanoTime() - known.expiresNanos < 0) {
            return known;
        }
        synchronized (this) {
            known = roots;
            if (known == null || clock.nanoTime() - known.expiresNanos >= 0) {
                rootRefreshes.increment();
                known = readRoots(known == null ? 1 : known.nr + 1);
                roots = known;
            }
            return known;
        }
    }

    private Roots readRoots(long nr) throws FsException {
        StaleCheck check = new StaleCheck();
        for (; ; ) {
            SuperBlock block = superBlock.read();
            try {
                BtreeItem status = reader.trees().lookup(block.logMerge(), Keys.mergeStatus());
                long inputSeq = status == null ? 0 : mergeStatus(status).seq();
                ForestTrees trees = new ForestTrees(reader, block.fsRoot(), block.logsRoot());
                return new Roots(trees, inputSeq, nr, clock.nanoTime() + LIFE_NANOS);
            } catch (StaleException e) {
                check.check(e, block.logMerge().ref(), null);
            }
        }
    }

    private static LogMergeStatus mergeStatus(BtreeItem item) throws FsException {
        if (item.value().length != LogMergeStatus.SIZE) {
            throw new CorruptionException(
                    "log merge status item has " + item.value().length + " bytes, expected " + LogMergeStatus.SIZE);
        }
        return LogMergeStatus.read(MemorySegment.ofArray(item.value()), 0);
    }

    /** Forgets what was read; the next reader reads new roots. A test hook of the reference. */
    public synchronized void drop() {
        Roots present = roots;
        if (present != null) {
            roots = new Roots(present.trees, present.mergeInputSeq, present.nr, clock.nanoTime());
            pages.dropOlder(Key.ZERO, Key.MAX, present.nr + 1);
        }
    }

    /** Has the next reader fetch new roots; the numbers go on. */
    private synchronized void expire(Roots outlived) {
        Roots present = roots;
        if (present != null && present.nr == outlived.nr) {
            roots = new Roots(outlived.trees, outlived.mergeInputSeq, outlived.nr, clock.nanoTime());
        }
    }
}
