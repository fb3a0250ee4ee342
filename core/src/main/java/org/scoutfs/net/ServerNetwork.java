package org.scoutfs.net;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.BindException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.Greeting;
import org.scoutfs.format.wire.NetHeader;
import org.scoutfs.format.wire.OpenInoMapArgs;
import org.scoutfs.format.wire.Payloads;
import org.scoutfs.format.wire.WireError;
import org.scoutfs.host.Host;
import org.scoutfs.host.HostTimer;
import org.scoutfs.host.StreamConnection;
import org.scoutfs.host.StreamListener;

/**
 * The server's end of all connections, for one term (spec 3 sections 4.1, 4.4, 4.6). Safe for all threads.
 *
 * <p>{@link #bind} listens, so that early clients wait in the backlog; {@link #start} accepts; {@link #close} ends everything. Each
 * accepted socket has a thread that reads its greeting, attaches it to the one association of its rid, and then reads messages.
 *
 * <p>The life of a rid here: a greeting creates its association; a broken socket starts the reconnect wait; another greeting takes the
 * association over, whatever term it names (R29, R30); the end of the wait, {@link #evict} or the socket's end after an answered farewell
 * frees it. Sockets that never greeted are forgotten (R31).
 *
 * <p>Several sockets of one rid race like this: the greatest greeting id is noted, the present owner is shut, and when its thread has let go
 * the socket with the greatest id becomes the owner; the others are closed (R26, R27).
 */
public final class ServerNetwork implements AutoCloseable {
    /** How long a client may take to come back. */
    public static final long RECONNECT_WAIT_MS = 20_000;

    private static final int BACKLOG = 255;
    /** For who connects and says nothing. Clients greet at once. */
    private static final long GREETING_DEADLINE_MS = 30_000;

    private static final int MAX_SOCKETS_WITHOUT_ASSOCIATION = 1024;
    /** Of a query that does not exist: the answer is dropped. */
    private static final byte[] PROBE = new OpenInoMapArgs(0, 0).toBytes();

    private static final Logger LOG = System.getLogger("org.scoutfs.net");

    private final Host host;
    private final VolumeIdentity volume;
    private final long keepaliveMs;
    private final StreamListener listener;
    private final NetCounters counters;
    private final Map<Command, RequestHandler> handlers = new EnumMap<>(Command.class);
    private final Semaphore strangers = new Semaphore(MAX_SOCKETS_WITHOUT_ASSOCIATION);

    private final ReentrantLock lock = new ReentrantLock();
    /** An owner let go of a peer, a socket's thread has ended, or the network closes. */
    private final Condition changed = lock.newCondition();

    @GuardedBy("lock")
    private final Map<Long, Peer> peers = new HashMap<>();

    @GuardedBy("lock")
    private final Set<Link> links = new HashSet<>();

    @GuardedBy("lock")
    private final Set<Long> refused = new HashSet<>();

    /** Associations that ended while handlers of theirs were running. */
    @GuardedBy("lock")
    private final List<Association> retired = new ArrayList<>();

    /** Timers that are telling the server about a lost client. */
    @GuardedBy("lock")
    private int timersRunning;

    @GuardedBy("lock")
    private boolean closing;

    @GuardedBy("lock")
    private @Nullable Thread acceptor;

    /** Set before the acceptor starts. */
    private long term;

    /** One client mount. Guarded by lock. */
    private static final class Peer {
        final Association association;
        /** The socket whose thread reads for this association, from before it is attached until it has let go. */
        @Nullable
        Link owner;

        long greetingId;
        boolean firstContact;

        @Nullable
        HostTimer reconnectTimer;
        /** Tells a timer that came too late from the present one. */
        long waits;

        Peer(Association association, boolean firstContact) {
            this.association = association;
            this.firstContact = firstContact;
        }
    }

    private ServerNetwork(
            Host host, VolumeIdentity volume, long keepaliveMs, StreamListener listener, NetCounters counters) {
        this.host = host;
        this.volume = volume;
        this.keepaliveMs = keepaliveMs;
        this.listener = listener;
        this.counters = counters;
    }

    /**
     * Listens. Connections wait in the backlog until {@link #start}.
     *
     * @param address of the member's slot
     * @param keepaliveMs mount option tcp_keepalive_timeout_ms, above 3000
     * @throws FsException EADDRINUSE, EADDRNOTAVAIL (the address is not this host's), or EIO
     */
    public static ServerNetwork bind(
            Host host, VolumeIdentity volume, InetAddr address, long keepaliveMs, Counters counters)
            throws FsException {
        try {
            StreamListener listener = host.network().listen(Addresses.endpoint(address), BACKLOG);
            return new ServerNetwork(host, volume, keepaliveMs, listener, new NetCounters(counters));
        } catch (IOException e) {
            Errno errno = bindErrno(e);
            throw new FsException(
                    errno,
                    "server failed to bind to " + address + ", err " + -errno.number()
                            + (errno == Errno.EADDRNOTAVAIL ? " (Bad address?)" : "") + ": " + e.getMessage(),
                    e);
        }
    }

