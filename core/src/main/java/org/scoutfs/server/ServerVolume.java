package org.scoutfs.server;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.scoutfs.alloc.AllocLevels;
import org.scoutfs.alloc.AllocLists;
import org.scoutfs.alloc.AllocatorList;
import org.scoutfs.alloc.DataZones;
import org.scoutfs.alloc.Extent;
import org.scoutfs.alloc.ExtentMove;
import org.scoutfs.alloc.ExtentTree;
import org.scoutfs.alloc.ListAllocator;
import org.scoutfs.block.BlockAllocator;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.BlockWriter;
import org.scoutfs.block.SuperBlockFile;
import org.scoutfs.btree.BtreeFreer;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.btree.BtreeWriter;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.counter.Triggers;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocExtentRoot;
import org.scoutfs.format.AllocListBlock;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.SuperBlock;

/**
 * The volume as the leading server changes it: the dirty super block with its trees, the block lists, and how they become the next
 * stable super block (spec 2 sections 4.5, 4.6 and 11.4).
 *
 * <p>There are two views. The <em>stable</em> super block is the one on the device; it may be read at any time and never shows a block
 * that was not written. Everything else here is the <em>dirty</em> state: changed under a commit hold and {@link #lock}, read under
 * {@link #lock}.
 *
 * <p><b>Double buffering.</b> The server allocates from the active pair of lists and changes only the idle pair, which becomes the active
 * one when the super block is written. Numbers freed by others are put into the idle freed list. Extents are allocated from one metadata
 * root and freed to the other; the two swap seldom. So no number that is freed in a commit can be allocated in it.
 */
final class ServerVolume implements ServerCommit.Target {
    private static final System.Logger LOG = System.getLogger(ServerVolume.class.getName());

    /** Makes the next commit fill both freed lists up, with blocks that are free (spec 2 section 13). */
    static final String TRIGGER_FILL_FREED = "alloc_fill_freed_list";

    private static final int FREED_ROOM_LEFT = 8;

    /**
     * Guards the dirty state. One lock for all trees: requests change few blocks and rarely wait for the device under it. Taken after a
     * commit hold, never before one, and never kept across the end of one.
     */
    final ReentrantLock lock = new ReentrantLock();

    final BtreeReader reader;
    final BtreeFreer freer;
    final BtreeWriter fs;
    final BtreeWriter logs;
    final BtreeWriter logMerge;
    final BtreeWriter mountedClients;
    final BtreeWriter srch;

    private final BlockCache cache;
    private final SuperBlockFile superFile;
    private final Counters counters;
    private final Counter freedFilled;
    private final Triggers triggers;
    private final BlockWriter writer = new BlockWriter();
    private final BlockAllocator current = new Current();
    private final AtomicLong seq;
    private volatile int connectedMounts;

    private final SuperBlock dirty;
    private final ExtentTree[] metaAlloc = new ExtentTree[2];
    private ExtentTree dataAlloc;
    /** Which of the metadata roots is allocated from; the other takes what is freed. */
    private int availRoot;
    /** Which pair of lists the present commit allocates from and frees to. */
    private int activeLists;

    private ListAllocator active;
    private AllocLists lists;
    private AllocatorList idleAvail;
    private AllocatorList idleFreed;

    private volatile SuperBlock stable;

