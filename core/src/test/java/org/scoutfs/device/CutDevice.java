package org.scoutfs.device;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** A device as one mount has it: it can be taken away from that mount alone, which is what fencing does. */
public final class CutDevice implements BlockDevice {
    private final BlockDevice device;
    private volatile boolean cut;

    /** @param device shared with other mounts; not closed */
    public CutDevice(BlockDevice device) {
        this.device = device;
    }

    /** From now on every transfer of this mount fails with EIO. */
    public void cut() {
        cut = true;
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
        check();
        device.read(offset, dst);
    }

    @Override
    public void write(long offset, MemorySegment src) throws IOException {
        check();
        device.write(offset, src);
    }

    @Override
    public void readScatter(long offset, MemorySegment... dsts) throws IOException {
        check();
        device.readScatter(offset, dsts);
    }

    @Override
    public void writeGather(long offset, MemorySegment... srcs) throws IOException {
        check();
        device.writeGather(offset, srcs);
    }

    @Override
    public void flush() throws IOException {
        check();
        device.flush();
    }

    @Override
    public boolean discard(long offset, long lengthBytes) throws IOException {
        check();
        return device.discard(offset, lengthBytes);
    }

    @Override
    public void close() {
        cut = true;
    }

    private void check() throws IOException {
        if (cut) {
            throw new IOException(name() + " was taken away");
        }
    }
}
