package org.scoutfs.fs;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.Types;
import org.scoutfs.host.BlockingAware;
import org.scoutfs.item.ItemCache;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockMode;
import org.scoutfs.lock.LockRange;
import org.scoutfs.trans.LogTreeWriter;

/**
 * The locks and the transaction hold of one modifying operation, in the order of spec 4 section 1.2.
 *
 * <pre>
 * try (Modification m = new Modification(fs)) {
 *     m.lock(dir, file);              // cluster locks in WRITE, then mutexes, both ascending, then refresh; file may be new
 *     ... checks ...
 *     m.lockZone(LockRange.orphans()) // zone locks, if any
 *     m.expect(dir, false);           // which inodes will be updated, and whether their data seq moves
 *     m.hold(true);                   // index locks for the open transaction, then the hold
 *     ... item changes, m.update(...) ...
 * }                                   // all of it in reverse
 * </pre>
 *
 * <p>Whoever has a mutex has all group locks of its operation and waits for none of them. So what is let in while a group lock is being taken
 * away, because the revocation waits for it, never stands behind somebody who waits for that lock.
 *
 * <p>Long work repeats {@code hold} and {@link #release} in batches under the same group locks. Belongs to one thread.
 */
public final class Modification implements AutoCloseable {
    private static final int MAX_INODES = 4;
    private static final byte[] NO_VALUE = new byte[0];
    private static final long DATA_INDEX = 1L << 62;

    private enum Expectation {
        UPDATE,
        CREATE,
        DELETE
    }

    private final FsContext fs;
    private final ItemCache items;
    private final byte[] encoded;
    private final MemorySegment encodedSegment;

    private final Inode[] inodes = new Inode[MAX_INODES];
    private final @Nullable ClusterLock[] groups = new ClusterLock[MAX_INODES];
    private int inodeCount;
    private int mutexCount;
    private @Nullable ClusterLock rename;
    private final @Nullable ClusterLock[] zones = new ClusterLock[2];
    private int zoneCount;

    private final Inode[] expected = new Inode[MAX_INODES];
    private final boolean[] expectedDataSeq = new boolean[MAX_INODES];
    private final Expectation[] expectations = new Expectation[MAX_INODES];
    private int expectedCount;

    private final long[] indexIds = new long[4 * MAX_INODES];
    private final @Nullable ClusterLock[] indexLocks = new ClusterLock[4 * MAX_INODES];
    private int indexCount;
    private boolean held;
    private long seq;

    public Modification(FsContext fs) {
        this.fs = fs;
        this.items = fs.items();
        this.encoded = new byte[InodeItem.sizeFor(fs.options().formatVersion())];
        this.encodedSegment = MemorySegment.ofArray(encoded);
    }

    /**
     * Takes the group locks and the mutexes of up to four inodes, without duplicates, each refreshed.
     *
     * @throws FsException ENOENT if one of them does not exist; what was taken is given back by {@link #close}
     */
    public void lock(Inode... wanted) throws FsException {
        for (Inode inode : wanted) {
            insertSorted(inode);
        }
        lockAll(null);
    }

    /** What has to hold of the topology of directories before inodes are locked; runs under the rename lock. */
    @FunctionalInterface
    public interface TopologyCheck {
        void check() throws FsException;
    }

    /** As {@link #lock}, with the rename lock, and {@code check} between it and the group locks. */
    public void lockTopology(TopologyCheck check, Inode... wanted) throws FsException {
        rename = fs.locks().lock(LockRange.rename(), LockMode.WRITE);
        check.check();
        lock(wanted);
    }

    /** As {@link #lock}, where {@code created} is a number of its own that has no item yet. */
    public void lockWithNew(Inode created, Inode... wanted) throws FsException {
        for (Inode inode : wanted) {
            insertSorted(inode);
        }
        insertSorted(created);
        lockAll(created);
    }