    /** @param initial as read from the device after all earlier leaders were fenced; becomes the stable one */
    ServerVolume(BlockCache cache, SuperBlockFile superFile, SuperBlock initial, Counters counters, Triggers triggers) {
        this.cache = cache;
        this.superFile = superFile;
        this.counters = counters;
        this.freedFilled = counters.get("alloc_freed_fill");
        this.triggers = triggers;
        this.dirty = initial.copy();
        this.stable = initial;
        this.seq = new AtomicLong(initial.seq());
        this.reader = new BtreeReader(cache);
        this.freer = new BtreeFreer(cache, current);
        this.fs = tree(initial.fsRoot());
        this.logs = tree(initial.logsRoot());
        this.logMerge = tree(initial.logMerge());
        this.mountedClients = tree(initial.mountedClients());
        this.srch = tree(initial.srchRoot());
        this.dataAlloc = extents(initial.dataAlloc(), Extent.Range.data(initial.totalDataBlocks()));
        for (int i = 0; i < metaAlloc.length; i++) {
            metaAlloc[i] = extents(initial.metaAlloc(i), Extent.Range.meta(initial.totalMetaBlocks()));
        }
        this.availRoot = Long.compareUnsigned(metaAlloc[0].totalLen(), metaAlloc[1].totalLen()) >= 0 ? 0 : 1;
        this.activeLists = Long.compareUnsigned(
                                initial.serverMetaAvail(0).totalNr(),
                                initial.serverMetaAvail(1).totalNr())
                        >= 0
                ? 0
                : 1;
        this.active = new ListAllocator(
                cache, writer, counters, initial.serverMetaAvail(activeLists), initial.serverMetaFreed(activeLists));
        this.lists = new AllocLists(cache, writer, active);
        this.idleAvail = new AllocatorList(initial.serverMetaAvail(1 - activeLists));
        this.idleFreed = new AllocatorList(initial.serverMetaFreed(1 - activeLists));
    }

    /** The super block of the last completed commit; never changed. */
    SuperBlock stable() {
        return stable;
    }

    /** Fields of the dirty super block that are no trees or lists. */
    SuperBlock dirty() {
        return dirty;
    }

    /** The next number of the volume's sequence; it is in the super block from the next commit on. Any thread. */
    long nextSeq() {
        return seq.incrementAndGet();
    }

    /** The sequence now. Any thread. */
    long seq() {
        return seq.get();
    }

    /** Numbers up to {@code used} are in use (race R64). Any thread. */
    void raiseSeq(long used) {
        seq.accumulateAndGet(used, (a, b) -> Long.compareUnsigned(a, b) >= 0 ? a : b);
    }

    /** Sets the number of mounts that space is kept for. Any thread. */
    void setConnectedMounts(int mounts) {
        connectedMounts = mounts;
    }

    /** A view of free data extents that a mount has, to be changed with the server's blocks. */
    ExtentTree dataExtents(AllocExtentRoot root) {
        return extents(root, Extent.Range.data(dirty.totalDataBlocks()));
    }

    /** Free data extents that are not lent to a mount. */
    ExtentTree dataAlloc() {
        return dataAlloc;
    }

    /**
     * Adds what the devices have grown by. Both totals change or, after an error, none.
     *
     * @param totalMetaBlocks at least the present one
     * @param totalDataBlocks at least the present one
     */
    void grow(long totalMetaBlocks, long totalDataBlocks) throws FsException {
        long oldMeta = dirty.totalMetaBlocks();
        long oldData = dirty.totalDataBlocks();
        setRanges(totalMetaBlocks, totalDataBlocks);
        try {
            if (totalMetaBlocks > oldMeta) {
                metaAvail().insert(oldMeta, totalMetaBlocks - oldMeta);
            }
            try {
                if (totalDataBlocks > oldData) {
                    dataAlloc.insert(oldData, totalDataBlocks - oldData);
                }
            } catch (FsException e) {
                if (totalMetaBlocks > oldMeta) {
                    metaAvail().remove(oldMeta, totalMetaBlocks - oldMeta);
                }
                throw e;
            }
        } catch (FsException e) {
            setRanges(oldMeta, oldData);
            throw e;
        }
        dirty.setTotalMetaBlocks(totalMetaBlocks);
        dirty.setTotalDataBlocks(totalDataBlocks);
        cache.setTotalMetaBlocks(totalMetaBlocks);
    }

