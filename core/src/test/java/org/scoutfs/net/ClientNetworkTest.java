package org.scoutfs.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.Greeting;
import org.scoutfs.format.wire.LockMessage;
import org.scoutfs.format.wire.LockMode;
import org.scoutfs.format.wire.NetHeader;
import org.scoutfs.format.wire.OpenInoMap;
import org.scoutfs.format.wire.OpenInoMapArgs;
import org.scoutfs.format.wire.Payloads;

/** What a client sends and handles, over sockets and over servers (spec 3 sections 4.3 and 4.5). */
class ClientNetworkTest {
    private static final long SEED = Long.getLong("scoutfs.seed", 1);
    private static final byte[] WISH = Payloads.ofU64(10240);

    private final List<String> outcomes = Collections.synchronizedList(new ArrayList<>());

    private static byte[] lock(long group, LockMode from, LockMode to) {
        return new LockMessage(new Key(16, group * 1024, 0, 0, 0, 0), 0, from, to).toBytes();
    }

    private static NetHeader header(long seq, long recvSeq, long id, int length, Command command) {
        return new NetHeader(seq, recvSeq, id, length, command.number(), 0, 0);
    }

    @Test
    void resendsUnansweredRequestsToTheSameServer() throws Exception {
        try (ClientFixture client = new ClientFixture(SEED).start()) {
            client.run(() -> {
                try (RawPeer server = client.greeted(1)) {
                    client.call(outcomes, Command.ALLOC_INODES, WISH);
                    assertThat(server.read().header()).isEqualTo(header(2, 0, 2, 8, Command.ALLOC_INODES));
                    client.call(outcomes, Command.STATFS);
                    assertThat(server.read().header()).isEqualTo(header(3, 0, 3, 0, Command.STATFS));
                    server.response(2, 2, 3, Command.STATFS, new byte[56]);
                }
                try (RawPeer server = client.accept()) {
                    Frame greeting = server.read();
                    assertThat(greeting.header()).isEqualTo(header(4, 2, 4, 40, Command.GREETING));
                    assertThat(Greeting.of(greeting.payload()).serverTerm()).isEqualTo(1);
                    ClientFixture.answer(server, greeting, 1);
                    assertThat(server.read().header()).isEqualTo(header(2, 2, 2, 8, Command.ALLOC_INODES));
                    server.response(2, 2, 3, Command.STATFS, new byte[56]);
                    server.response(3, 2, 2, Command.ALLOC_INODES, new byte[16]);
                    client.call(outcomes, Command.GET_ROOTS);
                    assertThat(server.read().header()).isEqualTo(header(5, 3, 5, 0, Command.GET_ROOTS));
                }
            });
            assertThat(outcomes).containsExactly("STATFS 56", "ALLOC_INODES 16");
            assertThat(client.counters.get("net_recv_dropped_duplicate").get()).isEqualTo(1);
        }
        assertThat(outcomes).contains("GET_ROOTS ECONNABORTED");
    }

    /** Queued while disconnected, and never sent before: the older goes first (R25). */
    @Test
    void resendsInOrderOfSeq() throws Exception {
        try (ClientFixture client = new ClientFixture(SEED).start()) {
            client.run(() -> {
                try (RawPeer server = client.greeted(1)) {
                    client.network().send(Command.STATFS, Payloads.EMPTY, ResponseHandler.IGNORE);
                    server.read();
                }
                client.network().send(Command.GET_ROOTS, Payloads.EMPTY, ResponseHandler.IGNORE);
                RawPeer broken = client.accept();
                broken.read();
                client.network().send(Command.GET_LAST_SEQ, Payloads.EMPTY, ResponseHandler.IGNORE);
                broken.close();
                try (RawPeer server = client.greeted(1)) {
                    List<Long> seqs = new ArrayList<>();
                    for (int i = 0; i < 3; i++) {
                        seqs.add(server.read().header().seq());
                    }
                    assertThat(seqs).isSorted().hasSize(3);
                }
            });
        }
    }

