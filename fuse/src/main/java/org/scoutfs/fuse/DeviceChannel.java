package org.scoutfs.fuse;

import java.lang.foreign.MemorySegment;
import org.scoutfs.fuse.protocol.ReplyBuffer;
import org.scoutfs.fuse.protocol.Request;
import org.scoutfs.fuse.protocol.Wire;

/**
 * {@code read(2)} and {@code write(2)} on {@code /dev/fuse}.
 *
 * <p>The request is read to 80 bytes before a page boundary: the header and arguments of a WRITE are that long, so its data begin on a page
 * and go to a device as they are.
 */
final class DeviceChannel implements Source, Port {
    private static final int START = Wire.PAGE_BYTES - Wire.InHeader.SIZE - Wire.WriteIn.SIZE;

    private final int fd;
    private final MemorySegment requestMemory;
    private final MemorySegment replyMemory;
    private final Request request;
    private final ReplyBuffer reply;
    private final Exchange exchange;
    private final MemorySegment errno = NativeCalls.newErrno();

    /** @param index a number for the exchange */
    DeviceChannel(int fd, int index, int maxWriteBytes) {
        this.fd = fd;
        requestMemory = NativeCalls.mapMemory(Wire.PAGE_BYTES + maxWriteBytes + 2L * Wire.PAGE_BYTES);
        replyMemory = NativeCalls.mapMemory(ReplyBuffer.memoryFor(maxWriteBytes));
        request = new Request(requestMemory, START);
        reply = new ReplyBuffer(replyMemory);
        exchange = new Exchange(index, this);
    }

    @Override
    public Exchange exchange() {
        return exchange;
    }

    @Override
    public int open() {
        return 0;
    }

    @Override
    public Request request() {
        return request;
    }

    @Override
    public ReplyBuffer reply() {
        return reply;
    }

    @Override
    public long receive() {
        return NativeCalls.read(errno, fd, requestMemory.address() + START, requestMemory.byteSize() - START);
    }

    @Override
    public int send(int error, int bodyLength) {
        int length = reply.header(request.unique(), error, bodyLength);
        long n = NativeCalls.write(errno, fd, reply.address(), length);
        return n < 0 ? (int) n : 0;
    }

    @Override
    public boolean answersAlways() {
        return false;
    }

    @Override
    public boolean delivered() {
        return true;
    }

    /** Replies do not wait. */
    @Override
    public void flush() {}

    @Override
    public boolean reportsEnd() {
        return true;
    }

    @Override
    public void close() {
        NativeCalls.unmapMemory(requestMemory);
        NativeCalls.unmapMemory(replyMemory);
    }
}
