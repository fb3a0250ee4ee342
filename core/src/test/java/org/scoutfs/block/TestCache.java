package org.scoutfs.block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.scoutfs.counter.Counters;
import org.scoutfs.counter.Triggers;
import org.scoutfs.device.FaultDevice;
import org.scoutfs.device.FaultDisk;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockHeader;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.Magic;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.host.TestHost;

/** A cache on a disk that fails on demand, and blocks full of one byte. Closing fails the test if pins are left. */
final class TestCache implements AutoCloseable {
    static final long FSID = 0x1122334455667788L;
    static final long BLOCKS = 4096;
    static final int MAGIC = Magic.BLOOM;
    static final int SIZE = VolumeLayout.LARGE_BLOCK_SIZE;
    private static final int BODY = BlockHeader.SIZE;

    final FaultDisk disk = new FaultDisk("meta", BLOCKS * SIZE, 1);
    final FaultDevice opened = disk.open("mount");
    final Counters counters = new Counters();
    final Triggers triggers = new Triggers();
    final TestHost host = TestHost.create(1);
    final MetaDevice device;
    final BlockCache cache;
    final TestAllocator allocator = new TestAllocator(VolumeLayout.FIRST_META_BLKNO);
    final BlockWriter writer = new BlockWriter();

    TestCache() {
        this(new CacheLimits(4L << 20, 32L << 20, 4, true));
    }

    TestCache(CacheLimits limits) {
        device = new MetaDevice(opened, host, limits.ioThreads());
        cache = new BlockCache(device, FSID, BLOCKS, limits, counters, triggers);
    }

    /** A dirty block full of {@code fill}. */
    BlockReference dirty(BlockReference ref, int fill) throws FsException {
        try (Block block = cache.dirty(allocator, writer, ref, MAGIC)) {
            fill(block, fill);
            return block.reference();
        }
    }

    /** A written block full of {@code fill}. */
    BlockReference write(BlockReference ref, int fill) throws FsException {
        BlockReference written = dirty(ref, fill);
        commit();
        return written;
    }

    void commit() throws FsException {
        cache.writeAll(writer);
        allocator.commit();
    }

    /** Reads a block and returns the byte it is full of. */
    int read(BlockReference ref) throws FsException {
        try (Block block = cache.read(ref, MAGIC)) {
            return fillOf(block);
        }
    }

    static void fill(Block block, int fill) {
        block.data().asSlice(BODY).fill((byte) fill);
    }

    /** The byte that the block is full of; fails if there are different ones. */
    static int fillOf(Block block) {
        MemorySegment body = block.data().asSlice(BODY);
        byte first = body.get(ValueLayout.JAVA_BYTE, 0);
        for (long off = 0; off < body.byteSize(); off++) {
            if (body.get(ValueLayout.JAVA_BYTE, off) != first) {
                throw new AssertionError("block " + block.blkno() + " has " + first + " and others");
            }
        }
        return first;
    }

    /** Makes the cache forget everything by filling it with other blocks. */
    void evictAll() throws FsException {
        // Twice, since the hand passes by what was looked up.
        long frames = 2 * cache.allocatedBytes() / SIZE;
        BlockWriter other = new BlockWriter();
        BlockReference[] refs = new BlockReference[(int) frames];
        for (int i = 0; i < frames; i++) {
            try (Block block = cache.dirty(allocator, other, BlockReference.ZERO, MAGIC)) {
                refs[i] = block.reference();
            }
            cache.writeAll(other);
        }
    }

    long reads() {
        return disk.count(FaultDisk.Operation.READ);
    }

    long writes() {
        return disk.count(FaultDisk.Operation.WRITE);
    }

    long flushes() {
        return disk.count(FaultDisk.Operation.FLUSH);
    }

    @Override
    public void close() {
        cache.forgetAll(writer);
        try {
            cache.close();
        } finally {
            device.close();
        }
    }
}