    @Test
    void newServerGetsRequestsButNoOldAnswers() throws Exception {
        AtomicReference<Request> kept = new AtomicReference<>();
        ClientFixture client = new ClientFixture(SEED);
        client.handle(Command.SYNC_LOG_TREES, Request::reply).handle(Command.OPEN_INO_MAP, kept::set);
        try (client) {
            client.start();
            client.run(() -> {
                try (RawPeer server = client.greeted(1)) {
                    client.call(outcomes, Command.ALLOC_INODES, WISH);
                    server.read();
                    server.request(7, 0, 1, Command.SYNC_LOG_TREES);
                    assertThat(server.read().header())
                            .isEqualTo(new NetHeader(3, 7, 1, 0, 4, NetHeader.FLAG_RESPONSE, 0));
                    server.request(8, 0, 2, Command.OPEN_INO_MAP, new byte[16]);
                    client.host.clock().sleep(1_000_000);
                }
                try (RawPeer server = client.accept()) {
                    Frame greeting = server.read();
                    assertThat(greeting.header()).isEqualTo(header(4, 8, 3, 40, Command.GREETING));
                    ClientFixture.answer(server, greeting, 2);
                    assertThat(server.read().header()).isEqualTo(header(2, 0, 2, 8, Command.ALLOC_INODES));
                    byte[] map = new OpenInoMap(new OpenInoMapArgs(0, 0), new long[16]).toBytes();
                    assertThat(kept.get().reply(map)).isFalse();
                    server.request(1, 0, 1, Command.SYNC_LOG_TREES);
                    assertThat(server.read().header())
                            .isEqualTo(new NetHeader(5, 1, 1, 0, 4, NetHeader.FLAG_RESPONSE, 0));
                }
            });
            assertThat(client.takeLog())
                    .startsWith(
                            "connected 10.0.0.1:4000 term 1 new",
                            "disconnected",
                            "connected 10.0.0.1:4000 term 2 new",
                            "disconnected");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"greeting", "unhandled", "lock error", "lock length", "recover length", "seq 0"})
    void impossibleMessagesBreakTheConnection(String what) throws Exception {
        ClientFixture client = new ClientFixture(SEED).handle(Command.LOCK, request -> {});
        try (client) {
            client.start();
            client.run(() -> {
                try (RawPeer server = client.greeted(1)) {
                    switch (what) {
                        case "greeting" -> server.request(2, 0, 1, Command.GREETING, new byte[40]);
                        case "unhandled" -> server.request(2, 0, 1, Command.STATFS);
                        case "lock error" -> server.error(2, 0, 1, Command.LOCK, 3);
                        case "lock length" -> server.request(2, 0, 1, Command.LOCK, new byte[40]);
                        case "recover length" -> server.request(2, 0, 1, Command.LOCK_RECOVER, new byte[40]);
                        default -> server.request(0, 0, 1, Command.LOCK, new byte[48]);
                    }
                    assertThat(server.isClosed()).isTrue();
                }
                client.greeted(1).close();
            });
            assertThat(client.counters.get("net_recv_invalid_message").get()).isEqualTo(1);
        }
    }

    @Test
    void answersOfWrongLengthAreErrorsOfTheCall() throws Exception {
        try (ClientFixture client = new ClientFixture(SEED).start()) {
            client.run(() -> {
                try (RawPeer server = client.greeted(1)) {
                    Thread call = client.call(outcomes, Command.STATFS);
                    server.response(2, 0, server.read().header().id(), Command.STATFS, new byte[55]);
                    call.join();
                    call = client.call(outcomes, Command.STATFS);
                    server.error(3, 0, server.read().header().id(), Command.STATFS, 6);
                    call.join();
                }
            });
            assertThat(outcomes).containsExactly("STATFS EMSGSIZE", "STATFS ENOLINK");
        }
    }

