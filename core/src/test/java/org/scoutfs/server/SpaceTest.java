package org.scoutfs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.scoutfs.alloc.Extent;
import org.scoutfs.alloc.ExtentTree;
import org.scoutfs.alloc.ListAllocator;
import org.scoutfs.block.BlockWriter;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocExtentRoot;
import org.scoutfs.format.Keys;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.VolumeOptions;
import org.scoutfs.format.wire.ResizeDevices;
import org.scoutfs.format.wire.StatfsReply;

/** Free space between the server and its mounts. */
class SpaceTest {
    private static final long RID = 0x77;
    /** A volume where each half of the free metadata exceeds what is kept back by little. */
    private static final long SMALL_META_BYTES = (34_681L + 3 * 8185 + 2000) * 2 * 65_536;

    @Test
    void statfsCountsEverythingFree() throws Exception {
        try (ServerRig rig = ServerRig.create(1);
                TestMount mount = rig.mount(RID)) {
            mount.get();
            mount.put(Keys.inode(5000), new byte[100]);
            mount.trees = mount.trees.toBuilder().inodeCountDelta(1).build();
            mount.sync();
            VolumeCheck check = rig.check().withoutLeaks();
            StatfsReply reply = rig.statfs.statfs();
            assertThat(reply.totalMetaBlocks()).isEqualTo(ServerRig.META_BYTES >>> 16);
            assertThat(reply.totalDataBlocks()).isEqualTo(ServerRig.DATA_BYTES >>> 12);
            assertThat(reply.freeDataBlocks()).isEqualTo(reply.totalDataBlocks() - 64);
            assertThat(reply.inodeCount()).isEqualTo(2);
            assertThat(reply.freeMetaBlocks()).isEqualTo(check.freeMeta());
            assertThat(reply.uuid()).isEqualTo(check.superBlock.uuid());
        }
    }

    @Test
    void lastSeqIsBelowOpenTransactionsOfMountedMounts() throws Exception {
        try (ServerRig rig = ServerRig.create(1);
                TestMount a = rig.mount(1);
                TestMount b = rig.mount(2)) {
            long opened = a.get().getTransSeq();
            b.get();
            b.sync();
            assertThat(rig.statfs.lastSeq()).isEqualTo(opened - 1);
            a.commit();
            assertThat(rig.statfs.lastSeq()).isEqualTo(b.trees.getTransSeq() - 1);
            b.commit();
            rig.volume.nextSeq();
            rig.commitAll();
            assertThat(rig.statfs.lastSeq()).isEqualTo(rig.volume.seq() - 1);
        }
    }

    /** Both freed lists nearly full when a server starts (race R59). */
    @Test
    void nearlyFullFreedListsDoNotStopTheServer() throws Exception {
        try (ServerRig rig = ServerRig.create(1)) {
            rig.triggers.arm(ServerVolume.TRIGGER_FILL_FREED);
            rig.commitAll();
            VolumeCheck check = rig.check().withoutLeaks();
            for (int i = 0; i < 2; i++) {
                assertThat(check.superBlock.serverMetaFreed(i).firstNr()).isEqualTo(8185 - 8);
            }
            try (ServerRig next = ServerRig.open(rig.disk.image(), 2);
                    TestMount mount = next.mount(RID)) {
                mount.get();
                for (int i = 0; i < 10; i++) {
                    mount.put(Keys.inode(5000 + i), new byte[800]);
                    mount.sync();
                }
                VolumeCheck after = next.check().withoutLeaks();
                assertThat(after.superBlock.serverMetaFreed(0).totalNr()
                                + after.superBlock.serverMetaFreed(1).totalNr())
                        .isLessThan(8185);
            }
        }
    }

    @Test
    void repeatedFillingAndDrainingOfFreedListsLosesNothing() throws Exception {
        try (ServerRig rig = ServerRig.create(1);
                TestMount mount = rig.mount(RID)) {
            mount.get();
            for (int i = 0; i < 6; i++) {
                rig.triggers.arm(ServerVolume.TRIGGER_FILL_FREED);
                mount.put(Keys.inode(5000 + i), new byte[800]);
                mount.sync();
                rig.check().withoutLeaks();
            }
        }
    }

