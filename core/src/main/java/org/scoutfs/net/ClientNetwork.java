package org.scoutfs.net;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.Greeting;
import org.scoutfs.format.wire.NetHeader;
import org.scoutfs.format.wire.Payloads;
import org.scoutfs.format.wire.WireError;
import org.scoutfs.host.Host;
import org.scoutfs.host.StreamConnection;

/**
 * The client's end: one {@link Association} for the life of the mount, carried by one socket at a time to whichever server leads (spec 3
 * sections 4.4, 4.6, 7). Safe for all threads.
 *
 * <p>One thread finds the server, connects, greets, and reads until the connection breaks; then it waits for the handlers of what it
 * received, and begins again. So nothing that an old server sent is processed after a new one was greeted.
 *
 * <p>Ends in one of three ways: {@link #farewell} and {@link #close}; {@link #forceUnmount}; eviction, which is a forced unmount that the
 * cluster asked for (R32).
 */
public final class ClientNetwork implements AutoCloseable {
    static final long CONNECT_TIMEOUT_MS = 1000;
    private static final long RETRY_DELAY_MS = 100;
    /**
     * How long a server may take to answer a greeting, where the host cannot tell whether it lives: longer than any start of a server,
     * since greeting twice is dangerous for a reference server.
     */
    private static final long GREETING_WAIT_MS = 60_000;

    /** Greetings that lead to nothing, in a row and from one server, until that means eviction. */
    private static final int EVICTION_SIGNS = 3;
    /** A connection that ends sooner after its greeting was closed because of the greeting. */
    private static final long AT_ONCE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final Logger LOG = System.getLogger("org.scoutfs.net");

    private final Host host;
    private final VolumeIdentity volume;
    private final long rid;
    private final boolean quorumMember;
    private final long keepaliveMs;
    private final ServerLocator locator;
    private final MountedClientLookup mountedClient;
    private final ClientEvents events;
    private final NetCounters counters;
    private final Counter farewellErrors;
    private final Association association;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    private enum State {
        NEW,
        RUNNING,
        /** Forced unmount or eviction: submissions fail with ENOLINK. */
        FORCED,
        CLOSED
    }

    private enum Farewell {
        NONE,
        OUTSTANDING,
        DONE
    }

    @GuardedBy("lock")
    private State state = State.NEW;

    @GuardedBy("lock")
    private Farewell farewell = Farewell.NONE;

    @GuardedBy("lock")
    private @Nullable Link link;

    @GuardedBy("lock")
    private @Nullable Thread thread;

    // Everything below belongs to the connecting thread.

    /** Term of the server that was sent the first greeting and did not answer; 0 if that did not happen. */
    private long unansweredTerm;
    /** What the next greeting names while no server has answered, because one has processed a greeting nevertheless; else 0. */
    private long assumedTerm;
    /** Term that the signs of eviction were counted at, and how many in a row. */
    private long signsTerm;

    private int closedAfterGreeting;
    private int closedInsteadOfGreeting;
    private String lastProblem = "";

    /**
     * @param rid of the mount, neither 0 nor all ones
     * @param quorumMember whether the mount has a quorum slot
     * @param keepaliveMs mount option tcp_keepalive_timeout_ms, above 3000
     * @param handlers by command, for requests of the server: SYNC_LOG_TREES, LOCK, LOCK_RECOVER, OPEN_INO_MAP. They must not wait
     *     for messages
     */
    public ClientNetwork(
            Host host,
            VolumeIdentity volume,
            long rid,
            boolean quorumMember,
            long keepaliveMs,
            ServerLocator locator,
            MountedClientLookup mountedClient,
            Map<Command, RequestHandler> handlers,
            ClientEvents events,
            Counters counters) {
        this.host = host;
        this.volume = volume;
        this.rid = rid;
        this.quorumMember = quorumMember;
        this.keepaliveMs = keepaliveMs;
        this.locator = locator;
        this.mountedClient = mountedClient;
        this.events = events;
        this.counters = new NetCounters(counters);
        this.farewellErrors = counters.get("client_farewell_error");
        Dispatcher dispatcher = new Dispatcher(host.threads(), "net-handler");
        this.association = Association.ofClient(rid, handlers, dispatcher, this.counters);
    }

