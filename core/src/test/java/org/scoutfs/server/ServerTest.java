package org.scoutfs.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.FaultDisk;
import org.scoutfs.error.Errno;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.QuorumBlock;
import org.scoutfs.format.QuorumBlockEvent;
import org.scoutfs.format.SrchCompact;
import org.scoutfs.format.Timespec;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.format.VolumeOptions;
import org.scoutfs.format.wire.AllocInodes;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.LockMessage;
import org.scoutfs.format.wire.LockMode;
import org.scoutfs.format.wire.OpenInoMap;
import org.scoutfs.format.wire.OpenInoMapArgs;
import org.scoutfs.format.wire.Payloads;
import org.scoutfs.format.wire.ResizeDevices;
import org.scoutfs.format.wire.Roots;
import org.scoutfs.format.wire.StatfsReply;
import org.scoutfs.quorum.ServerControl.State;

/** A whole server with mounts that talk to it over a simulated network. */
class ServerTest {
    private static final Key LOCK = Keys.lockStart(Keys.inode(1));

    @Test
    void startsServesAndStops() throws Exception {
        try (ServerStage stage = new ServerStage(1)) {
            ServerStage.Leader leader = stage.leader(1);
            assertThat(leader.server.state()).isEqualTo(State.DOWN);
            assertThat(leader.start(1)).isEqualTo(State.UP);
            ServerClientStub client = stage.client(0xa, true);
            client.call(Command.GET_ROOTS);
            assertThat(leader.server.connections()).hasSize(1);
            leader.stop();
            assertThat(leader.server.state()).isEqualTo(State.DOWN);
            assertThat(leader.start(2)).isEqualTo(State.UP);
            client.call(Command.GET_ROOTS);
            assertThat(client.log).contains("connected term 1", "connected term 2", "recover 0");
        }
    }

    /** Spec 3 section 17, what is not of the message layer. */
    @Test
    void answersAsTheReferenceDoes() throws Exception {
        try (ServerStage stage = new ServerStage(1)) {
            ServerStage.Leader leader = stage.leader(1);
            leader.start(1);
            ServerClientStub client = stage.client(0xa, true);
            assertThat(AllocInodes.of(client.call(Command.ALLOC_INODES, Payloads.ofU64(10240))))
                    .isEqualTo(new AllocInodes(1024, 10240));
            assertThat(AllocInodes.of(client.call(Command.ALLOC_INODES, Payloads.ofU64(10240))))
                    .isEqualTo(new AllocInodes(11264, 10240));
            LogTrees trees = client.getLogTrees();
            assertThat(trees.nr()).isEqualTo(1);
            assertThat(client.error(
                            Command.COMMIT_LOG_TREES,
                            bytes(trees.toBuilder().rid(9).build())))
                    .isEqualTo(Errno.EIO);
            assertThat(client.error(
                            Command.COMMIT_LOG_TREES,
                            bytes(trees.toBuilder().nr(9).build())))
                    .isEqualTo(Errno.ENOENT);
            client.commitLogTrees(trees);
            client.commitLogTrees(trees);
            Roots roots = Roots.of(client.call(Command.GET_ROOTS));
            assertThat(roots.fsRoot().ref().blkno()).isEqualTo(2);
            assertThat(roots.logsRoot().height()).isEqualTo(1);
            assertThat(roots.srchRoot().isEmpty()).isTrue();
            assertThat(Payloads.u64(client.call(Command.GET_LAST_SEQ))).isPositive();
            assertThat(StatfsReply.of(client.call(Command.STATFS)).inodeCount()).isEqualTo(1);
            assertThat(client.call(Command.SRCH_GET_COMPACT)).isEqualTo(new byte[SrchCompact.SIZE]);
            assertThat(client.error(Command.SRCH_COMMIT_COMPACT, new byte[SrchCompact.SIZE]))
                    .isEqualTo(Errno.ENOENT);
            assertThat(client.error(Command.GET_LOG_MERGE, Payloads.EMPTY)).isEqualTo(Errno.ENOENT);
            assertThat(client.error(Command.COMMIT_LOG_MERGE, new byte[208])).isEqualTo(Errno.ENOENT);
            assertThat(client.call(Command.GET_VOLOPT)).isEqualTo(new byte[VolumeOptions.SIZE]);
            assertThat(client.error(Command.SET_VOLOPT, bytes(VolumeOptions.NONE.with(0, 5))))
                    .isEqualTo(Errno.EINVAL);
            assertThat(client.error(Command.CLEAR_VOLOPT, bytes(VolumeOptions.NONE.with(1, 0))))
                    .isEqualTo(Errno.EINVAL);
            client.call(Command.SET_VOLOPT, bytes(VolumeOptions.NONE.with(0, 1 << 20)));
            assertThat(client.call(Command.GET_VOLOPT)).isEqualTo(bytes(VolumeOptions.NONE.with(0, 1 << 20)));
            client.call(Command.RESIZE_DEVICES, new ResizeDevices(0, 0).toBytes());
            assertThat(client.error(Command.RESIZE_DEVICES, new ResizeDevices(5, 5).toBytes()))
                    .isEqualTo(Errno.EINVAL);
            assertThat(OpenInoMap.of(client.call(Command.OPEN_INO_MAP, new OpenInoMapArgs(1, 0).toBytes()))
                            .bits())
                    .containsOnly(0);
            assertThat(client.lock(LOCK, LockMode.WRITE).grant().newMode()).isEqualTo(LockMode.WRITE.number());
        }
    }

