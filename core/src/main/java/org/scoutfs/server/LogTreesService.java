package org.scoutfs.server;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.scoutfs.alloc.AllocLevels;
import org.scoutfs.alloc.AllocatorList;
import org.scoutfs.alloc.DataZones;
import org.scoutfs.alloc.ExtentMove;
import org.scoutfs.alloc.ExtentTree;
import org.scoutfs.counter.Counters;
import org.scoutfs.counter.Triggers;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.DataAllocZones;
import org.scoutfs.format.Keys;
import org.scoutfs.format.LogTrees;
import org.scoutfs.host.HostClock;

/**
 * Opens and commits the transactions of mounts (spec 2 section 9.2, spec 3 sections 5.3 and 5.4).
 *
 * <p>Opening takes what the mount freed, fills what it may allocate from, and is the moment at which log trees are finalized and a
 * log merge is started ({@link LogFinalizer}). Committing stores what the mount made of its log tree. Any thread; calls of one mount
 * come one after the other.
 */
final class LogTreesService {
    private static final System.Logger LOG = System.getLogger(LogTreesService.class.getName());
    private static final long FIRST_DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long MAX_DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final ServerVolume volume;
    private final ServerItems items;
    private final ServerChanges changes;
    private final LogTreesDrain drain;
    private final LogFinalizer finalizer;
    private final SrchService srch;
    private final VolumeOptionsService options;
    private final HostClock clock;
    private final StopSignal stop;
    private final ServerOptions serverOptions;

    LogTreesService(
            ServerContext context,
            SrchService srch,
            VolumeOptionsService options,
            Peers peers,
            Counters counters,
            Triggers triggers) {
        this.volume = context.volume();
        this.items = context.items();
        this.changes = context.changes();
        this.clock = context.clock();
        this.stop = context.stop();
        this.serverOptions = context.options();
        this.srch = srch;
        this.options = options;
        this.drain = new LogTreesDrain(volume, srch);
        this.finalizer = new LogFinalizer(context, drain, peers, counters, triggers);
    }

    /** What one commit of opening a transaction came to. */
    private sealed interface Pass {
        /** The item to answer with. */
        record Ready(LogTrees trees, boolean resent) implements Pass {}

        /** Once more in the next commit. */
        record Again() implements Pass {}

        /** Once more when other mounts had time to finalize their trees. */
        record Wait() implements Pass {}
    }

    /**
     * Opens the next transaction of a mount. Its item is stable on return. May wait for other mounts to finalize their trees, up to
     * log_merge_wait_timeout, without holding anything up.
     *
     * @throws FsException EINVAL if the stored item is impossible; ENOSPC if the mount's lists cannot be filled; errors of commits
     */
    LogTrees get(long rid) throws FsException {
        long deadline = clock.nanoTime() + serverOptions.logMergeWaitNanos();
        long delay = FIRST_DELAY_NANOS;
        while (true) {
            Pass pass = changes.commitIf(() -> pass(rid, deadline), result -> !(result instanceof Pass.Wait));
            switch (pass) {
                case Pass.Ready(LogTrees trees, boolean resent) -> {
                    return resent ? trees : drainFreedData(trees);
                }
                case Pass.Again() -> {}
                case Pass.Wait() -> {
                    stop.sleep(Math.min(delay, deadline - clock.nanoTime()));
                    delay = Math.min(delay * 3 / 2, MAX_DELAY_NANOS);
                }
            }
        }
    }

    /**
     * Stores what a mount committed. A transaction that is committed already stays as it is (race R45).
     *
     * @throws FsException EIO if the item is not the mount's or not of its open transaction, ENOENT if there is none
     */
    void commit(long rid, LogTrees update) throws FsException {
        if (update.rid() != rid) {
            throw new FsException(
                    Errno.EIO, "mount %016x commits log trees of mount %016x".formatted(rid, update.rid()));
        }
        changes.commit(() -> {
            LogTrees stored = items.logTrees.find(update.key());
            if (stored == null) {
                throw new FsException(Errno.ENOENT, "no log trees item " + update.key());
            }
            if (stored.getTransSeq() != update.getTransSeq()) {
                throw new FsException(
                        Errno.EIO,
                        "mount %016x commits transaction %d, log tree %d is in %d"
                                .formatted(rid, update.getTransSeq(), stored.nr(), stored.getTransSeq()));
            }
            if (!stored.isCommitted()) {
                store(stored, update);
            }
            return true;
        });
    }

    /** One step of reclaiming the log trees of a mount that is gone; whether it is done. A commit is held. */
    boolean reclaim(long rid) throws FsException {
        return finalizer.reclaim(rid);
    }

    private void store(LogTrees stored, LogTrees update) throws FsException {
        items.logTrees.dirty(stored.key());
        LogTrees.Builder next = stored.toBuilder()
                .metaAvail(update.metaAvail())
                .metaFreed(update.metaFreed())
                .itemRoot(update.itemRoot())
                .bloomRef(update.bloomRef())
                .dataAvail(update.dataAvail())
                .dataFreed(update.dataFreed())
                .inodeCountDelta(update.inodeCountDelta())
                .maxItemSeq(update.maxItemSeq())
                .commitTransSeq(stored.getTransSeq());
        next.srchFile(srch.rotate(update.srchFile(), false));
        items.logTrees.update(stored.key(), next.build());
    }

