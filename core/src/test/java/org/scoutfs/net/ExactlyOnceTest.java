package org.scoutfs.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.wire.AllocInodes;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.Greeting;
import org.scoutfs.format.wire.Payloads;
import org.scoutfs.host.HostRandom;
import org.scoutfs.host.Simulation;
import org.scoutfs.host.TestHost;

/**
 * Both ends against each other while connections break and servers change, from a seed: every call is answered with what belongs to it;
 * one server handles a request once; what the server asks is answered once.
 */
class ExactlyOnceTest {
    private static final InetAddr ADDRESS = InetAddr.parse("10.0.0.1", 4000);
    private static final VolumeIdentity VOLUME = new VolumeIdentity(7, 2);
    private static final long RID = 99;
    /** More for a soak: {@code -Dscoutfs.rounds=300}. */
    private static final int ROUNDS = Integer.getInteger("scoutfs.rounds", 6);

    private static final int CALLERS = 8;
    private static final int CALLS = 60;

    private final Counters counters = new Counters();
    private final AtomicLong term = new AtomicLong(1);
    /** How often each request was handled, by the payload that names it, at the present server. */
    private final Map<Long, Integer> handled = Collections.synchronizedMap(new HashMap<>());

    private final List<String> wrong = Collections.synchronizedList(new ArrayList<>());
    private @Nullable ServerNetwork server;

    private final class Events implements ServerEvents {
        @Override
        public Admission admit(Greeting greeting, InetAddr peer) {
            return Admission.WELCOME;
        }

        @Override
        public void attached(Association association, boolean firstContact) {}

        @Override
        public void reconnectTimedOut(long rid, InetAddr lastPeer) {
            wrong.add("client given up");
        }

        @Override
        public void listenerFailed(FsException failure) {
            wrong.add("listener failed");
        }
    }

    @Test
    void oneServer() throws Exception {
        for (long seed = seed(); seed < seed() + ROUNDS; seed++) {
            run(seed, false);
        }
        assertThat(counters.get("net_recv_dropped_duplicate").get()).isPositive();
    }

    @Test
    void changingServers() throws Exception {
        for (long seed = seed(); seed < seed() + ROUNDS; seed++) {
            run(seed, true);
        }
    }

    private static long seed() {
        return Long.getLong("scoutfs.seed", 100);
    }

    private void run(long seed, boolean failover) throws Exception {
        System.out.println("scoutfs.seed=" + seed);
        try (Simulation simulation = new Simulation(seed)) {
            simulation.net().delays(0, 20_000_000);
            TestHost serverHost = simulation.host(ADDRESS.addr());
            TestHost clientHost = simulation.host(ADDRESS.addr() + 1);
            simulation.run(() -> converse(simulation, serverHost, clientHost, failover));
        }
        assertThat(wrong).isEmpty();
    }

    private void converse(Simulation simulation, TestHost serverHost, TestHost clientHost, boolean failover)
            throws Exception {
        handled.clear();
        term.set(1);
        startServer(serverHost);
        AtomicLong syncs = new AtomicLong();
        ClientNetwork client = new ClientNetwork(
                clientHost,
                VOLUME,
                RID,
                false,
                24_000,
                () -> new ServerLocator.Location(ADDRESS, term.get()),
                () -> true,
                Map.of(Command.SYNC_LOG_TREES, request -> {
                    syncs.incrementAndGet();
                    pause(clientHost);
                    request.reply();
                }),
                ClientEvents.NONE,
                counters);
        client.start();
        List<Thread> callers = new ArrayList<>();
        for (int caller = 0; caller < CALLERS; caller++) {
            long first = caller * 1000L;
            callers.add(clientHost.threads().virtual("caller", () -> callAll(clientHost, client, first)));
        }
        long asked = 0;
        AtomicLong answered = new AtomicLong();
        HostRandom random = serverHost.random();
        for (int i = 0; i < 40; i++) {
            serverHost.clock().sleep(random.nextLong(60_000_000));
            try {
                server().send(RID, Command.SYNC_LOG_TREES, Payloads.EMPTY, response -> answered.incrementAndGet());
                asked++;
            } catch (FsException e) {
                // not met yet, or between two servers
                assertThat(e.errno()).isEqualTo(Errno.ENOTCONN);
            }
            if (random.nextInt(3) == 0) {
                simulation.net().crash(clientHost.ipv4());
            }
            if (failover && random.nextInt(8) == 0) {
                server().close();
                term.incrementAndGet();
                handled.clear();
                startServer(serverHost);
            }
        }
        for (Thread caller : callers) {
            caller.join();
        }
        serverHost.clock().sleep(TimeUnit.SECONDS.toNanos(5));
        if (!failover) {
            assertThat(handled).hasSize(CALLERS * CALLS);
            assertThat(syncs.get()).isEqualTo(asked);
        }
        assertThat(answered.get()).isEqualTo(asked);
        client.close();
        server().close();
    }

    private ServerNetwork server() {
        if (server == null) {
            throw new IllegalStateException("no server");
        }
        return server;
    }

    private void startServer(TestHost host) throws FsException {
        ServerNetwork started = ServerNetwork.bind(host, VOLUME, ADDRESS, 24_000, counters);
        long ownTerm = term.get();
        started.start(
                ownTerm,
                Map.of(Command.ALLOC_INODES, request -> {
                    long number = Payloads.u64(request.payload());
                    pause(host);
                    if (ownTerm == term.get() && handled.merge(number, 1, Integer::sum) > 1) {
                        wrong.add("handled twice: " + number);
                    }
                    request.reply(new AllocInodes(number, number + 1).toBytes());
                }),
                new Events());
        server = started;
    }

    private void callAll(TestHost host, ClientNetwork client, long first) {
        for (long number = first; number < first + CALLS; number++) {
            try {
                byte[] answer = client.call(Command.ALLOC_INODES, Payloads.ofU64(number));
                if (!AllocInodes.of(answer).equals(new AllocInodes(number, number + 1))) {
                    wrong.add(number + " was answered " + AllocInodes.of(answer));
                }
            } catch (FsException e) {
                wrong.add(number + " failed: " + e.getMessage());
            }
            pause(host);
        }
    }

    private static void pause(TestHost host) {
        try {
            host.clock().sleep(host.random().nextLong(30_000_000));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
