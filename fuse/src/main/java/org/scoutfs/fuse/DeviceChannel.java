package org.scoutfs.fuse;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.scoutfs.fuse.protocol.Opcode;
import org.scoutfs.fuse.protocol.ReplyBuffer;
import org.scoutfs.fuse.protocol.Request;
import org.scoutfs.fuse.protocol.Wire;
import org.scoutfs.host.HostClock;

/**
 * {@code read(2)} and {@code write(2)} on {@code /dev/fuse}.
 *
 * <p>The request is read to 80 bytes before a page boundary: the header and arguments of a WRITE are that long, so its data begin on a page
 * and go to a device as they are.
 */
final class DeviceChannel implements Source, Port {
    private static final int START = Wire.PAGE_BYTES - Wire.InHeader.SIZE - Wire.WriteIn.SIZE;

    private static final long PATIENCE_NANOS = 1_000_000;

    private final int fd;
    private final @Nullable HostClock patience;
    private final MemorySegment requestMemory;
    private final MemorySegment replyMemory;
    private final Request request;
    private final ReplyBuffer reply;
    private final Exchange exchange;

    /** The last request was a FORGET. */
    private boolean forgot;

    private final MemorySegment errno = NativeCalls.newErrno();

    /** @param index a number for the exchange */
    DeviceChannel(int fd, int index, int maxWriteBytes) {
        this(fd, index, maxWriteBytes, null);
    }

    private DeviceChannel(int fd, int index, int maxWriteBytes, @Nullable HostClock patience) {
        this.fd = fd;
        this.patience = patience;
        requestMemory = NativeCalls.mapMemory(Wire.PAGE_BYTES + maxWriteBytes + 2L * Wire.PAGE_BYTES);
        replyMemory = NativeCalls.mapMemory(ReplyBuffer.memoryFor(maxWriteBytes));
        request = new Request(requestMemory, START);
        reply = new ReplyBuffer(replyMemory);
        exchange = new Exchange(index, this);
    }

    /**
     * For a mount whose other requests come elsewhere: what comes here can wait a millisecond. After a FORGET more are let come together, which
     * then are one message, and whoever causes them need not wake this reader for each.
     */
    static DeviceChannel patient(int fd, int index, int maxWriteBytes, HostClock clock) {
        return new DeviceChannel(fd, index, maxWriteBytes, clock);
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
        if (patience != null && forgot) {
            try {
                patience.sleep(PATIENCE_NANOS);
            } catch (InterruptedException ignored) {
                // The next wait is in the kernel, which does not care.
            }
        }
        long n = NativeCalls.read(errno, fd, requestMemory.address() + START, requestMemory.byteSize() - START);
        forgot = n >= Wire.InHeader.SIZE && isForget(request.opcode());
        return n;
    }

    /** Puts a request that was put aside where one from the device would be. */
    void load(byte[] copy) {
        MemorySegment.copy(MemorySegment.ofArray(copy), 0, requestMemory, START, copy.length);
    }

    private static boolean isForget(int opcode) {
        return opcode == Opcode.FORGET || opcode == Opcode.BATCH_FORGET;
    }

    @Override
    public int send(int error, int bodyLength) {
        int length = reply.header(request.unique(), error, bodyLength);
        long n = NativeCalls.write(errno, fd, reply.address(), length);
        exchange.end();
        return n < 0 ? (int) n : 0;
    }

    @Override
    public boolean answersAlways() {
        return false;
    }

    @Override
    public int queue() {
        return -1;
    }

    @Override
    public boolean delivered() {
        return true;
    }

    /** Replies do not wait. */
    @Override
    public void flush() {}

    /** It was copied. */
    @Override
    public void leave() {
        exchange.end();
    }

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
