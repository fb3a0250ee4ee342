package org.scoutfs.block;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.host.Host;
import org.scoutfs.host.HostWorkers;

/**
 * The metadata device as one mount uses it: transfers on platform threads, and one switch that ends all writing for good.
 *
 * <p>Shared by the block cache, the super block and the quorum block of a mount, so that {@link #forceUnmount} stops all of them at
 * once (spec 2 section 1.10). Transfers asked for by virtual threads are done by the workers, since they block in native calls; those
 * asked for by platform threads are done in place. Safe for all threads. Closing ends the workers and leaves the device open.
 */
public final class MetaDevice implements AutoCloseable {
    private static final int QUEUE_LIMIT = 1024;

    private final BlockDevice device;
    private final Host host;
    private final HostWorkers workers;
    private final int ioThreads;

    /** Writes that have returned, and how many of them the last successful flush covers at least. */
    private final AtomicLong writes = new AtomicLong();

    private final AtomicLong flushed = new AtomicLong();
    private volatile boolean forced;

    /** A transfer. */
    @FunctionalInterface
    private interface Transfer {
        void run() throws IOException;
    }

    /** @param ioThreads workers, at least 1 */
    public MetaDevice(BlockDevice device, Host host, int ioThreads) {
        this.device = device;
        this.host = host;
        this.ioThreads = ioThreads;
        this.workers = host.threads().workers("meta-io", ioThreads, QUEUE_LIMIT);
    }

    public BlockDevice device() {
        return device;
    }

    /**
     * From now on every transfer fails with ENOLINK and nothing is submitted any more. The volume may already be in use by a mount that
     * believes this one is fenced. Transfers under way cannot be called back; they may still finish.
     */
    public void forceUnmount() {
        forced = true;
    }

    public boolean isForced() {
        return forced;
    }

    /**
     * Returns when everything written before is stable.
     *
     * @throws FsException EIO; ENOLINK after {@link #forceUnmount}
     */
    public void flush() throws FsException {
        checkForced();
        long before = writes.get();
        try {
            run(device::flush);
        } catch (IOException e) {
            throw failed(e);
        }
        flushed.accumulateAndGet(before, Math::max);
    }

    /** Waits for transfers under way. */
    @Override
    public void close() {
        workers.close();
    }

    Host host() {
        return host;
    }

    HostWorkers workers() {
        return workers;
    }

    int ioThreads() {
        return ioThreads;
    }

    /** As {@link #flush}, but only if something was written since the last flush began. */
    void flushWrites() throws FsException {
        checkForced();
        if (flushed.get() != writes.get()) {
            flush();
        }
    }

    /** To be called after each successful write. */
    void countWrite() {
        writes.incrementAndGet();
    }

    /** Fills {@code dst}. The caller has seen to {@link #checkForced}. */
    void read(long offset, MemorySegment dst) throws IOException {
        run(() -> device.read(offset, dst));
    }

    void write(long offset, MemorySegment src) throws IOException {
        run(() -> device.write(offset, src));
        countWrite();
    }

    private void run(Transfer transfer) throws IOException {
        if (Thread.currentThread().isVirtual()) {
            workers.<Boolean, IOException>call(() -> {
                transfer.run();
                return true;
            });
        } else {
            transfer.run();
        }
    }

    /** @throws FsException ENOLINK after {@link #forceUnmount} */
    void checkForced() throws FsException {
        if (forced) {
            throw new FsException(Errno.ENOLINK, "the mount was forced down");
        }
    }

    /** EIO with the device's message. */
    static FsException failed(IOException e) {
        String message = e.getMessage();
        return new FsException(Errno.EIO, message == null ? e.toString() : message, e);
    }
}
