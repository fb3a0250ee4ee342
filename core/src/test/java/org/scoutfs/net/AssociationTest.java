package org.scoutfs.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.wire.AllocInodes;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.Greeting;
import org.scoutfs.format.wire.NetHeader;
import org.scoutfs.format.wire.Payloads;

/** What an association keeps over its sockets, and what its handlers may do (spec 3 sections 4.3 and 4.5). */
class AssociationTest {
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

    /** The scenario of section 18.9: the response was on its way when the socket broke. */
    @Test
    void resendsTheKeptResponseAndDropsTheDuplicateRequest() throws Exception {
        try (ServerFixture server = allocating()) {
            server.run(() -> {
                try (RawPeer peer = server.mount()) {
                    peer.request(5, 1, 5, Command.ALLOC_INODES, WISH);
                    expect(peer.read(), 2, 5, 5, Command.ALLOC_INODES);
                }
                try (RawPeer again = server.connect()) {
                    again.greet(6, 1, 6, ServerFixture.greeting(TERM));
                    Frame greeting = again.read();
                    expect(greeting, 1, 5, 6, Command.GREETING);
                    assertThat(Greeting.of(greeting.payload()).serverTerm()).isEqualTo(TERM);
                    Frame kept = again.read();
                    expect(kept, 2, 5, 5, Command.ALLOC_INODES);
                    assertThat(kept.payload()).isEqualTo(GIVEN);
                    again.request(5, 2, 5, Command.ALLOC_INODES, WISH);
                    again.request(7, 2, 7, Command.ALLOC_INODES, WISH);
                    expect(again.read(), 3, 7, 7, Command.ALLOC_INODES);
                }
            });
            assertThat(allocations.get()).isEqualTo(2);
            assertThat(server.count("net_recv_dropped_duplicate")).isEqualTo(1);
        }
    }

    @Test
    void messagesMayComeInAnyPieces() throws Exception {
        try (ServerFixture server = allocating()) {
            server.run(() -> {
                try (RawPeer peer = server.mount()) {
                    ByteArrayOutputStream three = new ByteArrayOutputStream();
                    for (int i = 2; i <= 4; i++) {
                        three.writeBytes(RawPeer.message(header(i, i, 8, Command.ALLOC_INODES), WISH));
                    }
                    peer.bytes(three.toByteArray());
                    for (byte each : three.toByteArray()) {
                        peer.bytes(each);
                    }
                    for (byte each : RawPeer.message(header(5, 5, 8, Command.ALLOC_INODES), WISH)) {
                        peer.bytes(each);
                    }
                    Set<Long> answered = new HashSet<>();
                    for (int i = 2; i <= 5; i++) {
                        answered.add(peer.read().header().id());
                    }
                    assertThat(answered).containsExactlyInAnyOrder(2L, 3L, 4L, 5L);
                }
            });
            assertThat(server.count("net_recv_dropped_duplicate")).isEqualTo(3);
        }
    }

    private static NetHeader header(long seq, long id, int length, Command command) {
        return new NetHeader(seq, 0, id, length, command.number(), 0, 0);
    }

    @Test
    void unfinishedMessagesShowThemselves() throws Exception {
        try (ServerFixture server = allocating()) {
            server.run(() -> {
                try (RawPeer peer = server.mount()) {
                    peer.request(2, 0, 9, Command.ALLOC_INODES, WISH);
                    peer.read();
                    assertThat(server.network.messageLines())
                            .containsExactly("send seq 2 recv_seq 2 id 9 data_len 16 cmd 1 flags 0x1 error 0");
                }
            });
        }
    }

    @Test
    void responsesAreKeptUntilAcknowledgedAndGreetingsDoNotAcknowledge() throws Exception {
        try (ServerFixture server = allocating()) {
            server.run(() -> {
                try (RawPeer peer = server.mount()) {
                    for (int i = 2; i <= 4; i++) {
                        peer.request(i, 1, i, Command.ALLOC_INODES, WISH);
                        expect(peer.read(), i, i, i, Command.ALLOC_INODES);
                    }
                }
                // seqs 2 and 3 were received, 4 not: a duplicate and a greeting acknowledge nothing
                try (RawPeer again = server.connect()) {
                    again.greet(5, 4, 5, ServerFixture.greeting(TERM));
                    again.read();
                    for (int i = 2; i <= 4; i++) {
                        expect(again.read(), i, 4, i, Command.ALLOC_INODES);
                    }
                    again.request(4, 4, 4, Command.ALLOC_INODES, WISH);
                    assertThat(server.network.find(RID).unfinished()).hasSize(3);
                    again.request(6, 3, 6, Command.ALLOC_INODES, WISH);
                    expect(again.read(), 5, 6, 6, Command.ALLOC_INODES);
                    assertThat(server.network.find(RID).unfinished())
                            .extracting(NetHeader::seq)
                            .containsExactly(4L, 5L);
                }
            });
        }
    }