    @Test
    void locksAndOpenMapsGoBetweenMounts() throws Exception {
        try (ServerStage stage = new ServerStage(1)) {
            stage.leader(1).start(1);
            ServerClientStub a = stage.client(0xa, true);
            ServerClientStub b = stage.client(0xb, false);
            b.call(Command.GET_ROOTS);
            assertThat(a.lock(LOCK, LockMode.WRITE).isDone()).isTrue();
            assertThat(b.lock(LOCK, LockMode.READ).grant().newMode()).isEqualTo(LockMode.READ.number());
            assertThat(a.log).contains("invalidate WRITE->READ");
            OpenInoMap map = OpenInoMap.of(a.call(Command.OPEN_INO_MAP, new OpenInoMapArgs(1, 0).toBytes()));
            assertThat(map.bits()[0]).isEqualTo(0xb);
            assertThat(a.log).doesNotContain("open map");
        }
    }

    @Test
    void farewellRemovesTheMount() throws Exception {
        try (ServerStage stage = new ServerStage(1)) {
            stage.leader(1).start(1);
            ServerClientStub member = stage.client(0xa, true);
            ServerClientStub other = stage.client(0xb, false);
            member.call(Command.GET_ROOTS);
            other.getLogTrees();
            other.farewell();
            VolumeCheck check = stage.check().withoutLeaks();
            assertThat(check.mounts).containsExactly(0xaL);
            assertThat(check.logTrees).hasSize(1);
            member.farewell();
            assertThat(stage.check().mounts).isEmpty();
        }
    }

    /** Spec 3 sections 4.6 and 11: who stays away for 20 seconds is fenced, then reclaimed. */
    @Test
    void lostMountIsFencedAndReclaimed() throws Exception {
        try (ServerStage stage = new ServerStage(1)) {
            ServerStage.Leader leader = stage.leader(1);
            leader.start(1);
            ServerClientStub a = stage.client(0xa, true);
            ServerClientStub lost = stage.client(0xb, false);
            lost.getLogTrees();
            lost.lock(LOCK, LockMode.WRITE);
            lost.vanish();
            ServerClientStub.Pending waiting = a.lock(LOCK, LockMode.READ);
            stage.advanceSeconds(19);
            assertThat(leader.fenceLog).isEmpty();
            stage.advanceSeconds(2);
            assertThat(leader.fenceLog).containsExactly("client_reconnect b 10.0.0.102");
            assertThat(waiting.isDone()).isFalse();
            stage.simulation.run(leader.fences.list().getFirst()::setFenced);
            stage.simulation.settle();
            assertThat(waiting.grant().newMode()).isEqualTo(LockMode.READ.number());
            assertThat(leader.fenceLog).endsWith("gone b");
            VolumeCheck check = stage.check().withoutLeaks();
            assertThat(check.mounts).containsExactly(0xaL);
            assertThat(check.logTrees.getFirst().isFinalized()).isTrue();
            assertThat(leader.server.state()).isEqualTo(State.UP);
        }
    }

    @Test
    void fencingThatFailsOrIsNotAnsweredStopsTheServer() throws Exception {
        for (boolean answered : List.of(true, false)) {
            try (ServerStage stage = new ServerStage(1)) {
                ServerStage.Leader leader = stage.leader(1);
                leader.start(1);
                ServerClientStub lost = stage.client(0xb, false);
                lost.call(Command.GET_ROOTS);
                lost.vanish();
                stage.advanceSeconds(21);
                if (answered) {
                    stage.simulation.run(leader.fences.list().getFirst()::setError);
                } else {
                    stage.advanceSeconds(31);
                }
                stage.simulation.settle();
                assertThat(leader.server.state()).isEqualTo(State.DOWN);
                assertThat(leader.fences.list()).isEmpty();
                assertThat(stage.check().mounts).containsExactly(0xbL);
            }
        }
    }

