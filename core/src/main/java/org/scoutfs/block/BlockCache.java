package org.scoutfs.block;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.counter.Triggers;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.FsException;
import org.scoutfs.error.StaleException;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.host.Host;

/**
 * The large metadata blocks of one mount: the one place that turns references into blocks and verifies them, and the one that makes
 * blocks dirty and writes them (spec 2 section 1). Shared by the client side, the server, the merge and the srch workers.
 *
 * <p>Readers need no lock. Dirtying and writing of one {@link BlockWriter} are serialised by its owner.
 */
public final class BlockCache implements AutoCloseable {
    /** Makes one verified, clean block be read again from the device although it matched. */
    public static final String TRIGGER_REMOVE_STALE = "block_remove_stale";

    private static final Logger LOG = System.getLogger("org.scoutfs.block");
    private static final int READAHEAD_LIMIT = 32;

    private final MetaDevice device;
    private final boolean ownsDevice;
    private final BlockIdentity identity;
    private final DirtyBlocks dirtying;
    private final Triggers triggers;
    private final boolean traceLeaks;
    private final BlockMap map;
    private final FrameSlab slab;
    private final Counters counters;
    private final Counter removeStale;
    private final Counter ioErrors;
    private final Counter forgotten;
    /** Taken by readaheads under way; all of them are taken to close. */
    private final Semaphore readaheads = new Semaphore(READAHEAD_LIMIT);

    /** A cache with a metadata device of its own, four threads, and default limits above the budget. */
    public BlockCache(
            BlockDevice meta, long fsid, long totalMetaBlocks, long budgetBytes, Host host, Counters counters) {
        this(
                new MetaDevice(meta, host, CacheLimits.of(budgetBytes).ioThreads()),
                true,
                fsid,
                totalMetaBlocks,
                CacheLimits.of(budgetBytes),
                counters,
                new Triggers());
    }

    /**
     * @param device stays the caller's, who closes it after this
     * @param fsid of the volume, as in the header of the metadata super block
     * @param totalMetaBlocks as in the super block
     */
    public BlockCache(
            MetaDevice device,
            long fsid,
            long totalMetaBlocks,
            CacheLimits limits,
            Counters counters,
            Triggers triggers) {
        this(device, false, fsid, totalMetaBlocks, limits, counters, triggers);
    }

    private BlockCache(
            MetaDevice device,
            boolean ownsDevice,
            long fsid,
            long totalMetaBlocks,
            CacheLimits limits,
            Counters counters,
            Triggers triggers) {
        this.device = device;
        this.ownsDevice = ownsDevice;
        this.triggers = triggers;
        this.traceLeaks = limits.traceLeaks();
        this.identity = new BlockIdentity(fsid, totalMetaBlocks, device.device());
        int expected = (int) Math.min(1 << 20, limits.maxBytes() / FrameSlab.FRAME_BYTES);
        this.map = new BlockMap(expected);
        this.slab = new FrameSlab(map, limits.budgetBytes(), limits.maxBytes(), counters);
        this.dirtying = new DirtyBlocks(device, slab, map, identity, traceLeaks);
        this.counters = counters;
        this.removeStale = counters.get("block_cache_remove_stale");
        this.ioErrors = counters.get("block_cache_end_io_error");
        this.forgotten = counters.get("block_cache_forget");
    }

    public long fsid() {
        return identity.fsid();
    }

    /** As {@link #read(long, long, int)}. */
    public Block read(BlockReference ref, int magic) throws FsException {
        return read(ref.blkno(), ref.seq(), magic);
    }

    /**
     * The block that a reference names, pinned; the caller closes it. Reads it from the device if it is not cached, joining a read
     * that is under way.
     *
     * @param magic the type it must have
     * @throws StaleException if, after one re-read, checksum, type, fsid, seq or number still differ
     * @throws FsException EIO on a device error; ENOMEM when all memory is dirty or pinned; ENOLINK after a forced unmount
     * @throws CorruptionException if no such block number can exist
     */
    public Block read(long blkno, long seq, int magic) throws FsException {
        for (boolean retried = false; ; retried = true) {
            Block block = getOrRead(blkno);
            boolean matches = identity.matches(block, seq, magic);
            boolean last = retried || block.isDirty();
            if (matches && (last || !triggers.fire(TRIGGER_REMOVE_STALE))) {
                return block;
            }
            if (last) {
                StaleException stale = new StaleException(identity.mismatch(block, seq, magic));
                block.close();
                throw stale;
            }
            // This very object and not the number: a writer may have put its own in the place by now.
            remove(block);
            block.close();
            removeStale.increment();
        }
    }

