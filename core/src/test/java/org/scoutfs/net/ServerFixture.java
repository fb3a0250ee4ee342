package org.scoutfs.net;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.Greeting;
import org.scoutfs.host.Endpoint;
import org.scoutfs.host.Simulation;
import org.scoutfs.host.TestHost;

/** A server's network on a simulated host, raw peers on another, and a log of what the server was told. */
final class ServerFixture implements AutoCloseable {
    static final VolumeIdentity VOLUME = new VolumeIdentity(0x5b0591faeec8e477L, 2);
    static final long TERM = 4;
    static final long RID = 0x55e98911c02cc33eL;
    static final long KEEPALIVE_MS = 24_000;
    private static final InetAddr ADDRESS = InetAddr.parse("10.0.0.1", 4000);

    final Simulation simulation;
    final TestHost host;
    final TestHost clients;
    final Counters counters = new Counters();
    final Map<Command, RequestHandler> handlers = new EnumMap<>(Command.class);
    final List<String> log = Collections.synchronizedList(new ArrayList<>());
    final Events events = new Events();
    final ServerNetwork network;

    /** Says what the test wants to hear. */
    final class Events implements ServerEvents {
        volatile Admission admission = Admission.WELCOME;
        volatile @Nullable FsException failure;
        volatile Runnable whenAdmitted = () -> {};
        volatile boolean gone;

        @Override
        public Admission admit(Greeting greeting, InetAddr peer) throws FsException {
            log.add("admit " + Long.toHexString(greeting.rid()) + " term " + greeting.serverTerm());
            whenAdmitted.run();
            if (failure != null) {
                throw failure;
            }
            return admission;
        }

        @Override
        public void attached(Association association, boolean firstContact) {
            log.add("attached " + Long.toHexString(association.rid()) + (firstContact ? " first" : ""));
        }

        @Override
        public boolean isGone(long rid, InetAddr lastPeer) {
            return gone;
        }

        @Override
        public void reconnectTimedOut(long rid, InetAddr lastPeer) {
            log.add("timed out " + Long.toHexString(rid) + " at " + lastPeer.dotted());
        }

        @Override
        public void listenerFailed(FsException failed) {
            log.add("listener failed");
        }
    }

    ServerFixture(long seed) throws Exception {
        simulation = new Simulation(seed);
        host = simulation.host(ADDRESS.addr());
        clients = simulation.host(ADDRESS.addr() + 1);
        network = simulation.call(
                TimeUnit.SECONDS.toNanos(1), () -> ServerNetwork.bind(host, VOLUME, ADDRESS, KEEPALIVE_MS, counters));
    }

    ServerFixture start() throws Exception {
        simulation.run(() -> network.start(TERM, handlers, events));
        return this;
    }

    ServerFixture handle(Command command, RequestHandler handler) {
        handlers.put(command, handler);
        return this;
    }

    void run(Simulation.Body body) throws Exception {
        simulation.run(body);
    }

    void advanceMs(long ms) {
        simulation.advance(TimeUnit.MILLISECONDS.toNanos(ms));
    }

    long count(String counter) {
        return counters.get(counter).get();
    }

    List<String> takeLog() {
        synchronized (log) {
            List<String> taken = List.copyOf(log);
            log.clear();
            return taken;
        }
    }

    /** A socket without greeting. */
    RawPeer connect() throws IOException {
        return new RawPeer(
                clients.network().connect(new Endpoint(ADDRESS.addr(), ADDRESS.port()), TimeUnit.SECONDS.toNanos(1)));
    }

    /** A socket whose greeting was answered; seq and id of the greeting are {@code number}. */
    RawPeer greeted(long number, long recvSeq, Greeting greeting) throws IOException {
        RawPeer peer = connect();
        peer.greet(number, recvSeq, number, greeting);
        peer.read();
        return peer;
    }

    /** The first contact of a mount: greeting with seq 1 and id 1. */
    RawPeer mount() throws IOException {
        return greeted(1, 0, greeting(0));
    }

    static Greeting greeting(long term) {
        return new Greeting(VOLUME.fsid(), VOLUME.formatVersion(), term, RID, 0);
    }

    static Greeting farewellGreeting(long term) {
        return new Greeting(VOLUME.fsid(), VOLUME.formatVersion(), term, RID, Greeting.FLAG_FAREWELL);
    }

    @Override
    public void close() {
        try {
            run(network::close);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        simulation.close();
    }
}
