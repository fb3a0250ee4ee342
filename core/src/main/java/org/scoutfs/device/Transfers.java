package org.scoutfs.device;

import java.lang.foreign.MemorySegment;
import org.scoutfs.error.Errno;

/** The argument checks all devices share, so that they fail alike. */
final class Transfers {
    private Transfers() {}

    static boolean aligned(long value) {
        return (value & (BlockDevice.ALIGNMENT - 1)) == 0;
    }

    /** A native segment that direct I/O takes as it is. */
    static boolean direct(MemorySegment segment) {
        return segment.isNative() && aligned(segment.address()) && aligned(segment.byteSize());
    }

    static long totalBytes(MemorySegment[] segments) {
        long total = 0;
        for (MemorySegment segment : segments) {
            total = Math.addExact(total, segment.byteSize());
        }
        return total;
    }

    static void checkAligned(BlockDevice device, String operation, long offset, long lengthBytes) {
        if (offset < 0 || lengthBytes < 0 || !aligned(offset | lengthBytes)) {
            throw new IllegalArgumentException(device.name() + ": " + operation + " of " + lengthBytes + " bytes at "
                    + offset + " is not aligned to " + BlockDevice.ALIGNMENT);
        }
    }

    /** {@code sizeBytes} is passed because devices know it in cheaper ways than by asking for it each time. */
    static void checkBounds(BlockDevice device, String operation, long offset, long lengthBytes, long sizeBytes)
            throws DeviceException {
        if (!within(offset, lengthBytes, sizeBytes)) {
            throw new DeviceException(
                    device.name(),
                    operation,
                    offset,
                    lengthBytes,
                    Errno.EIO,
                    "it reaches past the end, the device has " + sizeBytes + " bytes");
        }
    }

    static boolean within(long offset, long lengthBytes, long sizeBytes) {
        return lengthBytes <= sizeBytes && offset <= sizeBytes - lengthBytes;
    }

    static void checkWritable(BlockDevice device, String operation, long offset, long lengthBytes)
            throws DeviceException {
        if (device.readOnly()) {
            throw new DeviceException(
                    device.name(), operation, offset, lengthBytes, Errno.EROFS, "it was opened read-only");
        }
    }

    static void checkFillable(MemorySegment dst) {
        if (dst.isReadOnly()) {
            throw new IllegalArgumentException("cannot read into a read-only segment: " + dst);
        }
    }
}
