package org.scoutfs.fuse;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.scoutfs.fuse.protocol.ReplyBuffer;
import org.scoutfs.fuse.protocol.Request;
import org.scoutfs.fuse.protocol.Wire;

/**
 * One reader's place for a request and its reply: two buffers, and what has to be known about the request in hand. Used by its reader thread
 * only, but for {@link #inFlight()}, {@link #window()} and the waiting state.
 *
 * <p>The request is read to 80 bytes before a page boundary: the header and arguments of a WRITE are that long, so its data begin on a page
 * and go to a device as they are.
 */
final class Exchange implements AutoCloseable {
    /** Returned by an operation in place of a body length: nothing is answered. */
    static final int NO_REPLY = Integer.MIN_VALUE;

    private static final int BEFORE_DATA = Wire.InHeader.SIZE + Wire.WriteIn.SIZE;

    private final int index;
    private final MemorySegment requestMemory;
    private final MemorySegment replyMemory;
    private final Request request;
    private final ReplyBuffer reply;
    private final MemorySegment errno = NativeCalls.newErrno();
    private final CallerCredentials caller = new CallerCredentials();
    private final InFlight inFlight = new InFlight();

    private static final VarHandle UNANSWERED;

    static {
        try {
            UNANSWERED = MethodHandles.lookup().findVarHandle(Exchange.class, "unanswered", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The request that nobody has answered yet, 0 if there is none; who changes it to 0 answers. */
    @SuppressWarnings("unused") // through UNANSWERED
    private volatile long unanswered;

    private volatile int callerPid;
    private volatile long window;
    private long since;

    /** Given with the reply in hand, taken back if the reply does not reach the kernel. */
    private long givenIno;

    private long givenHandle;
    private int givenListing;

    Exchange(int index, int maxWriteBytes) {
        this.index = index;
        requestMemory = NativeCalls.mapMemory(Wire.PAGE_BYTES + maxWriteBytes + 2L * Wire.PAGE_BYTES);
        replyMemory = NativeCalls.mapMemory(ReplyBuffer.memoryFor(maxWriteBytes));
        request =
                new Request(requestMemory.asSlice(Wire.PAGE_BYTES - BEFORE_DATA, maxWriteBytes + 2L * Wire.PAGE_BYTES));
        reply = new ReplyBuffer(replyMemory);
    }

    int index() {
        return index;
    }

    Request request() {
        return request;
    }

    ReplyBuffer reply() {
        return reply;
    }

    CallerCredentials caller() {
        return caller;
    }

    InFlight inFlight() {
        return inFlight;
    }

    /** The inode the request is about. */
    long ino() {
        return NodeId.ino(request.nodeId());
    }

    /** Waits for the next request. @return its length or a negated errno */
    long read(int fd) {
        MemorySegment buffer = request.buffer();
        return NativeCalls.read(errno, fd, buffer.address(), buffer.byteSize());
    }

    /** A request has come that passed the first checks. */
    void begin(long now) {
        since = now;
        givenIno = 0;
        givenHandle = -1;
        givenListing = 0;
        caller.set(request.uid(), request.gid(), request.pid());
        UNANSWERED.setRelease(this, request.unique());
        inFlight.begin(request.unique(), request.opcode(), ino());
    }

    /** Takes the right to answer this request. @return false: somebody else has answered it, or it is not in hand any more */
    boolean claim(long unique) {
        return UNANSWERED.compareAndSet(this, unique, 0L);
    }

    /** Who sent the request in hand; for other threads, so written when it begins to wait. */
    int callerPid() {
        return callerPid;
    }

    void waits() {
        callerPid = request.pid();
    }

    /** From when on revocations make what the operation found out unfit for keeping. */
    long since() {
        return since;
    }

    /** An operation is done again. */
    void since(long now) {
        since = now;
    }

    /** Opens the window of {@link RevocationLog}: from here to {@link #end()} only memory is touched and the reply written. */
    void openWindow(long now) {
        window = now;
    }

    void closeWindow() {
        window = 0;
    }

    /** The moment at which the window that is open now was opened; 0 if none is. */
    long window() {
        return window;
    }

    /** Sends what is in the reply buffer. @return 0 or a negated errno */
    int send(int fd, int error, int bodyLength) {
        int length = reply.header(request.unique(), error, bodyLength);
        long n = NativeCalls.write(errno, fd, reply.address(), length);
        return n < 0 ? (int) n : 0;
    }

    /** The request is answered. In this order: whoever sees the window closed sees no bytes in flight that the kernel already has. */
    void end() {
        inFlight.end();
        if (window != 0) {
            window = 0;
        }
    }

    void givesLookup(long ino) {
        givenIno = ino;
    }

    void givesHandle(long fh) {
        givenHandle = fh;
    }

    void givesListing(int bodyLength) {
        givenListing = bodyLength;
    }

    long givenIno() {
        return givenIno;
    }

    long givenHandle() {
        return givenHandle;
    }

    int givenListing() {
        return givenListing;
    }

    /** Only when no other thread looks at it any more. */
    @Override
    public void close() {
        NativeCalls.unmapMemory(requestMemory);
        NativeCalls.unmapMemory(replyMemory);
    }
}
