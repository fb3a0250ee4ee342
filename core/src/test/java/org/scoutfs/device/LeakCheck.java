package org.scoutfs.device;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Watches that each device is closed exactly once. Wrap devices with {@link #watch} and close this at the end of the test: it fails
 * with where the culprits were opened.
 */
public final class LeakCheck implements AutoCloseable {
    private final List<Watched> devices = new CopyOnWriteArrayList<>();

    /** The same device, watched. */
    public BlockDevice watch(BlockDevice device) {
        Watched watched = new Watched(device);
        devices.add(watched);
        return watched;
    }

    @Override
    public void close() {
        List<Throwable> culprits = new ArrayList<>();
        for (Watched device : devices) {
            int closes = device.closes.get();
            if (closes != 1) {
                culprits.add(new Throwable(device + " was closed " + closes + " times, opened here", device.opened));
            }
        }
        if (!culprits.isEmpty()) {
            AssertionError error = new AssertionError(culprits.size() + " devices not closed exactly once: "
                    + culprits.stream().map(Throwable::getMessage).toList());
            culprits.forEach(error::addSuppressed);
            throw error;
        }
    }

    private static final class Watched implements BlockDevice {
        final BlockDevice device;
        final Throwable opened = new Throwable("opened by " + Thread.currentThread());
        final AtomicInteger closes = new AtomicInteger();

        Watched(BlockDevice device) {
            this.device = device;
        }

        @Override
        public String name() {
            return device.name();
        }

        @Override
        public long sizeBytes() {
            return device.sizeBytes();
        }

        @Override
        public boolean readOnly() {
            return device.readOnly();
        }

        @Override
        public boolean isBlockSpecial() {
            return device.isBlockSpecial();
        }

        @Override
        public void read(long offset, MemorySegment dst) throws IOException {
            device.read(offset, dst);
        }

        @Override
        public void write(long offset, MemorySegment src) throws IOException {
            device.write(offset, src);
        }

        @Override
        public void readScatter(long offset, MemorySegment... dsts) throws IOException {
            device.readScatter(offset, dsts);
        }

        @Override
        public void writeGather(long offset, MemorySegment... srcs) throws IOException {
            device.writeGather(offset, srcs);
        }

        @Override
        public void flush() throws IOException {
            device.flush();
        }

        @Override
        public boolean discard(long offset, long lengthBytes) throws IOException {
            return device.discard(offset, lengthBytes);
        }

        @Override
        public void close() throws IOException {
            closes.incrementAndGet();
            device.close();
        }

        @Override
        public String toString() {
            return device.toString();
        }
    }
}
