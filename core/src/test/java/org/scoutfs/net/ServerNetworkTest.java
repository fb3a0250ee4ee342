package org.scoutfs.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.wire.AllocInodes;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.NetHeader;
import org.scoutfs.format.wire.OpenInoMapArgs;
import org.scoutfs.format.wire.Payloads;

/** Which sockets a server attaches to what, what ends, and who is told (spec 3 sections 4.4 and 4.6). */
class ServerNetworkTest {
    private static final long SEED = Long.getLong("scoutfs.seed", 1);
    private static final long TERM = ServerFixture.TERM;
    private static final long RID = ServerFixture.RID;
    private static final byte[] WISH = Payloads.ofU64(10240);
    private static final byte[] GIVEN = new AllocInodes(1024, 10240).toBytes();

    private final AtomicInteger allocations = new AtomicInteger();

    private ServerFixture allocating() throws Exception {
        ServerFixture server = new ServerFixture(SEED);
        server.handle(Command.ALLOC_INODES, request -> {
            allocations.incrementAndGet();
            request.reply(GIVEN);
        });
        server.handle(Command.FAREWELL, Request::reply);
        return server.start();
    }

    private static void expect(Frame frame, long seq, long recvSeq, long id, Command command) {
        assertThat(frame.header())
                .isEqualTo(new NetHeader(
                        seq, recvSeq, id, frame.payload().length, command.number(), NetHeader.FLAG_RESPONSE, 0));
    }

    @Test
    void earlyClientsWaitInTheBacklog() throws Exception {
        try (ServerFixture server = new ServerFixture(SEED)) {
            server.handle(Command.ALLOC_INODES, request -> request.reply(GIVEN));
            server.run(() -> {
                try (RawPeer peer = server.connect()) {
                    peer.greet(1, 0, 1, ServerFixture.greeting(0));
                    server.host.clock().sleep(5_000_000_000L);
                    assertThat(server.takeLog()).isEmpty();
                    server.network.start(TERM, server.handlers, server.events);
                    expect(peer.read(), 1, 0, 1, Command.GREETING);
                }
            });
        }
    }

    @Test
    void lostFirstGreetingAttachesToTheSameAssociation() throws Exception {
        try (ServerFixture server = allocating()) {
            server.run(() -> {
                try (RawPeer lost = server.connect()) {
                    lost.greet(1, 0, 1, ServerFixture.greeting(0));
                    server.host.clock().sleep(1_000_000);
                }
                try (RawPeer again = server.greeted(2, 0, ServerFixture.greeting(0))) {
                    again.request(3, 0, 3, Command.ALLOC_INODES, WISH);
                    expect(again.read(), 2, 3, 3, Command.ALLOC_INODES);
                    server.host.clock().sleep(22_000_000_000L);
                }
            });
            assertThat(server.takeLog())
                    .containsExactly(
                            "admit 55e98911c02cc33e term 0",
                            "attached 55e98911c02cc33e first",
                            "admit 55e98911c02cc33e term 0",
                            "attached 55e98911c02cc33e");
        }
    }

    @Test
    void firstContactHappensOncePerAssociationWhateverTermIsGreeted() throws Exception {
        try (ServerFixture server = allocating()) {
            server.run(() -> {
                server.greeted(10, 3, ServerFixture.greeting(TERM - 1)).close();
                server.greeted(11, 3, ServerFixture.greeting(TERM - 1)).close();
                server.greeted(12, 3, ServerFixture.greeting(TERM)).close();
            });
            assertThat(server.takeLog().stream().filter(line -> line.endsWith("first")))
                    .hasSize(1);
        }
    }

    @Test
    void ownTermWithoutAssociationIsGreetedAndClosed() throws Exception {
        try (ServerFixture server = allocating()) {
            server.run(() -> {
                try (RawPeer peer = server.greeted(10, 3, ServerFixture.greeting(TERM))) {
                    assertThat(peer.isClosed()).isTrue();
                }
            });
            assertThat(server.takeLog()).containsExactly("admit 55e98911c02cc33e term 4");
            assertThat(server.network.connections()).isEmpty();
        }
    }