    /** Spec 3 section 10 and 18.10: a new server on another host, after the old one died. */
    @Test
    void newServerRecoversLocksBeforeItGrantsAny() throws Exception {
        try (ServerStage stage = new ServerStage(1)) {
            ServerStage.Leader old = stage.leader(1);
            old.start(1);
            ServerClientStub a = stage.client(0xa, true);
            ServerClientStub b = stage.client(0xb, false);
            ServerClientStub dead = stage.client(0xc, false);
            for (ServerClientStub client : stage.clients) {
                client.call(Command.GET_ROOTS);
            }
            LogTrees open = a.getLogTrees();
            for (int i = 0; i < 30; i++) {
                Key key = Keys.lockStart(Keys.inode(1024L * i));
                a.held.put(key, new LockMessage(key, 1000 + i, LockMode.WRITE, LockMode.WRITE));
            }
            old.die();
            dead.vanish();
            ServerClientStub.Pending wanted = b.lock(LOCK, LockMode.READ);
            ServerClientStub.Pending map = b.send(Command.OPEN_INO_MAP, new OpenInoMapArgs(1, 0).toBytes());

            ServerStage.Leader next = stage.leader(2);
            assertThat(next.start(2)).isEqualTo(State.UP);
            stage.advanceSeconds(5);
            assertThat(a.log).contains("connected term 2", "recover 22", "recover 8", "recover 0");
            assertThat(wanted.isDone()).as("one mount is missing").isFalse();
            assertThat(map.isDone()).isFalse();
            // Everything else is served.
            assertThat(a.getLogTrees()).isEqualTo(open);
            assertThat(next.services().context().volume().seq()).isGreaterThanOrEqualTo(1029);

            stage.advanceSeconds(26);
            assertThat(next.fenceLog).containsExactly("client_recovery c 10.0.0.103");
            stage.simulation.run(next.fences.list().getFirst()::setFenced);
            stage.simulation.settle();
            stage.advanceSeconds(1);
            assertThat(a.log).contains("invalidate WRITE->READ");
            assertThat(wanted.grant().newMode()).isEqualTo(LockMode.READ.number());
            assertThat(OpenInoMap.of(map.payload()).bits()[0]).isEqualTo(0xa);
            assertThat(stage.check().withoutLeaks().mounts).containsExactlyInAnyOrder(0xaL, 0xbL);
        }
    }

    @Test
    void requestsOfAnOldServerAreAnsweredByTheNewOne() throws Exception {
        try (ServerStage stage = new ServerStage(1)) {
            ServerStage.Leader old = stage.leader(1);
            old.start(1);
            ServerClientStub a = stage.client(0xa, true);
            LogTrees trees = a.getLogTrees();
            old.die();
            ServerClientStub.Pending commit = a.send(Command.COMMIT_LOG_TREES, bytes(trees));
            ServerClientStub.Pending farewell = a.send(Command.FAREWELL, Payloads.EMPTY);
            stage.leader(2).start(2);
            stage.advanceSeconds(1);
            assertThat(commit.isDone() && farewell.isDone()).isTrue();
            assertThat(stage.check().withoutLeaks().mounts).isEmpty();
        }
    }

    /** Spec 3 section 3.7: alone before anything is opened. */
    @Test
    void earlierLeaderIsFencedFirst() throws Exception {
        try (ServerStage stage = new ServerStage(1)) {
            ServerStage.Leader leader = stage.leader(1);
            elected(leader, 0xdead, 3);
            stage.simulation.run(() -> leader.server.start(4));
            stage.advanceSeconds(1);
            assertThat(leader.server.state()).isEqualTo(State.STARTING);
            assertThat(leader.server.address()).isNull();
            assertThat(leader.fenceLog).containsExactly("quorum_block_leader dead 127.0.0.1");
            stage.simulation.run(leader.fences.list().getFirst()::setFenced);
            stage.advanceSeconds(1);
            assertThat(leader.server.state()).isEqualTo(State.UP);
            assertThat(leader.fences.list()).as("reclaimed").isEmpty();
        }
    }