    /**
     * A block that the writer may change, pinned; the caller closes it and stores its {@link Block#reference()} where it had {@code
     * ref}. A block that is dirty already comes back as it is. Otherwise it is a copy of the referenced one, or zeros if {@code ref} is
     * zero, under a fresh number and a random seq; the old number has been freed. Its header is filled in but for the checksum.
     *
     * @throws StaleException as {@link #read(long, long, int)}
     * @throws FsException as {@link #read(long, long, int)}, and whatever the allocator throws; nothing has changed then
     */
    public Block dirty(BlockAllocator allocator, BlockWriter writer, BlockReference ref, int magic) throws FsException {
        return dirty(allocator, writer, ref.blkno(), ref.seq(), magic);
    }

    /** As {@link #dirty(BlockAllocator, BlockWriter, BlockReference, int)}. */
    public Block dirty(BlockAllocator allocator, BlockWriter writer, long refBlkno, long refSeq, int magic)
            throws FsException {
        return dirty(allocator, 0, writer, refBlkno, refSeq, magic);
    }

    /**
     * As {@link #dirty(BlockAllocator, BlockWriter, BlockReference, int)} for the allocator's own list blocks: the number is given and
     * the old one is not freed but the caller's, unless the block was dirty already and came back under its old number.
     */
    public Block dirtyGiven(long givenBlkno, BlockWriter writer, BlockReference ref, int magic) throws FsException {
        return dirty(null, givenBlkno, writer, ref.blkno(), ref.seq(), magic);
    }

    /**
     * Writes all dirty blocks of the writer and flushes the device. On return they are stable and clean, and stay cached.
     *
     * @throws FsException EIO or ENOLINK: every block is dirty as before and the call can be repeated
     */
    public void writeAll(BlockWriter writer) throws FsException {
        device.checkForced();
        if (writer.dirtyCount() == 0) {
            return;
        }
        new WriteOut(device, writer.blocks()).run();
        device.flush();
        for (Block block : writer.blocks()) {
            block.setWriter(null);
            block.close();
        }
        writer.clear();
        slab.trim();
    }

    /** Drops all dirty blocks of the writer without writing them: after errors and at teardown. Their numbers are the allocator's affair. */
    public void forgetAll(BlockWriter writer) {
        for (Block block : writer.blocks()) {
            remove(block);
            block.setWriter(null);
            block.close();
            forgotten.increment();
        }
        writer.clear();
        slab.trim();
    }

    /** Drops one dirty block of the writer, which nothing refers to, so that its number can be used again; the caller keeps its pin. */
    public void forget(Block block, BlockWriter writer) {
        writer.remove(block);
        remove(block);
        block.setWriter(null);
        block.close();
        forgotten.increment();
    }

    /** Starts reading a block that is likely to be wanted soon, if nothing stands in the way. Does not wait; errors are not kept. */
    public void readahead(BlockReference ref) {
        readahead(ref.blkno());
    }

    /** As {@link #readahead(BlockReference)}. */
    public void readahead(long blkno) {
        if (blkno == 0 || map.find(blkno) != null || device.isForced() || !readaheads.tryAcquire()) {
            return;
        }
        boolean queued = false;
        try {
            queued = device.workers().tryExecute(() -> {
                // Never waits for another thread's read: that may be queued behind this task.
                try {
                    Block block = readMissing(blkno, true);
                    if (block != null) {
                        block.close();
                    }
                } catch (FsException e) {
                    LOG.log(Level.DEBUG, "readahead of metadata block {0} failed: {1}", blkno, e.getMessage());
                } finally {
                    readaheads.release();
                }
            });
        } finally {
            if (!queued) {
                readaheads.release();
            }
        }
    }

    /**
     * Memory for laying out a block.
     *
     * @throws FsException ENOMEM when all memory is dirty or pinned
     */
    public ScratchBlock lendScratch() throws FsException {
        return new ScratchBlock(slab);
    }

