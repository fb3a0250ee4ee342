package org.scoutfs.server;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.scoutfs.alloc.AllocatorList;
import org.scoutfs.btree.BtreeItem;
import org.scoutfs.btree.LeafRange;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.LogMergeComplete;
import org.scoutfs.format.LogMergeRange;
import org.scoutfs.format.LogMergeRequest;
import org.scoutfs.format.LogMergeStatus;
import org.scoutfs.format.LogTrees;

/**
 * Hands merge work out and takes it back (spec 2 sections 9.3 and 9.5): ranges become requests, requests become completions or ranges
 * again. Each transition removes one item and adds the next in one commit, so no key is ever lost or given out twice.
 *
 * <p>All methods: the volume's lock is kept, a commit is held.
 */
final class MergeRequests {
    /** Requests and completions that may be outstanding. */
    private static final int OUTSTANDING = LogMergeStatus.SPLICE_BATCH;

    private final ServerVolume volume;
    private final ServerItems items;

    MergeRequests(ServerContext context) {
        this.volume = context.volume();
        this.items = context.items();
    }

    /** What a mount that asks for work gets. */
    sealed interface Answer {
        /** This. */
        record Work(LogMergeRequest request) implements Answer {}

        /** Nothing before completions are spliced into fs_root. */
        record Splice() implements Answer {}

        /** Nothing now. */
        record Nothing() implements Answer {}
    }

    /** Finds work for a mount. A request that it was given before is given again: the answer never reached it (race R52). */
    Answer handOut(long rid) throws FsException {
        items.requireMounted(rid);
        LogMergeStatus status = items.mergeStatus();
        if (status == null) {
            return new Answer.Nothing();
        }
        LogMergeRequest given = items.mergeRequestOf(rid);
        if (given != null) {
            return new Answer.Work(given);
        }
        List<LogTrees> inputs = items.mergeInputs(status.seq());
        while (true) {
            LogMergeRange range = leastRange(status.nextRangeKey());
            if (isSpliceDue(status, range)) {
                return new Answer.Splice();
            }
            if (range == null || status.nrRequests() + status.nrComplete() >= OUTSTANDING) {
                return new Answer.Nothing();
            }
            Key first = firstInputKey(inputs, range);
            if (first != null) {
                return new Answer.Work(create(rid, status, range, first));
            }
            items.mergeRanges.delete(Keys.mergeRange(range.start()));
        }
    }

    /** Whether completions must be spliced now, before anything else happens in the merge. */
    boolean isSpliceDue() throws FsException {
        LogMergeStatus status = items.mergeStatus();
        return status != null && isSpliceDue(status, leastRange(status.nextRangeKey()));
    }

    private static boolean isSpliceDue(LogMergeStatus status, @Nullable LogMergeRange range) {
        return status.nrRequests() == 0
                && (range == null || Long.compareUnsigned(status.nrComplete(), LogMergeStatus.SPLICE_BATCH) >= 0);
    }

    /**
     * Takes a mount's result.
     *
     * @throws FsException ENOENT if the merge or the request is not known any more: expected when a completion is sent again
     */
    void complete(long rid, LogMergeComplete complete) throws FsException {
        LogMergeStatus status = items.mergeStatus();
        LogMergeRequest request = items.mergeRequests.find(Keys.mergeRequest(rid, complete.seq()));
        if (status == null || request == null) {
            throw new FsException(
                    Errno.ENOENT, "mount %016x completes unknown merge request %d".formatted(rid, complete.seq()));
        }
        if (complete.isError() || !fits(complete, request)) {
            putBack(status, request);
            return;
        }
        Key key = Keys.mergeRequest(rid, request.seq());
        items.dirtyMergeStatus();
        items.mergeRequests.dirty(key);
        items.mergeCompletes.insert(Keys.mergeComplete(complete.seq()), complete);
        items.mergeRequests.delete(key);
        items.updateMergeStatus(status.withCounts(status.nrRequests() - 1, status.nrComplete() + 1));
    }

    /** Takes everything back from a mount that is gone. */
    void cancel(long rid) throws FsException {
        LogMergeRequest request;
        while ((request = items.mergeRequestOf(rid)) != null) {
            LogMergeStatus status = items.mergeStatus();
            if (status == null) {
                throw new FsException(Errno.EIO, "merge request " + request.seq() + " exists without a merge");
            }
            putBack(status, request);
        }
    }

    /** The range with the least start at or after {@code from}; items are not in that order, their keys lack the zone (race R54). */
    private @Nullable LogMergeRange leastRange(Key from) throws FsException {
        LogMergeRange least = null;
        for (LogMergeRange range : ServerItems.all(items.mergeRanges)) {
            if (range.start().compareTo(from) >= 0
                    && (least == null || range.start().compareTo(least.start()) < 0)) {
                least = range;
            }
        }
        return least;
    }

