package org.scoutfs.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.scoutfs.counter.Counters;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.Payloads;
import org.scoutfs.host.DatagramPort;
import org.scoutfs.host.Endpoint;
import org.scoutfs.host.Host;
import org.scoutfs.host.HostClock;
import org.scoutfs.host.HostNetwork;
import org.scoutfs.host.HostRandom;
import org.scoutfs.host.HostThreads;
import org.scoutfs.host.StreamConnection;
import org.scoutfs.host.StreamListener;

/** Whoever connects and does not greet, and trouble with accepting, keep no mount waiting. */
class StrangersTest {
    private static final long SEED = Long.getLong("scoutfs.seed", 1);

    @Test
    void whoeverIsSilentLongestMakesRoom() throws Exception {
        try (ServerFixture server = new ServerFixture(SEED).start()) {
            server.run(() -> {
                List<RawPeer> silent = new ArrayList<>();
                for (int i = 0; i < ServerNetwork.MAX_STRANGERS + 10; i++) {
                    silent.add(server.connect());
                }
                long before = server.host.clock().nanoTime();
                try (RawPeer mount = server.mount()) {
                    assertThat(mount).isNotNull();
                    for (int i = 0; i < 10; i++) {
                        assertThat(silent.get(i).isClosed()).isTrue();
                    }
                    assertThat(server.host.clock().nanoTime())
                            .as("nobody waited")
                            .isEqualTo(before);
                    assertThat(server.count("net_strangers_closed")).isBetween(10L, 11L);
                    try (RawPeer late = silent.getLast()) {
                        late.greet(2, 0, 2, ServerFixture.greeting(ServerFixture.TERM));
                        assertThat(late.read().header().error()).isZero();
                    }
                }
                silent.forEach(RawPeer::close);
            });
        }
    }

    /** Mounts are no strangers, however many they are and however long they say nothing. */
    @Test
    void mountsDoNotMakeRoom() throws Exception {
        try (ServerFixture server = new ServerFixture(SEED).start()) {
            server.run(() -> {
                try (RawPeer mount = server.mount()) {
                    List<RawPeer> silent = new ArrayList<>();
                    for (int i = 0; i < 2 * ServerNetwork.MAX_STRANGERS; i++) {
                        silent.add(server.connect());
                    }
                    server.network.send(
                            ServerFixture.RID, Command.SYNC_LOG_TREES, Payloads.EMPTY, ResponseHandler.IGNORE);
                    assertThat(mount.read().command()).isEqualTo(Command.SYNC_LOG_TREES);
                    silent.forEach(RawPeer::close);
                }
            });
        }
    }

    /** A host that is out of file descriptors for a while. */
    private record ShortHost(Host host, AtomicInteger failures) implements Host, HostNetwork {
        @Override
        public HostClock clock() {
            return host.clock();
        }

        @Override
        public HostThreads threads() {
            return host.threads();
        }

        @Override
        public HostNetwork network() {
            return this;
        }

        @Override
        public HostRandom random() {
            return host.random();
        }

        @Override
        public void close() {
            host.close();
        }

        @Override
        public DatagramPort bindDatagrams(Endpoint local) throws IOException {
            return host.network().bindDatagrams(local);
        }

        @Override
        public StreamConnection connect(Endpoint local, Endpoint remote, long timeoutNanos) throws IOException {
            return host.network().connect(local, remote, timeoutNanos);
        }

        @Override
        public StreamListener listen(Endpoint local, int backlog) throws IOException {
            StreamListener listener = host.network().listen(local, backlog);
            return new StreamListener() {
                @Override
                public Endpoint local() {
                    return listener.local();
                }

                @Override
                public StreamConnection accept() throws IOException {
                    if (failures.get() > 0) {
                        failures.decrementAndGet();
                        throw new IOException("Too many open files");
                    }
                    return listener.accept();
                }

                @Override
                public void close() {
                    listener.close();
                }
            };
        }
    }

    @Test
    void failingToAcceptIsTriedAgainForFiveSeconds() throws Exception {
        for (int failures : new int[] {49, 50}) {
            ServerFixture server = new ServerFixture(SEED);
            InetAddr address = InetAddr.parse("10.0.0.1", 4001);
            Counters counters = new Counters();
            ServerNetwork network = server.simulation.call(
                    TimeUnit.SECONDS.toNanos(1),
                    () -> ServerNetwork.bind(
                            new ShortHost(server.host, new AtomicInteger(failures)),
                            ServerFixture.VOLUME,
                            address,
                            24_000,
                            counters));
            server.run(() -> {
                network.start(ServerFixture.TERM, server.handlers, server.events);
                RawPeer peer = new RawPeer(server.clients
                        .network()
                        .connect(new Endpoint(address.addr(), address.port()), TimeUnit.SECONDS.toNanos(1)));
                peer.greet(1, 0, 1, ServerFixture.greeting(0));
                if (failures < 50) {
                    assertThat(peer.read().header().error()).isZero();
                } else {
                    server.host.clock().sleep(TimeUnit.SECONDS.toNanos(6));
                    assertThat(server.takeLog()).containsExactly("listener failed");
                }
                peer.close();
                network.close();
            });
            assertThat(counters.get("net_accept_error").get()).isEqualTo(failures);
            server.close();
        }
    }
}
