package org.scoutfs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.Keys;
import org.scoutfs.format.wire.Greeting;
import org.scoutfs.format.wire.LockMessage;
import org.scoutfs.format.wire.LockMode;

/** Who may leave when (spec 3 section 7), and what leaving and vanishing mounts leave behind. */
class FarewellsTest {
    private static final InetAddr ADDR = InetAddr.parse("10.0.0.9", 700);

    /** The farewell rules for members numbered 1 to 9 and others from 10 on. */
    private static final class Scene implements AutoCloseable {
        final ServerRig rig = ServerRig.create(1);
        final RecoveryTracker recovery;
        final Farewells farewells;
        final Map<Long, FakePeers.Answer> answers = new HashMap<>();

        Scene(int votesNeeded, long... mounted) throws Exception {
            recovery = new RecoveryTracker(rig.host.clock(), new RecoveryTracker.Listener() {
                @Override
                public void greeted() {}

                @Override
                public void recovered() {}

                @Override
                public void late(List<RecoveryTracker.Late> mounts) {}

                @Override
                public void failed(FsException error) {}
            });
            farewells = new Farewells(rig.mounted, recovery, rig.reclaim, votesNeeded);
            for (long rid : mounted) {
                rig.peers.connect(rid);
                rig.mounted.remember(
                        new Greeting(ServerRig.FSID, 2, 0, rid, rid < 10 ? Greeting.FLAG_QUORUM : 0), ADDR);
            }
        }

        void ask(long... rids) throws Exception {
            for (long rid : rids) {
                FakePeers.Answer answer = rig.peers.answerTo(rid);
                answers.put(rid, answer);
                farewells.request(rid, answer);
            }
            farewells.pass();
        }

        boolean left(long rid) throws Exception {
            boolean answered = answers.get(rid).isAnswered();
            // The item is gone from the device before the answer.
            assertThat(answered).isEqualTo(!rig.check().mounts.contains(rid));
            return answered;
        }

        @Override
        public void close() {
            rig.close();
        }
    }

    @Test
    void othersLeaveAnyTime() throws Exception {
        try (Scene scene = new Scene(1, 1, 10, 11)) {
            scene.ask(10);
            assertThat(scene.left(10)).isTrue();
        }
    }

    @Test
    void lastMemberWaitsForOthers() throws Exception {
        try (Scene scene = new Scene(1, 1, 10)) {
            scene.ask(1);
            assertThat(scene.left(1)).isFalse();
            scene.ask(10);
            assertThat(scene.left(10)).isTrue();
            assertThat(scene.left(1)).isTrue();
        }
    }

    @Test
    void membersBeyondTheVotesNeededLeaveOneByOneTheRestTogether() throws Exception {
        try (Scene scene = new Scene(2, 1, 2, 3)) {
            scene.ask(1);
            assertThat(scene.left(1)).isTrue();
            scene.ask(2);
            assertThat(scene.left(2)).isFalse();
            scene.ask(3);
            assertThat(scene.left(2)).isTrue();
            assertThat(scene.left(3)).isTrue();
        }
    }

    @Test
    void memberThatAsksTwiceCountsOnce() throws Exception {
        try (Scene scene = new Scene(2, 1, 2)) {
            scene.ask(1);
            scene.ask(1);
            assertThat(scene.left(1)).isFalse();
            scene.ask(2);
            assertThat(scene.left(1)).isTrue();
            assertThat(scene.left(2)).isTrue();
        }
    }

    /** A member more lets another one go. */
    @Test
    void newMemberLetsAWaitingOneGo() throws Exception {
        try (Scene scene = new Scene(2, 1, 2)) {
            scene.ask(1);
            assertThat(scene.left(1)).isFalse();
            scene.rig.mounted.remember(new Greeting(ServerRig.FSID, 2, 0, 3, Greeting.FLAG_QUORUM), ADDR);
            scene.farewells.pass();
            assertThat(scene.left(1)).isTrue();
        }
    }

    @Test
    void whoHasNoItemIsAnsweredAtOnce() throws Exception {
        try (Scene scene = new Scene(1, 1)) {
            scene.rig.peers.connect(10);
            scene.ask(10);
            assertThat(scene.left(10)).isTrue();
        }
    }

    /** Its answer is lost; those of the others are not late for it (race R43). */
    @Test
    void vanishedMountDoesNotHoldUpOthers() throws Exception {
        try (Scene scene = new Scene(1, 1, 10, 11)) {
            FakePeers.Answer gone = scene.rig.peers.answerTo(10);
            scene.farewells.request(10, gone);
            scene.rig.peers.disconnect(10);
            scene.ask(11);
            assertThat(scene.left(11)).isTrue();
            assertThat(scene.rig.check().mounts).containsExactly(1L);
        }
    }

