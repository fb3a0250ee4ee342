package org.scoutfs.fs.data;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.device.DeviceException;
import org.scoutfs.device.MemoryDevice;
import org.scoutfs.error.Errno;

/** A device in memory whose writes can fail or be held back, and that counts. */
final class GatedDevice implements BlockDevice {
    final MemoryDevice memory;
    final AtomicInteger writes = new AtomicInteger();
    final AtomicInteger flushes = new AtomicInteger();
    final CountDownLatch writeArrived = new CountDownLatch(1);
    volatile boolean failWrites;
    volatile @Nullable CountDownLatch writeGate;

    GatedDevice(long bytes) {
        memory = MemoryDevice.create("data", bytes);
    }

    private void beforeWrite(long offset) throws DeviceException {
        writes.incrementAndGet();
        writeArrived.countDown();
        CountDownLatch gate = writeGate;
        if (gate != null) {
            try {
                gate.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        if (failWrites) {
            throw new DeviceException("data", "write", offset, 0, Errno.EIO.number());
        }
    }

    @Override
    public String name() {
        return memory.name();
    }

    @Override
    public long sizeBytes() {
        return memory.sizeBytes();
    }

    @Override
    public boolean readOnly() {
        return false;
    }

    @Override
    public boolean isBlockSpecial() {
        return false;
    }

    @Override
    public void read(long offset, MemorySegment dst) throws IOException {
        memory.read(offset, dst);
    }

    @Override
    public void write(long offset, MemorySegment src) throws IOException {
        beforeWrite(offset);
        memory.write(offset, src);
    }

    @Override
    public void readScatter(long offset, MemorySegment... dsts) throws IOException {
        memory.readScatter(offset, dsts);
    }

    @Override
    public void writeGather(long offset, MemorySegment... srcs) throws IOException {
        beforeWrite(offset);
        memory.writeGather(offset, srcs);
    }

    @Override
    public void flush() {
        flushes.incrementAndGet();
    }

    @Override
    public void close() {
        memory.close();
    }
}