    private void lockAll(@Nullable Inode created) throws FsException {
        for (int i = 0; i < inodeCount; i++) {
            groups[i] = fs.locks().lockInode(inodes[i].ino(), LockMode.WRITE);
        }
        while (mutexCount < inodeCount) {
            Inode inode = inodes[mutexCount];
            if (!inode.mutex.tryLock()) {
                BlockingAware.beforeBlocking();
                inode.mutex.lock();
            }
            mutexCount++;
        }
        // Not before: who had the mutex may have removed the inode.
        for (int i = 0; i < inodeCount; i++) {
            if (inodes[i] != created) {
                inodes[i].refresh(items, group(inodes[i]));
            }
        }
    }

    private void insertSorted(Inode inode) {
        int at = 0;
        while (at < inodeCount && Long.compareUnsigned(inodes[at].ino(), inode.ino()) < 0) {
            at++;
        }
        if (at < inodeCount && inodes[at] == inode) {
            return;
        }
        System.arraycopy(inodes, at, inodes, at + 1, inodeCount - at);
        inodes[at] = inode;
        inodeCount++;
    }

    /** The group lock of a locked inode. */
    public ClusterLock group(Inode inode) {
        for (int i = 0; i < inodeCount; i++) {
            ClusterLock group = groups[i];
            if (inodes[i] == inode && group != null) {
                return group;
            }
        }
        throw new IllegalStateException(inode + " is not locked by this operation");
    }

    /** A zone lock (orphans, totl, indx) in WRITE_ONLY, after the group locks and before {@link #hold}; at most two. */
    public ClusterLock lockZone(LockRange range) throws FsException {
        ClusterLock lock = fs.locks().lock(range, LockMode.WRITE_ONLY);
        zones[zoneCount++] = lock;
        return lock;
    }

    /** Gives a zone lock back before the end, outside of a hold. */
    public void unlockZone(LockRange range) {
        for (int i = 0; i < zoneCount; i++) {
            ClusterLock zone = zones[i];
            if (zone != null && zone.range().equals(range)) {
                zoneCount--;
                zones[i] = zones[zoneCount];
                zones[zoneCount] = null;
                zone.unlock(LockMode.WRITE_ONLY);
                return;
            }
        }
        throw new IllegalStateException("zone lock " + range + " is not held by this operation");
    }

    /** Announces that {@link #update} will be called for this inode under the next hold. */
    public void expect(Inode inode, boolean setDataSeq) {
        addExpected(inode, setDataSeq, Expectation.UPDATE);
    }

    /** Announces that {@link #create} will be called for this inode under the next hold. */
    public void expectNew(Inode inode) {
        addExpected(inode, true, Expectation.CREATE);
    }

    /** Announces that {@link #delete} will be called for this inode under the next hold. */
    public void expectDelete(Inode inode) {
        addExpected(inode, false, Expectation.DELETE);
    }

    private void addExpected(Inode inode, boolean setDataSeq, Expectation expectation) {
        for (int i = 0; i < expectedCount; i++) {
            if (expected[i] == inode) {
                expectedDataSeq[i] |= setDataSeq;
                expectations[i] = expectation;
                return;
            }
        }
        expected[expectedCount] = inode;
        expectedDataSeq[expectedCount] = setDataSeq;
        expectations[expectedCount] = expectation;
        expectedCount++;
    }

    /**
     * Takes the index locks that the expected updates need in the open transaction, and enters it. If the transaction changes in
     * between, the locks would not cover the new index keys: all is released and tried again (race R93).
     *
     * <p>The bloom bits of all locks taken so far are set here, so that no later change fails for them.
     *
     * @param allocating false for deletes and truncates, which work on a full volume
     * @throws FsException ENOSPC if allocating and metadata space is low
     */
    public void hold(boolean allocating) throws FsException {
        while (true) {
            long sampled = fs.transactions().transSeq();
            lockIndexes(sampled);
            fs.transactions().hold(allocating);
            held = true;
            if (fs.transactions().transSeq() == sampled) {
                seq = sampled;
                coverLocks();
                return;
            }
            release();
        }
    }

