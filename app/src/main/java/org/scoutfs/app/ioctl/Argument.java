package org.scoutfs.app.ioctl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Le;

/**
 * The memory of one ioctl call: its structure, zeroed and aligned to 8 bytes, and the buffers that the structure points to. Confined to the
 * calling thread; gone when closed.
 */
final class Argument implements AutoCloseable {
    private final Arena arena = Arena.ofConfined();
    private final int fd;
    private final MemorySegment struct;

    Argument(int fd, int bytes) {
        this.fd = fd;
        this.struct = arena.allocate(bytes, 8);
    }

    MemorySegment struct() {
        return struct;
    }

    Argument put64(int offset, long value) {
        Le.put64(struct, offset, value);
        return this;
    }

    Argument put32(int offset, int value) {
        Le.put32(struct, offset, value);
        return this;
    }

    Argument put16(int offset, int value) {
        Le.put16(struct, offset, value);
        return this;
    }

    Argument put8(int offset, int value) {
        Le.put8(struct, offset, value);
        return this;
    }

    /** A zeroed buffer whose address goes to {@code offset} of the structure. */
    MemorySegment buffer(int offset, long bytes) {
        MemorySegment buffer = arena.allocate(Math.max(1, bytes), 16);
        put64(offset, buffer.address());
        return buffer;
    }

    MemorySegment buffer(int offset, byte[] contents) {
        MemorySegment buffer = buffer(offset, contents.length);
        MemorySegment.copy(contents, 0, buffer, ValueLayout.JAVA_BYTE, 0, contents.length);
        return buffer;
    }

    /** The result of the ioctl. */
    int call(long command) throws FsException {
        return SystemCalls.ioctl(fd, command, struct);
    }

    @Override
    public void close() {
        arena.close();
    }
}