    /** Error or silence: nothing is opened (race R15), and the member may try again. */
    @Test
    void startFailsUnlessEarlierLeaderIsFenced() throws Exception {
        for (String how : List.of("error", "silence", "stop")) {
            try (ServerStage stage = new ServerStage(1)) {
                ServerStage.Leader leader = stage.leader(1);
                elected(leader, 0xdead, 3);
                stage.simulation.run(() -> leader.server.start(4));
                stage.advanceSeconds(1);
                switch (how) {
                    case "error" -> stage.simulation.run(leader.fences.list().getFirst()::setError);
                    case "stop" -> stage.simulation.run(leader.server::stop);
                    default -> stage.advanceSeconds(15);
                }
                stage.simulation.settle();
                assertThat(leader.server.state()).as(how).isEqualTo(State.DOWN);
                assertThat(leader.fences.list()).isEmpty();
                stage.simulation.run(() -> leader.server.start(5));
                stage.simulation.settle();
                stage.simulation.run(leader.fences.list().getFirst()::setFenced);
                stage.simulation.settle();
                assertThat(leader.server.state()).isEqualTo(State.UP);
            }
        }
    }

    @Test
    void startFailsOnAnUnreadableSuperBlock() throws Exception {
        try (ServerStage stage = new ServerStage(1)) {
            ServerStage.Leader leader = stage.leader(1);
            stage.disk.inject(FaultDisk.Fault.inRange(
                    FaultDisk.Operation.READ, VolumeLayout.SUPER_OFFSET, VolumeLayout.SMALL_BLOCK_SIZE, Errno.EIO));
            assertThat(leader.start(1)).isEqualTo(State.DOWN);
            stage.disk.repair();
            assertThat(leader.start(2)).isEqualTo(State.UP);
        }
    }

    /** The address is free again after a failed start, and a second leader on it fails. */
    @Test
    void stopsQuicklyWhileAMountWaitsForOthers() throws Exception {
        try (ServerStage stage = new ServerStage(1)) {
            stage.mergeWaitMs = 60_000;
            ServerStage.Leader leader = stage.leader(1);
            leader.start(1);
            ServerClientStub a = stage.client(0xa, true);
            ServerClientStub quiet = stage.client(0xb, false);
            quiet.getLogTrees();
            LogTrees trees = a.getLogTrees();
            a.commitLogTrees(trees);
            leader.triggers.arm(LogFinalizer.TRIGGER_FORCE_FINALIZE);
            ServerClientStub.Pending waiting = a.send(Command.GET_LOG_TREES, Payloads.EMPTY);
            stage.advanceSeconds(2);
            assertThat(waiting.isDone()).isFalse();
            assertThat(quiet.log).contains("sync");
            long before = stage.simulation.clock().nanoTime();
            leader.stop();
            assertThat(stage.simulation.clock().nanoTime() - before).isLessThan(1_000_000_000L);
        }
    }

    /** A whole handshake between two mounts: one finalizes, the other is asked and follows, a merge starts. */
    @Test
    void mountsThatAreAskedLetTheMergeStart() throws Exception {
        try (ServerStage stage = new ServerStage(1)) {
            ServerStage.Leader leader = stage.leader(1);
            leader.start(1);
            ServerClientStub a = stage.client(0xa, true);
            ServerClientStub b = stage.client(0xb, false);
            LogTrees second = b.getLogTrees();
            b.whenSynced = () -> sendAll(b, second);
            LogTrees first = a.getLogTrees();
            a.commitLogTrees(first);
            leader.triggers.arm(LogFinalizer.TRIGGER_FORCE_FINALIZE);
            assertThat(a.getLogTrees().nr()).isEqualTo(2);
            stage.simulation.settle();
            VolumeCheck check = stage.check().withoutLeaks();
            assertThat(check.status).isNotNull();
            assertThat(check.logTrees).extracting(LogTrees::isFinalized).containsExactly(true, false, true, false);
        }
    }

    private static void sendAll(ServerClientStub client, LogTrees trees) {
        try {
            client.network.send(
                    Command.COMMIT_LOG_TREES,
                    bytes(trees),
                    response -> client.network.send(Command.GET_LOG_TREES, Payloads.EMPTY, again -> {}));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static void elected(ServerStage.Leader leader, long rid, long term) throws Exception {
        leader.quorumBlocks.write(
                0, QuorumBlock.unused(ServerRig.FSID, 0).withEvent(QuorumBlockEvent.ELECT, rid, term, Timespec.ZERO));
    }

    private static byte[] bytes(LogTrees trees) {
        return Payloads.write(LogTrees.SIZE, trees::write);
    }

    private static byte[] bytes(VolumeOptions options) {
        return Payloads.write(VolumeOptions.SIZE, options::write);
    }
}
