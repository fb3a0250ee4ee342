package org.scoutfs.alloc;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.scoutfs.block.Block;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.BlockWriter;
import org.scoutfs.block.CacheLimits;
import org.scoutfs.block.MetaDevice;
import org.scoutfs.counter.Counters;
import org.scoutfs.counter.Triggers;
import org.scoutfs.device.MemoryDevice;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocListBlock;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.Magic;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.host.TestHost;

/**
 * An unformatted metadata device in memory with a block cache that fails the test when pins are left. Numbers from {@link #takeFresh} are
 * those nothing else uses.
 */
public final class TestVolume implements AutoCloseable {
    public static final long TOTAL_META = 1 << 20;
    public static final Extent.Range META = Extent.Range.meta(TOTAL_META);
    private static final long FSID = 0x5c007f5;
    /** Failures are provoked on purpose here; what is said about them would drown the report. */
    private static final List<Logger> QUIET =
            List.of(Logger.getLogger("org.scoutfs.alloc"), Logger.getLogger("org.scoutfs.srch"));

    public final Counters counters = new Counters();
    public final Triggers triggers = new Triggers();
    public final MemoryDevice disk = MemoryDevice.create("meta", TOTAL_META << VolumeLayout.LARGE_BLOCK_SHIFT);
    public final TestHost host;
    public final MetaDevice device;
    public final BlockCache cache;
    public final BlockWriter writer = new BlockWriter();
    private long nextFresh = VolumeLayout.FIRST_META_BLKNO;

    public TestVolume(long seed) {
        this(seed, new CacheLimits(64L << 20, 192L << 20, 1, true));
    }

    public TestVolume(long seed, CacheLimits limits) {
        QUIET.forEach(logger -> logger.setLevel(Level.OFF));
        host = TestHost.create(seed);
        device = new MetaDevice(disk, host, limits.ioThreads());
        cache = new BlockCache(device, FSID, TOTAL_META, limits, counters, triggers);
    }

    /** The first of {@code count} numbers that are used for nothing yet. */
    public long takeFresh(int count) {
        long first = nextFresh;
        nextFresh += count;
        return first;
    }

    /** A committed list of these numbers, {@code perBlock} in each block; the list blocks are fresh. */
    public AllocListHead list(int perBlock, long... numbers) throws FsException {
        BlockWriter own = new BlockWriter();
        AllocListHead head = AllocListHead.EMPTY;
        for (int to = numbers.length; to > 0; ) {
            int from = Math.max(0, (to - 1) / perBlock * perBlock);
            try (Block block = cache.dirtyGiven(takeFresh(1), own, BlockReference.ZERO, Magic.ALLOC_LIST)) {
                AllocListBlock.setNext(block.data(), 0, head.ref());
                for (int i = from; i < to; i++) {
                    ListBlocks.add(block.data(), numbers[i]);
                }
                head = new AllocListHead(block.reference(), head.totalNr() + to - from, to - from, 0);
            }
            to = from;
        }
        cache.writeAll(own);
        return head;
    }

    /** A committed list of {@code count} fresh numbers in one block. */
    public AllocListHead freshList(int count) throws FsException {
        long first = takeFresh(count);
        long[] numbers = new long[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = first + i;
        }
        return list(AllocListBlock.CAPACITY, numbers);
    }

    /** An allocator of {@code count} fresh numbers with nothing freed, for {@link #writer}. */
    public ListAllocator allocator(int count) throws FsException {
        return new ListAllocator(cache, writer, counters, freshList(count), AllocListHead.EMPTY);
    }

    /** Ends the transaction of an allocator successfully and begins another on the same lists. */
    public ListAllocator commit(ListAllocator alloc) throws FsException {
        alloc.prepareCommit();
        cache.writeAll(writer);
        return new ListAllocator(cache, writer, counters, alloc.avail(), alloc.freed());
    }

    /** All numbers of a list, and with {@code withBlocks} those of its blocks; verifies the counts. */
    public List<Long> numbers(AllocListHead head, boolean withBlocks) throws FsException {
        List<Long> numbers = new ArrayList<>();
        long total = 0;
        BlockReference ref = head.ref();
        int expected = head.firstNr();
        while (!ref.isZero()) {
            try (Block block = cache.read(ref, Magic.ALLOC_LIST)) {
                int nr = AllocListBlock.nr(block.data(), 0);
                if (!AllocListBlock.isBounded(block.data(), 0) || (expected >= 0 && nr != expected)) {
                    throw new AssertionError("block " + ref + " has " + nr + " numbers, head " + head);
                }
                if (withBlocks) {
                    numbers.add(ref.blkno());
                }
                for (int i = 0; i < nr; i++) {
                    numbers.add(ListBlocks.get(block.data(), i));
                }
                total += nr;
                expected = -1;
                ref = AllocListBlock.next(block.data(), 0);
            }
        }
        if (total != head.totalNr() || (head.ref().isZero() && head.firstNr() != 0)) {
            throw new AssertionError("list has " + total + " numbers, head " + head);
        }
        return numbers;
    }

    /** Drops what was not written. Fails if pins are left. */
    @Override
    public void close() {
        cache.forgetAll(writer);
        cache.close();
        device.close();
        disk.close();
        host.close();
    }
}
