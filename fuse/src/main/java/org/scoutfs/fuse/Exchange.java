package org.scoutfs.fuse;

import org.jspecify.annotations.Nullable;
import org.scoutfs.fuse.protocol.ReplyBuffer;
import org.scoutfs.fuse.protocol.Request;

/**
 * A place for a request and its reply, with what has to be known about the request in hand. Used by the reader that has it in hand only, but
 * for {@link #inFlight()} and {@link #window()}.
 */
final class Exchange {
    /** Returned by an operation in place of a body length: nothing is answered. */
    static final int NO_REPLY = Integer.MIN_VALUE;

    /** The same: the request was put aside. */
    static final int PARKED = Integer.MIN_VALUE + 1;

    private final int index;
    private final Port port;
    private final Request request;
    private final ReplyBuffer reply;
    private final CallerCredentials caller = new CallerCredentials();
    private final InFlight inFlight;

    private volatile long window;
    private volatile long killed;
    private long since;

    /** Given with the reply in hand, taken back if the reply does not reach the kernel. */
    private long givenIno;

    private long givenHandle;
    private int givenListing;

    /** Where the request in hand was put aside before; until {@link #begin}. */
    private @Nullable Parked resumed;

    /** Where it is being put aside. */
    private @Nullable Parked parking;

    Exchange(int index, Port port) {
        this.index = index;
        this.port = port;
        this.inFlight = new InFlight(port);
        this.request = port.request();
        this.reply = port.reply();
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

    Port port() {
        return port;
    }

    /** The next request is one that was put aside. */
    void resumes(Parked parked) {
        resumed = parked;
    }

    /** Where the request in hand was put aside before, once. */
    @Nullable
    Parked takeResumed() {
        Parked taken = resumed;
        resumed = null;
        return taken;
    }

    void parks(Parked parked) {
        parking = parked;
    }

    Parked takeParking() {
        Parked taken = parking;
        parking = null;
        if (taken == null) {
            throw new IllegalStateException("a request was put aside nowhere");
        }
        return taken;
    }

    /** A request has come that passed the first checks. */
    void begin(long now) {
        window = 0;
        since = now;
        givenIno = 0;
        givenHandle = -1;
        givenListing = 0;
        caller.set(request.uid(), request.gid(), request.pid());
        inFlight.begin(request.unique(), request.opcode(), request.pid(), ino());
    }

    /** By another thread: the caller of the request with this number is being killed. */
    void killed(long unique) {
        killed = unique;
    }

    /** Whether the caller of the request in hand is being killed, as far as it is known. */
    boolean isKilled() {
        return killed == request.unique();
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
        long opened = window;
        return opened != 0 && inFlight.isOver() ? 0 : opened;
    }

    /** The request is answered; it is over when the kernel has the reply. */
    void end() {
        inFlight.end();
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
}
