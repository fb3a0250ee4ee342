package org.scoutfs.net;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.FsException;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.Greeting;
import org.scoutfs.format.wire.NetHeader;
import org.scoutfs.format.wire.Payloads;
import org.scoutfs.host.Host;
import org.scoutfs.host.StreamConnection;

/**
 * The connecting thread of a client: finds the server, connects, greets, reads until the connection breaks, waits for the handlers of what
 * arrived, and begins again (spec 3 section 4.4). One socket at a time.
 */
final class ClientConnector {
    private static final long RETRY_DELAY_MS = 100;
    /**
     * How long a server may take to answer a greeting, where the host cannot tell whether it lives: longer than any start of a server,
     * since greeting twice is dangerous for a reference server.
     */
    private static final long GREETING_WAIT_MS = 60_000;

    private static final Logger LOG = System.getLogger("org.scoutfs.net");

    private final ClientNetwork network;
    private final Host host;
    private final long keepaliveMs;
    private final ServerLocator locator;
    private final MountedClientLookup mountedClient;
    private final ClientEvents events;
    private final Association association;
    private final NetCounters counters;
    private final ClientGreeting greetings;
    private final EvictionSigns signs = new EvictionSigns();
    private String lastProblem = "";

    ClientConnector(
            ClientNetwork network,
            Host host,
            VolumeIdentity volume,
            boolean quorumMember,
            long keepaliveMs,
            ServerLocator locator,
            MountedClientLookup mountedClient,
            ClientEvents events,
            Association association,
            NetCounters counters) {
        this.network = network;
        this.host = host;
        this.keepaliveMs = keepaliveMs;
        this.locator = locator;
        this.mountedClient = mountedClient;
        this.events = events;
        this.association = association;
        this.counters = counters;
        this.greetings = new ClientGreeting(volume, association.rid(), quorumMember, this::isMounted);
    }

    /** Body of the thread. Ends when the network is closed or forced, when the farewell is done, or with eviction. */
    void run() {
        long delayMs = 0;
        while (network.pause(delayMs)) {
            if (network.isFarewellOutstanding() && !isMounted()) {
                network.farewellDone();
                return;
            }
            delayMs = attempt() ? 0 : RETRY_DELAY_MS;
            String sign = evictionSign();
            if (sign != null && network.isRunning()) {
                LOG.log(Level.ERROR, "this mount was evicted from the cluster: {0}", sign);
                network.evict();
                events.evicted(sign);
                return;
            }
        }
    }

    /** Whether the cluster knows this mount; when in doubt it does. */
    private boolean isMounted() {
        try {
            return mountedClient.isMounted();
        } catch (FsException e) {
            problem(Level.DEBUG, "cannot look up the mounted client item: " + e.getMessage());
            return true;
        }
    }

    /** One connection from finding the server to its end. Returns whether a greeting was answered. */
    private boolean attempt() {
        ServerLocator.Location location;
        try {
            location = locator.locate();
        } catch (FsException e) {
            problem(Level.DEBUG, "cannot find the server: " + e.getMessage());
            return false;
        }
        if (location == null) {
            problem(Level.DEBUG, "no server");
            return false;
        }
        Link link = connect(location);
        if (link == null) {
            return false;
        }
        try (LeaderWatch watch = new LeaderWatch(host, locator, link, location.term())) {
            return network.setLink(link) && converse(link, watch, location);
        } catch (ProtocolException e) {
            counters.recvInvalidMessage.increment();
            link.shut("impossible message: " + e.getMessage());
            problem(Level.WARNING, "client disconnected from " + link.remote() + ": " + link.reason());
        } catch (IOException e) {
            link.shut(String.valueOf(e.getMessage()));
            problem(Level.INFO, "client disconnected from " + link.remote() + ": " + link.reason());
        } finally {
            link.close("done");
            network.setLink(null);
        }
        return false;
    }

    private @Nullable Link connect(ServerLocator.Location location) {
        try {
            StreamConnection connection = host.network()
                    .connect(
                            Addresses.endpoint(location.address()),
                            TimeUnit.MILLISECONDS.toNanos(ClientNetwork.CONNECT_TIMEOUT_MS));
            return new Link(host, connection, counters);
        } catch (IOException e) {
            problem(Level.DEBUG, "cannot connect to " + location.address() + ": " + e.getMessage());
            return null;
        }
    }

    /**
     * Greets and reads messages until the connection breaks.
     *
     * @return true: a greeting was answered
     * @throws IOException if none was
     */
    private boolean converse(Link link, LeaderWatch watch, ServerLocator.Location location) throws IOException {
        link.configure(keepaliveMs);
        long lastTerm = association.term();
        NetHeader header = association.nextGreeting(Greeting.SIZE);
        link.write(
                header,
                greetings.next(lastTerm, network.isFarewellOutstanding()).toBytes());
        long term;
        try {
            term = awaitGreeting(link, header.id());
        } catch (IOException e) {
            if (lastTerm == 0) {
                greetings.unanswered(location.term());
            } else {
                signs.unanswered(location.term());
            }
            throw e;
        }
        watch.greeted(term);
        boolean newServer = association.accept(term);
        association.attach(link);
        link.watch(() -> association.probe(Command.GET_VOLOPT, Payloads.EMPTY));
        LOG.log(Level.INFO, "client connected {0}", link);
        lastProblem = "";
        events.connected(location.address(), term, newServer);
        receive(link, term);
        association.detach(link);
        link.close("done");
        association.awaitHandlers();
        LOG.log(Level.INFO, "client disconnected {0}: {1}", link, link.reason());
        events.disconnected();
        return true;
    }

    private long awaitGreeting(Link link, long id) throws IOException {
        if (!link.hostWatchesData()) {
            link.shutAfter(GREETING_WAIT_MS, "no answer to the greeting within " + GREETING_WAIT_MS + " ms");
        }
        Frame frame = link.read();
        link.stopTimer();
        return greetings.serverTerm(frame, id);
    }

    private void receive(Link link, long term) {
        long greeted = host.clock().nanoTime();
        boolean silent = true;
        try {
            association.receive(link, link.read());
            silent = false;
            association.receiveAll(link);
        } catch (ProtocolException e) {
            counters.recvInvalidMessage.increment();
            link.shut("impossible message: " + e.getMessage());
        } catch (IOException e) {
            link.shut(String.valueOf(e.getMessage()));
        }
        signs.ended(term, silent, host.clock().nanoTime() - greeted);
    }

    /** Why this mount must think that it was evicted; null if it need not. */
    private @Nullable String evictionSign() {
        if (signs.isForgotten()) {
            return "the server greets and closes";
        }
        if (signs.takeRefusal() && !network.isFarewellOutstanding() && !isMounted()) {
            return "the server refuses greetings, and the mounted client item is gone";
        }
        return null;
    }

    /** Failing attempts are ordinary while nobody leads; each new reason is said once. */
    private void problem(Level level, String what) {
        if (!what.equals(lastProblem)) {
            lastProblem = what;
            LOG.log(level, "{0}", what);
        }
    }
}