    /** Counters of the mount. */
    public Counters counters() {
        return counters;
    }

    /** Ends all transfers of this cache and of everything on the same {@link MetaDevice}: they fail with ENOLINK. Does not wait. */
    public void forceUnmount() {
        device.forceUnmount();
    }

    /** The device has grown; numbers up to this are valid in references. */
    public void setTotalMetaBlocks(long totalMetaBlocks) {
        identity.setEndBlkno(totalMetaBlocks);
    }

    /** Blocks that somebody holds a pin of now, not counting what writers hold of their dirty blocks. */
    public int pinnedBlocks() {
        int[] pinned = new int[1];
        slab.forEachBlock(block -> pinned[0] += block.isPinned() ? 1 : 0);
        return pinned[0];
    }

    /** Off-heap memory taken now. */
    public long allocatedBytes() {
        return slab.allocatedBytes();
    }

    /**
     * Frees all memory. Every user is gone and every writer's blocks were written or forgotten; pins and dirty blocks that are left are
     * leaks, and are reported.
     *
     * @throws IllegalStateException if there are leaks and the limits ask to trace them
     */
    @Override
    public void close() {
        readaheads.acquireUninterruptibly(READAHEAD_LIMIT);
        List<Block> leaks = new ArrayList<>();
        slab.forEachBlock(block -> {
            if (block.isPinned() || (block.isDirty() && !device.isForced())) {
                leaks.add(block);
            }
        });
        try {
            slab.close();
        } finally {
            if (ownsDevice) {
                device.close();
            }
        }
        if (!leaks.isEmpty()) {
            String report = LeakReport.of(leaks);
            LOG.log(Level.ERROR, report);
            if (traceLeaks) {
                throw new IllegalStateException(report);
            }
        }
    }

    private Block dirty(
            @Nullable BlockAllocator allocator,
            long givenBlkno,
            BlockWriter writer,
            long refBlkno,
            long refSeq,
            int magic)
            throws FsException {
        if (refBlkno == 0) {
            return dirtying.create(allocator, givenBlkno, writer, null, magic);
        }
        Block old = read(refBlkno, refSeq, magic);
        BlockWriter owner = old.writer();
        if (owner == writer) {
            return old;
        }
        try (old) {
            if (owner != null) {
                throw new IllegalStateException(old + " belongs to another writer");
            }
            return dirtying.create(allocator, givenBlkno, writer, old, magic);
        }
    }

    /** Pinned, with its contents, unverified. */
    private Block getOrRead(long blkno) throws FsException {
        for (; ; ) {
            Block block = map.find(blkno);
            if (block == null) {
                block = readMissing(blkno, false);
                if (block != null) {
                    return block;
                }
            } else if (block.tryPin()) {
                IOException error = block.awaitRead();
                if (error == null) {
                    return block;
                }
                block.close();
                throw MetaDevice.failed(error);
            } else {
                map.remove(block);
            }
        }
    }

    /** Reads a block that is not in the cache; null if another thread has begun to. On a worker, without asking another. */
    private @Nullable Block readMissing(long blkno, boolean onWorker) throws FsException {
        identity.checkNumber(blkno);
        device.checkForced();
        Frame frame = slab.take();
        Block block = new Block(slab, frame, blkno, true, traceLeaks);
        frame.owner = block;
        if (map.putIfAbsent(block) != null) {
            block.kill();
            block.close();
            return null;
        }
        IOException error = new IOException("the read of metadata block " + blkno + " did not end");
        try {
            if (onWorker) {
                device.device().read(VolumeLayout.largeOffset(blkno), block.data());
            } else {
                device.read(VolumeLayout.largeOffset(blkno), block.data());
            }
            error = null;
            return block;
        } catch (IOException e) {
            error = e;
            throw MetaDevice.failed(e);
        } finally {
            if (error != null) {
                // Not sticky: the next lookup tries again.
                remove(block);
                ioErrors.increment();
            }
            block.finishRead(error);
            if (error != null) {
                block.close();
            }
        }
    }

    /** Takes the block, pinned by the caller, out of the cache. */
    private void remove(Block block) {
        if (block.kill()) {
            map.remove(block);
        }
    }
}
