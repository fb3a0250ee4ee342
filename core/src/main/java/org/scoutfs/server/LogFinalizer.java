package org.scoutfs.server;

import java.util.ArrayList;
import java.util.List;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.counter.Triggers;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.DataAllocZones;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.LogMergeRange;
import org.scoutfs.format.LogMergeStatus;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.Payloads;

/**
 * Decides when log trees get no more items, and starts a log merge when all trees of all mounts are final (spec 2 section 9.2).
 *
 * <p>A merge may only take in trees whose items are all older than whatever is written from then on: with one quiet mount's old item
 * left out, a deletion that was merged before it would be undone when it is merged later. Hence trees are not finalized one by one: as
 * soon as one is final all mounts follow at their next GET_LOG_TREES, and are asked to come by soon.
 *
 * <p>All methods: the volume's lock is kept, a commit is held.
 */
final class LogFinalizer {
    static final String TRIGGER_FORCE_FINALIZE = "log_merge_force_finalize_ours";
    static final String TRIGGER_SKIP_FINALIZE = "reclaim_skip_finalize";

    private static final System.Logger LOG = System.getLogger(LogFinalizer.class.getName());
    /** A tree that is taller is merged. */
    private static final int TALL = 2;

    /** What {@link #finalizeAndStart} came to. */
    enum Outcome {
        /** The caller goes on with the tree it has. */
        UNCHANGED,
        /** The caller's tree is final; it goes on with a new one. */
        FINALIZED,
        /** There is more to do in another commit. */
        AGAIN,
        /** Other mounts are still to finalize theirs. */
        WAIT
    }

    private record Survey(boolean sawFinalized, List<LogTrees> othersActive, List<LogTrees> orphans) {}

    private final ServerVolume volume;
    private final ServerItems items;
    private final LogTreesDrain drain;
    private final Peers peers;
    private final Triggers triggers;
    private final Counter mergeStart;
    private final Counter waitTimeout;
    private final Counter noFinalized;
    private final Counter reclaimedOpen;

    /** Mounts whose transaction is not younger than this were asked to commit it (race R51). Under the volume's lock. */
    private long syncSentSeq;

    LogFinalizer(ServerContext context, LogTreesDrain drain, Peers peers, Counters counters, Triggers triggers) {
        this.volume = context.volume();
        this.items = context.items();
        this.drain = drain;
        this.peers = peers;
        this.triggers = triggers;
        this.mergeStart = counters.get("log_merge_start");
        this.waitTimeout = counters.get("log_merge_wait_timeout");
        this.noFinalized = counters.get("log_merge_no_finalized");
        this.reclaimedOpen = counters.get("reclaimed_open_logs");
    }

    /**
     * Finalizes the caller's tree if it is time for that, and starts a merge if it was the last.
     *
     * @param ours the caller's last tree, with no open transaction
     * @param stored whether it is in the tree of log trees
     * @param late whether the caller has waited long enough for others
     */
    Outcome finalizeAndStart(LogTrees ours, boolean stored, boolean late) throws FsException {
        if (items.mergeStatus() != null) {
            return Outcome.UNCHANGED;
        }
        Survey survey = survey(ours.rid());
        if (!survey.orphans.isEmpty()) {
            LogTrees orphan = survey.orphans.getFirst();
            LOG.log(
                    System.Logger.Level.ERROR,
                    "reclaiming orphan log trees for rid {0} nr {1}",
                    "%016x".formatted(orphan.rid()),
                    Long.toUnsignedString(orphan.nr()));
            finalizeStep(orphan, true);
            return Outcome.AGAIN;
        }
        boolean want = stored
                && (ours.itemRoot().height() > TALL
                        || ours.metaAvail().isLow()
                        || triggers.fire(TRIGGER_FORCE_FINALIZE));
        if (!want && !survey.sawFinalized) {
            noFinalized.increment();
            return Outcome.UNCHANGED;
        }
        askToSync(survey.othersActive);
        if (stored && !finalizeStep(ours, false)) {
            return Outcome.AGAIN;
        }
        if (survey.othersActive.isEmpty()) {
            startMerge();
        } else if (!late) {
            return Outcome.WAIT;
        } else {
            waitTimeout.increment();
        }
        return stored ? Outcome.FINALIZED : Outcome.UNCHANGED;
    }

    /** One step of finalizing the open tree of a mount that is gone, fenced or after its farewell; whether it is done. */
    boolean reclaim(long rid) throws FsException {
        LogTrees last = items.lastLogTrees(rid);
        return last == null || last.isFinalized() || finalizeStep(last, true);
    }

    private boolean finalizeStep(LogTrees trees, boolean gone) throws FsException {
        items.logTrees.dirty(trees.key());
        LogTrees.Builder next = trees.toBuilder();
        boolean done = false;
        try {
            if (gone) {
                // What the mount did since its last commit is lost: all it refers to is in the lists that are taken
                // back.
                next.commitTransSeq(trees.getTransSeq()).dataAllocZoneBlocks(0).dataAllocZones(DataAllocZones.EMPTY);
            }
            done = drain.all(trees, next);
            if (done && !(gone && triggers.fire(TRIGGER_SKIP_FINALIZE))) {
                next.flags(trees.flags() | LogTrees.FLAG_FINALIZED).finalizeSeq(volume.nextSeq());
            }
        } finally {
            items.logTrees.update(trees.key(), next.build());
        }
        if (done && gone) {
            reclaimedOpen.increment();
        }
        return done;
    }

    private Survey survey(long rid) throws FsException {
        Survey survey = new Survey(false, new ArrayList<>(), new ArrayList<>());
        boolean sawFinalized = false;
        for (LogTrees last : items.lastLogTreesOfAll()) {
            if (last.isFinalized()) {
                sawFinalized = true;
            } else if (last.rid() != rid) {
                (items.isMounted(last.rid()) ? survey.othersActive : survey.orphans).add(last);
            }
        }
        return new Survey(sawFinalized, survey.othersActive, survey.orphans);
    }

    private void askToSync(List<LogTrees> active) throws FsException {
        for (LogTrees trees : active) {
            if (Long.compareUnsigned(trees.getTransSeq(), syncSentSeq) > 0) {
                try {
                    peers.request(trees.rid(), Command.SYNC_LOG_TREES, Payloads.EMPTY);
                } catch (FsException e) {
                    if (e.errno() != Errno.ENOTCONN) {
                        throw e;
                    }
                }
            }
        }
        if (!active.isEmpty()) {
            syncSentSeq = volume.seq();
        }
    }

    private void startMerge() throws FsException {
        // The range first: a range without a status is no merge, a status without ranges would end at once with nothing
        // merged.
        items.mergeRanges.put(Keys.mergeRange(Key.ZERO), LogMergeRange.ALL);
        items.insertMergeStatus(new LogMergeStatus(Key.ZERO, 0, 0, volume.nextSeq()));
        mergeStart.increment();
        LOG.log(System.Logger.Level.INFO, "log merge started");
    }
}