    private static Errno bindErrno(IOException failure) {
        if (!(failure instanceof BindException)) {
            return Errno.EIO;
        }
        // The JDK passes on what strerror said.
        String message = String.valueOf(failure.getMessage());
        return message.contains("assign") ? Errno.EADDRNOTAVAIL : Errno.EADDRINUSE;
    }

    /** Where it listens. */
    public InetAddr address() {
        return Addresses.inetAddr(listener.local());
    }

    /**
     * Accepts connections from now on. Once.
     *
     * @param serverTerm of the election that made this server
     * @param requestHandlers by command; a request of any other command closes its connection
     */
    public void start(long serverTerm, Map<Command, RequestHandler> requestHandlers, ServerEvents serverEvents) {
        term = serverTerm;
        handlers.putAll(requestHandlers);
        lock.lock();
        try {
            if (!closing) {
                acceptor = host.threads().virtual("net-accept", () -> acceptAll(serverEvents));
            }
        } finally {
            lock.unlock();
        }
    }

    /** The association of a rid, connected or not; null if there is none. */
    public @Nullable Association find(long rid) {
        lock.lock();
        try {
            Peer peer = peers.get(rid);
            return peer == null ? null : peer.association;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Sends a request to a client, as {@link Association#send}.
     *
     * @throws FsException ENOTCONN if the rid has no association: never a reason to stop a server (R40)
     */
    public void send(long rid, Command command, byte[] payload, ResponseHandler handler) throws FsException {
        Association association = find(rid);
        if (association == null) {
            throw new FsException(Errno.ENOTCONN, command + " to rid " + Long.toHexString(rid) + ": not connected");
        }
        association.send(command, payload, handler);
    }

    /**
     * Ends the association of a rid, if there is one, and refuses its greetings until {@link #readmit}. Call when a fence request is
     * created. Does not wait for its handlers.
     */
    public void evict(long rid) {
        Peer peer;
        lock.lock();
        try {
            refused.add(rid);
            peer = peers.get(rid);
            if (peer != null) {
                retire(peer);
            }
        } finally {
            lock.unlock();
        }
        if (peer != null) {
            end(peer, "evicted");
        }
    }

    /** Greetings of a rid are judged by {@link ServerEvents#admit} again: its mounted-client item is gone. */
    public void readmit(long rid) {
        lock.lock();
        try {
            refused.remove(rid);
        } finally {
            lock.unlock();
        }
    }

    /** All associations, for people to look at. */
    public List<ConnectionStatus> connections() {
        lock.lock();
        try {
            List<ConnectionStatus> all = new ArrayList<>(peers.size());
            for (Peer peer : peers.values()) {
                Association association = peer.association;
                long[] numbers = association.numbers();
                Link owner = peer.owner;
                all.add(new ConnectionStatus(
                        "server",
                        owner == null ? null : Addresses.inetAddr(owner.local()),
                        association.peer(),
                        association.rid(),
                        peer.greetingId,
                        association.isConnected(),
                        association.farewellAnswered(),
                        peer.reconnectTimer != null,
                        numbers[0],
                        numbers[1],
                        numbers[2]));
            }
            return all;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Stops listening, shuts all sockets, ends all associations (their pending requests fail with ENOTCONN), and waits until every handler has
     * returned: afterwards nothing of a client arrives. Not from a handler or an event.
     */
    @Override
    public void close() {
        List<Peer> ended;
        List<Association> unfinished;
        List<Link> open;
        Thread accepting;
        lock.lock();
        try {
            closing = true;
            ended = new ArrayList<>(peers.values());
            ended.forEach(this::retire);
            unfinished = new ArrayList<>(retired);
            open = new ArrayList<>(links);
            accepting = acceptor;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        listener.close();
        ended.forEach(peer -> end(peer, "server stops"));
        open.forEach(link -> link.shut("server stops"));
        if (accepting != null) {
            Threads.join(accepting);
        }
        awaitSockets();
        unfinished.forEach(Association::awaitHandlers);
    }

    private void awaitSockets() {
        lock.lock();
        try {
            while (!links.isEmpty() || timersRunning > 0) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private void acceptAll(ServerEvents server) {
        while (true) {
            strangers.acquireUninterruptibly();
            StreamConnection connection;
            try {
                connection = listener.accept();
            } catch (IOException e) {
                if (!isClosing()) {
                    server.listenerFailed(
                            new FsException(Errno.EIO, "cannot accept connections: " + e.getMessage(), e));
                }
                return;
            }
            Link link = new Link(host, connection, counters);
            if (add(link)) {
                host.threads().virtual("net-serve " + link.remote(), () -> serve(link, server));
            } else {
                link.shut("server stops");
                strangers.release();
            }
        }
    }

    private boolean isClosing() {
        lock.lock();
        try {
            return closing;
        } finally {
            lock.unlock();
        }
    }

    private boolean add(Link link) {
        lock.lock();
        try {
            return !closing && links.add(link);
        } finally {
            lock.unlock();
        }
    }

    /** The life of one accepted socket. */
    private void serve(Link link, ServerEvents server) {
        boolean stranger = true;
        Peer peer = null;
        try {
            Frame frame = readGreeting(link);
            Greeting greeting = judge(link, frame, server);
            peer = greeting == null ? null : claim(link, frame.header().id(), greeting);
            if (greeting != null && peer == null && !link.isShut()) {
                // As the reference does: it greets a stranger before it closes; clients count on it.
                link.write(response(frame, 0), answer(greeting));
                link.shut("rid " + Long.toHexString(greeting.rid()) + " has no association any more");
            }
            if (greeting != null && peer != null) {
                strangers.release();
                stranger = false;
                converse(link, peer, frame, greeting, server);
            }
        } catch (ProtocolException e) {
            link.shut("impossible message: " + e.getMessage());
        } catch (IOException e) {
            link.shut(String.valueOf(e.getMessage()));
        } finally {
            if (peer != null) {
                release(link, peer, server);
            }
            link.close("done");
            LOG.log(Level.INFO, "server closing {0}: {1}", link, link.reason());
            if (stranger) {
                strangers.release();
            }
            remove(link);
        }
    }

    private Frame readGreeting(Link link) throws IOException {
        link.configure(keepaliveMs);
        link.shutAfter(GREETING_DEADLINE_MS, "no greeting within " + GREETING_DEADLINE_MS + " ms");
        Frame frame = link.read();
        link.stopTimer();
        if (frame.command() != Command.GREETING || frame.header().isResponse()) {
            counters.recvInvalidMessage.increment();
            throw new ProtocolException(frame.header() + ": a greeting request was expected");
        }
        return frame;
    }

    /** The greeting, if it is to be attached; null if it was answered with an error or refused, and shut. */
    private @Nullable Greeting judge(Link link, Frame frame, ServerEvents server) throws IOException {
        if (frame.payload().length != Greeting.SIZE) {
            return decline(link, frame, Errno.EINVAL, "greeting of " + frame.payload().length + " bytes");
        }
        Greeting greeting = Greeting.of(frame.payload());
        if (greeting.fsid() != volume.fsid() || greeting.formatVersion() != volume.formatVersion()) {
            return decline(
                    link,
                    frame,
                    Errno.EINVAL,
                    "greeting of fsid %016x version %s, ours are %016x and %s"
                            .formatted(
                                    greeting.fsid(),
                                    Long.toUnsignedString(greeting.formatVersion()),
                                    volume.fsid(),
                                    Long.toUnsignedString(volume.formatVersion())));
        }
        if (isRefused(greeting.rid())) {
            link.shut("rid " + Long.toHexString(greeting.rid()) + " is refused: it has a fence request");
            return null;
        }
        try {
            if (server.admit(greeting, Addresses.inetAddr(link.remote())) == ServerEvents.Admission.REFUSED) {
                link.shut("rid " + Long.toHexString(greeting.rid()) + " was refused");
                return null;
            }
        } catch (FsException e) {
            return decline(link, frame, e.errno(), "greeting failed: " + e.getMessage());
        }
        return greeting;
    }

    private static @Nullable Greeting decline(Link link, Frame frame, Errno errno, String why) throws IOException {
        NetHeader header = new NetHeader(
                1, 0, frame.header().id(), 0, Command.GREETING.number(), NetHeader.FLAG_RESPONSE, WireError.of(errno));
        link.write(header, Payloads.EMPTY);
        link.shut(why);
        return null;
    }

    private boolean isRefused(long rid) {
        lock.lock();
        try {
            return refused.contains(rid);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Makes a socket the owner of its rid's association, which is made if there is none, once the present owner has let go.
     *
     * @return null if it cannot: then the link was shut, or the greeting names this server's term without an association
     */
    private @Nullable Peer claim(Link link, long greetingId, Greeting greeting) {
        long rid = greeting.rid();
        lock.lock();
        try {
            while (true) {
                if (closing || refused.contains(rid)) {
                    link.shut(closing ? "server stops" : "rid " + Long.toHexString(rid) + " is refused");
                    return null;
                }
                Peer peer = peers.get(rid);
                if (peer == null) {
                    if (greeting.serverTerm() == term && !greeting.isFarewell()) {
                        return null;
                    }
                    peer = newPeer(rid, greeting.serverTerm() != term);
                }
                if (Long.compareUnsigned(peer.greetingId, greetingId) >= 0) {
                    link.shut("rid " + Long.toHexString(rid) + " has greeted again on another socket");
                    return null;
                }
                peer.greetingId = greetingId;
                Link owner = peer.owner;
                if (owner != null) {
                    owner.shut("rid " + Long.toHexString(rid) + " has connected again");
                }
                while (peer.owner != null && isCurrent(peer, greetingId)) {
                    changed.awaitUninterruptibly();
                }
                if (isCurrent(peer, greetingId)) {
                    cancelWait(peer);
                    peer.owner = link;
                    return peer;
                }
            }
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private Peer newPeer(long rid, boolean firstContact) {
        Dispatcher dispatcher = new Dispatcher(host.threads(), "net-handler");
        Peer peer = new Peer(Association.ofServer(rid, term, handlers, dispatcher, counters), firstContact);
        peers.put(rid, peer);
        return peer;
    }

    @GuardedBy("lock")
    private boolean isCurrent(Peer peer, long greetingId) {
        return peer.greetingId == greetingId && peers.get(peer.association.rid()) == peer && !closing;
    }

    /** Answers the greeting and reads messages until the socket breaks. */
    private void converse(Link link, Peer peer, Frame frame, Greeting greeting, ServerEvents server)
            throws IOException {
        Association association = peer.association;
        link.write(response(frame, association.recvSeq()), answer(greeting));
        association.attach(link);
        link.watch(() -> association.probe(Command.OPEN_INO_MAP, PROBE));
        LOG.log(Level.INFO, "server accepted {0}", link);
        server.attached(association, takeFirstContact(peer));
        association.receiveAll(link);
    }

    private NetHeader response(Frame greeting, long recvSeq) {
        return new NetHeader(
                1,
                recvSeq,
                greeting.header().id(),
                Greeting.SIZE,
                Command.GREETING.number(),
                NetHeader.FLAG_RESPONSE,
                WireError.NONE);
    }

    private byte[] answer(Greeting greeting) {
        return new Greeting(volume.fsid(), volume.formatVersion(), term, greeting.rid(), 0).toBytes();
    }

    private boolean takeFirstContact(Peer peer) {
        lock.lock();
        try {
            boolean first = peer.firstContact;
            peer.firstContact = false;
            return first;
        } finally {
            lock.unlock();
        }
    }

    /** The socket of an association is gone: it waits for another one, or has done all it was for. */
    private void release(Link link, Peer peer, ServerEvents server) {
        Association association = peer.association;
        link.close("done");
        association.detach(link);
        boolean over = false;
        lock.lock();
        try {
            peer.owner = null;
            if (peers.get(association.rid()) == peer && !closing) {
                if (association.farewellAnswered()) {
                    retire(peer);
                    over = true;
                } else {
                    startWait(peer, Addresses.inetAddr(link.remote()), server);
                }
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (over) {
            end(peer, "farewell");
        }
    }

    @GuardedBy("lock")
    private void startWait(Peer peer, InetAddr lastPeer, ServerEvents server) {
        long wait = ++peer.waits;
        peer.reconnectTimer = host.clock()
                .schedule(
                        "net-reconnect",
                        TimeUnit.MILLISECONDS.toNanos(RECONNECT_WAIT_MS),
                        () -> waitedInVain(peer, wait, lastPeer, server));
    }

    @GuardedBy("lock")
    private void cancelWait(Peer peer) {
        peer.waits++;
        if (peer.reconnectTimer != null) {
            peer.reconnectTimer.cancel();
            peer.reconnectTimer = null;
        }
    }

    private void waitedInVain(Peer peer, long wait, InetAddr lastPeer, ServerEvents server) {
        long rid = peer.association.rid();
        lock.lock();
        try {
            if (peer.waits != wait || closing) {
                return;
            }
            retire(peer);
            refused.add(rid);
            timersRunning++;
        } finally {
            lock.unlock();
        }
        try {
            LOG.log(Level.INFO, "client {0} reconnect timed out, fencing rid {1}", lastPeer, Long.toHexString(rid));
            end(peer, "reconnect timed out");
            server.reconnectTimedOut(rid, lastPeer);
        } finally {
            lock.lock();
            try {
                timersRunning--;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /** Forgets a peer. Its association is to be ended next. */
    @GuardedBy("lock")
    private void retire(Peer peer) {
        peers.remove(peer.association.rid());
        cancelWait(peer);
        retired.removeIf(Association::isIdle);
        retired.add(peer.association);
        changed.signalAll();
    }

    private static void end(Peer peer, String reason) {
        peer.association.end(Errno.ENOTCONN, Errno.ENOTCONN, reason);
    }

    private void remove(Link link) {
        lock.lock();
        try {
            links.remove(link);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
