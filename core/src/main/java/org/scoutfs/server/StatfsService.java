package org.scoutfs.server;

import org.scoutfs.block.StaleCheck;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.FsException;
import org.scoutfs.error.StaleException;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.LogMergeComplete;
import org.scoutfs.format.LogMergeRequest;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.SrchCompact;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.format.Types;
import org.scoutfs.format.Zones;
import org.scoutfs.format.wire.Roots;
import org.scoutfs.format.wire.StatfsReply;

/**
 * Answers from the super block of the last completed commit, without any lock (spec 2 sections 11.1 to 11.3, spec 3 section 5.5). The
 * dirty state is never looked at: it refers to blocks that are not written. Any thread.
 */
final class StatfsService {
    private static final Key FIRST_LOG_TREES = new Key(Zones.LOG_TREES, 0, 0, 0, 0, 0);
    private static final Key LAST_LOG_TREES = new Key(Zones.LOG_TREES, -1, 255, -1, -1, 255);

    private final ServerVolume volume;
    private final BtreeReader reader;

    StatfsService(ServerContext context) {
        this.volume = context.volume();
        this.reader = volume.reader;
    }

    private interface Query<T> {
        T from(SuperBlock stable) throws FsException;
    }

    /** Where readers begin. */
    Roots roots() {
        SuperBlock stable = volume.stable();
        return new Roots(stable.fsRoot(), stable.logsRoot(), stable.srchRoot());
    }

    /** Space and inodes of the volume. */
    StatfsReply statfs() throws FsException {
        return retry(this::sum);
    }

    /**
     * The greatest transaction seq up to which everything is committed, in the stable super block: seqs it has given out, lowered to
     * before the oldest transaction that a mounted mount has open.
     */
    long lastSeq() throws FsException {
        return retry(this::lastSeq);
    }

    /** What is read may be overwritten meanwhile: then everything is done again from the newer super block (race R62). */
    private <T> T retry(Query<T> query) throws FsException {
        StaleCheck check = new StaleCheck();
        while (true) {
            SuperBlock stable = volume.stable();
            try {
                return query.from(stable);
            } catch (StaleException e) {
                check.check(e, stable.logsRoot().ref(), stable.srchRoot().ref());
            }
        }
    }

    private static final class Sums {
        long meta;
        long data;
        long inodes;

        void addLists(AllocListHead avail, AllocListHead freed) {
            meta += avail.totalNr() + freed.totalNr();
        }
    }

    private StatfsReply sum(SuperBlock stable) throws FsException {
        Sums sums = new Sums();
        sums.meta = stable.metaAlloc(0).totalLen() + stable.metaAlloc(1).totalLen();
        sums.data = stable.dataAlloc().totalLen();
        sums.inodes = stable.inodeCount();
        for (int i = 0; i < 2; i++) {
            sums.addLists(stable.serverMetaAvail(i), stable.serverMetaFreed(i));
        }
        forEachLogTrees(stable.logsRoot(), trees -> {
            sums.addLists(trees.metaAvail(), trees.metaFreed());
            sums.data += trees.dataAvail().totalLen() + trees.dataFreed().totalLen();
            sums.inodes += trees.inodeCountDelta();
        });
        addSrch(stable.srchRoot(), sums);
        addMerge(stable.logMerge(), sums);
        return new StatfsReply(
                stable.uuid(), sums.meta, stable.totalMetaBlocks(), sums.data, stable.totalDataBlocks(), sums.inodes);
    }

    private void addSrch(BtreeRoot root, Sums sums) throws FsException {
        Key first = Keys.srchPending(0);
        Key last = new Key(Zones.SRCH, 0, Types.SRCH_BUSY, -1, -1, 255);
        reader.forEach(root, first, last, (key, seq, flags, block, offset, length) -> {
            requireLength(key, length, SrchCompact.SIZE);
            SrchCompact compact = SrchCompact.read(block, offset);
            sums.addLists(compact.metaAvail(), compact.metaFreed());
            return true;
        });
    }

    private void addMerge(BtreeRoot root, Sums sums) throws FsException {
        Key first = new Key(Zones.LOG_MERGE_REQUEST, 0, 0, 0, 0, 0);
        Key last = new Key(Zones.LOG_MERGE_COMPLETE, -1, 255, -1, -1, 255);
        reader.forEach(root, first, last, (key, seq, flags, block, offset, length) -> {
            if (key.zone() == Zones.LOG_MERGE_REQUEST) {
                requireLength(key, length, LogMergeRequest.SIZE);
                LogMergeRequest request = LogMergeRequest.read(block, offset);
                sums.addLists(request.metaAvail(), request.metaFreed());
            } else {
                requireLength(key, length, LogMergeComplete.SIZE);
                LogMergeComplete complete = LogMergeComplete.read(block, offset);
                sums.addLists(complete.metaAvail(), complete.metaFreed());
            }
            return true;
        });
    }

    private long lastSeq(SuperBlock stable) throws FsException {
        long[] last = {stable.seq() - 1};
        LogTrees[] previous = new LogTrees[1];
        forEachLogTrees(stable.logsRoot(), trees -> {
            LogTrees newest = previous[0];
            if (newest != null && newest.rid() != trees.rid()) {
                last[0] = lower(last[0], newest, stable);
            }
            previous[0] = trees;
        });
        return previous[0] == null ? last[0] : lower(last[0], previous[0], stable);
    }

    /** {@code last} lowered for the newest log trees of a mount. */
    private long lower(long last, LogTrees newest, SuperBlock stable) throws FsException {
        boolean open = Long.compareUnsigned(newest.getTransSeq(), newest.commitTransSeq()) > 0;
        if (!open || Long.compareUnsigned(newest.getTransSeq(), last) > 0) {
            return last;
        }
        boolean mounted = reader.lookup(stable.mountedClients(), Keys.mountedClient(newest.rid())) != null;
        return mounted ? newest.getTransSeq() - 1 : last;
    }

    private interface LogTreesVisitor {
        void visit(LogTrees trees) throws FsException;
    }

    private void forEachLogTrees(BtreeRoot root, LogTreesVisitor visitor) throws FsException {
        reader.forEach(root, FIRST_LOG_TREES, LAST_LOG_TREES, (key, seq, flags, block, offset, length) -> {
            requireLength(key, length, LogTrees.SIZE);
            visitor.visit(LogTrees.read(block, offset));
            return true;
        });
    }

    private static void requireLength(Key key, int length, int expected) throws CorruptionException {
        if (length != expected) {
            throw new CorruptionException("item " + key + " has " + length + " bytes, expected " + expected);
        }
    }
}
