package org.scoutfs.trans;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.scoutfs.block.BlockCache;
import org.scoutfs.client.LogTreesService;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.host.BlockingAware;
import org.scoutfs.host.Host;
import org.scoutfs.lock.LockTransactions;

/**
 * The one open transaction of a mount, spec 2 section 5. All changes of items, data allocation and srch files are made under a
 * hold; a commit waits for holders to leave, writes everything and opens the next transaction.
 *
 * <p>Holders are counted in one word together with a bit that says that a commit wants to begin: entering is the hottest path of the
 * file system. Once the bit is set, nobody new gets in until the next transaction is open; threads that hold already may nest. Safe for
 * all threads.
 */
public final class Transactions implements LockTransactions {
    /** A commit waits for holders to leave, or runs. Below it: the number of holding threads. */
    private static final int PENDING = 1 << 30;

    /** Data trees, list blocks and bloom bits use blocks without dirty items: that many must be left for them. */
    private static final int LOW_BLOCKS = 16;

    private final AtomicInteger holders = new AtomicInteger();
    private final ThreadLocal<Hold> holds = ThreadLocal.withInitial(Hold::new);
    private final LogTreeWriter logTree;
    private final CommitLoop commits;

    private final Counter holdWaits;
    private final Counter dirtyMetaFull;
    private final Counter metaAllocLow;
    private final Counter dataAllocLow;
    private final Counter fsyncs;
    private final Counter syncFss;

    private volatile @Nullable DirtyItems items;
    private volatile long transSeq;

    /**
     * @param server where transactions come from
     * @param totalDataBlocks of the data device as the super block has it, 4 KiB blocks; may grow
     */
    public Transactions(
            LogTreesService server, BlockCache blocks, LongSupplier totalDataBlocks, Host host, Counters counters) {
        this.logTree = new LogTreeWriter(blocks, totalDataBlocks, counters);
        this.commits = new CommitLoop(this, logTree, server, host, counters);
        this.holdWaits = counters.get("trans_hold_wait");
        this.dirtyMetaFull = counters.get("trans_commit_dirty_meta_full");
        this.metaAllocLow = counters.get("trans_commit_meta_alloc_low");
        this.dataAllocLow = counters.get("trans_commit_data_alloc_low");
        this.fsyncs = counters.get("trans_commit_fsync");
        this.syncFss = counters.get("trans_commit_sync_fs");
    }

    /** What commits write. Set once, before {@link #start}. */
    public void setParticipants(DirtyItems dirtyItems, DirtyData dirtyData) {
        items = dirtyItems;
        commits.setParticipants(dirtyItems, dirtyData);
    }

    /**
     * Opens the first transaction, which waits for the server, and starts the commit thread and the commit timer.
     *
     * @throws FsException ENOLINK when forced down
     */
    public void start() throws FsException {
        commits.start();
    }

    /** When the last commit was done, in nanoseconds of the host's clock; before the first one, when the mount's transactions started. */
    public long lastCommitNanos() {
        return commits.lastCommitNanos();
    }

    /** Seq of the open transaction; 0 before the first one. */
    @Override
    public long transSeq() {
        return transSeq;
    }

    /**
     * Enters the open transaction; nests. May wait for a commit, so no local lock that the commit path needs may be held. After
     * it, {@link #transSeq} does not change until the matching {@link #release}.
     *
     * @param allocating whether the caller will use more metadata space; deletes and truncates do not
     * @return this thread's hold, for try-with-resources
     * @throws FsException ENOSPC if allocating and the volume is low on metadata space; ENOLINK when forced down or not started
     */
    public Hold hold(boolean allocating) throws FsException {
        Hold mine = holds.get();
        if (mine.isHeld()) {
            mine.enter(this);
            return mine;
        }
        for (; ; ) {
            long seq = transSeq;
            if (enter(mine, allocating)) {
                return mine;
            }
            holdWaits.increment();
            BlockingAware.beforeBlocking();
            commits.awaitNextTransaction(seq);
        }
    }

    /** As {@link #hold}, but null instead of waiting for a commit. */
    public @Nullable Hold tryHold(boolean allocating) throws FsException {
        Hold mine = holds.get();
        if (mine.isHeld()) {
            mine.enter(this);
            return mine;
        }
        return enter(mine, allocating) ? mine : null;
    }

    /** Leaves the transaction: once per {@link #hold}. */
    public void release() {
        release(holds.get());
    }

