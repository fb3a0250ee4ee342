package org.scoutfs.trans;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.scoutfs.alloc.DataAllocator;
import org.scoutfs.alloc.ListAllocator;
import org.scoutfs.block.Block;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.BlockWriter;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.btree.BtreeWriter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.BloomBlock;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Hashes;
import org.scoutfs.format.Key;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.Magic;
import org.scoutfs.format.SrchEntry;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.srch.SrchFileWriter;

/**
 * The mount's log tree in the open transaction: bloom bits, srch entries, data space and inode count, which change during holds, and
 * the item tree, which only the commit changes. Public methods are for callers under a transaction hold and safe for all threads.
 *
 * <p>One object per mount; {@link #open} gives it each transaction's {@code log_trees}. All it makes dirty belongs to one writer.
 */
public final class LogTreeWriter {
    /** Trees up to this height have their leaves counted; a log tree is to be finalized when it reaches it. */
    private static final int MAX_KNOWN_HEIGHT = 3;

    private final BlockCache blocks;
    private final Counters counters;
    private final LongSupplier totalDataBlocks;
    private final DataAllocator data;
    private final BtreeReader reader;
    private final BlockWriter writer = new BlockWriter();
    private final AtomicLong inodeCountDelta = new AtomicLong();

    private final Object bloomLock = new Object();
    private final Object srchLock = new Object();

    @GuardedBy("bloomLock")
    private BlockReference bloomRef = BlockReference.ZERO;

    @GuardedBy("srchLock")
    private @Nullable SrchFileWriter srch;

    /** Changes whenever the bits that locks remember to have set are not in the present bloom block. */
    private final AtomicLong bloomEpoch = new AtomicLong();

    private volatile LogTrees received = LogTrees.EMPTY;
    private volatile ListAllocator alloc;
    private volatile @Nullable BtreeWriter items;
    private volatile @Nullable TouchedLeaves leaves;

    /** @param totalDataBlocks of the data device as the super block has it; may grow */
    LogTreeWriter(BlockCache blocks, LongSupplier totalDataBlocks, Counters counters) {
        this.blocks = blocks;
        this.counters = counters;
        this.totalDataBlocks = totalDataBlocks;
        this.data = new DataAllocator(blocks, counters);
        this.reader = new BtreeReader(blocks);
        this.alloc = new ListAllocator(blocks, writer, counters, AllocListHead.EMPTY, AllocListHead.EMPTY);
    }

    /** Sets the bloom bits of the lock's range unless this log tree has them; before each change of an item under the lock. */
    public void coverRange(ClusterLock lock) throws FsException {
        if (lock.bloomEpoch() != bloomEpoch.get()) {
            addBloomBits(lock);
        }
    }

    /**
     * An item of this key has become dirty and will be inserted into the log tree.
     *
     * @param hint what this returned for a key nearby in the same transaction, or -1
     * @return a hint for keys nearby
     */
    public int touchLeaf(Key key, int hint) {
        TouchedLeaves known = leaves;
        return known == null ? -1 : known.touch(key, hint);
    }

    /** Appends a srch entry; appending the same triple again cancels it (spec 2 section 10.2). */
    public void appendSrch(long hash, long ino, long id) throws FsException {
        synchronized (srchLock) {
            opened(srch).append(new SrchEntry(hash, ino, id));
        }
    }

    /** Data space of this mount; serialises itself. */
    public DataAllocator dataAllocator() {
        return data;
    }

    /** Adds to the count of inodes that this log tree carries: +1 per created, -1 per finally deleted inode. */
    public void addInodeCount(long delta) {
        inodeCountDelta.addAndGet(delta);
    }

    /** Seq of the transaction this is open for; 0 before the first. */
    long transSeq() {
        return received.getTransSeq();
    }

