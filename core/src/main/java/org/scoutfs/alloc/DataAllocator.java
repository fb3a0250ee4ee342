package org.scoutfs.alloc;

import org.jspecify.annotations.Nullable;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.BlockWriter;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocExtentRoot;

/**
 * Data blocks of one mount (spec 2 section 4.7): taken from data_avail, freed into data_freed. Freed blocks are not taken again before
 * they went through a commit and the server, so that an uncommitted truncate leaves the data alone.
 *
 * <p>One object per mount. {@link #begin} opens it with each transaction's roots; {@link #allocate} and {@link #free} are called under a
 * transaction hold; {@link #prepareCommit} and the roots belong to the committing thread while nobody holds.
 *
 * <p>The monitor serialises all changes of the two trees. It is taken with inode locks held, and is held while tree blocks are read and
 * while the transaction's {@link ListAllocator} is called. {@link #availableBlocks}, {@link #isLow} and {@link #needsRefill} take no
 * lock.
 */
public final class DataAllocator {
    /** Requests of this many blocks (8 MiB) go to the tree; smaller ones are cut from one cached extent of up to as many. */
    public static final long LARGE_BLOCKS = 2048;

    private final BlockCache cache;
    private final Counter allocated;
    private final Counter freedBlocks;

    // Guarded by the monitor.
    private @Nullable ExtentTree avail;
    private @Nullable ExtentTree freed;
    private long cachedStart;
    private long cachedLen;

    /** In data_avail and the cached extent together. Written with the monitor held. */
    private volatile long available;
    /** Of the open transaction. */
    private volatile boolean low;

    public DataAllocator(BlockCache cache, Counters counters) {
        this.cache = cache;
        this.allocated = counters.get("alloc_alloc_data");
        this.freedBlocks = counters.get("alloc_free_data");
    }

    /**
     * Opens a transaction. The last one was committed or given up.
     *
     * @param alloc the transaction's metadata allocator, that pays for the trees' blocks
     * @param availRoot data_avail as received
     * @param freedRoot data_freed as received
     * @param totalDataBlocks of the super block
     */
    public synchronized void begin(
            ListAllocator alloc,
            BlockWriter writer,
            AllocExtentRoot availRoot,
            AllocExtentRoot freedRoot,
            long totalDataBlocks) {
        Extent.Range range = Extent.Range.data(totalDataBlocks);
        avail = new ExtentTree(cache, alloc, writer, availRoot, range);
        freed = new ExtentTree(cache, alloc, writer, freedRoot, range);
        cachedLen = 0;
        available = availRoot.totalLen();
        low = availRoot.isLow();
    }

    /**
     * Takes up to {@code count} contiguous blocks; may give fewer. When the metadata change they were wanted for fails, they go to
     * {@link #free}.
     *
     * @param count above 0
     * @throws FsException ENOSPC when there are none and the server has none to give; ENOBUFS when there are none in this transaction:
     *     leave it, enter the next, repeat
     */
    public synchronized Extent allocate(long count) throws FsException {
        ExtentTree from = open(avail);
        Extent taken = count < LARGE_BLOCKS ? null : from.allocate(count);
        if (taken == null) {
            taken = cutCached(from, count);
        }
        available -= taken.len();
        allocated.add(taken.len());
        return taken;
    }

    private Extent cutCached(ExtentTree from, long count) throws FsException {
        if (cachedLen == 0) {
            Extent next = from.allocate(LARGE_BLOCKS);
            if (next == null) {
                throw low
                        ? new FsException(Errno.ENOSPC, "the volume has no free data blocks")
                        : new FsException(Errno.ENOBUFS, "this transaction has no more data blocks");
            }
            cachedStart = next.start();
            cachedLen = next.len();
        }
        Extent taken = new Extent(cachedStart, Math.min(count, cachedLen));
        cachedStart += taken.len();
        cachedLen -= taken.len();
        return taken;
    }

    /** Gives blocks up, for use after the commit. They need not have been taken in this transaction. */
    public synchronized void free(long start, long len) throws FsException {
        open(freed).insert(start, len);
        freedBlocks.add(len);
    }

    /** Puts the cached extent back into data_avail. Before each attempt to commit, and before {@link #avail} is stored. */
    public synchronized void prepareCommit() throws FsException {
        if (cachedLen > 0) {
            open(avail).insert(cachedStart, cachedLen);
            cachedLen = 0;
        }
    }

    /** The data_avail root to commit. */
    public synchronized AllocExtentRoot avail() throws FsException {
        if (cachedLen > 0) {
            throw new IllegalStateException("cached data extent is not in data_avail");
        }
        return open(avail).root();
    }

    /** The data_freed root to commit. */
    public synchronized AllocExtentRoot freed() throws FsException {
        return open(freed).root();
    }

    /** Blocks that can be taken in this transaction. */
    public long availableBlocks() {
        return available;
    }

    /** Whether the server could not fill data_avail: running out is final. */
    public boolean isLow() {
        return low;
    }

    /** Whether a commit should get more from the server before something runs out (spec 2 section 5.2). */
    public boolean needsRefill() {
        return available < AllocLevels.DATA_REFILL && !low;
    }

    private static ExtentTree open(@Nullable ExtentTree tree) {
        if (tree == null) {
            throw new IllegalStateException("no transaction is open");
        }
        return tree;
    }
}
