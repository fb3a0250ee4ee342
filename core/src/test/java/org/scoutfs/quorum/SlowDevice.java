package org.scoutfs.quorum;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.device.DeviceException;
import org.scoutfs.error.Errno;
import org.scoutfs.host.HostClock;

/** One mount's way to a shared device: every operation takes a random time of the host's clock, and none is done once it is cut. */
final class SlowDevice implements BlockDevice {
    private final BlockDevice device;
    private final HostClock clock;
    private final SplittableRandom random;
    private volatile long maxDelayNanos;
    private volatile boolean cut;

    SlowDevice(BlockDevice device, HostClock clock, long seed) {
        this.device = device;
        this.clock = clock;
        this.random = new SplittableRandom(seed);
    }

    /** How long an operation takes at most from now on. */
    void slow(long nanos) {
        maxDelayNanos = nanos;
    }

    /** The mount is fenced: what is under way and what comes reaches the device no more. */
    void cut() {
        cut = true;
    }

    /** One operation: a part of its time passes before it takes effect, a part after. */
    private void take(Operation operation) throws IOException {
        delay();
        if (cut) {
            throw new DeviceException(name(), "transfer", Errno.EIO, "this mount is fenced");
        }
        operation.run();
        delay();
    }

    private void delay() {
        long most = maxDelayNanos / 2;
        if (most > 0) {
            try {
                clock.sleep(random.nextLong(most) + 1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private interface Operation {
        void run() throws IOException;
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
        return false;
    }

    @Override
    public boolean isBlockSpecial() {
        return false;
    }

    @Override
    public void read(long offset, MemorySegment dst) throws IOException {
        take(() -> device.read(offset, dst));
    }

    @Override
    public void write(long offset, MemorySegment src) throws IOException {
        take(() -> device.write(offset, src));
    }

    @Override
    public void readScatter(long offset, MemorySegment... dsts) throws IOException {
        take(() -> device.readScatter(offset, dsts));
    }

    @Override
    public void writeGather(long offset, MemorySegment... srcs) throws IOException {
        take(() -> device.writeGather(offset, srcs));
    }

    @Override
    public void flush() throws IOException {
        take(() -> device.flush());
    }

    @Override
    public void close() {
        // the shared device is the test's
    }
}