    /**
     * Whether what metadata is left is kept for deletions and the system itself (spec 2 section 4.8).
     *
     * <p>Both roots count, not only the one that is allocated from: each transaction moves a list's worth from it to the other, so on a
     * volume with less than twice the reserve they end up alike, both below the reserve, and whatever is deleted would not help. The larger one
     * becomes the one to allocate from after each commit, and half the reserve lasts for a commit that fills all lists. What mounts have given
     * back in this commit is in the list that the commit empties into a root.
     */
    boolean isMetaLow() {
        long free = metaAlloc[0].totalLen()
                + metaAlloc[1].totalLen()
                + idleFreed.head().totalNr();
        return AllocLevels.isMetaLow(free, connectedMounts);
    }

    /**
     * Fills a list of a mount. It may get less than {@code low}: then a hold's room was used up, or what is left is in the metadata root
     * that becomes the one to allocate from with the next commit. The caller tries again after it.
     *
     * @throws FsException ENOSPC if there is not enough free metadata
     */
    void fill(AllocatorList list, int low, int target) throws FsException {
        try {
            lists.fillList(list, metaAvail(), low, target);
        } catch (FsException e) {
            if (e.errno() != Errno.ENOSPC || !rootsWillSwap()) {
                throw e;
            }
        }
    }

    /** Takes a list of a mount over: its numbers become free after this commit. */
    void takeOver(AllocatorList list) throws FsException {
        lists.spliceList(idleFreed, list);
    }

    /** As {@link #takeOver(AllocatorList)}, for a list that is stored nowhere any more if this succeeds. */
    void takeOver(AllocListHead head) throws FsException {
        takeOver(new AllocatorList(head));
    }

    /** Frees one block that nothing refers to any more. */
    void free(long blkno) throws FsException {
        active.free(blkno);
    }

    /** Moves all free data extents, within the budget of one move (spec 2 section 4.9). */
    ExtentMove.Result moveAll(ExtentTree from, ExtentTree to) throws FsException {
        return new ExtentMove(active, counters).moveAll(from, to, AllocLevels.MOVE_BUDGET);
    }

    /** Moves {@code blocks} free data blocks to a mount, within the budget of one move. */
    ExtentMove.Result lend(ExtentTree to, long blocks, DataZones zones, long zoneBlocks) throws FsException {
        return new ExtentMove(active, counters)
                .moveFromZones(dataAlloc, to, blocks, zones, zoneBlocks, AllocLevels.MOVE_BUDGET);
    }

    @Override
    public ServerCommit.Room room() {
        ListAllocator.Remaining remaining = active.remaining();
        return new ServerCommit.Room(remaining.avail(), remaining.freedRoom());
    }

    /**
     * Writes the dirty state and makes it the stable one. Called when nobody holds a commit. An error leaves the device with the old
     * super block or the new one and everything here as it was, apart from what moved between free lists.
     */
    @Override
    public void write() throws FsException {
        lock.lock();
        try {
            refillIdleAvail();
            lists.emptyList(metaAlloc[1 - availRoot], idleFreed);
            if (triggers.fire(TRIGGER_FILL_FREED)) {
                fillFreedLists();
            }
            active.prepareCommit();
            cache.writeAll(writer);
            SuperBlock next = nextSuper();
            // Its blocks were flushed with the others, those of mounts before they were sent.
            superFile.writeOverStable(next);
            dirty.setHeader(next.header());
            stable = next;
            swap();
        } finally {
            // Also after an error: the held list blocks would leak, and the next use takes them up again.
            active.prepareCommit();
            lock.unlock();
        }
    }

    /** Drops what was not written. Nobody holds or commits any more. */
    void forget() {
        lock.lock();
        try {
            active.prepareCommit();
            cache.forgetAll(writer);
        } finally {
            lock.unlock();
        }
    }