    @Test
    void lowMetadataIsFlaggedAndFreeingBringsItBack() throws Exception {
        try (ServerRig rig = ServerRig.open(ServerRig.mkfs(SMALL_META_BYTES, ServerRig.DATA_BYTES, 0), 1);
                TestMount mount = rig.mount(RID)) {
            assertThat(mount.get().metaAvail().isLow()).isFalse();
            List<Long> hoard = new ArrayList<>();
            while (!mount.trees.metaAvail().isLow()) {
                assertThat(hoard.size()).isLessThan((int) (SMALL_META_BYTES >>> 16) - 34_681);
                take(rig, mount, hoard);
                assertThat(mount.trees.metaAvail().firstNr()).isGreaterThanOrEqualTo(4092);
            }
            long nr = mount.trees.nr();
            mount.sync();
            assertThat(mount.trees.nr())
                    .as("finalized to get space back by merging")
                    .isEqualTo(nr + 1);
            while (!hoard.isEmpty()) {
                giveBack(rig, mount, hoard);
            }
            for (int i = 0; i < 3; i++) {
                mount.sync();
            }
            assertThat(mount.trees.metaAvail().isLow()).isFalse();
            rig.check().withoutLeaks();
        }
    }

    @Test
    void usedUpMetadataFailsOpeningUntilSomethingIsFreed() throws Exception {
        try (ServerRig rig = ServerRig.open(ServerRig.mkfs(SMALL_META_BYTES, ServerRig.DATA_BYTES, 0), 1);
                TestMount other = rig.mount(RID + 1);
                TestMount mount = rig.mount(RID)) {
            other.get();
            mount.get();
            List<Long> hoard = new ArrayList<>();
            assertErrno(Errno.ENOSPC, () -> {
                while (hoard.size() < SMALL_META_BYTES >>> 16) {
                    take(rig, mount, hoard);
                }
            });
            // What is left is in the server's and the mounts' lists.
            assertThat(rig.statfs.statfs().freeMetaBlocks()).isLessThan(4 * 8185);
            assertErrno(Errno.ENOSPC, mount::get);
            rig.reclaim.reclaim(RID + 1);
            mount.get();
            while (!hoard.isEmpty()) {
                giveBack(rig, mount, hoard);
            }
            rig.check().withoutLeaks();
        }
    }

    @Test
    void lowDataIsFlagged() throws Exception {
        long dataBlocks = (1 << 20) + 64 + (1 << 18);
        try (ServerRig rig = ServerRig.open(ServerRig.mkfs(ServerRig.META_BYTES, dataBlocks << 12, 0), 1);
                TestMount a = rig.mount(1);
                TestMount b = rig.mount(2);
                TestMount c = rig.mount(3)) {
            assertThat(a.get().dataAvail().isLow()).isFalse();
            LogTrees rest = b.get();
            assertThat(rest.dataAvail().totalLen()).isEqualTo(1 << 18);
            assertThat(rest.dataAvail().isLow()).isFalse();
            LogTrees nothing = c.get();
            assertThat(nothing.dataAvail().totalLen()).isZero();
            assertThat(nothing.dataAvail().isLow()).isTrue();
            rig.reclaim.reclaim(1);
            c.sync();
            assertThat(c.trees.dataAvail().isLow()).isFalse();
            rig.check().withoutLeaks();
        }
    }

    /** Millions of blocks freed one by one: moved in as many commits as it takes, before the transaction is answered. */
    @Test
    void manyFreedExtentsAreMovedInParts() throws Exception {
        long seed = Seeds.next("SpaceTest.manyFreedExtentsAreMovedInParts");
        SplittableRandom random = new SplittableRandom(seed);
        try (ServerRig rig = ServerRig.create(seed);
                TestMount mount = rig.mount(RID)) {
            mount.get();
            mount.trees = fragment(rig, mount, random, 20_000);
            long freed = mount.trees.dataFreed().totalLen();
            assertThat(freed).isGreaterThan(10_000);
            rig.logTrees.commit(RID, mount.trees);
            rig.check().withoutLeaks();
            long before = rig.counters.get("server_commit_worker").get();
            LogTrees next = mount.get();
            assertThat(next.dataFreed())
                    .isEqualTo(
                            AllocExtentRoot.EMPTY.withTree(0, next.dataFreed().root()));
            assertThat(rig.counters.get("server_commit_worker").get() - before).isGreaterThan(1);
            rig.check().withoutLeaks();
            // And back: reclaiming a mount with a fragmented data_avail.
            rig.reclaim.reclaim(RID);
            VolumeCheck check = rig.check().withoutLeaks();
            assertThat(check.mounts).isEmpty();
            assertThat(check.superBlock.dataAlloc().totalLen()).isEqualTo((ServerRig.DATA_BYTES >>> 12) - 64);
        }
    }

