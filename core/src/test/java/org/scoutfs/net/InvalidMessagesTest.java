package org.scoutfs.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.Greeting;
import org.scoutfs.format.wire.NetHeader;
import org.scoutfs.format.wire.OpenInoMapArgs;
import org.scoutfs.format.wire.WireError;

/** What breaks a connection to a server, and that it breaks nothing else (spec 3 sections 4.2, 5.1, 17). */
class InvalidMessagesTest {
    private static final long SEED = Long.getLong("scoutfs.seed", 1);

    private static ServerFixture server() throws Exception {
        ServerFixture fixture = new ServerFixture(SEED);
        for (Command command : Command.values()) {
            boolean fromClient =
                    command != Command.GREETING && command != Command.SYNC_LOG_TREES && command != Command.LOCK_RECOVER;
            if (fromClient) {
                fixture.handle(command, request -> fixture.log.add("handled " + command));
            }
        }
        return fixture.start();
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
        # seq, id, len,  cmd, flags, error
        0,     2,  0,    5,   0,     0
        2,     0,  0,    5,   0,     0
        2,     2,  1101, 5,   0,     0
        2,     2,  0,    20,  0,     0
        2,     2,  0,    5,   2,     0
        2,     2,  0,    5,   0,     1
        2,     2,  0,    5,   1,     7
        2,     2,  0,    7,   1,     3
        2,     2,  40,   0,   0,     0
        2,     2,  40,   0,   1,     0
        2,     2,  0,    4,   0,     0
        2,     2,  32,   8,   0,     0
        2,     2,  47,   7,   0,     0
        2,     2,  49,   7,   1,     0
        2,     2,  1,    11,  0,     0
        2,     2,  207,  12,  0,     0
        2,     2,  1,    19,  0,     0
        2,     2,  1,    19,  1,     0
        2,     2,  143,  13,  1,     0
        2,     2,  9,    8,   1,     0
        """)
    void closesTheConnection(long seq, long id, int length, int command, int flags, int error) throws Exception {
        try (ServerFixture server = server()) {
            server.run(() -> {
                try (RawPeer peer = server.mount()) {
                    peer.send(new NetHeader(seq, 0, id, length, command, flags, error), new byte[length]);
                    assertThat(peer.isClosed()).isTrue();
                }
                assertThat(server.count("net_recv_invalid_message")).isEqualTo(1);
                try (RawPeer again = server.greeted(9, 0, ServerFixture.greeting(ServerFixture.TERM))) {
                    again.request(10, 0, 10, Command.STATFS);
                    server.simulation.net().delays(0, 0);
                }
            });
            server.simulation.settle();
            assertThat(server.takeLog()).endsWith("handled STATFS");
        }
    }

    @ParameterizedTest
    @EnumSource(
            names = {
                "ALLOC_INODES", "GET_LOG_TREES", "COMMIT_LOG_TREES", "GET_ROOTS", "GET_LAST_SEQ", "SRCH_GET_COMPACT",
                "SRCH_COMMIT_COMPACT", "OPEN_INO_MAP", "GET_VOLOPT", "SET_VOLOPT", "CLEAR_VOLOPT", "RESIZE_DEVICES",
                "STATFS"
            })
    void wrongLengthIsAnswered(Command command) throws Exception {
        try (ServerFixture server = server()) {
            server.run(() -> {
                try (RawPeer peer = server.mount()) {
                    peer.request(2, 0, 2, command, new byte[99]);
                    NetHeader answer = peer.read().header();
                    assertThat(answer)
                            .isEqualTo(new NetHeader(2, 2, 2, 0, command.number(), NetHeader.FLAG_RESPONSE, 5));
                }
            });
            assertThat(server.takeLog()).doesNotContain("handled " + command);
        }
    }

    static Stream<Greeting> wrongGreetings() {
        long fsid = ServerFixture.VOLUME.fsid();
        return Stream.of(
                new Greeting(fsid + 1, 2, 0, ServerFixture.RID, 0), new Greeting(fsid, 1, 0, ServerFixture.RID, 0));
    }

    @ParameterizedTest
    @MethodSource("wrongGreetings")
    void wrongGreetingIsAnsweredAndForgotten(Greeting greeting) throws Exception {
        try (ServerFixture server = server()) {
            server.run(() -> {
                try (RawPeer peer = server.connect()) {
                    peer.greet(7, 0, 8, greeting);
                    assertThat(peer.read().header())
                            .isEqualTo(new NetHeader(1, 0, 8, 0, 0, NetHeader.FLAG_RESPONSE, 5));
                    assertThat(peer.isClosed()).isTrue();
                }
            });
            server.advanceMs(40_000);
            assertThat(server.takeLog()).isEmpty();
        }
    }

    @Test
    void shortGreetingIsAnswered() throws Exception {
        try (ServerFixture server = server()) {
            server.run(() -> {
                try (RawPeer peer = server.connect()) {
                    peer.request(1, 0, 1, Command.GREETING, new byte[32]);
                    assertThat(peer.read().header().error()).isEqualTo(WireError.of(Errno.EINVAL));
                    assertThat(peer.isClosed()).isTrue();
                }
            });
        }
    }

    @Test
    void unknownGreetingFlagIsIgnored() throws Exception {
        try (ServerFixture server = server()) {
            server.run(() -> {
                Greeting greeting = new Greeting(ServerFixture.VOLUME.fsid(), 2, 0, ServerFixture.RID, 1 << 5);
                try (RawPeer peer = server.connect()) {
                    peer.greet(1, 0, 1, greeting);
                    Frame answer = peer.read();
                    assertThat(answer.header().error()).isZero();
                    assertThat(Greeting.of(answer.payload()))
                            .isEqualTo(new Greeting(
                                    ServerFixture.VOLUME.fsid(), 2, ServerFixture.TERM, ServerFixture.RID, 0));
                }
            });
        }
    }

    @Test
    void nothingButAGreetingComesFirst() throws Exception {
        try (ServerFixture server = server()) {
            server.run(() -> {
                try (RawPeer peer = server.connect()) {
                    peer.request(1, 0, 1, Command.STATFS);
                    assertThat(peer.isClosed()).isTrue();
                }
                try (RawPeer peer = server.connect()) {
                    peer.response(1, 0, 1, Command.GREETING, new byte[40]);
                    assertThat(peer.isClosed()).isTrue();
                }
            });
            assertThat(server.takeLog()).isEmpty();
        }
    }

    @Test
    void socketsThatNeverGreetAreForgotten() throws Exception {
        try (ServerFixture server = server()) {
            server.run(() -> {
                server.connect().close();
                try (RawPeer peer = server.connect()) {
                    peer.bytes(new byte[7]);
                }
                try (RawPeer silent = server.connect()) {
                    assertThat(silent.isClosed()).isTrue();
                }
            });
            assertThat(server.simulation.clock().nanoTime()).isGreaterThanOrEqualTo(30_000_000_000L);
            server.advanceMs(60_000);
            assertThat(server.takeLog()).isEmpty();
            assertThat(server.network.connections()).isEmpty();
        }
    }

    @Test
    void unknownResponseIsIgnored() throws Exception {
        try (ServerFixture server = server()) {
            server.run(() -> {
                try (RawPeer peer = server.mount()) {
                    peer.response(2, 0, 77, Command.SYNC_LOG_TREES);
                    peer.request(3, 0, 3, Command.GET_ROOTS, (byte) 1);
                    assertThat(peer.read().header().error()).isEqualTo(5);
                }
            });
            assertThat(server.count("net_dropped_response")).isEqualTo(1);
        }
    }

    @Test
    void refusedRidGetsNoAnswer() throws Exception {
        try (ServerFixture server = server()) {
            server.events.admission = ServerEvents.Admission.REFUSED;
            server.run(() -> {
                try (RawPeer peer = server.connect()) {
                    peer.greet(1, 0, 1, ServerFixture.greeting(0));
                    assertThat(peer.isClosed()).isTrue();
                }
            });
            assertThat(server.takeLog()).containsExactly("admit 55e98911c02cc33e term 0");
        }
    }

    @Test
    void failedAdmissionIsAnsweredWithItsError() throws Exception {
        try (ServerFixture server = server()) {
            server.events.failure = new FsException(Errno.EIO);
            server.run(() -> {
                try (RawPeer peer = server.connect()) {
                    peer.greet(1, 0, 1, ServerFixture.greeting(0));
                    assertThat(peer.read().header().error()).isEqualTo(3);
                    assertThat(peer.isClosed()).isTrue();
                }
            });
        }
    }

    /** Cut off at any byte: the association waits for the next socket, and another mount notices nothing. */
    @Test
    void truncatedMessageEndsThatConnectionOnly() throws Exception {
        try (ServerFixture server = server()) {
            Greeting other = new Greeting(ServerFixture.VOLUME.fsid(), 2, 0, ServerFixture.RID + 1, 0);
            byte[] whole = RawPeer.message(
                    new NetHeader(1 << 20, 0, 1 << 20, 16, Command.OPEN_INO_MAP.number(), 0, 0), new byte[16]);
            server.run(() -> {
                try (RawPeer untouched = server.greeted(1, 0, other)) {
                    for (int length = 0; length < whole.length; length++) {
                        try (RawPeer peer = server.greeted(length + 1L, 0, ServerFixture.greeting(0))) {
                            peer.bytes(java.util.Arrays.copyOf(whole, length));
                        }
                    }
                    server.host.clock().sleep(1_000_000);
                    assertThat(server.takeLog()).doesNotContain("handled OPEN_INO_MAP");
                    try (RawPeer peer = server.greeted(1000, 0, ServerFixture.greeting(0))) {
                        peer.bytes(whole);
                        server.host.clock().sleep(1_000_000);
                    }
                    assertThat(server.takeLog()).contains("handled OPEN_INO_MAP");
                    untouched.request(2, 0, 2, Command.GET_ROOTS, (byte) 1);
                    assertThat(untouched.read().header().error()).isEqualTo(5);
                }
            });
            assertThat(server.count("net_recv_error")).isPositive();
        }
    }

    /** Whatever bytes come, before or after a greeting: the server serves the next client. */
    @Test
    void survivesRandomBytes() throws Exception {
        long seed = Long.getLong("scoutfs.seed", System.nanoTime());
        System.out.println("scoutfs.seed=" + seed);
        Random random = new Random(seed);
        try (ServerFixture server = server()) {
            for (int round = 0; round < 200; round++) {
                long number = 1000L + round * 100L;
                server.run(() -> {
                    try (RawPeer peer = random.nextBoolean()
                            ? server.connect()
                            : server.greeted(number, 0, ServerFixture.greeting(0))) {
                        sendGarbage(random, peer, number);
                    } catch (IOException e) {
                        // the server has closed: its right
                        assertThat(e).isNotNull();
                    }
                });
            }
            server.takeLog();
            server.run(() -> {
                // of another mount: garbage may have been taken for messages of the first one, with any number
                Greeting other = new Greeting(
                        ServerFixture.VOLUME.fsid(), ServerFixture.VOLUME.formatVersion(), 0, ServerFixture.RID + 1, 0);
                try (RawPeer peer = server.greeted(1_000_000, 0, other)) {
                    peer.request(2, 0, 1_000_001, Command.FAREWELL);
                    // what is kept for this peer is sent to it again, which must not find it gone
                    server.host.clock().sleep(1_000_000_000);
                }
            });
            server.simulation.settle();
            assertThat(server.takeLog()).contains("handled FAREWELL");
        }
    }

    private static void sendGarbage(Random random, RawPeer peer, long number) throws IOException {
        for (int i = 0; i < 20; i++) {
            if (random.nextInt(4) == 0) {
                byte[] noise = new byte[random.nextInt(200)];
                random.nextBytes(noise);
                peer.bytes(noise);
            } else {
                int length = random.nextBoolean() ? random.nextInt(1101) : new OpenInoMapArgs(0, 0).toBytes().length;
                byte[] payload = new byte[length];
                random.nextBytes(payload);
                peer.send(
                        new NetHeader(
                                number + random.nextInt(50),
                                random.nextInt(50),
                                random.nextInt(30),
                                length,
                                random.nextInt(21),
                                random.nextInt(8) == 0 ? 2 : random.nextInt(2),
                                random.nextInt(4) == 0 ? random.nextInt(8) : 0),
                        payload);
            }
        }
    }
}