    private void refillIdleAvail() throws FsException {
        try {
            fill(idleAvail, AllocLevels.META_FILL_LOW, AllocLevels.META_FILL_TARGET);
        } catch (FsException e) {
            // The last blocks of a full volume: commits go on as long as the list carries them, so that deletions can.
            if (e.errno() != Errno.ENOSPC || idleAvail.head().firstNr() < 2 * ServerCommit.HOLD_BLOCKS) {
                throw e;
            }
            LOG.log(System.Logger.Level.WARNING, "free metadata is used up: {0}", idleAvail.head());
        }
    }

    private boolean rootsWillSwap() {
        return AllocLevels.shouldSwapMetaRoots(
                metaAlloc[availRoot].totalLen(), metaAlloc[1 - availRoot].totalLen(), connectedMounts);
    }

    /** Fills both freed lists up to a few numbers with blocks that are free. */
    private void fillFreedLists() throws FsException {
        int target = AllocListBlock.CAPACITY - FREED_ROOM_LEFT;
        lists.fillList(idleFreed, metaAvail(), target, target);
        // The first number makes the allocator take its list up, which may give it a fresh block.
        for (int room = 1; room > 0; room = active.remaining().freedRoom() - FREED_ROOM_LEFT) {
            Extent extent = metaAvail().allocate(room);
            if (extent == null) {
                throw new FsException(Errno.ENOSPC, "no free metadata extents are left to fill the freed lists with");
            }
            for (long blkno = extent.start(); blkno < extent.end(); blkno++) {
                active.free(blkno);
            }
        }
        freedFilled.increment();
    }

    private SuperBlock nextSuper() throws FsException {
        SuperBlock next = dirty.copy();
        next.setSeq(seq.get());
        next.setFsRoot(fs.root());
        next.setLogsRoot(logs.root());
        next.setLogMerge(logMerge.root());
        next.setMountedClients(mountedClients.root());
        next.setSrchRoot(srch.root());
        next.setDataAlloc(dataAlloc.root());
        next.setMetaAlloc(0, metaAlloc[0].root());
        next.setMetaAlloc(1, metaAlloc[1].root());
        next.setServerMetaAvail(activeLists, active.avail());
        next.setServerMetaFreed(activeLists, active.freed());
        next.setServerMetaAvail(1 - activeLists, idleAvail.head());
        next.setServerMetaFreed(1 - activeLists, idleFreed.head());
        return next;
    }

    private void swap() {
        AllocatorList usedAvail = new AllocatorList(active.avail());
        AllocatorList usedFreed = new AllocatorList(active.freed());
        active = new ListAllocator(cache, writer, counters, idleAvail.head(), idleFreed.head());
        lists = new AllocLists(cache, writer, active);
        idleAvail = usedAvail;
        idleFreed = usedFreed;
        activeLists = 1 - activeLists;
        if (rootsWillSwap()) {
            availRoot = 1 - availRoot;
        }
    }

    private void setRanges(long totalMetaBlocks, long totalDataBlocks) throws FsException {
        Extent.Range meta = Extent.Range.meta(totalMetaBlocks);
        for (int i = 0; i < metaAlloc.length; i++) {
            metaAlloc[i] = extents(metaAlloc[i].root(), meta);
        }
        dataAlloc = extents(dataAlloc.root(), Extent.Range.data(totalDataBlocks));
    }

    private ExtentTree metaAvail() {
        return metaAlloc[availRoot];
    }

    private BtreeWriter tree(BtreeRoot root) {
        return new BtreeWriter(cache, current, writer, root);
    }

    private ExtentTree extents(AllocExtentRoot root, Extent.Range range) {
        return new ExtentTree(cache, current, writer, root, range);
    }

    /** Stands for the active allocator of each commit, so that trees need not be made anew. */
    private final class Current implements BlockAllocator {
        @Override
        public long allocate() throws FsException {
            return active.allocate();
        }

        @Override
        public void free(long blkno) throws FsException {
            active.free(blkno);
        }

        @Override
        public boolean low(int blocks) {
            return active.low(blocks);
        }
    }
}
