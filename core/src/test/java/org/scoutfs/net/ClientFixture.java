package org.scoutfs.net;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.Greeting;
import org.scoutfs.host.Endpoint;
import org.scoutfs.host.Simulation;
import org.scoutfs.host.StreamListener;
import org.scoutfs.host.TestHost;

/** A client's network on a simulated host, and a server that the test plays with raw frames. */
final class ClientFixture implements AutoCloseable {
    static final VolumeIdentity VOLUME = ServerFixture.VOLUME;
    static final long RID = ServerFixture.RID;
    private static final InetAddr ADDRESS = InetAddr.parse("10.0.0.1", 4000);

    final Simulation simulation;
    final TestHost host;
    final TestHost serverHost;
    final Counters counters = new Counters();
    final Map<Command, RequestHandler> handlers = new EnumMap<>(Command.class);
    final List<String> log = Collections.synchronizedList(new ArrayList<>());
    final AtomicInteger lookups = new AtomicInteger();
    volatile ServerLocator.@Nullable Location location = new ServerLocator.Location(ADDRESS, 1);
    volatile boolean mounted;
    volatile @Nullable FsException lookupFailure;
    private @Nullable ClientNetwork network;
    private @Nullable StreamListener listener;

    ClientFixture(long seed) {
        simulation = new Simulation(seed);
        serverHost = simulation.host(ADDRESS.addr());
        host = simulation.host(ADDRESS.addr() + 1);
    }

    ClientFixture handle(Command command, RequestHandler handler) {
        handlers.put(command, handler);
        return this;
    }

    /** A client that has not begun to connect; a server that listens. */
    ClientFixture create() throws Exception {
        network = new ClientNetwork(
                host,
                VOLUME,
                RID,
                true,
                ServerFixture.KEEPALIVE_MS,
                () -> location,
                this::lookUp,
                handlers,
                new Events(),
                counters);
        simulation.run(this::listen);
        return this;
    }

    ClientFixture start() throws Exception {
        create();
        simulation.run(network()::start);
        return this;
    }

    ClientNetwork network() {
        if (network == null) {
            throw new IllegalStateException("not created");
        }
        return network;
    }

    void listen() throws IOException {
        listener = serverHost.network().listen(new Endpoint(ADDRESS.addr(), ADDRESS.port()), 10);
    }

    /** Nobody listens any more. */
    void stopListening() {
        if (listener != null) {
            listener.close();
        }
    }

    private boolean lookUp() throws FsException {
        lookups.incrementAndGet();
        FsException failure = lookupFailure;
        if (failure != null) {
            throw failure;
        }
        return mounted;
    }

    private final class Events implements ClientEvents {
        @Override
        public void connected(InetAddr server, long term, boolean newServer) {
            log.add("connected " + server + " term " + term + (newServer ? " new" : ""));
        }

        @Override
        public void disconnected() {
            log.add("disconnected");
        }

        @Override
        public void evicted(String reason) {
            log.add("evicted");
        }
    }

    /** The next connection of the client. */
    RawPeer accept() throws IOException {
        if (listener == null) {
            throw new IllegalStateException("not listening");
        }
        return new RawPeer(listener.accept());
    }

    /** The next connection of the client, whose greeting was answered by a server of this term. */
    RawPeer greeted(long term) throws IOException {
        RawPeer peer = accept();
        answer(peer, peer.read(), term);
        return peer;
    }

    static void answer(RawPeer peer, Frame greeting, long term) throws IOException {
        peer.response(
                1,
                0,
                greeting.header().id(),
                Command.GREETING,
                new Greeting(VOLUME.fsid(), VOLUME.formatVersion(), term, RID, 0).toBytes());
    }

    void run(Simulation.Body body) throws Exception {
        simulation.run(body);
    }

    long nowMs() {
        return TimeUnit.NANOSECONDS.toMillis(host.clock().nanoTime());
    }

    List<String> takeLog() {
        synchronized (log) {
            List<String> taken = List.copyOf(log);
            log.clear();
            return taken;
        }
    }

    /** Runs a call of the client in its own thread; its outcome goes to {@code outcomes}. */
    Thread call(List<String> outcomes, Command command, byte... payload) {
        return host.threads().virtual("call", () -> {
            try {
                outcomes.add(command + " " + network().call(command, payload).length);
            } catch (FsException e) {
                outcomes.add(command + " " + e.errno());
            }
        });
    }

    @Override
    public void close() {
        try {
            run(() -> {
                network().close();
                stopListening();
            });
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        simulation.close();
    }
}
