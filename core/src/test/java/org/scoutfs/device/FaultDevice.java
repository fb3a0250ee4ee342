package org.scoutfs.device;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import org.scoutfs.error.Errno;

/** One opener's device on a {@link FaultDisk}. */
public final class FaultDevice implements BlockDevice {
    private final FaultDisk disk;
    private final String opener;
    private final boolean readOnly;
    private final AtomicInteger closes = new AtomicInteger();
    private volatile boolean cut;

    FaultDevice(FaultDisk disk, String opener, Access access) {
        this.disk = disk;
        this.opener = opener;
        this.readOnly = access == Access.READ_ONLY;
    }

    /** From now on every operation of this opener fails with EIO: it was fenced, or its machine died. The disk goes on. */
    public void cut() {
        cut = true;
    }

    boolean isCut() {
        return cut;
    }

    /** Who opened it, for messages and faults. */
    public String opener() {
        return opener;
    }

    @Override
    public String name() {
        return disk.name();
    }

    @Override
    public long sizeBytes() {
        return disk.sizeBytes();
    }

    @Override
    public boolean readOnly() {
        return readOnly;
    }

    @Override
    public boolean isBlockSpecial() {
        return false;
    }

    @Override
    public void read(long offset, MemorySegment dst) throws DeviceException {
        readScatter(offset, dst);
    }

    @Override
    public void write(long offset, MemorySegment src) throws DeviceException {
        writeGather(offset, src);
    }

    @Override
    public void readScatter(long offset, MemorySegment... dsts) throws DeviceException {
        for (MemorySegment dst : dsts) {
            Transfers.checkFillable(dst);
        }
        disk.read(this, offset, dsts);
    }

    @Override
    public void writeGather(long offset, MemorySegment... srcs) throws DeviceException {
        Transfers.checkWritable(this, "write", offset, Transfers.totalBytes(srcs));
        disk.write(this, offset, srcs);
    }

    @Override
    public void flush() throws DeviceException {
        disk.flush(this);
    }

    @Override
    public boolean discard(long offset, long lengthBytes) throws DeviceException {
        Transfers.checkWritable(this, "discard", offset, lengthBytes);
        disk.discard(this, offset, lengthBytes);
        return true;
    }

    @Override
    public void close() {
        closes.incrementAndGet();
    }

    @Override
    public String toString() {
        return disk.name() + " opened by " + opener;
    }

    void checkUsable(String operation, long offset, long lengthBytes) throws DeviceException {
        if (closes.get() > 0) {
            throw new DeviceException(
                    name(), operation, offset, lengthBytes, Errno.EBADF, "the device was closed by " + opener);
        }
    }
}