    @Test
    void requestsOfTheServerAreResentInOrderWithWhatWasQueuedMeanwhile() throws Exception {
        try (ServerFixture server = allocating()) {
            List<String> answers = new ArrayList<>();
            server.run(() -> {
                try (RawPeer peer = server.mount()) {
                    send(server, answers, 1);
                    assertThat(peer.read().header().seq()).isEqualTo(2);
                }
                send(server, answers, 2);
                send(server, answers, 3);
                try (RawPeer again = server.connect()) {
                    again.greet(5, 2, 5, ServerFixture.greeting(TERM));
                    again.read();
                    for (int i = 1; i <= 3; i++) {
                        NetHeader header = again.read().header();
                        assertThat(header.seq()).isEqualTo(i + 1);
                        assertThat(header.id()).isEqualTo(i);
                    }
                    again.error(6, 4, 2, Command.SYNC_LOG_TREES, 3);
                    again.response(7, 4, 1, Command.SYNC_LOG_TREES);
                    again.response(8, 4, 3, Command.SYNC_LOG_TREES, (byte) 1);
                    again.response(9, 4, 3, Command.SYNC_LOG_TREES);
                    again.request(10, 4, 10, Command.ALLOC_INODES, WISH);
                    again.read();
                }
            });
            server.simulation.settle();
            assertThat(answers).containsExactlyInAnyOrder("2 EIO", "1 null", "3 EMSGSIZE");
        }
    }

    @Test
    void handlersAnswerLaterOnceOrNever() throws Exception {
        ServerFixture server = new ServerFixture(SEED);
        AtomicReference<Request> kept = new AtomicReference<>();
        server.handle(Command.FAREWELL, kept::set);
        server.handle(Command.GET_LOG_TREES, request -> {
            throw new FsException(Errno.ENOSPC);
        });
        server.handle(Command.LOCK, request -> {
            throw new FsException(Errno.EINVAL, "mode 9");
        });
        server.handle(Command.STATFS, request -> request.closeConnection("cannot answer"));
        try (server) {
            server.start();
            server.run(() -> {
                try (RawPeer peer = server.mount()) {
                    peer.request(2, 0, 2, Command.FAREWELL);
                    peer.request(3, 0, 3, Command.GET_LOG_TREES);
                    assertThat(peer.read().header())
                            .isEqualTo(new NetHeader(2, 3, 3, 0, 2, NetHeader.FLAG_RESPONSE, 4));
                    kept.get().replyError(Errno.ENOENT);
                    assertThat(peer.read().header())
                            .isEqualTo(new NetHeader(3, 3, 2, 0, 19, NetHeader.FLAG_RESPONSE, 1));
                    assertThatThrownBy(() -> kept.get().reply()).isInstanceOf(IllegalStateException.class);
                    peer.request(4, 3, 4, Command.LOCK, new byte[48]);
                    assertThat(peer.isClosed()).isTrue();
                }
                try (RawPeer peer = server.greeted(5, 3, ServerFixture.greeting(TERM))) {
                    peer.request(6, 3, 6, Command.STATFS);
                    assertThat(peer.isClosed()).isTrue();
                }
            });
        }
    }

    @Test
    void defectOfAHandlerIsAnsweredAndReported() throws Exception {
        ServerFixture server = new ServerFixture(SEED);
        server.handle(Command.STATFS, request -> {
            throw new IllegalStateException("a defect");
        });
        server.start();
        server.run(() -> {
            try (RawPeer peer = server.mount()) {
                peer.request(2, 0, 2, Command.STATFS);
                assertThat(peer.read().header().error()).isEqualTo(3);
            }
        });
        assertThat(server.simulation.failures()).singleElement().isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(server::close).hasMessageContaining("a defect");
    }

    @Test
    void impossibleResponseClosesTheConnection() throws Exception {
        try (ServerFixture server = allocating()) {
            server.run(() -> {
                try (RawPeer peer = server.mount()) {
                    server.network.send(RID, Command.LOCK_RECOVER, new byte[32], response -> {
                        throw new FsException(Errno.EINVAL, "the same lock twice");
                    });
                    peer.read();
                    peer.response(2, 2, 1, Command.LOCK_RECOVER, new byte[8]);
                    assertThat(peer.isClosed()).isTrue();
                }
            });
        }
    }

    @Test
    void readerStopsAtItsLimitAndDropsNothing() throws Exception {
        ServerFixture server = new ServerFixture(SEED);
        AtomicInteger handled = new AtomicInteger();
        CountDownLatch gate = new CountDownLatch(1);
        server.handle(Command.FAREWELL, request -> {
            handled.incrementAndGet();
            awaitUninterruptibly(gate);
        });
        int many = Dispatcher.LIMIT + 2_000;
        try (server) {
            server.start();
            server.run(() -> {
                try (RawPeer peer = server.mount()) {
                    for (int i = 0; i < many; i++) {
                        peer.request(i + 2, 0, i + 2, Command.FAREWELL);
                    }
                    server.host.clock().sleep(1_000_000_000);
                    assertThat(handled.get()).isEqualTo(Dispatcher.LIMIT);
                    gate.countDown();
                    server.host.clock().sleep(1_000_000_000);
                    assertThat(handled.get()).isEqualTo(many);
                }
            });
        }
    }

    @Test
    void socketCanBeTakenOverWhileItsReaderWaitsForRoom() throws Exception {
        ServerFixture server = new ServerFixture(SEED);
        CountDownLatch gate = new CountDownLatch(1);
        server.handle(Command.FAREWELL, request -> awaitUninterruptibly(gate));
        try (server) {
            server.start();
            server.run(() -> {
                try (RawPeer peer = server.mount()) {
                    for (int i = 0; i < Dispatcher.LIMIT + 10; i++) {
                        peer.request(i + 2, 0, i + 2, Command.FAREWELL);
                    }
                    try (RawPeer again = server.greeted(1 << 20, 0, ServerFixture.greeting(TERM))) {
                        assertThat(again).isNotNull();
                    }
                }
                gate.countDown();
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