    @Override
    public boolean heldByThisThread() {
        return holds.get().isHeld();
    }

    /**
     * Makes everything that was changed before this call stable on both devices and waits; fsync. Does nothing before the first
     * transaction. Must not be called under a hold.
     *
     * @throws FsException ENOLINK when forced down; a commit has no other error, it is repeated until it succeeds
     */
    public void sync() throws FsException {
        fsyncs.increment();
        syncUncounted();
    }

    /** {@link #sync} for the whole file system; only the counter differs. */
    public void syncFs() throws FsException {
        syncFss.increment();
        syncUncounted();
    }

    /** Starts a commit and does not wait. Does nothing while unmounting. */
    public void requestCommit() {
        commits.request();
    }

    @Override
    public void commitAndWait(long seq) {
        if (transSeq != seq) {
            return;
        }
        try {
            syncUncounted();
        } catch (FsException e) {
            // Only when forced down: nothing of this mount can become stable any more, and its locks are the server's
            // to take.
            System.getLogger("org.scoutfs.trans")
                    .log(System.Logger.Level.DEBUG, "lock given up without commit: {0}", e.getMessage());
        }
    }

    /** The mount's own log tree, allocators and srch file of the open transaction. Usable under a hold only. */
    public LogTreeWriter logTree() {
        return logTree;
    }

    /** Ends everything at once: waiting and later calls fail with ENOLINK. The block cache and the server were told before. */
    public void forceUnmount() {
        commits.force();
    }

    /**
     * The last commit of an unmount, then the end of the commit thread. Nobody holds or will hold; the lock client is shut down. After a
     * forced unmount nothing is written.
     */
    public void close() {
        commits.close();
    }

    // ---- entering and leaving

    /**
     * Enters unless a commit is under way or must come first, which it starts then.
     *
     * @throws FsException if entering is impossible; the thread does not hold then
     */
    private boolean enter(Hold mine, boolean allocating) throws FsException {
        for (; ; ) {
            int now = holders.get();
            if ((now & PENDING) != 0) {
                commits.checkForced();
                return false;
            }
            if (holders.compareAndSet(now, now + 1)) {
                break;
            }
        }
        mine.enter(this);
        if (commits.isForced()) {
            release(mine);
            commits.checkForced();
        }
        if (transSeq == 0) {
            release(mine);
            throw new FsException(Errno.ENOLINK, "no transaction is open yet");
        }
        if (allocating && logTree.isMetaLow()) {
            release(mine);
            throw new FsException(
                    Errno.ENOSPC, "the metadata device is full: delete files, or enlarge the device and the volume");
        }
        if (commitFirst()) {
            release(mine);
            commits.request();
            commits.checkForced();
            return false;
        }
        return true;
    }

    void release(Hold mine) {
        if (mine.leave() && holders.decrementAndGet() == PENDING) {
            commits.lastHolderLeft();
        }
    }

    /** Whether what is dirty might not fit into the blocks that are left, spec 2 section 5.2. */
    private boolean commitFirst() {
        DirtyItems dirty = items;
        if (dirty != null && logTree.low(logTree.blocksBound(dirty.dirtyRanges(), dirty.dirtyBytes()))) {
            dirtyMetaFull.increment();
            return true;
        }
        if (logTree.low(LOW_BLOCKS)) {
            metaAllocLow.increment();
            return true;
        }
        if (logTree.dataAllocator().needsRefill()) {
            dataAllocLow.increment();
            return true;
        }
        return false;
    }

    private void syncUncounted() throws FsException {
        if (heldByThisThread()) {
            throw new IllegalStateException("sync under a hold would wait for itself");
        }
        if (transSeq != 0) {
            BlockingAware.beforeBlocking();
            commits.sync();
        }
    }

    // ---- for the commit

    /** Keeps new holders out; returns whether none are in. */
    boolean exclude() {
        return (holders.getAndUpdate(now -> now | PENDING) & ~PENDING) == 0;
    }

    /** Whether the last holder has left since {@link #exclude}. */
    boolean isExclusive() {
        return holders.get() == PENDING;
    }

    /** The next transaction is open. */
    void admit(long newTransSeq) {
        transSeq = newTransSeq;
        holders.getAndUpdate(now -> now & ~PENDING);
    }

    /** The commit thread works inside the transaction it keeps others out of: what it calls may hold. */
    void enterAsCommitter() {
        holds.get().enter(this);
    }

    void leaveAsCommitter() {
        holds.get().leave();
    }
}
