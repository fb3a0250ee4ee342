package org.scoutfs.srch;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.scoutfs.alloc.AllocatorList;
import org.scoutfs.btree.BtreeItem;
import org.scoutfs.btree.BtreeWriter;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.counter.Triggers;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.SrchBlock;
import org.scoutfs.format.SrchCompact;
import org.scoutfs.format.SrchCompactInput;
import org.scoutfs.format.SrchFile;
import org.scoutfs.format.Types;

/**
 * The server's side of srch files: what happens to the items of srch_root (spec 1 section 13.5, spec 2 sections 10.3 and 10.4).
 *
 * <pre>
 *   4 LOG or SORTED files -- begin --> BUSY -- commit, not done --> PENDING -- begin --> BUSY
 *                                       |  -- commit, error / cancel, as it was --> PENDING
 *                                       |  -- commit, done --> file of the output; PENDING with DELETE
 *                                       |  -- commit, done with DELETE --> nothing
 * </pre>
 *
 * <p>No state but the tree's. Each call belongs in one server commit, with the commit held and the srch mutex; one that fails has undone
 * its changes of items.
 */
public final class SrchCompactions {
    /** The next log file that is not empty is moved to srch_root whatever its size. */
    public static final String TRIGGER_FORCE_ROTATE = "srch_force_log_rotate";

    /** Exchanges the block lists of a compaction with the server; called inside the commit that changes its item. */
    @FunctionalInterface
    public interface ListExchange {
        /** Changes the lists. What they are when this returns or throws is stored. */
        void exchange(AllocatorList avail, AllocatorList freed) throws FsException;
    }

    private final Triggers triggers;
    private final Counter rotations;

    public SrchCompactions(Counters counters, Triggers triggers) {
        this.triggers = triggers;
        this.rotations = counters.get("srch_rotate_log");
    }

    /**
     * Moves a mount's srch log to an item of its own if it has grown enough, or if {@code force} and it has anything.
     *
     * @return what to store as the mount's srch_file: nothing, or the log as it was
     */
    public SrchFile rotate(BtreeWriter srchRoot, SrchFile log, boolean force) throws FsException {
        if (log.isEmpty()) {
            return log;
        }
        if (!force && log.blocks() < SrchBlock.LOG_ROTATE_BLOCKS && !triggers.fire(TRIGGER_FORCE_ROTATE)) {
            return log;
        }
        try {
            srchRoot.insert(SrchItems.logKey(log), SrchItems.value(log));
            rotations.increment();
        } catch (FsException e) {
            // The same file is there from an attempt whose answer was lost.
            if (e.errno() != Errno.EEXIST) {
                throw e;
            }
        }
        return SrchFile.EMPTY;
    }

    /**
     * Gives a compaction to a mount: the one it has already, whose answer was lost; else a pending one; else a new one of four log files or
     * four sorted files of one size class.
     *
     * @param refill fills the first list for the work and takes what is in the second; the item is stored also when it fails
     * @return null if there is nothing to do
     */
    public @Nullable SrchCompact begin(BtreeWriter srchRoot, long rid, ListExchange refill) throws FsException {
        SrchCompact compact = assigned(srchRoot, rid);
        if (compact == null) {
            compact = assign(srchRoot, rid);
        }
        return compact == null ? null : exchange(srchRoot, Keys.srchBusy(rid, compact.id()), compact, refill);
    }

