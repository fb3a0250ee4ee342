package org.scoutfs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.Keys;
import org.scoutfs.format.LogTrees;

class LogTreesServiceTest {
    private static final long RID = 0x55e98911c02cc33eL;

    @Test
    void firstAnswerIsThatOfTheReference() throws Exception {
        try (ServerRig rig = ServerRig.create(1);
                TestMount mount = rig.mount(RID)) {
            LogTrees trees = mount.get();
            assertThat(trees.metaAvail().firstNr()).isEqualTo(8185);
            assertThat(trees.metaAvail().totalNr()).isEqualTo(8185);
            assertThat(trees.metaAvail().flags()).isZero();
            assertThat(trees.metaFreed()).isEqualTo(AllocListHead.EMPTY);
            assertThat(trees.dataAvail().totalLen()).isEqualTo(1 << 20);
            assertThat(trees.getTransSeq()).isEqualTo(2);
            assertThat(trees.commitTransSeq()).isZero();
            assertThat(trees.rid()).isEqualTo(RID);
            assertThat(trees.nr()).isEqualTo(1);
            assertThat(trees.itemRoot().isEmpty()).isTrue();
            rig.check().withoutLeaks();
        }
    }

    @Test
    void repeatedGetGivesTheSameTransaction() throws Exception {
        try (ServerRig rig = ServerRig.create(1);
                TestMount mount = rig.mount(RID)) {
            LogTrees first = mount.get();
            assertThat(mount.get()).isEqualTo(first);
        }
    }

    @Test
    void repeatedCommitChangesNothing() throws Exception {
        try (ServerRig rig = ServerRig.create(1);
                TestMount mount = rig.mount(RID)) {
            mount.get();
            mount.put(Keys.inode(1024), new byte[100]);
            LogTrees update = mount.write();
            rig.logTrees.commit(RID, update);
            LogTrees stored = rig.context.items().lastLogTrees(RID);
            rig.logTrees.commit(RID, update);
            assertThat(rig.context.items().lastLogTrees(RID)).isEqualTo(stored);
            assertThat(stored.isCommitted()).isTrue();
            assertThat(rig.check().withoutLeaks().items).containsKey(Keys.inode(1024));
        }
    }

    @Test
    void nextTransactionTakesWhatWasFreed() throws Exception {
        try (ServerRig rig = ServerRig.create(1);
                TestMount mount = rig.mount(RID)) {
            mount.get();
            for (int i = 0; i < 5; i++) {
                mount.put(Keys.inode(1024 + i), new byte[100]);
                mount.sync();
                assertThat(mount.trees.metaFreed()).isEqualTo(AllocListHead.EMPTY);
                rig.check().withoutLeaks();
            }
            assertThat(mount.trees.getTransSeq()).isGreaterThan(mount.trees.commitTransSeq());
        }
    }

    @Test
    void refusesForeignAndOldCommits() throws Exception {
        try (ServerRig rig = ServerRig.create(1);
                TestMount mount = rig.mount(RID)) {
            LogTrees old = mount.get();
            assertErrno(Errno.EIO, () -> rig.logTrees.commit(RID + 1, old));
            assertErrno(
                    Errno.ENOENT,
                    () -> rig.logTrees.commit(RID, old.toBuilder().nr(7).build()));
            mount.sync();
            assertErrno(Errno.EIO, () -> rig.logTrees.commit(RID, old));
        }
    }

    private interface Call {
        void run() throws FsException;
    }

    private static void assertErrno(Errno errno, Call call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