    /** Its locks would be added after it has left (race R66). */
    @Test
    void mountInRecoveryWaits() throws Exception {
        try (Scene scene = new Scene(1, 1, 10)) {
            scene.recovery.prepare(10, ADDR);
            scene.ask(10);
            assertThat(scene.left(10)).isFalse();
            scene.recovery.done(10, RecoveryTracker.Step.LOCKS);
            scene.farewells.pass();
            assertThat(scene.left(10)).isTrue();
        }
    }

    @Test
    void departedMountsLocksAndQueriesAreReleased() throws Exception {
        try (Scene scene = new Scene(1, 1, 10, 11)) {
            ServerRig rig = scene.rig;
            LockMessage want = new LockMessage(Keys.renameLock(), 0, LockMode.NULL, LockMode.WRITE);
            rig.locks.request(10, want, rig.peers.answerTo(10));
            FakePeers.Answer waiting = rig.peers.answerTo(11);
            rig.locks.request(11, want, waiting);
            assertThat(waiting.isAnswered()).isFalse();
            scene.ask(10);
            assertThat(waiting.isAnswered()).isTrue();
        }
    }

    /** What a mount committed stays; what it had open is lost; what it was lent comes back. */
    @Test
    void reclaimedMountKeepsWhatItCommitted() throws Exception {
        try (ServerRig rig = ServerRig.create(1);
                TestMount mount = rig.mount(0xa)) {
            mount.get();
            mount.put(Keys.inode(5000), new byte[10]);
            mount.sync();
            mount.put(Keys.inode(5001), new byte[10]);
            mount.write();
            rig.reclaim.reclaim(0xa);
            VolumeCheck check = rig.check().withoutLeaks();
            assertThat(check.items).containsKey(Keys.inode(5000)).doesNotContainKey(Keys.inode(5001));
            assertThat(check.mounts).isEmpty();
            assertThat(check.logTrees).hasSize(1);
            var trees = check.logTrees.getFirst();
            assertThat(trees.isFinalized()).isTrue();
            assertThat(trees.isCommitted()).isTrue();
            assertThat(TestMount.isEmpty(trees.metaAvail())).isTrue();
            assertThat(trees.dataAvail().totalLen()).isZero();
            rig.reclaim.reclaim(0xa);
            assertThat(rig.check().withoutLeaks().logTrees).isEqualTo(check.logTrees);
        }
    }

    /** A request that is still being handled when its mount is fenced and reclaimed must not be given anything. */
    @Test
    void lateRequestsOfReclaimedMountGetNothing() throws Exception {
        try (ServerRig rig = ServerRig.create(1)) {
            rig.greet(0xa);
            rig.reclaim.reclaim(0xa);
            assertNotMounted(() -> rig.logTrees.get(0xa));
            assertNotMounted(() -> rig.logMerge.get(0xa));
            assertNotMounted(() -> rig.srch.get(0xa));
            assertThat(rig.check().withoutLeaks().logTrees).isEmpty();
        }
    }

    private interface Call {
        void run() throws FsException;
    }

    private static void assertNotMounted(Call call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOTCONN));
    }

    /** A tree whose mount is gone and that was never finalized would stop all merging (race R57). */
    @Test
    void orphanedLogTreeIsFinalizedByTheNextTransaction() throws Exception {
        try (ServerRig rig = ServerRig.create(1);
                TestMount gone = rig.mount(0xa);
                TestMount mount = rig.mount(0xb)) {
            gone.get();
            gone.put(Keys.inode(5000), new byte[10]);
            gone.sync();
            rig.triggers.arm(LogFinalizer.TRIGGER_SKIP_FINALIZE);
            rig.reclaim.reclaim(0xa);
            VolumeCheck orphaned = rig.check().withoutLeaks();
            assertThat(orphaned.mounts).containsExactly(0xbL);
            assertThat(orphaned.logTrees.getFirst().isFinalized()).isFalse();

            mount.get();
            VolumeCheck check = rig.check().withoutLeaks();
            assertThat(check.logTrees.getFirst().isFinalized()).isTrue();
            assertThat(check.status).as("nobody else is active").isNotNull();
            LogMergeTest.mergeAll(mount);
            rig.freeMerged();
            VolumeCheck merged = rig.check().withoutLeaks();
            assertThat(merged.items).containsKey(Keys.inode(5000));
            assertThat(merged.logTrees).hasSize(1);
        }
    }
}
