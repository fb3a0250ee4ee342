package org.scoutfs.server;

import java.util.Comparator;
import java.util.List;
import org.scoutfs.alloc.AllocatorList;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.LogMergeComplete;
import org.scoutfs.format.LogMergeFreeing;
import org.scoutfs.format.LogMergeRange;
import org.scoutfs.format.LogMergeRequest;
import org.scoutfs.format.LogMergeStatus;
import org.scoutfs.format.LogTrees;

/**
 * Merges finalized log trees into fs_root with the help of mounts (spec 2 section 9, spec 3 section 12).
 *
 * <p>fs_root changes only here, while no request is outstanding; so the parts of it that mounts work on stand still. Everything is in
 * items: a new server goes on where the old one stopped. Any thread.
 */
final class LogMergeService {
    private static final System.Logger LOG = System.getLogger(LogMergeService.class.getName());

    /** What one commit of splicing may use, with nobody else in it. */
    private static final ServerCommit.Room SPLICE_ROOM = new ServerCommit.Room(2500, 2500);

    /** Left of it when splicing goes on in another commit: more than one completion or range can need. */
    private static final int SPLICE_SPARE = 500;

    /** Trees whose teardown surely fits into one commit. */
    private static final int TEARDOWN_TREES = 6000;

    private final ServerVolume volume;
    private final ServerItems items;
    private final ServerChanges changes;
    private final MergeRequests requests;
    private final Runnable freeingWanted;
    private final Counter mergeComplete;

    /** @param freeingWanted called when merged trees are to be freed */
    LogMergeService(ServerContext context, Runnable freeingWanted, Counters counters) {
        this.volume = context.volume();
        this.items = context.items();
        this.changes = context.changes();
        this.requests = new MergeRequests(context);
        this.freeingWanted = freeingWanted;
        this.mergeComplete = counters.get("log_merge_complete");
    }

    private enum Progress {
        DONE,
        AGAIN,
        /** All ranges are merged: the trees can go. */
        MERGED
    }

    /**
     * Merge work for a mount. May take many commits, since completions are spliced here.
     *
     * @throws FsException ENOENT if there is nothing to do
     */
    LogMergeRequest get(long rid) throws FsException {
        while (true) {
            MergeRequests.Answer answer = changes.commitIf(
                    () -> requests.handOut(rid), result -> result instanceof MergeRequests.Answer.Work);
            switch (answer) {
                case MergeRequests.Answer.Work(LogMergeRequest request) -> {
                    return current(request);
                }
                case MergeRequests.Answer.Splice() -> splice();
                case MergeRequests.Answer.Nothing() -> throw new FsException(Errno.ENOENT, "no merge work");
            }
        }
    }

    /**
     * Takes a mount's finished work.
     *
     * @throws FsException ENOENT if the request is not known any more
     */
    void complete(long rid, LogMergeComplete complete) throws FsException {
        changes.commit(() -> {
            requests.complete(rid, complete);
            return true;
        });
    }

    /** Takes work back from a mount that is gone. A commit is held. */
    void cancel(long rid) throws FsException {
        requests.cancel(rid);
    }

    /**
     * The request with the newest logs_root, which has the inputs as long as the merge lasts. The stored one may be of a tree that has
     * changed in the same commit since, or be so old that its blocks are used again.
     */
    private LogMergeRequest current(LogMergeRequest request) {
        return new LogMergeRequest(
                request.metaAvail(),
                request.metaFreed(),
                volume.stable().logsRoot(),
                request.root(),
                request.start(),
                request.end(),
                request.inputSeq(),
                request.rid(),
                request.seq(),
                request.flags());
    }

    private void splice() throws FsException {
        Progress progress;
        do {
            progress = changes.commitAlone(SPLICE_ROOM, this::spliceStep);
        } while (progress == Progress.AGAIN);
        while (progress == Progress.MERGED) {
            progress = tearDown();
        }
    }

    /** One commit of splicing. Tells by the items how far it has come, and goes on from there. */
    private Progress spliceStep() throws FsException {
        if (!requests.isSpliceDue()) {
            return Progress.DONE;
        }
        ServerCommit.Room began = volume.room();
        // All parents are replaced before any is rebalanced: that moves boundaries, and keys would lead to the wrong
        // parent.
        for (LogMergeComplete complete : ServerItems.all(items.mergeCompletes)) {
            if (isSpliced(complete)) {
                continue;
            }
            if (isUsedUp(began)) {
                return Progress.AGAIN;
            }
            spliceOne(complete);
        }
        LogMergeStatus status = requireStatus();
        // No request before all is done, however many commits that takes (race R55).
        long blocked = Math.max(status.nrComplete(), LogMergeStatus.SPLICE_BATCH);
        items.updateMergeStatus(status.withCounts(0, blocked));
        for (LogMergeComplete complete : ServerItems.all(items.mergeCompletes)) {
            if (isUsedUp(began)) {
                return Progress.AGAIN;
            }
            finishOne(complete);
        }
        if (items.mergeRanges.first() == null) {
            return Progress.MERGED;
        }
        items.updateMergeStatus(status.withNextRangeKey(Key.ZERO).withCounts(0, 0));
        return Progress.DONE;
    }

