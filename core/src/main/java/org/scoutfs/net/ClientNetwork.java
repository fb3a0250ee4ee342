package org.scoutfs.net;

import com.google.errorprone.annotations.concurrent.GuardedBy;
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
import org.scoutfs.format.wire.Payloads;
import org.scoutfs.host.Host;

/**
 * The client's end: one {@link Association} for the life of the mount, carried by one socket at a time to whichever server leads (spec 3
 * sections 4.4, 4.6, 7). Safe for all threads.
 *
 * <p>One thread connects and reads ({@link ClientConnector}). Nothing that an old server sent is processed after a new one was greeted.
 *
 * <p>Ends in one of three ways: {@link #farewell} and {@link #close}; {@link #forceUnmount}; eviction, which is a forced unmount that the
 * cluster asked for (R32).
 */
public final class ClientNetwork implements AutoCloseable {
    static final long CONNECT_TIMEOUT_MS = 1000;

    private static final Logger LOG = System.getLogger("org.scoutfs.net");

    private final Host host;
    private final long rid;
    private final Counter farewellErrors;
    private final Association association;
    private final ClientConnector connector;

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
        this.rid = rid;
        this.farewellErrors = counters.get("client_farewell_error");
        NetCounters netCounters = new NetCounters(counters);
        this.association = Association.ofClient(rid, handlers, host.threads(), netCounters);
        this.connector = new ClientConnector(
                this,
                host,
                volume,
                quorumMember,
                keepaliveMs,
                locator,
                mountedClient,
                events,
                association,
                netCounters);
    }

    /** Begins to connect. Once. Requests may be made before; they wait. */
    public void start() {
        lock.lock();
        try {
            if (state == State.NEW) {
                state = State.RUNNING;
                thread = host.threads().virtual("net-connect", connector::run);
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

    /** The cluster has let the mount go. */
    void farewellDone() {
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

    /** The cluster has given the mount up. */
    void evict() {
        stop(State.FORCED, Errno.ENOLINK, "evicted");
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

    /** Unfinished messages to the server: lines of the debug file {@code messages}, without newlines. */
    public List<String> messageLines() {
        return association.messageLines();
    }

    /** Waits; false if the network is to stop. */
    boolean pause(long delayMs) {
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

    boolean isRunning() {
        lock.lock();
        try {
            return state == State.RUNNING;
        } finally {
            lock.unlock();
        }
    }

    boolean isFarewellOutstanding() {
        lock.lock();
        try {
            return farewell == Farewell.OUTSTANDING;
        } finally {
            lock.unlock();
        }
    }

    /** False if the network is to stop: then the link must not be used. */
    boolean setLink(@Nullable Link open) {
        lock.lock();
        try {
            link = open;
            return state == State.RUNNING;
        } finally {
            lock.unlock();
        }
    }
}
