package org.scoutfs.net;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.NetHeader;
import org.scoutfs.format.wire.Payloads;
import org.scoutfs.format.wire.WireError;
import org.scoutfs.host.HostThreads;

/**
 * The conversation of one client mount with the server, apart from the sockets that carry it (spec 3 section 4.3). Safe for all threads.
 *
 * <p>A server has one per rid and term. A client has one for its whole life: its numbers continue over all servers, and {@link
 * #accept} begins a conversation with another one. What is queued while no socket is up waits.
 *
 * <p>A received message takes one of three ways: a duplicate is dropped; a response finishes its request; a request goes to the handler
 * of its command. Receiving never waits for either, except for room ({@link #receiveAll}).
 */
public final class Association {
    private static final Logger LOG = System.getLogger("org.scoutfs.net");

    /**
     * Messages that may wait to be sent before the reader of a server stops reading requests that add to them. A client's reader goes on:
     * if both ends stopped because the other does not read, neither would ever go on. What a client queues is bounded by its callers,
     * its locks, and {@link #UNACKNOWLEDGED_LIMIT}.
     */
    static final int UNSENT_LIMIT = 16384;

    /** A peer that acknowledges nothing must not fill the memory. */
    private static final int UNACKNOWLEDGED_LIMIT = 1 << 17;

    private final long rid;
    private final boolean ofServer;
    private final Handlers handlers;
    private final NetCounters counters;

    private final ReentrantLock lock = new ReentrantLock();
    /** Something to send, or another link. For the writer. */
    private final Condition sendable = lock.newCondition();
    /** Less to send. For the reader. */
    private final Condition drained = lock.newCondition();

    @GuardedBy("lock")
    private final SendQueue queue;

    @GuardedBy("lock")
    private long recvSeq;

    /** Of the server; on a client of the last one that answered a greeting, 0 before. */
    @GuardedBy("lock")
    private long term;

    /** The socket that messages flow on: its greeting was answered. */
    @GuardedBy("lock")
    private @Nullable Link link;

    @GuardedBy("lock")
    private @Nullable InetAddr peer;

    /** Why nothing can be sent any more. */
    @GuardedBy("lock")
    private @Nullable Errno ended;

    @GuardedBy("lock")
    private boolean farewellAnswered;

    private Association(long rid, boolean ofServer, long term, long firstSeq, Handlers handlers, NetCounters counters) {
        this.rid = rid;
        this.ofServer = ofServer;
        this.term = term;
        this.handlers = handlers;
        this.counters = counters;
        this.queue = new SendQueue(firstSeq);
    }

    static Association ofClient(
            long rid, Map<Command, RequestHandler> handlers, HostThreads threads, NetCounters counters) {
        return new Association(rid, false, 0, 1, new Handlers(handlers, true, threads), counters);
    }

    /** A greeting response has seq 1 on every socket of a server, without being counted; so the first message has 2. */
    static Association ofServer(
            long rid, long term, Map<Command, RequestHandler> handlers, HostThreads threads, NetCounters counters) {
        return new Association(rid, true, term, 2, new Handlers(handlers, false, threads), counters);
    }

    /** The client's, on both ends. */
    public long rid() {
        return rid;
    }

    /** The server's; on a client 0 before a server has answered. */
    public long term() {
        lock.lock();
        try {
            return term;
        } finally {
            lock.unlock();
        }
    }

    /** The other end of the present or last socket; null before the first. */
    public @Nullable InetAddr peer() {
        lock.lock();
        try {
            return peer;
        } finally {
            lock.unlock();
        }
    }