    /** Begins to connect. Once. Requests may be made before; they wait. */
    public void start() {
        lock.lock();
        try {
            if (state == State.NEW) {
                state = State.RUNNING;
                thread = host.threads().virtual("net-connect", this::connectLoop);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The conversation with the server, whoever that is. */
    public Association association() {
        return association;
    }

    /** As {@link Association#call}. */
    public byte[] call(Command command, byte[] payload) throws FsException {
        return association.call(command, payload);
    }

    /** As {@link Association#send}. */
    public void send(Command command, byte[] payload, ResponseHandler handler) throws FsException {
        association.send(command, payload, handler);
    }

    /**
     * Says farewell and waits without limit until the cluster has let the mount go (spec 3 section 7): a server has answered, or the
     * mount's item is gone. Requests of the server are answered meanwhile. Returns at once if no server has ever answered, and if
     * unmount is or becomes forced. Cannot be interrupted.
     */
    public void farewell() {
        lock.lock();
        try {
            if (state != State.RUNNING || association.term() == 0 || farewell != Farewell.NONE) {
                return;
            }
            farewell = Farewell.OUTSTANDING;
        } finally {
            lock.unlock();
        }
        try {
            association.send(Command.FAREWELL, Payloads.EMPTY, this::farewellAnswered);
        } catch (FsException e) {
            LOG.log(Level.DEBUG, "no farewell: {0}", e.getMessage());
            return;
        }
        lock.lock();
        try {
            while (farewell != Farewell.DONE && state == State.RUNNING) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private void farewellAnswered(Response response) {
        Errno error = response.error();
        if (error != null && isRunning()) {
            farewellErrors.increment();
            LOG.log(
                    Level.WARNING,
                    "client saw farewell error {0}, server might see client connection time out",
                    -error.number());
        }
        farewellDone();
    }

    private void farewellDone() {
        lock.lock();
        try {
            farewell = Farewell.DONE;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Shuts the connection for good: pending requests fail with ECONNABORTED, new ones with ENOLINK, nothing is connected again. Does
     * not wait.
     */
    public void forceUnmount() {
        stop(State.FORCED, Errno.ENOLINK, "forced unmount");
    }

    /**
     * Closes the connection; pending requests fail with ECONNABORTED, new ones with ENOTCONN. Returns when every handler has returned.
     * Not from a handler or an event.
     */
    @Override
    public void close() {
        stop(State.CLOSED, Errno.ENOTCONN, "unmount");
        Thread connecting;
        lock.lock();
        try {
            connecting = thread;
        } finally {
            lock.unlock();
        }
        if (connecting != null) {
            Threads.join(connecting);
        }
        association.awaitHandlers();
    }

    private void stop(State newState, Errno later, String reason) {
        Link open;
        lock.lock();
        try {
            if (state != State.FORCED) {
                state = newState;
            }
            open = link;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        association.end(Errno.ECONNABORTED, later, reason);
        if (open != null) {
            open.shut(reason);
        }
    }

    /** This client's connection, for people to look at. */
    public List<ConnectionStatus> connections() {
        long[] numbers = association.numbers();
        lock.lock();
        try {
            Link open = link;
            return List.of(new ConnectionStatus(
                    "client",
                    open == null ? null : Addresses.inetAddr(open.local()),
                    association.peer(),
                    rid,
                    0,
                    association.isConnected(),
                    farewell == Farewell.OUTSTANDING,
                    false,
                    numbers[0],
                    numbers[1],
                    numbers[2]));
        } finally {
            lock.unlock();
        }
    }

    private void connectLoop() {
        long delayMs = 0;
        while (pause(delayMs)) {
            if (isFarewellOutstanding() && !isMounted()) {
                farewellDone();
                return;
            }
            delayMs = attempt() ? 0 : RETRY_DELAY_MS;
            String sign = evictionSign();
            if (sign != null && isRunning()) {
                LOG.log(Level.ERROR, "this mount was evicted from the cluster: {0}", sign);
                stop(State.FORCED, Errno.ENOLINK, "evicted");
                events.evicted(sign);
                return;
            }
        }
    }

    /** Waits; false if the network is to stop. */
    private boolean pause(long delayMs) {
        long left = TimeUnit.MILLISECONDS.toNanos(delayMs);
        boolean interrupted = false;
        lock.lock();
        try {
            while (state == State.RUNNING && left > 0) {
                try {
                    left = host.clock().awaitNanos(lock, changed, left);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            return state == State.RUNNING;
        } finally {
            lock.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean isRunning() {
        lock.lock();
        try {
            return state == State.RUNNING;
        } finally {
            lock.unlock();
        }
    }

    private boolean isFarewellOutstanding() {
        lock.lock();
        try {
            return farewell == Farewell.OUTSTANDING;
        } finally {
            lock.unlock();
        }
    }

    /** Whether the cluster knows this mount; when in doubt it does. */
    private boolean isMounted() {
        try {
            return mountedClient.isMounted();
        } catch (FsException e) {
            problem("cannot look up the mounted client item: " + e.getMessage());
            return true;
        }
    }

    /** One connection from finding the server to its end. Returns whether a greeting was answered. */
    private boolean attempt() {
        ServerLocator.Location location;
        try {
            location = locator.locate();
        } catch (FsException e) {
            problem("cannot find the server: " + e.getMessage());
            return false;
        }
        if (location == null) {
            problem("no server");
            return false;
        }
        Link open = null;
        try {
            StreamConnection connection = host.network()
                    .connect(Addresses.endpoint(location.address()), TimeUnit.MILLISECONDS.toNanos(CONNECT_TIMEOUT_MS));
            open = new Link(host, connection, counters);
            return setLink(open) && converse(open, location);
        } catch (IOException e) {
            if (open == null) {
                problem("cannot connect to " + location.address() + ": " + e.getMessage());
            } else {
                open.shut(String.valueOf(e.getMessage()));
                problem(open + ": " + open.reason());
            }
            return false;
        } finally {
            if (open != null) {
                open.close("done");
                setLink(null);
            }
        }
    }

    /** False if the network is to stop: then the link must not be used. */
    private boolean setLink(@Nullable Link open) {
        lock.lock();
        try {
            link = open;
            return state == State.RUNNING;
        } finally {
            lock.unlock();
        }
    }

    /** Greets and reads messages until the connection breaks. Returns whether the greeting was answered; throws if not even sent. */
    private boolean converse(Link open, ServerLocator.Location location) throws IOException {
        open.configure(keepaliveMs);
        NetHeader header = association.nextGreeting(Greeting.SIZE);
        open.write(header, greeting(association.term()).toBytes());
        long term;
        try {
            term = awaitGreeting(open, header.id());
        } catch (IOException e) {
            unanswered(location.term());
            throw e;
        }
        boolean newServer = association.accept(term);
        association.attach(open);
        open.watch(() -> association.probe(Command.GET_VOLOPT, Payloads.EMPTY));
        LOG.log(Level.INFO, "client connected {0}", open);
        lastProblem = "";
        events.connected(location.address(), term, newServer);
        closedInsteadOfGreeting = 0;
        countSign(term);
        long greeted = host.clock().nanoTime();
        boolean silent = true;
        try {
            association.receive(open, open.read());
            silent = false;
            association.receiveAll(open);
        } catch (ProtocolException e) {
            open.shut("impossible message: " + e.getMessage());
        } catch (IOException e) {
            open.shut(String.valueOf(e.getMessage()));
        }
        boolean atOnce = host.clock().nanoTime() - greeted < AT_ONCE_NANOS;
        closedAfterGreeting = silent && atOnce ? closedAfterGreeting + 1 : 0;
        association.detach(open);
        open.close("done");
        association.awaitHandlers();
        LOG.log(Level.INFO, "client disconnected {0}: {1}", open, open.reason());
        events.disconnected();
        return true;
    }

    private Greeting greeting(long lastTerm) {
        long flags = (isFarewellOutstanding() ? Greeting.FLAG_FAREWELL : 0) | (quorumMember ? Greeting.FLAG_QUORUM : 0);
        return new Greeting(
                volume.fsid(), volume.formatVersion(), lastTerm == 0 ? assumedTerm() : lastTerm, rid, flags);
    }

    /**
     * What to call the last server while none has answered. If one has processed a greeting nevertheless, its term: a reference server
     * would take a second greeting with term 0 for another client of the same rid, and fence it (R29).
     */
    private long assumedTerm() {
        if (assumedTerm == 0 && unansweredTerm != 0 && isMounted()) {
            assumedTerm = unansweredTerm;
        }
        return assumedTerm;
    }

    private long awaitGreeting(Link open, long id) throws IOException {
        if (!open.hostWatchesData()) {
            open.shutAfter(GREETING_WAIT_MS, "no answer to the greeting within " + GREETING_WAIT_MS + " ms");
        }
        Frame frame = open.read();
        open.stopTimer();
        NetHeader header = frame.header();
        if (frame.command() != Command.GREETING || !header.isResponse() || header.id() != id) {
            counters.recvInvalidMessage.increment();
            throw new ProtocolException(header + ": a greeting response with id " + id + " was expected");
        }
        if (header.error() != WireError.NONE) {
            throw new IOException("the server answered the greeting with " + WireError.toErrno(header.error()));
        }
        if (frame.payload().length != Greeting.SIZE) {
            throw new ProtocolException(header + ": a greeting has " + Greeting.SIZE + " bytes");
        }
        Greeting answer = Greeting.of(frame.payload());
        if (answer.fsid() != volume.fsid()
                || answer.formatVersion() != volume.formatVersion()
                || answer.rid() != rid
                || answer.serverTerm() == 0) {
            throw new IOException("the server serves another volume: " + answer);
        }
        return answer.serverTerm();
    }

    /** A greeting was sent and the connection broke instead of an answer. */
    private void unanswered(long locatedTerm) {
        if (association.term() == 0) {
            if (assumedTerm == 0) {
                unansweredTerm = locatedTerm;
            }
        } else {
            countSign(locatedTerm);
            closedInsteadOfGreeting++;
        }
    }

    private void countSign(long term) {
        if (term != signsTerm) {
            signsTerm = term;
            closedAfterGreeting = 0;
            closedInsteadOfGreeting = 0;
        }
    }

    /** Why this mount must think that it was evicted; null if it need not. */
    private @Nullable String evictionSign() {
        if (closedAfterGreeting >= EVICTION_SIGNS) {
            return "the server greets and closes";
        }
        if (closedInsteadOfGreeting >= EVICTION_SIGNS && !isFarewellOutstanding()) {
            closedInsteadOfGreeting = 0;
            if (!isMounted()) {
                return "the server refuses greetings, and the mounted client item is gone";
            }
        }
        return null;
    }

    /** Failing attempts are ordinary while nobody leads; each new reason is said once. */
    private void problem(String what) {
        if (!what.equals(lastProblem)) {
            lastProblem = what;
            LOG.log(Level.DEBUG, "{0}", what);
        }
    }
}