    @Test
    void farewellIsAdmittedWithoutAssociationAndWithoutFirstContact() throws Exception {
        try (ServerFixture server = allocating()) {
            server.run(() -> {
                try (RawPeer peer = server.greeted(10, 3, ServerFixture.farewellGreeting(TERM))) {
                    peer.request(9, 3, 9, Command.FAREWELL);
                    expect(peer.read(), 2, 9, 9, Command.FAREWELL);
                }
                server.host.clock().sleep(60_000_000_000L);
            });
            assertThat(server.takeLog()).containsExactly("admit 55e98911c02cc33e term 4", "attached 55e98911c02cc33e");
            assertThat(server.network.find(RID)).isNull();
        }
    }

    @Test
    void answeredFarewellFreesTheAssociationWhenItsSocketEnds() throws Exception {
        try (ServerFixture server = allocating()) {
            server.run(() -> {
                try (RawPeer peer = server.mount()) {
                    peer.request(2, 0, 2, Command.FAREWELL);
                    peer.read();
                    server.host.clock().sleep(1_000_000_000);
                    assertThat(server.network.find(RID)).isNotNull();
                }
                server.host.clock().sleep(1_000_000_000);
                assertThat(server.network.find(RID)).isNull();
            });
            server.advanceMs(60_000);
            assertThat(server.takeLog()).noneMatch(line -> line.startsWith("timed out"));
        }
    }

