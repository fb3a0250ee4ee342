package org.scoutfs.net;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.BindException;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.wire.Command;
import org.scoutfs.host.Host;
import org.scoutfs.host.StreamConnection;
import org.scoutfs.host.StreamListener;

/**
 * The server's end of all connections, for one term (spec 3 sections 4.1, 4.4, 4.6). Safe for all threads.
 *
 * <p>{@link #bind} listens, so that early clients wait in the backlog; {@link #start} accepts; {@link #close} ends everything. Each
 * accepted socket has a thread ({@link AcceptedSocket}) that reads its greeting, attaches it to the one association of its rid ({@link
 * ServerPeers}), and then reads messages.
 */
public final class ServerNetwork implements AutoCloseable {
    /** How long a client may take to come back. */
    public static final long RECONNECT_WAIT_MS = 20_000;

    private static final int BACKLOG = 255;
    /** Sockets that have not greeted. Mounts greet at once, so who has been silent longest makes room. */
    static final int MAX_STRANGERS = 1024;

    /** Tries in a row to accept, {@value #ACCEPT_PAUSE_MS} ms apart, before the listening socket counts as broken. */
    private static final int ACCEPT_TRIES = 50;

    private static final long ACCEPT_PAUSE_MS = 100;

    private static final Logger LOG = System.getLogger("org.scoutfs.net");

    private final Host host;
    private final VolumeIdentity volume;
    private final long keepaliveMs;
    private final StreamListener listener;
    private final NetCounters counters;
    private final ServerPeers peers;

    private final ReentrantLock lock = new ReentrantLock();
    /** A socket's thread has ended. */
    private final Condition changed = lock.newCondition();

    @GuardedBy("lock")
    private final Set<Link> links = new HashSet<>();

    /** Those of the links that have not greeted, oldest first. */
    @GuardedBy("lock")
    private final Set<Link> strangers = new LinkedHashSet<>();

    @GuardedBy("lock")
    private boolean closing;

    @GuardedBy("lock")
    private @Nullable Thread acceptor;

    private ServerNetwork(
            Host host, VolumeIdentity volume, long keepaliveMs, StreamListener listener, NetCounters counters) {
        this.host = host;
        this.volume = volume;
        this.keepaliveMs = keepaliveMs;
        this.listener = listener;
        this.counters = counters;
        this.peers = new ServerPeers(host.clock());
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
     * @param term of the election that made this server
     * @param handlers by command; a request of any other command closes its connection
     */
    public void start(long term, Map<Command, RequestHandler> handlers, ServerEvents events) {
        AcceptedSocket.Shared shared = new AcceptedSocket.Shared(
                host, volume, term, keepaliveMs, Map.copyOf(handlers), events, peers, counters);
        lock.lock();
        try {
            if (!closing) {
                acceptor = host.threads().virtual("net-accept", () -> acceptAll(shared));
            }
        } finally {
            lock.unlock();
        }
    }

    /** The association of a rid, connected or not; null if there is none. */
    public @Nullable Association find(long rid) {
        return peers.find(rid);
    }

    /**
     * Sends a request to a client, as {@link Association#send}.
     *
     * @throws FsException ENOTCONN if the rid has no association: never a reason to stop a server (R40)
     */
    public void send(long rid, Command command, byte[] payload, ResponseHandler handler) throws FsException {
        Association association = peers.find(rid);
        if (association == null) {
            throw new FsException(Errno.ENOTCONN, command + " to rid " + Long.toHexString(rid) + ": not connected");
        }
        association.send(command, payload, handler);
    }

    /**
     * Ends the association of a rid, if there is one, and refuses its greetings until {@link #readmit}. Call when a fence request is
     * created; also before {@link #start}. Does not wait for its handlers.
     */
    public void evict(long rid) {
        peers.evict(rid);
    }

    /** Greetings of a rid are judged by {@link ServerEvents#admit} again: its mounted-client item is gone. */
    public void readmit(long rid) {
        peers.readmit(rid);
    }

    /** All associations, for people to look at. */
    public List<ConnectionStatus> connections() {
        return peers.connections();
    }

    /** Unfinished messages to all clients: lines of the debug file {@code messages}, without newlines. */
    public List<String> messageLines() {
        return peers.messageLines();
    }

    /**
     * Stops listening, shuts all sockets, ends all associations (their pending requests fail with ENOTCONN), and waits until every handler has
     * returned: afterwards nothing of a client arrives. Not from a handler or an event.
     */
    @Override
    public void close() {
        List<Link> open;
        Thread accepting;
        lock.lock();
        try {
            closing = true;
            open = List.copyOf(links);
            accepting = acceptor;
        } finally {
            lock.unlock();
        }
        listener.close();
        peers.close();
        open.forEach(link -> link.shut("server stops"));
        if (accepting != null) {
            Threads.join(accepting);
        }
        awaitSockets();
        peers.awaitIdle();
    }

    private void awaitSockets() {
        lock.lock();
        try {
            while (!links.isEmpty()) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private void acceptAll(AcceptedSocket.Shared shared) {
        int failures = 0;
        while (!isClosing()) {
            StreamConnection connection;
            try {
                connection = listener.accept();
                failures = 0;
            } catch (IOException e) {
                if (!isClosing() && !acceptsAgain(shared.events(), ++failures, e)) {
                    return;
                }
                continue;
            }
            Link link = new Link(host, connection, counters);
            if (add(link)) {
                host.threads().virtual("net-serve " + link.remote(), () -> serve(shared, link));
            } else {
                link.shut("server stops");
            }
        }
    }

    /** Being short of file descriptors or memory passes; a listening socket that stays broken ends the server. */
    private boolean acceptsAgain(ServerEvents events, int failures, IOException failure) {
        counters.acceptError.increment();
        if (failures == ACCEPT_TRIES) {
            events.listenerFailed(
                    new FsException(Errno.EIO, "cannot accept connections: " + failure.getMessage(), failure));
            return false;
        }
        if (failures == 1) {
            LOG.log(Level.WARNING, "server cannot accept a connection, tries again: {0}", failure.getMessage());
        }
        try {
            host.clock().sleep(TimeUnit.MILLISECONDS.toNanos(ACCEPT_PAUSE_MS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        return true;
    }

    private void serve(AcceptedSocket.Shared shared, Link link) {
        try {
            new AcceptedSocket(shared, link, () -> greeted(link)).run();
        } finally {
            remove(link);
        }
    }

    private void greeted(Link link) {
        lock.lock();
        try {
            strangers.remove(link);
        } finally {
            lock.unlock();
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
        Link silent = null;
        lock.lock();
        try {
            if (closing) {
                return false;
            }
            links.add(link);
            strangers.add(link);
            if (strangers.size() > MAX_STRANGERS) {
                silent = strangers.iterator().next();
                strangers.remove(silent);
            }
        } finally {
            lock.unlock();
        }
        if (silent != null) {
            silent.shut("no greeting, and " + MAX_STRANGERS + " others have not greeted either");
        }
        return true;
    }

    private void remove(Link link) {
        lock.lock();
        try {
            links.remove(link);
            strangers.remove(link);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
