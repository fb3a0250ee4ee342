package org.scoutfs.fs.data;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.host.BlockingAware;
import org.scoutfs.host.Host;
import org.scoutfs.host.HostWorkers;

/**
 * The data device in blocks of 4096 bytes. Transfers asked for by platform threads are done in place, those of virtual threads by
 * workers, since they block in native calls. Failures are EIO. Safe for all threads; closing ends the workers and leaves the device.
 */
final class DataIo implements AutoCloseable {
    static final int BLOCK = BlockDevice.ALIGNMENT;
    static final int BLOCK_SHIFT = 12;

    private static final int QUEUE_LIMIT = 4096;

    private final BlockDevice device;
    private final HostWorkers workers;
    private final Counter reads;
    private final Counter writes;

    private volatile boolean forced;

    /** A write was completed after the last flush began. */
    private volatile boolean unflushed;

    @FunctionalInterface
    private interface Transfer {
        void run() throws IOException;
    }

    DataIo(BlockDevice device, Host host, Counters counters, int threads) {
        this.device = device;
        this.workers = host.threads().workers("data-io", threads, QUEUE_LIMIT);
        this.reads = counters.get("data_read_blocks");
        this.writes = counters.get("data_write_blocks");
    }

    HostWorkers workers() {
        return workers;
    }

    void read(long blkno, MemorySegment dst) throws FsException {
        transfer(() -> device.read(blkno << BLOCK_SHIFT, dst));
        reads.add(dst.byteSize() >>> BLOCK_SHIFT);
    }

    void readScatter(long blkno, MemorySegment... dsts) throws FsException {
        transfer(() -> device.readScatter(blkno << BLOCK_SHIFT, dsts));
        reads.add(bytes(dsts) >>> BLOCK_SHIFT);
    }

    void write(long blkno, MemorySegment src) throws FsException {
        transfer(() -> device.write(blkno << BLOCK_SHIFT, src));
        unflushed = true;
        writes.add(src.byteSize() >>> BLOCK_SHIFT);
    }

    void writeGather(long blkno, MemorySegment... srcs) throws FsException {
        transfer(() -> device.writeGather(blkno << BLOCK_SHIFT, srcs));
        unflushed = true;
        writes.add(bytes(srcs) >>> BLOCK_SHIFT);
    }

    /** Returns when all writes that returned before are stable; does nothing if there were none. */
    void flush() throws FsException {
        if (!unflushed) {
            return;
        }
        unflushed = false;
        boolean done = false;
        try {
            transfer(device::flush);
            done = true;
        } finally {
            if (!done) {
                unflushed = true;
            }
        }
    }

    private static long bytes(MemorySegment[] segments) {
        long sum = 0;
        for (MemorySegment segment : segments) {
            sum += segment.byteSize();
        }
        return sum;
    }

    /**
     * From now on every transfer fails with ENOLINK, also those that are queued: the cluster may have given the blocks to another mount.
     * Transfers under way may still finish.
     */
    void forceUnmount() {
        forced = true;
    }

    private void transfer(Transfer transfer) throws FsException {
        BlockingAware.beforeBlocking();
        if (Thread.currentThread().isVirtual()) {
            workers.<Boolean, FsException>call(() -> {
                run(transfer);
                return true;
            });
        } else {
            run(transfer);
        }
    }

    private void run(Transfer transfer) throws FsException {
        if (forced) {
            throw new FsException(Errno.ENOLINK, "the mount was forced down");
        }
        try {
            transfer.run();
        } catch (IOException e) {
            throw new FsException(Errno.EIO, String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public void close() {
        workers.close();
    }
}
