package org.scoutfs.item;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.StaleCheck;
import org.scoutfs.btree.LeafRange;
import org.scoutfs.client.RootsService;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.error.StaleException;
import org.scoutfs.format.Key;
import org.scoutfs.format.Zones;
import org.scoutfs.format.wire.Roots;
import org.scoutfs.host.BlockingAware;
import org.scoutfs.host.HostClock;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockRange;

/**
 * The fs tree and all log trees read as one, spec 2 section 6. Only committed items are seen. Safe for all threads.
 *
 * <p>A reader may outlive its roots: whoever rewrites the trees may have reused the blocks. It then starts again from newer roots,
 * after a short pause; the same roots failing twice is corruption (EIO).
 */
public final class Forest {
    /** A writer that has just replaced a tree needs this long to publish the next one, at the least. */
    private static final long STALE_PAUSE_NANOS = 10_000_000;

    private final RootsService service;
    private final ForestTrees.Reader reader;
    private final HostClock clock;
    private final LongSupplier lastRefreshGeneration;
    private final Counter rootsRequests;

    /** The roots asked for last; see {@link #roots}. */
    private final AtomicReference<@Nullable Snapshot> latest = new AtomicReference<>();

    /**
     * @param generation locks whose readable period is not younger than this had been granted when the roots were asked for
     * @param barrier commits of this mount that had been cleaned when the roots were asked for
     */
    private record Snapshot(ForestTrees trees, long generation, long barrier) {}

    /**
     * @param service where roots come from
     * @param lastRefreshGeneration {@link org.scoutfs.lock.LockClient#lastRefreshGeneration}
     */
    public Forest(
            RootsService service,
            BlockCache blocks,
            HostClock clock,
            LongSupplier lastRefreshGeneration,
            Counters counters) {
        this.service = service;
        this.reader = new ForestTrees.Reader(blocks, counters);
        this.clock = clock;
        this.lastRefreshGeneration = lastRefreshGeneration;
        this.rootsRequests = counters.get("forest_get_roots");
    }

    /**
     * The least committed key at or after {@code key}, deletions included, read without locks: a hint where to look, null if there
     * is none. The caller locks the place and looks properly.
     */
    public @Nullable Key nextHint(Key key) throws FsException {
        StaleCheck check = new StaleCheck();
        for (; ; ) {
            ForestTrees trees = fetch();
            try {
                return trees.next(key);
            } catch (StaleException e) {
                retry(check, e, trees);
            }
        }
    }

    /**
     * The least key at or after {@code key} in the fs tree alone, null if there is none: for the orphan scan, which leaves items that
     * are still in log trees to those who are at work on them (spec 3 section 9.3).
     */
    public @Nullable Key nextInFsTree(Key key) throws FsException {
        StaleCheck check = new StaleCheck();
        for (; ; ) {
            ForestTrees trees = fetch();
            try {
                return trees.nextMerged(key);
            } catch (StaleException e) {
                retry(check, e, trees);
            }
        }
    }

    /**
     * What is committed around {@code key}, which {@code lock} covers: one leaf of each tree.
     *
     * @param barrier number of commits of this mount whose items were cleaned before the caller began
     */
    ReadItems read(Key key, ClusterLock lock, long barrier) throws FsException {
        LockRange range = lock.range();
        if (range.start().zone() == Zones.XATTR_TOTL) {
            throw new FsException(Errno.EINVAL, "totals are sums of deltas and are not read as items: " + key);
        }
        BlockingAware.beforeBlocking();
        StaleCheck check = new StaleCheck();
        ForestTrees trees = roots(lock.refreshGeneration(), barrier);
        for (; ; ) {
            try {
                return read(trees, key, range);
            } catch (StaleException e) {
                retry(check, e, trees);
                trees = refetch(barrier);
            }
        }
    }

    private static ReadItems read(ForestTrees trees, Key key, LockRange range) throws FsException {
        // Everything starts from empty at each attempt: old items must not mix with new ones (spec 3, R95).
        NewestItems newest = new NewestItems();
        LeafRange known = trees.readLeaves(key, range.start(), new LeafRange(range.start(), range.end()), newest);
        return newest.present(known);
    }

    /**
     * Roots that are new enough for a lock of this generation. While a lock stays readable nobody but this mount changes what it
     * covers, so roots that were asked for after the grant and after this mount's last commit do, however old they are.
     */
    private ForestTrees roots(long generation, long barrier) throws FsException {
        Snapshot known = latest.get();
        if (known != null && known.barrier == barrier && known.generation >= generation && generation != 0) {
            return known.trees;
        }
        return refetch(barrier);
    }

    private ForestTrees refetch(long barrier) throws FsException {
        long generation = lastRefreshGeneration.getAsLong();
        ForestTrees trees = fetch();
        latest.set(new Snapshot(trees, generation, barrier));
        return trees;
    }

    private ForestTrees fetch() throws FsException {
        rootsRequests.increment();
        BlockingAware.beforeBlocking();
        Roots roots = service.getRoots();
        return new ForestTrees(reader, roots.fsRoot(), roots.logsRoot());
    }

    private void retry(StaleCheck check, StaleException stale, ForestTrees trees) throws FsException {
        latest.set(null);
        check.check(stale, trees.fsRoot().ref(), trees.logsRoot().ref());
        try {
            clock.sleep(STALE_PAUSE_NANOS);
        } catch (InterruptedException e) {
            // The pause is shorter then; the interrupt is for whoever waits for something worth interrupting.
            Thread.currentThread().interrupt();
        }
    }
}
