package org.scoutfs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.FaultDisk;
import org.scoutfs.device.MemoryDevice;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.srch.SrchCompactions;

/** Transactions whose requests come twice, or fail on the way (races R45, R48, R49 of spec 3 section 16). */
class LogTreesRacesTest {
    private static final long RID = 0xa;

    /** Rotating twice would free the file's blocks twice (R45). */
    @Test
    void repeatedCommitRotatesTheSrchFileOnce() throws Exception {
        try (ServerRig rig = ServerRig.create(1);
                TestMount mount = rig.mount(RID)) {
            mount.get();
            LogTrees update = SrchServiceTest.write(rig, mount, 1);
            rig.triggers.arm(SrchCompactions.TRIGGER_FORCE_ROTATE);
            rig.logTrees.commit(RID, update);
            VolumeCheck once = rig.check().withoutLeaks();
            assertThat(once.superBlock.srchRoot().isEmpty()).isFalse();
            LogTrees stored = rig.context.items().lastLogTrees(RID);
            rig.triggers.arm(SrchCompactions.TRIGGER_FORCE_ROTATE);
            rig.logTrees.commit(RID, update);
            VolumeCheck twice = rig.check().withoutLeaks();
            assertThat(twice.superBlock.srchRoot()).isEqualTo(once.superBlock.srchRoot());
            assertThat(rig.context.items().lastLogTrees(RID)).isEqualTo(stored);
            assertThat(stored.srchFile().isEmpty()).isTrue();
        }
    }

    /** A volume with a mount that has committed a transaction which freed many extents. */
    private static MemoryDevice withFreedExtents(long seed, int extents) throws Exception {
        try (ServerRig rig = ServerRig.create(seed);
                TestMount mount = rig.mount(RID)) {
            mount.get();
            rig.logTrees.commit(RID, SpaceTest.fragment(rig, mount, new SplittableRandom(seed), extents));
            return rig.disk.image();
        }
    }

    /** The mount would be given roots whose blocks were never written (R48). */
    @Test
    void failureOfALaterCommitIsTheAnswer() throws Exception {
        MemoryDevice begin = withFreedExtents(1, 20_000);
        boolean failed = true;
        int failures = 0;
        for (int commits = 0; failed; commits++) {
            try (ServerRig rig = ServerRig.open(begin, 1);
                    TestMount mount = new TestMount(rig, RID)) {
                int allowed = commits;
                AtomicLong supers = new AtomicLong();
                rig.disk.inject(request -> request.operation() == FaultDisk.Operation.WRITE
                                && request.overlaps(VolumeLayout.SUPER_OFFSET, VolumeLayout.SMALL_BLOCK_SIZE)
                                && supers.getAndIncrement() == allowed
                        ? Errno.EIO
                        : null);
                failed = fails(mount);
                failures += failed ? 1 : 0;
                rig.disk.repair();
                LogTrees given = mount.get();
                VolumeCheck check = rig.check().withoutLeaks();
                assertThat(check.logTrees).as("what is given is what is stored").contains(given);
            }
        }
        assertThat(failures).as("the first commit, and one more at least").isGreaterThan(1);
    }

    /** Whatever fails while extents are moved: each of them is in one place (R49). */
    @Test
    void failureWhileExtentsAreMovedLosesAndDoublesNone() throws Exception {
        long seed = Seeds.next("LogTreesRacesTest.failureWhileExtentsAreMovedLosesAndDoublesNone");
        MemoryDevice begin = withFreedExtents(seed, 3_000);
        boolean failed = true;
        for (long last = 0; failed; last++) {
            try (ServerRig rig = ServerRig.open(begin, seed);
                    TestMount mount = new TestMount(rig, RID)) {
                long number = last;
                AtomicLong done = new AtomicLong();
                rig.disk.inject(request -> done.getAndIncrement() == number ? Errno.EIO : null);
                failed = fails(mount);
                rig.disk.repair();
                mount.get();
                try {
                    rig.check().withoutLeaks();
                } catch (AssertionError e) {
                    throw new AssertionError("operation " + last + " failed, seed " + seed, e);
                }
            }
        }
    }

    private static boolean fails(TestMount mount) {
        try {
            mount.get();
            return false;
        } catch (FsException e) {
            assertThat(e.errno()).isEqualTo(Errno.EIO);
            return true;
        }
    }

    /** Errors of the transaction before do not become those of the next. */
    @Test
    void commitOfAnOlderTransactionIsRefused() throws Exception {
        try (ServerRig rig = ServerRig.create(1);
                TestMount mount = rig.mount(RID)) {
            LogTrees first = mount.get();
            rig.logTrees.commit(RID, first);
            mount.get();
            assertThatThrownBy(() -> rig.logTrees.commit(RID, first))
                    .isInstanceOfSatisfying(
                            FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO));
        }
    }
}