    @Test
    void lockMessagesOfOneKeyAreHandledInOrderAndHoldUpNothingElse() throws Exception {
        List<String> handled = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch gate = new CountDownLatch(1);
        ClientFixture client = new ClientFixture(SEED);
        client.handle(Command.LOCK, request -> {
            LockMessage message = LockMessage.of(request.payload());
            if (message.key().first() == 0 && request.id() == 1) {
                await(gate);
            }
            handled.add("invalidate " + message.key().first() / 1024 + " #" + request.id());
        });
        client.handle(Command.SYNC_LOG_TREES, request -> handled.add("sync"));
        try (client) {
            client.start();
            client.run(() -> {
                try (RawPeer server = client.greeted(1)) {
                    client.network()
                            .send(
                                    Command.LOCK,
                                    lock(0, LockMode.NULL, LockMode.READ),
                                    response -> handled.add("grant 0"));
                    long id = server.read().header().id();
                    byte[] invalidate = lock(0, LockMode.WRITE, LockMode.NULL);
                    server.request(2, 2, 1, Command.LOCK, invalidate);
                    server.response(3, 2, id, Command.LOCK, lock(0, LockMode.NULL, LockMode.READ));
                    for (int i = 2; i <= 6; i++) {
                        server.request(
                                i + 2,
                                2,
                                i,
                                Command.LOCK,
                                i % 2 == 0 ? invalidate : lock(i, LockMode.READ, LockMode.NULL));
                    }
                    server.request(9, 2, 9, Command.SYNC_LOG_TREES);
                    client.host.clock().sleep(1_000_000_000);
                    assertThat(handled).containsExactlyInAnyOrder("invalidate 3 #3", "invalidate 5 #5", "sync");
                    handled.clear();
                    gate.countDown();
                    client.host.clock().sleep(1_000_000_000);
                    assertThat(handled)
                            .containsExactly(
                                    "invalidate 0 #1",
                                    "grant 0",
                                    "invalidate 0 #2",
                                    "invalidate 0 #4",
                                    "invalidate 0 #6");
                }
            });
        }
    }

    @Test
    void nothingOfAnOldServerIsHandledAfterTheNextWasGreeted() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        List<String> handled = Collections.synchronizedList(new ArrayList<>());
        ClientFixture client = new ClientFixture(SEED);
        client.handle(Command.LOCK, request -> {
            await(gate);
            handled.add("old");
        });
        try (client) {
            client.start();
            client.run(() -> {
                try (RawPeer server = client.greeted(1)) {
                    server.request(2, 0, 1, Command.LOCK, lock(0, LockMode.READ, LockMode.NULL));
                }
                client.host.threads().virtual("opener", () -> {
                    try {
                        client.host.clock().sleep(5_000_000_000L);
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                    gate.countDown();
                });
                try (RawPeer server = client.accept()) {
                    server.read();
                    assertThat(handled).containsExactly("old");
                }
            });
        }
    }

    @Test
    void waitingIsNotInterrupted() throws Exception {
        try (ClientFixture client = new ClientFixture(SEED).start()) {
            client.run(() -> {
                try (RawPeer server = client.greeted(1)) {
                    List<Boolean> interrupted = new ArrayList<>();
                    Thread call = client.host.threads().virtual("call", () -> {
                        try {
                            outcomes.add("" + client.network().call(Command.STATFS, Payloads.EMPTY).length);
                        } catch (FsException e) {
                            outcomes.add(e.toString());
                        }
                        interrupted.add(Thread.currentThread().isInterrupted());
                    });
                    long id = server.read().header().id();
                    call.interrupt();
                    client.host.clock().sleep(1_000_000);
                    assertThat(outcomes).isEmpty();
                    server.response(2, 2, id, Command.STATFS, new byte[56]);
                    call.join();
                    assertThat(outcomes).containsExactly("56");
                    assertThat(interrupted).containsExactly(true);
                }
            });
        }
    }