    @Test
    void mountsGetZonesOfTheirOwn() throws Exception {
        int zoneBlocks = 1 << 20;
        long dataBytes = 8L * zoneBlocks * 4096;
        try (ServerRig rig = ServerRig.open(ServerRig.mkfs(ServerRig.META_BYTES, dataBytes, zoneBlocks), 1);
                TestMount a = rig.mount(1);
                TestMount b = rig.mount(2)) {
            LogTrees first = a.get();
            assertThat(first.dataAllocZoneBlocks()).isEqualTo(zoneBlocks);
            LogTrees second = b.get();
            assertThat(second.dataAllocZones()
                            .toBitSet()
                            .intersects(first.dataAllocZones().toBitSet()))
                    .as("%s %s", first.dataAllocZones(), second.dataAllocZones())
                    .isFalse();
            rig.reclaim.reclaim(1);
            assertThat(rig.context.items().lastLogTrees(1).dataAllocZones().isEmpty())
                    .isTrue();
            rig.check().withoutLeaks();
        }
    }

    @Test
    void zoneOptionIsCheckedStoredAndCleared() throws Exception {
        try (ServerRig rig = ServerRig.create(1)) {
            assertErrno(Errno.EINVAL, () -> rig.options.set(VolumeOptions.NONE.with(0, 5)));
            assertErrno(Errno.EINVAL, () -> rig.options.set(VolumeOptions.NONE.with(1, 5)));
            assertErrno(Errno.EINVAL, () -> rig.options.clear(VolumeOptions.NONE.with(1, 0)));
            rig.options.set(VolumeOptions.NONE.with(0, 1 << 20));
            assertThat(rig.options.current().dataAllocZoneBlocks()).isEqualTo(1 << 20);
            assertThat(rig.check().superBlock.volumeOptions()).isEqualTo(rig.options.current());
            rig.options.clear(VolumeOptions.NONE.with(0, 0));
            assertThat(rig.check().superBlock.volumeOptions()).isEqualTo(VolumeOptions.NONE);
        }
    }

    /** An option is obeyed when it is stable, and gone when it is not (race R63). */
    @Test
    void zoneOptionThatCouldNotBeWrittenIsTakenBack() throws Exception {
        try (ServerRig rig = ServerRig.create(1)) {
            rig.disk.inject(request -> Errno.EIO);
            assertErrno(Errno.EIO, () -> rig.options.set(VolumeOptions.NONE.with(0, 1 << 20)));
            assertThat(rig.options.current()).isEqualTo(VolumeOptions.NONE);
            rig.disk.repair();
            rig.commitAll();
            assertThat(rig.check().superBlock.volumeOptions()).isEqualTo(VolumeOptions.NONE);
        }
    }

    /** R62: asked in the midst of a change, the answer is that of the last commit, however often it begins again. */
    @Test
    void statfsNeverShowsWhatIsNotWritten() throws Exception {
        try (ServerRig rig = ServerRig.create(1);
                TestMount mount = rig.mount(0xa)) {
            mount.get();
            StatfsReply before = rig.statfs.statfs();
            long lastSeq = rig.statfs.lastSeq();
            LogTrees more =
                    LogTrees.EMPTY.toBuilder().rid(0xb).nr(1).inodeCountDelta(5).build();
            rig.context.changes().commit(() -> {
                rig.context.items().logTrees.insert(more.key(), more);
                rig.volume.nextSeq();
                assertThat(rig.statfs.statfs()).isEqualTo(before);
                assertThat(rig.statfs.lastSeq()).isEqualTo(lastSeq);
                assertThat(rig.statfs.roots().logsRoot())
                        .isEqualTo(rig.volume.stable().logsRoot());
                return true;
            });
            assertThat(rig.statfs.statfs().inodeCount()).isEqualTo(before.inodeCount() + 5);
        }
    }