    /**
     * Takes the result of a round.
     *
     * @param release takes back both lists of a compaction that is finished
     * @throws FsException ENOENT if the mount does not have this compaction: the answer to an earlier message was lost; EINVAL if the
     *     result is not one of it
     */
    public void commit(BtreeWriter srchRoot, long rid, SrchCompact result, ListExchange release) throws FsException {
        Key busy = Keys.srchBusy(rid, result.id());
        BtreeItem item = srchRoot.lookup(busy);
        if (item == null) {
            throw new FsException(Errno.ENOENT);
        }
        SrchCompact stored = SrchItems.compact(item);
        Key pending = Keys.srchPending(stored.id());
        if (result.has(SrchCompact.FLAG_ERROR)) {
            TreeSteps.run(srchRoot, steps -> move(steps, busy, pending, stored));
            return;
        }
        check(stored, result);
        SrchCompact next = result.withFlags(stored.flags());
        if (!result.has(SrchCompact.FLAG_DONE)) {
            TreeSteps.run(srchRoot, steps -> move(steps, busy, pending, next));
        } else if (!stored.has(SrchCompact.FLAG_DELETE)) {
            TreeSteps.run(srchRoot, steps -> {
                replaceFiles(steps, stored, result.out());
                move(steps, busy, pending, deleting(next));
            });
        } else {
            // First nobody's: if releasing stops half-way, the rest is in an item that a repeated message does not
            // find.
            TreeSteps.run(srchRoot, steps -> move(steps, busy, pending, next));
            exchange(srchRoot, pending, next, release);
            srchRoot.delete(pending);
        }
    }

    /**
     * Makes the compactions of a mount that is gone pending, as they were before its last round. Repeatable.
     *
     * @return how many
     */
    public int cancel(BtreeWriter srchRoot, long rid) throws FsException {
        int cancelled = 0;
        for (SrchCompact compact; (compact = assigned(srchRoot, rid)) != null; cancelled++) {
            SrchCompact stored = compact;
            TreeSteps.run(
                    srchRoot,
                    steps -> move(steps, Keys.srchBusy(rid, stored.id()), Keys.srchPending(stored.id()), stored));
        }
        return cancelled;
    }

    private static @Nullable SrchCompact assigned(BtreeWriter srchRoot, long rid) throws FsException {
        BtreeItem item = srchRoot.next(Keys.srchBusy(rid, 0));
        return item != null
                        && SrchItems.isOfType(item, Types.SRCH_BUSY)
                        && item.key().second() == rid
                ? SrchItems.compact(item)
                : null;
    }

    private @Nullable SrchCompact assign(BtreeWriter srchRoot, long rid) throws FsException {
        BtreeItem item = srchRoot.next(Keys.srchPending(0));
        if (item != null && SrchItems.isOfType(item, Types.SRCH_PENDING)) {
            SrchCompact compact = SrchItems.compact(item);
            Key pending = item.key();
            TreeSteps.run(srchRoot, steps -> move(steps, pending, Keys.srchBusy(rid, compact.id()), compact));
            return compact;
        }
        SrchCompact compact = choose(srchRoot);
        if (compact != null) {
            srchRoot.insert(Keys.srchBusy(rid, compact.id()), SrchItems.value(compact));
        }
        return compact;
    }

    /** Four files that no compaction works on. There are no pending ones now. */
    private static @Nullable SrchCompact choose(BtreeWriter srchRoot) throws FsException {
        Set<Long> taken = takenRoots(srchRoot);
        List<SrchFile> files = new ArrayList<>(SrchCompact.MAX_INPUTS);
        BtreeItem item = srchRoot.next(Keys.srchLog(0));
        while (item != null && SrchItems.isOfType(item, Types.SRCH_LOG)) {
            SrchFile file = SrchItems.file(item);
            if (!taken.contains(file.ref().blkno())) {
                files.add(file);
                if (files.size() == SrchCompact.MAX_INPUTS) {
                    return compactionOf(files, SrchCompact.FLAG_LOG);
                }
            }
            item = srchRoot.next(item.key().increment());
        }
        files.clear();
        item = srchRoot.next(Keys.srchSorted(0, 0));
        while (item != null && SrchItems.isOfType(item, Types.SRCH_SORTED)) {
            SrchFile file = SrchItems.file(item);
            if (!taken.contains(file.ref().blkno())) {
                if (!files.isEmpty() && sizeClass(files.getFirst()) != sizeClass(file)) {
                    files.clear();
                }
                files.add(file);
                if (files.size() == SrchCompact.MAX_INPUTS) {
                    return compactionOf(files, SrchCompact.FLAG_SORTED);
                }
            }
            item = srchRoot.next(item.key().increment());
        }
        return null;
    }