    /** Blind changes under these locks, and changes of items made dirty before, cannot fail from here on. */
    private void coverLocks() throws FsException {
        LogTreeWriter tree = fs.transactions().logTree();
        cover(tree, groups, inodeCount);
        cover(tree, zones, zoneCount);
        cover(tree, indexLocks, indexCount);
    }

    private static void cover(LogTreeWriter tree, @Nullable ClusterLock[] locks, int count) throws FsException {
        for (int i = 0; i < count; i++) {
            ClusterLock lock = locks[i];
            if (lock != null) {
                tree.coverRange(lock);
            }
        }
    }

    private void lockIndexes(long sampled) throws FsException {
        int count = 0;
        for (int i = 0; i < expectedCount; i++) {
            switch (expectations[i]) {
                case CREATE -> {
                    indexIds[count++] = sampled >>> 10;
                    indexIds[count++] = DATA_INDEX | sampled >>> 10;
                }
                case DELETE -> {
                    InodeItem image = expected[i].item();
                    indexIds[count++] = image.metaSeq() >>> 10;
                    indexIds[count++] = DATA_INDEX | image.dataSeq() >>> 10;
                }
                case UPDATE -> count = addMoved(count, expected[i].item(), expectedDataSeq[i], sampled);
            }
        }
        Arrays.sort(indexIds, 0, count);
        for (int i = 0; i < count; i++) {
            long id = indexIds[i];
            if (indexCount > 0 && indexIds[indexCount - 1] == id) {
                continue;
            }
            boolean data = (id & DATA_INDEX) != 0;
            indexLocks[indexCount] = fs.locks()
                    .lockIndex(data ? Types.DATA_SEQ : Types.META_SEQ, (id & ~DATA_INDEX) << 10, LockMode.WRITE_ONLY);
            indexIds[indexCount++] = id;
        }
    }

    private int addMoved(int count, InodeItem image, boolean setDataSeq, long sampled) {
        int next = count;
        if (image.metaSeq() != sampled) {
            indexIds[next++] = sampled >>> 10;
            indexIds[next++] = image.metaSeq() >>> 10;
        }
        if (setDataSeq && image.dataSeq() != sampled && Modes.isRegular(image.mode())) {
            indexIds[next++] = DATA_INDEX | sampled >>> 10;
            indexIds[next++] = DATA_INDEX | image.dataSeq() >>> 10;
        }
        return next;
    }

    private ClusterLock indexLock(boolean data, long indexSeq) {
        long id = (data ? DATA_INDEX : 0) | indexSeq >>> 10;
        for (int i = 0; i < indexCount; i++) {
            ClusterLock lock = indexLocks[i];
            if (indexIds[i] == id && lock != null) {
                return lock;
            }
        }
        throw new IllegalStateException("no index lock for seq " + indexSeq + ": the update was not expected");
    }

    /** Seq of the transaction held. */
    public long seq() {
        return seq;
    }

    /**
     * Stamps and writes a changed copy of a locked, expected inode, moves its index entries, and publishes it (update_inode of
     * spec 4 section 1.2).
     *
     * @param setDataSeq contents or size changed
     */
    public void update(Inode inode, InodeItem changed, boolean setDataSeq) throws FsException {
        ClusterLock group = group(inode);
        InodeItem image = inode.item();
        changed.setMetaSeq(seq);
        if (setDataSeq) {
            changed.setDataSeq(seq);
        }
        changed.write(encodedSegment, 0, encoded.length);
        items.update(inode.key(), encoded, group);
        if (image.metaSeq() != seq) {
            moveIndex(inode.ino(), false, image.metaSeq(), group);
        }
        if (setDataSeq && image.dataSeq() != seq && Modes.isRegular(image.mode())) {
            moveIndex(inode.ino(), true, image.dataSeq(), group);
        }
        inode.install(changed, group);
    }

