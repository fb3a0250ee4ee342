package org.scoutfs.fuse;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import org.scoutfs.fuse.protocol.ReplyBuffer;
import org.scoutfs.fuse.protocol.Request;
import org.scoutfs.fuse.protocol.Wire;
import org.scoutfs.fuse.protocol.Wire.InHeader;
import org.scoutfs.fuse.protocol.Wire.OutHeader;

/**
 * One entry of a {@link RingQueue}: the memory of one request and its reply.
 *
 * <pre>
 * page 0    in and out header @0, fixed arguments @128, {flags u64, commit id u64, payload bytes u32} @256
 * page 1    at its end, the header and the fixed arguments again: with what follows, the request in one piece, as the device gives it
 * page 2 -  names and data of the request, then the body of the reply
 * </pre>
 */
final class RingEntry implements Port {
    private static final int ARGUMENTS = 128;
    private static final int MOST_ARGUMENTS = 128;
    private static final int COMMIT_ID = 264;
    private static final int PAYLOAD_BYTES = 272;
    private static final int HEADER_AREA = 288;
    private static final int PAYLOAD = 2 * Wire.PAGE_BYTES;

    private final RingQueue queue;
    private final int index;
    private final MemorySegment memory;
    private final Request request;
    private final ReplyBuffer reply;
    private final Exchange exchange;

    /** Of the command that carries the last reply. */
    private volatile int command;

    RingEntry(RingQueue queue, int index, MemorySegment memory) {
        this.queue = queue;
        this.index = index;
        this.memory = memory;
        request = new Request(memory, PAYLOAD);
        reply = new ReplyBuffer(memory.asSlice(Wire.PAGE_BYTES));
        exchange = new Exchange(index, this);
    }

    static long memoryFor(int maxWriteBytes) {
        return PAYLOAD + RingQueue.payloadBytes(maxWriteBytes);
    }

    int index() {
        return index;
    }

    Exchange exchange() {
        return exchange;
    }

    /** An exchange that never has a request. */
    Exchange unused() {
        return new Exchange(index, this);
    }

    /** Two iovecs: where the headers and where the payload are. */
    void describe(MemorySegment vectors) {
        vectors.set(JAVA_LONG, 0, memory.address());
        vectors.set(JAVA_LONG, 8, HEADER_AREA);
        vectors.set(JAVA_LONG, 16, memory.address() + PAYLOAD);
        vectors.set(JAVA_LONG, 24, memory.byteSize() - PAYLOAD);
    }

    /** Puts the request together that the kernel has put here. @return its length */
    int received() {
        int length = memory.get(JAVA_INT, InHeader.LEN);
        int fixed = length - InHeader.SIZE - memory.get(JAVA_INT, PAYLOAD_BYTES);
        if (fixed < 0 || fixed > MOST_ARGUMENTS) {
            // Cannot be put together; not of the length that its header says.
            fixed = 0;
            length = InHeader.SIZE;
        }
        int start = PAYLOAD - fixed - InHeader.SIZE;
        MemorySegment.copy(memory, 0, memory, start, InHeader.SIZE);
        MemorySegment.copy(memory, ARGUMENTS, memory, start + InHeader.SIZE, fixed);
        request.startsAt(start);
        return length;
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
    public int send(int error, int bodyLength) {
        memory.set(JAVA_INT, OutHeader.LEN, OutHeader.SIZE + bodyLength);
        memory.set(JAVA_INT, OutHeader.ERROR, error);
        memory.set(JAVA_LONG, OutHeader.UNIQUE, request.unique());
        memory.set(JAVA_INT, PAYLOAD_BYTES, bodyLength);
        queue.commit(this, memory.get(JAVA_LONG, COMMIT_ID));
        return 0;
    }

    /**
     * The reply is about to go with the command of this number. As soon as that is handed over any reader may submit it, the kernel may put the next
     * request here, and somebody else may begin with that: so this request ends before.
     */
    void commits(int number) {
        command = number;
        exchange.end();
    }

    @Override
    public int queue() {
        return queue.processor();
    }

    /** What was sent is with the kernel on return. */
    void flush(MemorySegment errno) {
        queue.flush(errno);
    }

    @Override
    public boolean answersAlways() {
        return true;
    }

    @Override
    public boolean delivered() {
        return queue.isSubmitted(command);
    }
}
