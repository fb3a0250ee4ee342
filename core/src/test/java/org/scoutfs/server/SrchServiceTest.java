package org.scoutfs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.scoutfs.alloc.ListAllocator;
import org.scoutfs.block.BlockWriter;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.SrchCompact;
import org.scoutfs.format.SrchEntry;
import org.scoutfs.srch.SrchCompactions;
import org.scoutfs.srch.SrchCompactor;
import org.scoutfs.srch.SrchFileWriter;

/** Srch logs become files and files are compacted, with no block lost at any step. */
class SrchServiceTest {
    private static final long RID = 0x77;

    @Test
    void nothingToDoIsAllZeros() throws Exception {
        try (ServerRig rig = ServerRig.create(1)) {
            rig.greet(RID);
            long commits = rig.counters.get("server_commit_worker").get();
            assertThat(rig.srch.get(RID)).isEqualTo(SrchCompact.EMPTY);
            assertThat(rig.counters.get("server_commit_worker").get()).isEqualTo(commits);
            assertThatThrownBy(() -> rig.srch.commit(RID, SrchCompact.EMPTY))
                    .isInstanceOfSatisfying(
                            FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
        }
    }

    @Test
    void fourLogsBecomeOneFile() throws Exception {
        try (ServerRig rig = ServerRig.create(1);
                TestMount mount = rig.mount(RID)) {
            rotateFour(rig, mount);
            SrchCompact work = rig.srch.get(RID);
            assertThat(work.nr()).isEqualTo(4);
            assertThat(work.metaAvail().firstNr()).isEqualTo(8185);
            assertThat(rig.srch.get(RID).id()).as("the same when asked again").isEqualTo(work.id());
            rig.check().withoutLeaks();

            compactAll(rig, mount);
            VolumeCheck check = rig.check().withoutLeaks();
            assertThat(check.compactions).isEmpty();
            assertThat(rig.statfs.statfs().freeMetaBlocks()).isEqualTo(check.freeMeta());
        }
    }

    @Test
    void workOfDepartedMountWaitsForAnother() throws Exception {
        try (ServerRig rig = ServerRig.create(1);
                TestMount mount = rig.mount(RID);
                TestMount other = rig.mount(RID + 1)) {
            rotateFour(rig, mount);
            SrchCompact work = rig.srch.get(RID);
            rig.reclaim.reclaim(RID);
            assertThat(rig.check().withoutLeaks().compactions).hasSize(1);
            assertThat(rig.srch.get(RID + 1).id()).isEqualTo(work.id());
            compactAll(rig, other);
            assertThat(rig.check().withoutLeaks().compactions).isEmpty();
        }
    }

    @Test
    void failedRoundIsForgotten() throws Exception {
        try (ServerRig rig = ServerRig.create(1);
                TestMount mount = rig.mount(RID)) {
            rotateFour(rig, mount);
            SrchCompact work = rig.srch.get(RID);
            SrchCompact done = compactor(rig, mount).run(work, () -> false);
            rig.srch.commit(RID, done.withFlags(done.flags() | SrchCompact.FLAG_ERROR));
            rig.check().withoutLeaks();
            compactAll(rig, mount);
            rig.check().withoutLeaks();
        }
    }

    private static SrchCompactor compactor(ServerRig rig, TestMount mount) {
        return new SrchCompactor(mount.cache, rig.counters, rig.triggers);
    }

    private static void compactAll(ServerRig rig, TestMount mount) throws FsException {
        for (SrchCompact work = rig.srch.get(mount.rid); work.nr() != 0; work = rig.srch.get(mount.rid)) {
            rig.check().withoutLeaks();
            rig.srch.commit(mount.rid, compactor(rig, mount).run(work, () -> false));
            rig.check().withoutLeaks();
        }
    }

    private static void rotateFour(ServerRig rig, TestMount mount) throws FsException {
        mount.get();
        for (int file = 0; file < 4; file++) {
            rig.triggers.arm(SrchCompactions.TRIGGER_FORCE_ROTATE);
            append(rig, mount, file);
            mount.get();
            assertThat(mount.trees.srchFile().isEmpty()).isTrue();
        }
    }

    /** One transaction that appends entries. */
    private static void append(ServerRig rig, TestMount mount, int file) throws FsException {
        rig.logTrees.commit(mount.rid, write(rig, mount, file));
    }

    /** Writes the blocks of a transaction that appends entries; returns what COMMIT_LOG_TREES sends. */
    static LogTrees write(ServerRig rig, TestMount mount, int file) throws FsException {
        LogTrees trees = mount.trees;
        BlockWriter writer = new BlockWriter();
        ListAllocator alloc =
                new ListAllocator(mount.cache, writer, rig.counters, trees.metaAvail(), trees.metaFreed());
        try (SrchFileWriter srch = new SrchFileWriter(mount.cache, alloc, writer, rig.counters, trees.srchFile())) {
            for (int i = 0; i < 20_000; i++) {
                srch.append(new SrchEntry(i * 0x9e3779b97f4a7c15L, 1024 + i, file));
            }
            srch.prepareCommit();
            alloc.prepareCommit();
            mount.cache.writeAll(writer);
            return trees.toBuilder()
                    .metaAvail(alloc.avail())
                    .metaFreed(alloc.freed())
                    .srchFile(srch.file())
                    .build();
        }
    }
}