    @Test
    void growsDevicesAndNeverShrinks() throws Exception {
        try (ServerRig rig = ServerRig.create(1)) {
            long meta = ServerRig.META_BYTES >>> 16;
            long data = ServerRig.DATA_BYTES >>> 12;
            ResizeService resize = new ResizeService(
                    rig.context, () -> ServerRig.META_BYTES + (1L << 30), () -> ServerRig.DATA_BYTES + (1L << 30));
            resize.resize(new ResizeDevices(0, 0));
            resize.resize(new ResizeDevices(meta, data));
            assertErrno(Errno.EINVAL, () -> resize.resize(new ResizeDevices(5, 5)));
            assertErrno(Errno.EINVAL, () -> resize.resize(new ResizeDevices(meta + (1 << 20), 0)));
            resize.resize(new ResizeDevices(meta + 100, data + 1000));
            VolumeCheck check = rig.check().withoutLeaks();
            assertThat(check.superBlock.totalMetaBlocks()).isEqualTo(meta + 100);
            assertThat(check.superBlock.totalDataBlocks()).isEqualTo(data + 1000);
            assertThat(rig.statfs.statfs().totalDataBlocks()).isEqualTo(data + 1000);
        }
    }

    /** Moves single blocks from data_avail to data_freed, as a mount that fills and truncates files does. */
    static LogTrees fragment(ServerRig rig, TestMount mount, SplittableRandom random, int extents) throws FsException {
        LogTrees trees = mount.trees;
        BlockWriter writer = new BlockWriter();
        ListAllocator alloc =
                new ListAllocator(mount.cache, writer, rig.counters, trees.metaAvail(), trees.metaFreed());
        Extent.Range range = Extent.Range.data(ServerRig.DATA_BYTES >>> 12);
        ExtentTree avail = new ExtentTree(mount.cache, alloc, writer, trees.dataAvail(), range);
        ExtentTree freed = new ExtentTree(mount.cache, alloc, writer, trees.dataFreed(), range);
        Extent all = avail.endingAtOrAfter(0);
        for (int i = 0; i < extents; i++) {
            long at = all.start() + 3L * i + random.nextInt(2);
            avail.remove(at, 1);
            freed.insert(at, 1);
        }
        LogTrees update = trees.toBuilder()
                .dataAvail(avail.root())
                .dataFreed(freed.root())
                .build();
        alloc.prepareCommit();
        mount.cache.writeAll(writer);
        return update.toBuilder()
                .metaAvail(alloc.avail())
                .metaFreed(alloc.freed())
                .build();
    }

    /** One transaction that uses up the mount's list. */
    private static void take(ServerRig rig, TestMount mount, List<Long> hoard) throws FsException {
        change(rig, mount, alloc -> {
            while (!alloc.low(200)) {
                hoard.add(alloc.allocate());
            }
        });
    }

    /** One transaction that frees as much as a mount can. */
    private static void giveBack(ServerRig rig, TestMount mount, List<Long> hoard) throws FsException {
        change(rig, mount, alloc -> {
            while (!alloc.low(200) && !hoard.isEmpty()) {
                alloc.free(hoard.removeLast());
            }
        });
    }

    private interface Change {
        void with(ListAllocator alloc) throws FsException;
    }

    private static void change(ServerRig rig, TestMount mount, Change change) throws FsException {
        BlockWriter writer = new BlockWriter();
        LogTrees trees = mount.trees;
        ListAllocator alloc =
                new ListAllocator(mount.cache, writer, rig.counters, trees.metaAvail(), trees.metaFreed());
        change.with(alloc);
        alloc.prepareCommit();
        mount.cache.writeAll(writer);
        rig.logTrees.commit(
                mount.rid,
                trees.toBuilder()
                        .metaAvail(alloc.avail())
                        .metaFreed(alloc.freed())
                        .build());
        mount.get();
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