    @Test
    void silentServerIsAskedAndThenLeft() throws Exception {
        try (ClientFixture client = new ClientFixture(SEED).start()) {
            client.run(() -> {
                try (RawPeer server = client.greeted(1)) {
                    client.call(outcomes, Command.ALLOC_INODES, WISH);
                    server.read();
                    long sent = client.nowMs();
                    Frame probe = server.read();
                    assertThat(probe.command()).isEqualTo(Command.GET_VOLOPT);
                    assertThat(client.nowMs() - sent).isBetween(20_000L, 23_000L);
                    server.response(2, 2, probe.header().id(), Command.GET_VOLOPT, new byte[520]);
                    client.host.clock().sleep(TimeUnit.MINUTES.toNanos(10));
                    client.call(outcomes, Command.STATFS);
                    server.read();
                    long again = client.nowMs();
                    assertThat(server.read().command()).isEqualTo(Command.GET_VOLOPT);
                    assertThat(server.isClosed()).isTrue();
                    assertThat(client.nowMs() - again).isBetween(24_000L, 25_000L);
                }
            });
        }
    }

    /** Whatever bytes a server sends, the client talks to the next one. */
    @Test
    void survivesRandomBytes() throws Exception {
        long seed = Long.getLong("scoutfs.seed", System.nanoTime());
        System.out.println("scoutfs.seed=" + seed);
        Random random = new Random(seed);
        ClientFixture client = new ClientFixture(SEED).handle(Command.LOCK, request -> {});
        try (client) {
            client.mounted = true;
            client.start();
            client.run(() -> {
                client.call(outcomes, Command.ALLOC_INODES, WISH);
                for (int round = 1; round <= 100; round++) {
                    try (RawPeer server = random.nextBoolean() ? client.accept() : client.greeted(round)) {
                        byte[] noise = new byte[random.nextInt(3000)];
                        random.nextBytes(noise);
                        server.bytes(noise);
                    } catch (IOException e) {
                        // the client has closed: its right
                        assertThat(e).isNotNull();
                    }
                }
                try (RawPeer server = client.greeted(1000)) {
                    Frame request = server.read();
                    assertThat(request.command()).isEqualTo(Command.ALLOC_INODES);
                    server.response(2, 0, request.header().id(), Command.ALLOC_INODES, new byte[16]);
                    client.host.clock().sleep(1_000_000_000);
                }
            });
        }
        assertThat(outcomes).containsExactly("ALLOC_INODES 16");
    }

    /** Both ends would wait for the other for ever if a client stopped reading because the server does not. */
    @Test
    void readsThoughTheServerDoesNot() throws Exception {
        CountDownLatch synced = new CountDownLatch(2);
        ClientFixture client = new ClientFixture(SEED).handle(Command.SYNC_LOG_TREES, request -> synced.countDown());
        try (client) {
            client.start();
            client.run(() -> {
                try (RawPeer server = client.greeted(1)) {
                    for (int i = 0; i < 2 * Association.UNSENT_LIMIT; i++) {
                        client.network().send(Command.GET_ROOTS, Payloads.EMPTY, ResponseHandler.IGNORE);
                    }
                    client.host.clock().sleep(1_000_000);
                    server.request(2, 0, 1, Command.SYNC_LOG_TREES);
                    server.request(3, 0, 2, Command.SYNC_LOG_TREES);
                    client.host.clock().sleep(1_000_000);
                    assertThat(synced.getCount()).isZero();
                }
            });
        }
    }

    @Test
    void wrongUseIsRefused() throws Exception {
        try (ClientFixture client = new ClientFixture(SEED).create()) {
            assertThatThrownBy(() -> client.network().call(Command.ALLOC_INODES, Payloads.EMPTY))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(client.network().connections())
                    .singleElement()
                    .satisfies(status -> assertThat(status.line())
                            .startsWith(
                                    "client 0.0.0.0:0 peer 0.0.0.0:0 rid 55e98911c02cc33e greeting_id 0 vg 0 est 0"));
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
