package org.scoutfs.server;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.LogMergeComplete;
import org.scoutfs.format.LogMergeFreeing;
import org.scoutfs.format.LogMergeRange;
import org.scoutfs.format.LogMergeRequest;
import org.scoutfs.format.LogMergeStatus;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.MountedClient;
import org.scoutfs.format.Zones;

/**
 * The items of the server's own trees (spec 1 section 10), in the dirty state: under the volume's lock, changed under a commit hold.
 */
final class ServerItems {
    private static final Key STATUS_KEY = new Key(Zones.LOG_MERGE_STATUS, 0, 0, 0, 0, 0);

    final ItemTable<LogTrees> logTrees;
    final ItemTable<MountedClient> mountedClients;
    final ItemTable<LogMergeRange> mergeRanges;
    final ItemTable<LogMergeRequest> mergeRequests;
    final ItemTable<LogMergeComplete> mergeCompletes;
    final ItemTable<LogMergeFreeing> mergeFreeing;
    private final ItemTable<LogMergeStatus> mergeStatus;

    ServerItems(ServerVolume volume) {
        logTrees = new ItemTable<>(
                "logs_root", volume.logs, Zones.LOG_TREES, LogTrees.SIZE, LogTrees::read, LogTrees::write);
        mountedClients = new ItemTable<>(
                "mounted_clients",
                volume.mountedClients,
                Zones.MOUNTED_CLIENT,
                MountedClient.SIZE,
                MountedClient::read,
                MountedClient::write);
        mergeStatus = new ItemTable<>(
                "log_merge status",
                volume.logMerge,
                Zones.LOG_MERGE_STATUS,
                LogMergeStatus.SIZE,
                LogMergeStatus::read,
                LogMergeStatus::write);
        mergeRanges = new ItemTable<>(
                "log_merge range",
                volume.logMerge,
                Zones.LOG_MERGE_RANGE,
                LogMergeRange.SIZE,
                LogMergeRange::read,
                LogMergeRange::write);
        mergeRequests = new ItemTable<>(
                "log_merge request",
                volume.logMerge,
                Zones.LOG_MERGE_REQUEST,
                LogMergeRequest.SIZE,
                LogMergeRequest::read,
                LogMergeRequest::write);
        mergeCompletes = new ItemTable<>(
                "log_merge complete",
                volume.logMerge,
                Zones.LOG_MERGE_COMPLETE,
                LogMergeComplete.SIZE,
                LogMergeComplete::read,
                LogMergeComplete::write);
        mergeFreeing = new ItemTable<>(
                "log_merge freeing",
                volume.logMerge,
                Zones.LOG_MERGE_FREEING,
                LogMergeFreeing.SIZE,
                LogMergeFreeing::read,
                LogMergeFreeing::write);
    }

    /** The log tree of a mount with the greatest number, or null. */
    @Nullable
    LogTrees lastLogTrees(long rid) throws FsException {
        ItemTable.Entry<LogTrees> last = logTrees.prev(Keys.logTrees(rid, -1));
        return last == null || last.value().rid() != rid ? null : last.value();
    }

    /** The last log tree of each mount. */
    List<LogTrees> lastLogTreesOfAll() throws FsException {
        List<LogTrees> lasts = new ArrayList<>();
        long rid = -1;
        ItemTable.Entry<LogTrees> last;
        while ((last = logTrees.prev(Keys.logTrees(rid, -1))) != null) {
            lasts.add(last.value());
            rid = last.value().rid() - 1;
            if (rid == -1) {
                break;
            }
        }
        return lasts;
    }

    /** All log trees in key order. */
    List<LogTrees> allLogTrees() throws FsException {
        return all(logTrees);
    }

    /** Whether a mount is known. */
    boolean isMounted(long rid) throws FsException {
        return mountedClients.find(Keys.mountedClient(rid)) != null;
    }

    /**
     * Checks, in the same hold that gives a mount something, that it will be taken back: a handler of a mount that was fenced may run after
     * everything of it was reclaimed.
     *
     * @throws FsException ENOTCONN if the mount is not known
     */
    void requireMounted(long rid) throws FsException {
        if (!isMounted(rid)) {
            throw new FsException(Errno.ENOTCONN, "mount %016x is not mounted".formatted(rid));
        }
    }

    /** The state of the log merge; null if there is none. */
    @Nullable
    LogMergeStatus mergeStatus() throws FsException {
        return mergeStatus.find(STATUS_KEY);
    }

    /** Starts a merge. */
    void insertMergeStatus(LogMergeStatus status) throws FsException {
        mergeStatus.insert(STATUS_KEY, status);
    }

    /** Makes sure that a later update does not fail. */
    void dirtyMergeStatus() throws FsException {
        mergeStatus.dirty(STATUS_KEY);
    }

    void updateMergeStatus(LogMergeStatus status) throws FsException {
        mergeStatus.update(STATUS_KEY, status);
    }

    /** Ends a merge. */
    void deleteMergeStatus() throws FsException {
        mergeStatus.delete(STATUS_KEY);
    }

    /** The merge work that a mount was given, or null. */
    @Nullable
    LogMergeRequest mergeRequestOf(long rid) throws FsException {
        ItemTable.Entry<LogMergeRequest> next = mergeRequests.next(Keys.mergeRequest(rid, 0));
        return next == null || next.value().rid() != rid ? null : next.value();
    }

    /** The log trees that a merge with this seq takes in. */
    List<LogTrees> mergeInputs(long statusSeq) throws FsException {
        List<LogTrees> inputs = allLogTrees();
        inputs.removeIf(trees -> !isMergeInput(trees, statusSeq));
        return inputs;
    }

    private static boolean isMergeInput(LogTrees trees, long statusSeq) {
        return trees.isFinalized() && Long.compareUnsigned(trees.finalizeSeq(), statusSeq) < 0;
    }

    /** All items of a kind in key order. */
    static <T> List<T> all(ItemTable<T> table) throws FsException {
        List<T> values = new ArrayList<>();
        for (ItemTable.Entry<T> entry = table.first(); entry != null; entry = table.after(entry)) {
            values.add(entry.value());
        }
        return values;
    }
}