    /** Starts a transaction on what the server gave. Nobody holds. */
    void open(LogTrees trees) {
        if (trees.nr() != received.nr() || trees.bloomRef().isZero()) {
            bloomEpoch.incrementAndGet();
        }
        ListAllocator lists = new ListAllocator(blocks, writer, counters, trees.metaAvail(), trees.metaFreed());
        alloc = lists;
        synchronized (bloomLock) {
            bloomRef = trees.bloomRef();
        }
        synchronized (srchLock) {
            srch = new SrchFileWriter(blocks, lists, writer, counters, trees.srchFile());
        }
        items = new BtreeWriter(blocks, lists, writer, trees.itemRoot());
        data.begin(lists, writer, trees.dataAvail(), trees.dataFreed(), totalDataBlocks.getAsLong());
        inodeCountDelta.set(trees.inodeCountDelta());
        leaves = leavesOf(trees.itemRoot());
        received = trees;
    }

    /** The tree that the commit inserts dirty items into. */
    BtreeWriter items() {
        return opened(items);
    }

    /** Lets go of everything that is held between calls: before each write-out, successful or not. */
    void prepareCommit() throws FsException {
        data.prepareCommit();
        synchronized (srchLock) {
            opened(srch).prepareCommit();
        }
        alloc.prepareCommit();
    }

    /** Writes all dirty blocks; on return they are stable. On failure they stay dirty. */
    void writeBlocks() throws FsException {
        blocks.writeAll(writer);
    }

    /**
     * What to commit: as received, with everything that this mount changes.
     *
     * @param maxItemSeq 0 if no items were written
     */
    LogTrees toCommit(long maxItemSeq) throws FsException {
        LogTrees base = received;
        LogTrees.Builder builder = base.toBuilder()
                .metaAvail(alloc.avail())
                .metaFreed(alloc.freed())
                .itemRoot(items().root())
                .dataAvail(data.avail())
                .dataFreed(data.freed())
                .inodeCountDelta(inodeCountDelta.get());
        if (maxItemSeq != 0) {
            builder.maxItemSeq(maxItemSeq);
        }
        synchronized (bloomLock) {
            builder.bloomRef(bloomRef);
        }
        synchronized (srchLock) {
            builder.srchFile(opened(srch).file());
        }
        return builder.build();
    }

    /** Drops what was not committed; at the end. */
    void forget() throws FsException {
        if (transSeq() != 0) {
            synchronized (srchLock) {
                opened(srch).prepareCommit();
            }
        }
        alloc.prepareCommit();
        blocks.forgetAll(writer);
    }

    /** Whether fewer than this many blocks can be taken or freed. */
    boolean low(long count) {
        return alloc.low((int) Math.min(count, Integer.MAX_VALUE));
    }

    boolean isMetaLow() {
        return alloc.isMetaLow();
    }

    /**
     * How many blocks inserting dirty items can take at the most: two per separate range of keys, or what the leaves they go into take.
     * The smaller bound holds.
     *
     * @param ranges separate ranges of keys with dirty items
     * @param bytes of these items
     */
    long blocksBound(long ranges, long bytes) {
        TouchedLeaves known = leaves;
        long byRanges = 2 * ranges;
        return known == null ? byRanges : Math.min(byRanges, known.blocksBound(bytes));
    }

    private void addBloomBits(ClusterLock lock) throws FsException {
        synchronized (bloomLock) {
            try (Block bloom = blocks.dirty(alloc, writer, bloomRef, Magic.BLOOM)) {
                bloomRef = bloom.reference();
                BloomBlock.add(bloom.data(), 0, Hashes.bloomBits(lock.range().start()));
            }
            lock.setBloomEpoch(bloomEpoch.get());
        }
    }

    /** Null for a tree that nobody has merged for so long that its parents are too many to look at. */
    private @Nullable TouchedLeaves leavesOf(BtreeRoot root) {
        if (root.height() > MAX_KNOWN_HEIGHT) {
            return null;
        }
        try {
            return new TouchedLeaves(reader.leafEnds(root));
        } catch (FsException e) {
            // Only for an estimate: whoever needs the block will say what is wrong with it.
            System.getLogger("org.scoutfs.trans")
                    .log(System.Logger.Level.DEBUG, "leaves of the log tree are not known: {0}", e.getMessage());
            return null;
        }
    }

    private static <T> T opened(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("no transaction is open");
        }
        return part;
    }
}
