package org.scoutfs.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.SrchCompact;
import org.scoutfs.format.VolumeOptions;
import org.scoutfs.format.wire.AllocInodes;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.Greeting;
import org.scoutfs.format.wire.NetHeader;
import org.scoutfs.format.wire.Payloads;
import org.scoutfs.format.wire.ResizeDevices;
import org.scoutfs.net.RawPeer;
import org.scoutfs.quorum.ServerControl.State;

/**
 * What a hand-made client was answered by a server of the reference (spec 3 section 17), one test per row; where the reference is wrong,
 * what the specification wants instead.
 */
class ProbedBehaviourTest {
    private static final long TERM = 7;
    private static final long RID = 0xabc;
    private static final int ENOENT = 1;
    private static final int EIO = 3;
    private static final int EINVAL = 5;

    private ServerStage stage;
    private ServerStage.Leader leader;

    @BeforeEach
    void start() throws Exception {
        stage = new ServerStage(1);
        leader = stage.leader(1);
        assertThat(leader.start(TERM)).isEqualTo(State.UP);
    }

    @AfterEach
    void stop() {
        stage.close();
    }

    private static Greeting greeting(long term, long flags) {
        return new Greeting(ServerStage.VOLUME.fsid(), ServerStage.VOLUME.formatVersion(), term, RID, flags);
    }

    /** A socket whose greeting, with this seq and id, was answered with success. */
    private RawPeer greeted(long number, long recvSeq, Greeting greeting) throws IOException {
        RawPeer peer = stage.connect();
        peer.greet(number, recvSeq, number, greeting);
        NetHeader answer = peer.next().header();
        assertThat(answer)
                .isEqualTo(new NetHeader(1, answer.recvSeq(), number, Greeting.SIZE, 0, NetHeader.FLAG_RESPONSE, 0));
        return peer;
    }

    private RawPeer mount() throws IOException {
        return greeted(1, 0, greeting(0, 0));
    }

    /** Asks as the second and further messages of a client; the answer has the same number in all places. */
    private static RawPeer.Message ask(RawPeer peer, long number, Command command, byte... payload) throws IOException {
        peer.request(number, number - 1, number, command, payload);
        RawPeer.Message answer = peer.next();
        assertThat(answer.header())
                .isEqualTo(new NetHeader(
                        number,
                        number,
                        number,
                        answer.payload().length,
                        command.number(),
                        NetHeader.FLAG_RESPONSE,
                        answer.header().error()));
        return answer;
    }

    private static int errorOf(RawPeer peer, long number, Command command, byte... payload) throws IOException {
        RawPeer.Message answer = ask(peer, number, command, payload);
        assertThat(answer.payload()).isEmpty();
        return answer.header().error();
    }

    /** The server has not noticed: nobody is fenced, and others are served. */
    private void assertUnimpressed() throws Exception {
        stage.advanceSeconds(60);
        assertThat(leader.fenceLog).isEmpty();
        assertThat(leader.server.state()).isEqualTo(State.UP);
        ServerClientStub other = stage.client(0xd, false);
        other.call(Command.STATFS);
        other.farewell();
    }

    private static byte[] bytes(VolumeOptions options) {
        return Payloads.write(VolumeOptions.SIZE, options::write);
    }

    private static byte[] bytes(LogTrees trees) {
        return Payloads.write(LogTrees.SIZE, trees::write);
    }

    /** The reference stops 20 s after that. */
    @ParameterizedTest
    @ValueSource(strings = {"fsid", "version", "32 bytes"})
    void wrongGreetingIsAnsweredAndClosed(String what) throws Exception {
        Greeting right = greeting(0, 0);
        byte[] wrong = switch (what) {
            case "fsid" -> new Greeting(right.fsid() + 1, right.formatVersion(), 0, RID, 0).toBytes();
            case "version" -> new Greeting(right.fsid(), 1, 0, RID, 0).toBytes();
            default -> new byte[32];
        };
        stage.simulation.run(() -> {
            try (RawPeer peer = stage.connect()) {
                peer.request(1, 0, 9, Command.GREETING, wrong);
                assertThat(peer.next().header())
                        .isEqualTo(new NetHeader(1, 0, 9, 0, 0, NetHeader.FLAG_RESPONSE, EINVAL));
                assertThat(peer.isClosed()).isTrue();
            }
        });
        assertThat(leader.counters.get("net_strangers_closed").get()).isEqualTo(1);
        assertUnimpressed();
    }