    private Pass pass(long rid, long deadline) throws FsException {
        items.requireMounted(rid);
        LogTrees last = items.lastLogTrees(rid);
        boolean stored = last != null && !last.isFinalized();
        LogTrees trees = last != null && stored ? last : fresh(rid, last == null ? 0 : last.nr());
        if (Long.compareUnsigned(trees.getTransSeq(), trees.commitTransSeq()) < 0) {
            throw new FsException(
                    Errno.EINVAL,
                    "log trees item " + trees.key() + " has get_trans_seq " + trees.getTransSeq()
                            + " below commit_trans_seq " + trees.commitTransSeq());
        }
        if (!trees.isCommitted()) {
            return new Pass.Ready(trees, true);
        }
        switch (finalizer.finalizeAndStart(trees, stored, clock.nanoTime() - deadline >= 0)) {
            case UNCHANGED -> {}
            case FINALIZED -> {
                trees = fresh(rid, trees.nr());
                stored = false;
            }
            case AGAIN -> {
                return new Pass.Again();
            }
            case WAIT -> {
                return new Pass.Wait();
            }
        }
        return open(trees, stored);
    }

    private static LogTrees fresh(long rid, long previousNr) {
        return LogTrees.EMPTY.toBuilder().rid(rid).nr(previousNr + 1).build();
    }

    /** Fills the item's allocators and opens its transaction. The item is in the tree before anything is moved into or out of it. */
    private Pass open(LogTrees trees, boolean stored) throws FsException {
        if (stored) {
            items.logTrees.dirty(trees.key());
        } else {
            items.logTrees.insert(trees.key(), trees);
        }
        LogTrees.Builder next = trees.toBuilder();
        boolean filled;
        try {
            drain.takeFreedMeta(trees, next);
            boolean drained = drain.takeDataFreed(trees, next);
            boolean meta = fillMeta(trees, next);
            filled = fillData(trees, next, drained) && meta;
            if (filled) {
                next.getTransSeq(volume.nextSeq());
            }
        } finally {
            items.logTrees.update(trees.key(), next.build());
        }
        return filled ? new Pass.Ready(next.build(), false) : new Pass.Again();
    }

    /** Whether the list has what a mount must be able to count on. */
    private boolean fillMeta(LogTrees trees, LogTrees.Builder next) throws FsException {
        AllocatorList avail = new AllocatorList(trees.metaAvail());
        try {
            volume.fill(avail, AllocLevels.META_FILL_LOW, AllocLevels.META_FILL_TARGET);
            avail.setLow(volume.isMetaLow());
        } finally {
            next.metaAvail(avail.head());
        }
        return avail.head().firstNr() >= AllocLevels.META_FILL_LOW;
    }

    /** Whether data_avail is full enough, or cannot be filled better. */
    private boolean fillData(LogTrees trees, LogTrees.Builder next, boolean freedDrained) throws FsException {
        ExtentTree avail = volume.dataExtents(trees.dataAvail());
        boolean more = !freedDrained;
        try {
            if (avail.totalLen() < AllocLevels.DATA_FILL_LOW) {
                long zoneBlocks = options.current().dataAllocZoneBlocks();
                DataZones zones = zoneBlocks == 0
                        ? DataZones.NONE
                        : DataZones.of(zoneBlocks, volume.dirty().totalDataBlocks(), trees.rid(), items.allLogTrees());
                long wanted = AllocLevels.DATA_FILL_TARGET - avail.totalLen();
                more |= volume.lend(avail, wanted, zones, zoneBlocks) == ExtentMove.Result.IN_PROGRESS;
                next.dataAllocZoneBlocks(zoneBlocks)
                        .dataAllocZones(zoneBlocks == 0 ? DataAllocZones.EMPTY : DataZones.touched(avail, zoneBlocks));
            }
            avail.setLow(AllocLevels.isDataLow(avail.totalLen()));
        } finally {
            next.dataAvail(avail.root());
        }
        // LOW makes running out final for the mount: it must not come from work that was cut short.
        return !avail.isLow() || !more;
    }

    /**
     * Moves freed data extents that were too many for the commit that opened the transaction. An error is the answer then: it would
     * otherwise refer to blocks that were not written (race R48).
     */
    private LogTrees drainFreedData(LogTrees opened) throws FsException {
        LogTrees trees = opened;
        while (trees.dataFreed().totalLen() != 0) {
            LogTrees before = trees;
            Optional<LogTrees> after = changes.commitIf(() -> drainFreedDataStep(before), Optional::isPresent);
            if (after.isEmpty()) {
                LOG.log(System.Logger.Level.WARNING, "log trees item {0} changed while it was opened", before.key());
                return before;
            }
            trees = after.get();
        }
        return trees;
    }

    private Optional<LogTrees> drainFreedDataStep(LogTrees before) throws FsException {
        LogTrees now = items.logTrees.find(Keys.logTrees(before.rid(), before.nr()));
        if (now == null
                || now.getTransSeq() != before.getTransSeq()
                || now.commitTransSeq() != before.commitTransSeq()
                || now.flags() != before.flags()) {
            return Optional.empty();
        }
        items.logTrees.dirty(now.key());
        LogTrees.Builder next = now.toBuilder();
        try {
            drain.takeDataFreed(now, next);
        } finally {
            items.logTrees.update(now.key(), next.build());
        }
        return Optional.of(next.build());
    }
}