    private static boolean isSpliced(LogMergeComplete complete) {
        return complete.metaAvail().ref().isZero() && complete.metaFreed().ref().isZero();
    }

    private boolean isUsedUp(ServerCommit.Room began) {
        ServerCommit.Room now = volume.room();
        long limit = SPLICE_ROOM.avail() - SPLICE_SPARE;
        return began.avail() - now.avail() > limit || began.freed() - now.freed() > limit;
    }

    private void spliceOne(LogMergeComplete complete) throws FsException {
        Key key = Keys.mergeComplete(complete.seq());
        items.mergeCompletes.dirty(key);
        volume.fs.setParent(complete.start(), complete.root());
        AllocatorList avail = new AllocatorList(complete.metaAvail());
        AllocatorList freed = new AllocatorList(complete.metaFreed());
        try {
            volume.takeOver(avail);
            volume.takeOver(freed);
        } finally {
            items.mergeCompletes.update(key, complete.withLists(spliced(avail), spliced(freed)));
        }
    }

    private static AllocListHead spliced(AllocatorList list) {
        return list.head().ref().isZero() ? AllocListHead.EMPTY : list.head();
    }

    private void finishOne(LogMergeComplete complete) throws FsException {
        Key key = Keys.mergeComplete(complete.seq());
        items.mergeCompletes.dirty(key);
        if (complete.hasRemain()) {
            volume.fs.rebalance(complete.start());
            requests.addRange(new LogMergeRange(complete.remain(), complete.end()));
        }
        items.mergeCompletes.delete(key);
    }

    /**
     * Removes the merged trees and the merge itself, in one commit with fresh lists: if some inputs were gone while others are left, a
     * reader could find an item in one of them that a deletion in another had overwritten (spec 2 section 9.6, weak spot 5). Only a number
     * of trees beyond what lists hold is taken in several, those finalized first before those that may overwrite them.
     */
    private Progress tearDown() throws FsException {
        int count = changes.look(() -> {
            LogMergeStatus status = items.mergeStatus();
            return status == null ? 0 : Math.min(items.mergeInputs(status.seq()).size(), TEARDOWN_TREES);
        });
        long treeBlocks = 200L + count / 10;
        ServerCommit.Room room = new ServerCommit.Room(treeBlocks, treeBlocks + count);
        Progress progress = changes.commitAlone(room, () -> tearDownStep(count));
        freeingWanted.run();
        return progress;
    }

    private Progress tearDownStep(int count) throws FsException {
        LogMergeStatus status = items.mergeStatus();
        if (status == null
                || status.nrRequests() != 0
                || items.mergeRanges.first() != null
                || items.mergeCompletes.first() != null) {
            return Progress.DONE;
        }
        List<LogTrees> inputs = items.mergeInputs(status.seq());
        if (inputs.size() > count) {
            LOG.log(System.Logger.Level.WARNING, "{0} merged log trees are removed in parts", inputs.size());
            inputs.sort(Comparator.comparingLong(LogTrees::finalizeSeq));
        }
        boolean all = inputs.size() <= count;
        for (LogTrees trees : all ? inputs : inputs.subList(0, count)) {
            remove(trees);
        }
        if (!all) {
            return Progress.MERGED;
        }
        items.deleteMergeStatus();
        mergeComplete.increment();
        LOG.log(System.Logger.Level.INFO, "log merge complete, {0} log trees", inputs.size());
        return Progress.DONE;
    }

    private void remove(LogTrees trees) throws FsException {
        items.logTrees.dirty(trees.key());
        BtreeRoot root = trees.itemRoot();
        if (!root.isEmpty()) {
            long seq = volume.nextSeq();
            items.mergeFreeing.insert(Keys.mergeFreeing(seq), new LogMergeFreeing(root, Key.ZERO, seq));
        }
        items.logTrees.delete(trees.key());
        volume.dirty().setInodeCount(volume.dirty().inodeCount() + trees.inodeCountDelta());
        if (!trees.bloomRef().isZero()) {
            volume.free(trees.bloomRef().blkno());
        }
    }

    private LogMergeStatus requireStatus() throws FsException {
        LogMergeStatus status = items.mergeStatus();
        if (status == null) {
            throw new FsException(Errno.EIO, "the log merge ended while it was spliced");
        }
        return status;
    }
}