    private void moveIndex(long ino, boolean data, long oldSeq, ClusterLock primary) throws FsException {
        int type = data ? Types.DATA_SEQ : Types.META_SEQ;
        items.createForce(Keys.inodeIndex(type, seq, ino), NO_VALUE, indexLock(data, seq), primary);
        items.deleteForce(Keys.inodeIndex(type, oldSeq, ino), indexLock(data, oldSeq), primary);
    }

    /** Writes the item and the index entries of a new inode and publishes it. */
    public void create(Inode inode, InodeItem item) throws FsException {
        ClusterLock group = group(inode);
        item.setMetaSeq(seq);
        item.setDataSeq(seq);
        item.write(encodedSegment, 0, encoded.length);
        items.create(inode.key(), encoded, group);
        createIndex(Keys.metaSeqIndex(seq, inode.ino()), false, group);
        if (Modes.isRegular(item.mode())) {
            createIndex(Keys.dataSeqIndex(seq, inode.ino()), true, group);
        }
        inode.install(item, group);
        fs.transactions().logTree().addInodeCount(1);
    }

    /** Takes back {@link #create} under the same hold. */
    public void undoCreate(Inode inode) throws FsException {
        delete(inode);
    }

    private void createIndex(Key key, boolean data, ClusterLock primary) throws FsException {
        items.createForce(key, NO_VALUE, indexLock(data, seq), primary);
    }

    /** Removes the item and the index entries of an inode; the last step of its deletion. */
    public void delete(Inode inode) throws FsException {
        ClusterLock group = group(inode);
        InodeItem image = inode.item();
        items.dirty(inode.key(), group);
        deleteIndex(Keys.metaSeqIndex(image.metaSeq(), inode.ino()), false, image.metaSeq(), group);
        if (Modes.isRegular(image.mode())) {
            deleteIndex(Keys.dataSeqIndex(image.dataSeq(), inode.ino()), true, image.dataSeq(), group);
        }
        items.delete(inode.key(), group);
        // Whoever waits for the mutex must not find the copy in memory.
        inode.uncover();
        fs.transactions().logTree().addInodeCount(-1);
    }

    private void deleteIndex(Key key, boolean data, long indexSeq, ClusterLock primary) throws FsException {
        items.deleteForce(key, indexLock(data, indexSeq), primary);
    }

    /** Leaves the transaction and gives the index locks back; the other locks stay. */
    public void release() {
        if (held) {
            held = false;
            fs.transactions().release();
        }
        while (indexCount > 0) {
            indexCount--;
            ClusterLock lock = indexLocks[indexCount];
            indexLocks[indexCount] = null;
            if (lock != null) {
                lock.unlock(LockMode.WRITE_ONLY);
            }
        }
    }

    /** Leaves the transaction and gives back all mutexes and cluster locks, so that the operation can wait and start again. */
    @Override
    public void close() {
        release();
        expectedCount = 0;
        while (zoneCount > 0) {
            zoneCount--;
            ClusterLock zone = zones[zoneCount];
            zones[zoneCount] = null;
            if (zone != null) {
                zone.unlock(LockMode.WRITE_ONLY);
            }
        }
        while (mutexCount > 0) {
            mutexCount--;
            inodes[mutexCount].mutex.unlock();
        }
        for (int i = inodeCount - 1; i >= 0; i--) {
            ClusterLock group = groups[i];
            groups[i] = null;
            if (group != null) {
                group.unlock(LockMode.WRITE);
            }
        }
        inodeCount = 0;
        ClusterLock topology = rename;
        rename = null;
        if (topology != null) {
            topology.unlock(LockMode.WRITE);
        }
    }

    /** Fails a change of a volume that is mounted read-only. */
    public static void checkWritable(FsContext fs) throws FsException {
        if (fs.options().readOnly()) {
            throw new FsException(Errno.EROFS);
        }
    }
}