    @Test
    void lostClientIsGivenUpAfterTwentySecondsAndRefusedUntilReadmitted() throws Exception {
        try (ServerFixture server = allocating()) {
            AtomicReference<Errno> outcome = new AtomicReference<>();
            server.run(() -> {
                server.mount().close();
                server.host.clock().sleep(1_000_000);
                server.takeLog();
                server.network.send(RID, Command.SYNC_LOG_TREES, Payloads.EMPTY, response -> {
                    outcome.set(response.error());
                });
            });
            server.advanceMs(19_990);
            assertThat(server.takeLog()).isEmpty();
            server.advanceMs(20);
            assertThat(server.takeLog()).containsExactly("timed out 55e98911c02cc33e at 10.0.0.2");
            assertThat(outcome.get()).isEqualTo(Errno.ENOTCONN);
            server.run(() -> {
                assertThatThrownBy(() -> server.network.send(
                                RID, Command.SYNC_LOG_TREES, Payloads.EMPTY, ResponseHandler.IGNORE))
                        .isInstanceOfSatisfying(
                                FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOTCONN));
                try (RawPeer peer = server.connect()) {
                    peer.greet(5, 0, 5, ServerFixture.greeting(0));
                    assertThat(peer.isClosed()).isTrue();
                }
                assertThat(server.takeLog()).isEmpty();
                server.network.readmit(RID);
                server.greeted(6, 0, ServerFixture.greeting(0)).close();
            });
            assertThat(server.takeLog()).contains("attached 55e98911c02cc33e first");
        }
    }

    @Test
    void clientThatIsKnownToBeGoneIsNotWaitedFor() throws Exception {
        try (ServerFixture server = allocating()) {
            server.run(() -> server.mount().close());
            server.advanceMs(5_000);
            server.takeLog();
            server.events.gone = true;
            server.advanceMs(110);
            assertThat(server.takeLog()).containsExactly("timed out 55e98911c02cc33e at 10.0.0.2");
            assertThat(server.network.find(RID)).isNull();
            server.advanceMs(60_000);
            assertThat(server.takeLog()).isEmpty();
        }
    }

    @Test
    void returningInTimeKeepsTheAssociation() throws Exception {
        try (ServerFixture server = allocating()) {
            server.run(() -> {
                server.mount().close();
                server.host.clock().sleep(19_000_000_000L);
                try (RawPeer again = server.greeted(2, 0, ServerFixture.greeting(TERM))) {
                    server.host.clock().sleep(10_000_000_000L);
                    assertThat(again).isNotNull();
                }
            });
            assertThat(server.takeLog()).noneMatch(line -> line.startsWith("timed out"));
        }
    }

    @Test
    void greatestGreetingIdWinsARace() throws Exception {
        try (ServerFixture server = allocating()) {
            CountDownLatch admitted = new CountDownLatch(3);
            server.events.whenAdmitted = () -> {
                admitted.countDown();
                awaitUninterruptibly(admitted);
            };
            server.run(() -> {
                RawPeer[] peers = new RawPeer[3];
                long[] ids = {11, 13, 12};
                for (int i = 0; i < 3; i++) {
                    peers[i] = server.connect();
                    peers[i].greet(ids[i], 0, ids[i], ServerFixture.greeting(0));
                }
                assertThat(peers[1].read().header().id()).isEqualTo(13);
                peers[1].request(14, 0, 14, Command.ALLOC_INODES, WISH);
                expect(peers[1].read(), 2, 14, 14, Command.ALLOC_INODES);
                for (int i : new int[] {0, 2}) {
                    peers[i].awaitClosed();
                }
                for (RawPeer peer : peers) {
                    peer.close();
                }
            });
            assertThat(server.takeLog().stream().filter(line -> line.endsWith("first")))
                    .hasSize(1);
        }
    }

    @Test
    void newSocketTakesOverFromOneThatSeemsAlive() throws Exception {
        try (ServerFixture server = allocating()) {
            server.run(() -> {
                try (RawPeer old = server.mount();
                        RawPeer again = server.greeted(2, 0, ServerFixture.greeting(TERM))) {
                    assertThat(old.isClosed()).isTrue();
                    again.request(3, 0, 3, Command.ALLOC_INODES, WISH);
                    expect(again.read(), 2, 3, 3, Command.ALLOC_INODES);
                    try (RawPeer stale = server.connect()) {
                        stale.greet(2, 0, 2, ServerFixture.greeting(TERM));
                        assertThat(stale.isClosed()).isTrue();
                    }
                }
            });
        }
    }

    @Test
    void evictionEndsTheAssociationAtOnce() throws Exception {
        ServerFixture server = new ServerFixture(SEED);
        AtomicReference<Request> kept = new AtomicReference<>();
        server.handle(Command.FAREWELL, kept::set);
        try (server) {
            server.start();
            List<String> answers = new ArrayList<>();
            server.run(() -> {
                try (RawPeer peer = server.mount()) {
                    peer.request(2, 0, 2, Command.FAREWELL);
                    send(server, answers, 1);
                    peer.read();
                    server.network.evict(RID);
                    assertThat(peer.isClosed()).isTrue();
                }
                assertThat(kept.get().reply()).isFalse();
                assertThat(server.network.find(RID)).isNull();
                try (RawPeer peer = server.connect()) {
                    peer.greet(5, 0, 5, ServerFixture.greeting(TERM));
                    assertThat(peer.isClosed()).isTrue();
                }
            });
            server.advanceMs(60_000);
            assertThat(answers).containsExactly("1 ENOTCONN");
            assertThat(server.takeLog()).noneMatch(line -> line.startsWith("timed out"));
        }
    }

    @Test
    void closeWaitsForHandlersAndFailsWhatIsPending() throws Exception {
        ServerFixture server = new ServerFixture(SEED);
        List<String> answers = new ArrayList<>();
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        AtomicReference<Boolean> queued = new AtomicReference<>();
        server.handle(Command.FAREWELL, request -> {
            entered.countDown();
            awaitUninterruptibly(gate);
            queued.set(request.reply());
        });
        server.start();
        server.run(() -> {
            RawPeer peer = server.mount();
            peer.request(2, 0, 2, Command.FAREWELL);
            send(server, answers, 1);
            awaitUninterruptibly(entered);
            Thread closing = server.host.threads().virtual("closing", server.network::close);
            assertThat(peer.read().command()).isEqualTo(Command.SYNC_LOG_TREES);
            assertThat(peer.isClosed()).isTrue();
            server.host.clock().sleep(5_000_000_000L);
            assertThat(closing.isAlive()).isTrue();
            gate.countDown();
            closing.join();
            assertThat(queued.get()).isFalse();
            assertThat(answers).containsExactly("1 ENOTCONN");
            assertThatThrownBy(server::connect).isInstanceOf(IOException.class);
        });
        server.close();
    }

    @Test
    void silentPeerIsAskedAndThenGivenUp() throws Exception {
        try (ServerFixture server = allocating()) {
            server.run(() -> {
                try (RawPeer peer = server.mount()) {
                    long start = server.host.clock().nanoTime();
                    Frame probe = peer.read();
                    assertThat(probe.command()).isEqualTo(Command.OPEN_INO_MAP);
                    assertThat(OpenInoMapArgs.of(probe.payload())).isEqualTo(new OpenInoMapArgs(0, 0));
                    assertThat(TimeUnit.NANOSECONDS.toSeconds(
                                    server.host.clock().nanoTime() - start))
                            .isBetween(20L, 22L);
                    peer.response(2, 2, 1, Command.OPEN_INO_MAP, new byte[144]);
                    server.host.clock().sleep(TimeUnit.MINUTES.toNanos(5));
                    send(server, new ArrayList<>(), 1);
                    assertThat(peer.read().command()).isEqualTo(Command.SYNC_LOG_TREES);
                    long sent = server.host.clock().nanoTime();
                    assertThat(peer.read().command()).isEqualTo(Command.OPEN_INO_MAP);
                    assertThat(peer.isClosed()).isTrue();
                    assertThat(TimeUnit.NANOSECONDS.toSeconds(
                                    server.host.clock().nanoTime() - sent))
                            .isBetween(24L, 25L);
                }
            });
        }
    }

    @Test
    void bindingATakenAddressSaysSo() throws Exception {
        try (ServerFixture server = allocating()) {
            server.run(() -> assertThatThrownBy(() -> ServerNetwork.bind(
                            server.host, ServerFixture.VOLUME, server.network.address(), 24_000, server.counters))
                    .isInstanceOfSatisfying(
                            FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EADDRINUSE))
                    .hasMessageStartingWith("server failed to bind to 10.0.0.1:4000, err -98"));
            server.run(() -> assertThatThrownBy(() -> ServerNetwork.bind(
                            server.clients, ServerFixture.VOLUME, server.network.address(), 24_000, server.counters))
                    .isInstanceOfSatisfying(
                            FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EADDRNOTAVAIL))
                    .hasMessageContaining("(Bad address?)"));
        }
    }

    @Test
    void connectionsShowThemselves() throws Exception {
        try (ServerFixture server = allocating()) {
            server.run(() -> {
                try (RawPeer peer = server.mount()) {
                    peer.request(2, 0, 2, Command.ALLOC_INODES, WISH);
                    peer.read();
                    assertThat(server.network.connections())
                            .singleElement()
                            .satisfies(status -> assertThat(status.line())
                                    .matches("server 10\\.0\\.0\\.1:4000 peer 10\\.0\\.0\\.2:\\d+ rid"
                                            + " 55e98911c02cc33e greeting_id 1 vg 1 est 1 sd 0 sg 0 sf 0"
                                            + " rw 0 rf 0 cto_ms 1000 rdl_j 0 nss 3 rs 2 nsi 1"));
                }
            });
        }
    }

    private static void send(ServerFixture server, List<String> answers, int number) throws FsException {
        server.network.send(
                RID, Command.SYNC_LOG_TREES, Payloads.EMPTY, response -> answers.add(number + " " + response.error()));
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