    /** Whether messages flow now. */
    public boolean isConnected() {
        lock.lock();
        try {
            return link != null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Sends a request and waits for its response, as long as that takes: over reconnects, and on a client over servers. Cannot be
     * interrupted. Not from a handler of this association.
     *
     * @param payload of a length the command allows; not changed any more
     * @return the response's payload, of a length the command allows
     * @throws FsException what the peer answered; EMSGSIZE if its answer has an impossible length; on a client ENOLINK after a forced unmount
     *     and ECONNABORTED if that came while waiting; on a server ENOTCONN if the client is gone
     */
    public byte[] call(Command command, byte[] payload) throws FsException {
        Call call = new Call(command);
        request(command, payload, call);
        return call.await();
    }

    /**
     * Sends a request. Does not wait. Requests and answers of one association are sent in the order in which they were given to it.
     *
     * @param payload of a length the command allows; not changed any more
     * @param handler called once with the outcome, unless this call throws
     * @throws FsException the association has ended: ENOLINK on a client after a forced unmount, ENOTCONN otherwise
     */
    public void send(Command command, byte[] payload, ResponseHandler handler) throws FsException {
        request(command, payload, new Outgoing.Completion.Handled(handler));
    }

    private void request(Command command, byte[] payload, Outgoing.Completion completion) throws FsException {
        if (!command.validRequestLength(payload.length)) {
            throw new IllegalArgumentException(command + " asked with " + payload.length + " bytes");
        }
        lock.lock();
        try {
            if (ended != null) {
                throw new FsException(ended, command + " not sent: " + ended.text());
            }
            queue.addRequest(command, payload, completion);
            sendable.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Queues an answer to a request of the server of {@code toTerm}; false if that conversation is over. */
    boolean respond(long toTerm, long id, Command command, int error, byte[] payload) {
        lock.lock();
        try {
            if (ended != null || term != toTerm) {
                counters.droppedResponse.increment();
                return false;
            }
            queue.addResponse(id, command, error, payload);
            farewellAnswered |= command == Command.FAREWELL && error == WireError.NONE;
            sendable.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Whether a farewell was answered: the client is gone for good and needs no association any more. */
    boolean farewellAnswered() {
        lock.lock();
        try {
            return farewellAnswered;
        } finally {
            lock.unlock();
        }
    }

    /** Header of this client's next greeting. */
    NetHeader nextGreeting(int payloadLength) {
        lock.lock();
        try {
            return new NetHeader(
                    queue.takeSeq(), recvSeq, queue.takeId(), payloadLength, Command.GREETING.number(), 0, 0);
        } finally {
            lock.unlock();
        }
    }

    /** Greatest seq received from the peer. */
    long recvSeq() {
        lock.lock();
        try {
            return recvSeq;
        } finally {
            lock.unlock();
        }
    }

    /**
     * A server answered this client's greeting. If it is another one than before, its numbers begin anew and answers to the old one are
     * dropped; requests stay (R23).
     *
     * @return whether it is another one
     */
    boolean accept(long serverTerm) {
        lock.lock();
        try {
            if (serverTerm == term) {
                return false;
            }
            term = serverTerm;
            recvSeq = 0;
            queue.dropResponses();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Messages flow on this link from now on: everything unfinished is sent, in order of seq. There is no other link. */
    void attach(Link newLink) {
        boolean over;
        lock.lock();
        try {
            over = ended != null;
            if (!over) {
                link = newLink;
                peer = Addresses.inetAddr(newLink.remote());
                queue.rewind();
            }
        } finally {
            lock.unlock();
        }
        if (over) {
            newLink.shut("the association has ended");
        } else {
            newLink.startWriter(this);
        }
    }

    /** No messages flow on this link any more. */
    void detach(Link oldLink) {
        lock.lock();
        try {
            if (link == oldLink) {
                link = null;
                sendable.signalAll();
                drained.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** A link was shut: whoever waits for it looks again. */
    void wake() {
        handlers.wake();
        lock.lock();
        try {
            sendable.signalAll();
            drained.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for what is to be sent next on a link; null if nothing more will be. */
    byte @Nullable [] nextBatch(Link on) {
        lock.lock();
        try {
            while (link == on && !on.isShut() && queue.unsent() == 0) {
                sendable.awaitUninterruptibly();
            }
            if (link != on || on.isShut()) {
                return null;
            }
            byte[] batch = queue.takeBatch(recvSeq, counters);
            drained.signal();
            return batch;
        } finally {
            lock.unlock();
        }
    }

    /** Reads messages from the attached link until it breaks. */
    void receiveAll(Link from) throws IOException {
        while (!from.isShut()) {
            awaitRoom(from);
            receive(from, from.read());
        }
    }

    private void awaitRoom(Link from) {
        handlers.awaitRoom(from::isShut);
        if (!ofServer) {
            return;
        }
        lock.lock();
        try {
            while (queue.unsent() >= UNSENT_LIMIT && link == from && !from.isShut()) {
                drained.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** One message of an attached link. */
    void receive(Link from, Frame frame) throws ProtocolException {
        NetHeader header = frame.header();
        Command command = frame.command();
        if (command == Command.GREETING) {
            throw new ProtocolException(header + ": a second greeting");
        }
        if (!header.isResponse() && !handlers.handles(command)) {
            counters.unknownRequest.increment();
            throw new ProtocolException(header + ": nobody handles this here");
        }
        Outgoing finished = null;
        long receivedTerm;
        lock.lock();
        try {
            if (link != from) {
                return;
            }
            if (Long.compareUnsigned(header.seq(), recvSeq) <= 0) {
                counters.recvDroppedDuplicate.increment();
                return;
            }
            recvSeq = header.seq();
            receivedTerm = term;
            queue.acknowledge(header.recvSeq());
            if (queue.unacknowledged() > UNACKNOWLEDGED_LIMIT) {
                throw new ProtocolException(
                        header + ": " + queue.unacknowledged() + " responses without acknowledgement");
            }
            if (header.isResponse()) {
                finished = queue.finishRequest(header.id(), command);
                if (finished == null) {
                    counters.droppedResponse.increment();
                    return;
                }
            }
        } finally {
            lock.unlock();
        }
        if (finished != null) {
            handlers.complete(this, finished, from, outcome(frame));
        } else {
            handlers.request(new Request(this, from, receivedTerm, frame));
        }
    }

    private static Outgoing.Outcome outcome(Frame frame) {
        int error = frame.header().error();
        if (error != WireError.NONE) {
            return new Outgoing.Outcome(WireError.toErrno(error), Payloads.EMPTY);
        }
        if (!frame.command().validResponse(frame.payload())) {
            return new Outgoing.Outcome(Errno.EMSGSIZE, Payloads.EMPTY);
        }
        return new Outgoing.Outcome(null, frame.payload());
    }

    /**
     * Ends the association: its socket is shut, pending requests fail, answers are dropped. Does nothing the second time.
     *
     * @param pending errno of requests that wait for a response
     * @param later errno of requests made from now on
     */
    void end(Errno pending, Errno later, String reason) {
        List<Outgoing> requests;
        Link shut;
        lock.lock();
        try {
            if (ended != null) {
                return;
            }
            ended = later;
            requests = queue.clear();
            shut = link;
            link = null;
            sendable.signalAll();
            drained.signalAll();
        } finally {
            lock.unlock();
        }
        if (shut != null) {
            shut.shut(reason);
        }
        for (Outgoing request : requests) {
            handlers.complete(this, request, null, new Outgoing.Outcome(pending, Payloads.EMPTY));
        }
        if (!requests.isEmpty()) {
            LOG.log(
                    Level.DEBUG,
                    "{0} pending requests of rid {1} failed: {2}",
                    requests.size(),
                    Long.toHexString(rid),
                    reason);
        }
    }

    /** Waits until every handler has returned. The association must be detached. */
    void awaitHandlers() {
        handlers.awaitIdle();
    }

    /** Whether no handler runs now. */
    boolean isIdle() {
        return handlers.areIdle();
    }

    /** Sends what the peer answers at once, to find out whether it lives. */
    void probe(Command command, byte[] payload) {
        try {
            send(command, payload, ResponseHandler.IGNORE);
        } catch (FsException e) {
            LOG.log(Level.DEBUG, "no probe: {0}", e.getMessage());
        }
    }

    /** Lines of the debug file {@code messages} (spec 5 section 6.3): what is queued, or sent and not finished. */
    List<String> messageLines() {
        return unfinished().stream()
                .map(header -> "send seq %s recv_seq %s id %s data_len %d cmd %d flags 0x%x error %d"
                        .formatted(
                                Long.toUnsignedString(header.seq()),
                                Long.toUnsignedString(header.recvSeq()),
                                Long.toUnsignedString(header.id()),
                                header.dataLen(),
                                header.command(),
                                header.flags(),
                                header.error()))
                .toList();
    }

    /** What is queued, or sent and not finished, in order of seq. */
    public List<NetHeader> unfinished() {
        lock.lock();
        try {
            return queue.headers(recvSeq);
        } finally {
            lock.unlock();
        }
    }

    /** Next seq, greatest received seq and next id, for people to look at. */
    long[] numbers() {
        lock.lock();
        try {
            return new long[] {queue.nextSeq(), recvSeq, queue.nextId()};
        } finally {
            lock.unlock();
        }
    }

    @Override
    public String toString() {
        return "association of rid " + Long.toHexString(rid);
    }
}