    private @Nullable Key firstInputKey(List<LogTrees> inputs, LogMergeRange range) throws FsException {
        Key first = null;
        for (LogTrees input : inputs) {
            BtreeItem item = input.itemRoot().isEmpty() ? null : volume.reader.next(input.itemRoot(), range.start());
            if (item != null
                    && item.key().compareTo(range.end()) <= 0
                    && (first == null || item.key().compareTo(first) < 0)) {
                first = item.key();
            }
        }
        return first;
    }

    private LogMergeRequest create(long rid, LogMergeStatus status, LogMergeRange range, Key first) throws FsException {
        BtreeRoot fsRoot = volume.fs.root();
        LeafRange parent = volume.reader.parentRange(fsRoot, first);
        boolean subtree = fsRoot.height() > 2;
        LogMergeRequest request = new LogMergeRequest(
                AllocListHead.EMPTY,
                AllocListHead.EMPTY,
                volume.logs.root(),
                volume.reader.getParent(fsRoot, first),
                first,
                Key.min(range.end(), parent.end()),
                status.seq(),
                rid,
                volume.nextSeq(),
                subtree ? LogMergeRequest.FLAG_SUBTREE : 0);
        AllocatorList lent = new AllocatorList(AllocListHead.EMPTY);
        try {
            volume.fill(lent, LogMergeRequest.FILL_BLOCKS, LogMergeRequest.FILL_BLOCKS);
            if (lent.head().firstNr() < LogMergeRequest.FILL_BLOCKS) {
                throw new FsException(Errno.ENOSPC, "not enough free metadata to lend for a merge now");
            }
            request = request.withLists(lent.head(), AllocListHead.EMPTY);
            store(request, status, range, parent.end());
        } catch (FsException e) {
            volume.takeOver(lent);
            throw e;
        }
        return request;
    }

    /** All of it or nothing: what can fail comes first and is undone. */
    private void store(LogMergeRequest request, LogMergeStatus status, LogMergeRange range, Key parentEnd)
            throws FsException {
        Key rangeKey = Keys.mergeRange(range.start());
        Key requestKey = Keys.mergeRequest(request.rid(), request.seq());
        items.dirtyMergeStatus();
        items.mergeRanges.dirty(rangeKey);
        items.mergeRequests.insert(requestKey, request);
        if (range.end().compareTo(request.end()) > 0) {
            LogMergeRange rest = new LogMergeRange(request.end().increment(), range.end());
            try {
                items.mergeRanges.insert(Keys.mergeRange(rest.start()), rest);
            } catch (FsException e) {
                items.mergeRequests.delete(requestKey);
                throw e;
            }
        }
        items.mergeRanges.delete(rangeKey);
        // Past this parent: no second request for it before the first is spliced.
        items.updateMergeStatus(status.withNextRangeKey(parentEnd.equals(Key.MAX) ? Key.MAX : parentEnd.increment())
                .withCounts(status.nrRequests() + 1, status.nrComplete()));
    }

    /** The work of a request is still to be done: what the mount may have written is ignored, its blocks are free again. */
    private void putBack(LogMergeStatus status, LogMergeRequest request) throws FsException {
        Key key = Keys.mergeRequest(request.rid(), request.seq());
        LogMergeRange range = new LogMergeRange(request.start(), request.end());
        items.dirtyMergeStatus();
        items.mergeRequests.dirty(key);
        AllocatorList avail = new AllocatorList(request.metaAvail());
        AllocatorList freed = new AllocatorList(request.metaFreed());
        try {
            addRange(range);
            volume.takeOver(avail);
            volume.takeOver(freed);
        } catch (FsException e) {
            items.mergeRequests.update(key, request.withLists(avail.head(), freed.head()));
            throw e;
        }
        items.mergeRequests.delete(key);
        items.updateMergeStatus(status.withCounts(status.nrRequests() - 1, status.nrComplete()));
    }

    /**
     * Adds a range that is to be merged again; without effect if it is there already. Ranges whose starts differ only in their zone have one
     * key; parents' boundaries do not, so an item that is in the way is no range of this merge.
     */
    void addRange(LogMergeRange range) throws FsException {
        Key key = Keys.mergeRange(range.start());
        LogMergeRange present = items.mergeRanges.find(key);
        if (present == null) {
            items.mergeRanges.insert(key, range);
        } else if (!present.equals(range)) {
            throw new CorruptionException(
                    "log merge range item " + key + " has range " + present + ", " + range + " is to be added");
        }
    }

    /** Whether a result can be spliced where its request was cut out; one that cannot counts as failed. */
    private static boolean fits(LogMergeComplete complete, LogMergeRequest request) {
        boolean hasList = !complete.metaAvail().ref().isZero()
                || !complete.metaFreed().ref().isZero();
        boolean sameRange =
                complete.start().equals(request.start()) && complete.end().equals(request.end());
        boolean remainInside = !complete.hasRemain()
                || (complete.remain().compareTo(complete.start()) >= 0
                        && complete.remain().compareTo(complete.end()) <= 0);
        boolean height = !request.isSubtree() || complete.root().height() == 2;
        return hasList && sameRange && remainInside && height && complete.rid() == request.rid();
    }
}