    /** The reference keeps what never greeted for 20 s, and stops. */
    @Test
    void portScanDoesNothing() throws Exception {
        stage.simulation.run(() -> {
            stage.connect().close();
            try (RawPeer peer = stage.connect()) {
                peer.bytes("GET / HTTP/1.1\r\nHost: a-server-of-something-else\r\n\r\n"
                        .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                assertThat(peer.isClosed()).isTrue();
            }
        });
        assertThat(leader.counters.get("net_strangers_closed").get()).isEqualTo(2);
        assertUnimpressed();
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
        # seq, id, len, cmd, flags, error
        0, 2, 0,    5,  0, 0
        2, 0, 0,    5,  0, 0
        2, 2, 1101, 5,  0, 0
        2, 2, 0,    20, 0, 0
        2, 2, 0,    5,  2, 0
        2, 2, 0,    5,  0, 1
        """)
    void impossibleHeaderIsClosedWithoutAnswer(long seq, long id, int length, int command, int flags, int error)
            throws Exception {
        stage.simulation.run(() -> {
            try (RawPeer peer = mount()) {
                peer.send(new NetHeader(seq, 0, id, length, command, flags, error), new byte[length]);
                assertThat(peer.isClosed()).isTrue();
            }
            try (RawPeer again = greeted(3, 0, greeting(TERM, 0))) {
                again.request(4, 0, 4, Command.STATFS);
                assertThat(again.next().header().error()).isZero();
            }
        });
        assertThat(leader.counters.get("net_recv_invalid_message").get()).isEqualTo(1);
    }

    @Test
    void unknownGreetingFlagIsAccepted() throws Exception {
        stage.simulation.run(() -> {
            try (RawPeer peer = greeted(1, 0, greeting(0, 1 << 5))) {
                assertThat(ask(peer, 2, Command.STATFS).header().error()).isZero();
            }
        });
    }

    @Test
    void secondGreetingOnTheSocketIsClosed() throws Exception {
        stage.simulation.run(() -> {
            try (RawPeer peer = mount()) {
                peer.greet(2, 0, 2, greeting(0, 0));
                assertThat(peer.isClosed()).isTrue();
            }
        });
    }

    @Test
    void currentTermOfAnUnknownRidIsGreetedAndClosed() throws Exception {
        stage.simulation.run(() -> {
            try (RawPeer peer = greeted(1, 0, greeting(TERM, 0))) {
                assertThat(peer.isClosed()).isTrue();
            }
        });
        assertUnimpressed();
        assertThat(stage.check().mounts).isEmpty();
    }

    /** The reference accepts it; it was reclaimed, or never was (section 4.6). */
    @Test
    void otherTermOfAnUnknownRidIsRefusedUnlessItLeaves() throws Exception {
        stage.simulation.run(() -> {
            try (RawPeer peer = stage.connect()) {
                peer.greet(1, 0, 1, greeting(TERM - 1, 0));
                assertThat(peer.isClosed()).isTrue();
            }
            try (RawPeer leaving = greeted(2, 0, greeting(TERM - 1, Greeting.FLAG_FAREWELL))) {
                // the new association's first contact: its locks are asked for
                leaving.request(3, 0, 3, Command.FAREWELL);
                RawPeer.Message answer = leaving.next();
                while (!answer.header().isResponse()) {
                    answer = leaving.next();
                }
                assertThat(answer.header().command()).isEqualTo(Command.FAREWELL.number());
                assertThat(answer.header().error()).isZero();
                assertThat(answer.header().id()).isEqualTo(3);
            }
        });
        assertUnimpressed();
    }

    @Test
    void farewellOfANonMemberIsAnsweredAfterOneCommitAndLeavesTheSocketOpen() throws Exception {
        RawPeer peer = stage.simulation.call(TimeUnit.MINUTES.toNanos(1), this::mount);
        assertThat(stage.check().mounts).containsExactly(RID);
        stage.simulation.run(() -> {
            long commits = leader.superBlock.read().header().seq();
            assertThat(errorOf(peer, 2, Command.FAREWELL)).isZero();
            assertThat(leader.superBlock.read().header().seq()).isEqualTo(commits + 1);
        });
        assertThat(stage.check().mounts).isEmpty();
        stage.simulation.run(() -> {
            leader.host.clock().sleep(TimeUnit.SECONDS.toNanos(5));
            assertThat(ask(peer, 3, Command.GET_VOLOPT).header().error()).isZero();
            peer.close();
        });
        assertUnimpressed();
    }

    @Test
    void reconnectWithTheCurrentTermContinuesTheAssociation() throws Exception {
        stage.simulation.run(() -> {
            byte[] wish = Payloads.ofU64(10240);
            try (RawPeer peer = mount()) {
                ask(peer, 2, Command.STATFS);
                peer.request(3, 1, 3, Command.ALLOC_INODES, wish);
                assertThat(peer.next().header().seq()).isEqualTo(3);
            }
            try (RawPeer again = stage.connect()) {
                again.greet(4, 1, 4, greeting(TERM, 0));
                assertThat(again.next().header())
                        .isEqualTo(new NetHeader(1, 3, 4, Greeting.SIZE, 0, NetHeader.FLAG_RESPONSE, 0));
                assertThat(again.next().header())
                        .isEqualTo(new NetHeader(2, 3, 2, 56, Command.STATFS.number(), NetHeader.FLAG_RESPONSE, 0));
                RawPeer.Message kept = again.next();
                assertThat(kept.header())
                        .isEqualTo(
                                new NetHeader(3, 3, 3, 16, Command.ALLOC_INODES.number(), NetHeader.FLAG_RESPONSE, 0));
                assertThat(AllocInodes.of(kept.payload())).isEqualTo(new AllocInodes(1024, 10240));
                again.request(5, 3, 5, Command.ALLOC_INODES, wish);
                RawPeer.Message next = again.next();
                assertThat(next.header().seq()).isEqualTo(4);
                assertThat(AllocInodes.of(next.payload())).isEqualTo(new AllocInodes(11264, 10240));
            }
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {3, 2})
    void duplicateAndLowerSeqAreDropped(long seq) throws Exception {
        stage.simulation.run(() -> {
            try (RawPeer peer = mount()) {
                ask(peer, 2, Command.STATFS);
                ask(peer, 3, Command.STATFS);
                peer.request(seq, 3, 9, Command.ALLOC_INODES, Payloads.ofU64(1));
                RawPeer.Message next = ask(peer, 4, Command.ALLOC_INODES, Payloads.ofU64(1));
                assertThat(AllocInodes.of(next.payload()).ino()).isEqualTo(1024);
            }
        });
        assertThat(leader.counters.get("net_recv_dropped_duplicate").get()).isEqualTo(1);
    }

    @Test
    void volumeOptionOfImpossibleValueOrNumberIsEinval() throws Exception {
        stage.simulation.run(() -> {
            try (RawPeer peer = mount()) {
                assertThat(errorOf(peer, 2, Command.SET_VOLOPT, bytes(VolumeOptions.NONE.with(0, 5))))
                        .isEqualTo(EINVAL);
                assertThat(errorOf(peer, 3, Command.SET_VOLOPT, bytes(VolumeOptions.NONE.with(1, 1 << 20))))
                        .isEqualTo(EINVAL);
            }
        });
    }

    @Test
    void resizingToNothingSucceedsAndToLessIsEinval() throws Exception {
        stage.simulation.run(() -> {
            try (RawPeer peer = mount()) {
                assertThat(errorOf(peer, 2, Command.RESIZE_DEVICES, new ResizeDevices(0, 0).toBytes()))
                        .isZero();
                assertThat(errorOf(peer, 3, Command.RESIZE_DEVICES, new ResizeDevices(5, 5).toBytes()))
                        .isEqualTo(EINVAL);
            }
        });
    }

    @Test
    void commitOfLogTreesOfAnotherRidIsEioAndWithoutItemEnoent() throws Exception {
        stage.simulation.run(() -> {
            try (RawPeer peer = mount()) {
                byte[] given = ask(peer, 2, Command.GET_LOG_TREES).payload();
                LogTrees trees = Payloads.read(given, LogTrees.SIZE, LogTrees::read);
                assertThat(errorOf(
                                peer,
                                3,
                                Command.COMMIT_LOG_TREES,
                                bytes(trees.toBuilder().rid(RID + 1).build())))
                        .isEqualTo(EIO);
                assertThat(errorOf(
                                peer,
                                4,
                                Command.COMMIT_LOG_TREES,
                                bytes(trees.toBuilder().nr(trees.nr() + 1).build())))
                        .isEqualTo(ENOENT);
            }
        });
    }

    @Test
    void completionsNobodyWaitsForAreEnoent() throws Exception {
        stage.simulation.run(() -> {
            try (RawPeer peer = mount()) {
                assertThat(errorOf(peer, 2, Command.SRCH_COMMIT_COMPACT, new byte[SrchCompact.SIZE]))
                        .isEqualTo(ENOENT);
                assertThat(errorOf(peer, 3, Command.COMMIT_LOG_MERGE, new byte[208]))
                        .isEqualTo(ENOENT);
            }
        });
    }

    @Test
    void nothingToCompactIsAllZeros() throws Exception {
        stage.simulation.run(() -> {
            try (RawPeer peer = mount()) {
                RawPeer.Message answer = ask(peer, 2, Command.SRCH_GET_COMPACT);
                assertThat(answer.header().error()).isZero();
                assertThat(answer.payload()).isEqualTo(new byte[584]);
            }
        });
    }

    @Test
    void responseNobodyAskedForIsIgnored() throws Exception {
        stage.simulation.run(() -> {
            try (RawPeer peer = mount()) {
                peer.response(2, 0, 77, Command.SYNC_LOG_TREES);
                peer.request(3, 0, 3, Command.STATFS);
                assertThat(peer.next().header().recvSeq()).isEqualTo(3);
            }
        });
        assertThat(leader.counters.get("net_dropped_response").get()).isEqualTo(1);
    }

    @Test
    void syncLogTreesToTheServerIsClosed() throws Exception {
        stage.simulation.run(() -> {
            try (RawPeer peer = mount()) {
                peer.request(2, 0, 2, Command.SYNC_LOG_TREES);
                assertThat(peer.isClosed()).isTrue();
            }
        });
        assertThat(leader.counters.get("net_unknown_request").get()).isEqualTo(1);
    }

    @Test
    void leavingWithoutFarewellIsFencedAfterTwentySeconds() throws Exception {
        stage.simulation.run(() -> mount().close());
        stage.advanceSeconds(19);
        assertThat(leader.fenceLog).isEmpty();
        stage.advanceSeconds(2);
        assertThat(leader.fenceLog).containsExactly("client_reconnect abc 10.0.0.91");
    }

    @Test
    void leavingWithoutFarewellBeforeTheServerRestartsIsFencedThirtySecondsAfterThat() throws Exception {
        stage.simulation.run(() -> mount().close());
        stage.advanceSeconds(5);
        leader.stop();
        assertThat(leader.start(TERM + 1)).isEqualTo(State.UP);
        stage.advanceSeconds(29);
        assertThat(leader.fenceLog).isEmpty();
        stage.advanceSeconds(2);
        assertThat(leader.fenceLog).containsExactly("client_recovery abc 10.0.0.91");
    }
}