    /**
     * Root block numbers of all inputs of busy compactions, and their ids: a file that reuses the root number of an input already freed
     * would otherwise give its number as id to a second compaction.
     */
    private static Set<Long> takenRoots(BtreeWriter srchRoot) throws FsException {
        Set<Long> taken = new HashSet<>();
        BtreeItem item = srchRoot.next(Keys.srchBusy(0, 0));
        while (item != null && SrchItems.isOfType(item, Types.SRCH_BUSY)) {
            SrchCompact compact = SrchItems.compact(item);
            taken.add(compact.id());
            for (SrchCompactInput input : compact.in().subList(0, compact.nr())) {
                taken.add(input.file().ref().blkno());
            }
            item = srchRoot.next(item.key().increment());
        }
        return taken;
    }

    /** Powers of four: 1 | 2-7 | 8-31 | 32-127 ... */
    static int sizeClass(SrchFile file) {
        return (Long.SIZE - Long.numberOfLeadingZeros(file.blocks())) / 2;
    }

    private static SrchCompact compactionOf(List<SrchFile> files, int flags) {
        return new SrchCompact(
                AllocListHead.EMPTY,
                AllocListHead.EMPTY,
                files.getFirst().ref().blkno(),
                files.size(),
                flags,
                SrchFile.EMPTY,
                files.stream().map(file -> new SrchCompactInput(file, 0, 0)).toList());
    }

    private static SrchCompact deleting(SrchCompact finished) {
        return finished.withIn(
                        finished.in().stream().map(input -> input.at(0, 0)).toList())
                .withFlags(SrchCompact.FLAG_DELETE);
    }

    private static void replaceFiles(TreeSteps steps, SrchCompact stored, SrchFile out) throws FsException {
        if (!out.isEmpty()) {
            steps.insert(SrchItems.sortedKey(out), SrchItems.value(out));
        }
        boolean logs = stored.has(SrchCompact.FLAG_LOG);
        for (SrchCompactInput input : stored.in().subList(0, stored.nr())) {
            steps.delete(logs ? SrchItems.logKey(input.file()) : SrchItems.sortedKey(input.file()));
        }
    }

    private static void move(TreeSteps steps, Key from, Key to, SrchCompact contents) throws FsException {
        steps.insert(to, SrchItems.value(contents));
        steps.delete(from);
    }

    private static void check(SrchCompact stored, SrchCompact result) throws FsException {
        int kind = SrchCompact.FLAG_LOG | SrchCompact.FLAG_SORTED | SrchCompact.FLAG_DELETE;
        boolean same = result.nr() == stored.nr() && (result.flags() & kind) == stored.flags();
        for (int i = 0; same && i < stored.nr(); i++) {
            same = result.in()
                    .get(i)
                    .file()
                    .ref()
                    .equals(stored.in().get(i).file().ref());
        }
        if (!same) {
            throw new FsException(
                    Errno.EINVAL,
                    "the result of srch compaction " + Long.toUnsignedString(stored.id()) + " is of other work");
        }
    }

    private static SrchCompact exchange(BtreeWriter srchRoot, Key key, SrchCompact compact, ListExchange lists)
            throws FsException {
        AllocatorList avail = new AllocatorList(compact.metaAvail());
        AllocatorList freed = new AllocatorList(compact.metaFreed());
        // Dirty, so that storing it afterwards does not fail.
        srchRoot.dirty(key);
        try {
            lists.exchange(avail, freed);
        } catch (FsException | RuntimeException e) {
            try {
                srchRoot.update(key, SrchItems.value(compact.withLists(avail.head(), freed.head())));
            } catch (FsException lost) {
                e.addSuppressed(lost);
            }
            throw e;
        }
        SrchCompact exchanged = compact.withLists(avail.head(), freed.head());
        srchRoot.update(key, SrchItems.value(exchanged));
        return exchanged;
    }
}
