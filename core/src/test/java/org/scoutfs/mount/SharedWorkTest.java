package org.scoutfs.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.LogMergeRequest;
import org.scoutfs.format.SrchCompact;
import org.scoutfs.format.VolumeOptions;
import org.scoutfs.vfs.Vfs;

/** What the leader does for and with several mounts: work handed out, options, growing devices (spec 3 sections 5.8, 5.9, 11.3, 12). */
class SharedWorkTest {
    private static final byte[] SRCH = Cluster.name("scoutfs.srch.test");
    private static final int FILES = 40;
    private static final int MERGES_MAX = 40;

    private final long seed = Seeds.next("SharedWorkTest");

    /**
     * A mount dies with merge work and a compaction assigned to it: both are given to others, at once for whoever asks after it was
     * fenced, and the merge ends.
     */
    @Test
    void workOfADeadMountIsGivenToOthers() throws Exception {
        try (Cluster cluster = new Cluster(seed, 1)) {
            Cluster.Node leader = cluster.member(0);
            Cluster.Node victim = cluster.client();
            Cluster.Node other = cluster.client();
            cluster.mountAll(List.of(leader, victim, other));
            for (int i = 0; i < 4; i++) {
                leader.get().triggers().arm("srch_force_log_rotate");
                cluster.run(() -> fill(victim.vfs(), 1));
            }
            leader.get().triggers().arm("log_merge_force_finalize_ours");
            cluster.run(() -> {
                fill(other.vfs(), 1);
                victim.vfs().syncfs();
                leader.vfs().syncfs();
            });
            LogMergeRequest merge = cluster.call(() -> victim.get().client().getLogMerge());
            SrchCompact compact = cluster.call(() -> victim.get().client().srchGetCompact());
            assertThat(merge).isNotNull();
            assertThat(compact).isNotNull();
            assertThat(cluster.call(() -> victim.get().client().getLogMerge()).seq())
                    .as("asked again, R52")
                    .isEqualTo(merge.seq());
            victim.crash();
            cluster.advanceSeconds(19);
            assertThat(cluster.fenced).isEmpty();
            assertThat(count(leader, "log_merge_complete")).as("it waits").isZero();
            cluster.advanceSeconds(30);
            assertThat(cluster.fenced).hasSize(1);
            assertThat(count(leader, "log_merge_complete")).isPositive();
            cluster.advanceSeconds(30);
            assertThat(cluster.check().problems()).isEmpty();
            cluster.run(() -> other.unmount());
            cluster.run(() -> leader.unmount());
            assertThat(cluster.check().problems()).isEmpty();
            assertThat(cluster.check().leakedMetaBlocks()).isZero();
        }
    }

    /** Whoever asks first gets the work: over some merges at random times, every one of three mounts. */
    @Test
    void mergesAreSharedByAllMounts() throws Exception {
        Random random = new Random(seed);
        try (Cluster cluster = new Cluster(seed, 1)) {
            Cluster.Node leader = cluster.member(0);
            List<Cluster.Node> nodes = List.of(leader, cluster.client(), cluster.client());
            cluster.mountAll(nodes);
            int rounds = 0;
            while (nodes.stream().anyMatch(node -> count(node, "log_merge_work") == 0)) {
                assertThat(rounds).as("merges, and one mount without work").isLessThan(MERGES_MAX);
                leader.get().triggers().arm("log_merge_force_finalize_ours");
                for (Cluster.Node node : nodes) {
                    cluster.run(() -> fill(node.vfs(), 2));
                }
                cluster.simulation.advance(random.nextLong(TimeUnit.SECONDS.toNanos(12)));
                rounds++;
            }
            cluster.mergeAll();
            assertThat(count(leader, "log_merge_complete")).isPositive();
            for (Cluster.Node node : nodes) {
                assertThat(count(node, "log_merge_work_error")).isZero();
            }
            assertThat(cluster.check().problems()).isEmpty();
            assertThat(cluster.check().inodes()).isEqualTo(1 + 3L * rounds * 2 * (FILES + 1));
        }
    }

    /** R63: an option that was set is known to the next leader also if this one dies at once; one that is refused changes nothing. */
    @Test
    void volumeOptionsOutliveTheLeader() throws Exception {
        try (Cluster cluster = new Cluster(seed, 3)) {
            List<Cluster.Node> nodes = List.of(cluster.member(0), cluster.member(1), cluster.member(2));
            cluster.mountAll(nodes);
            Cluster.Node first = cluster.leader();
            Cluster.Node asking = nodes.get(first == nodes.getFirst() ? 1 : 0);
            VolumeOptions wanted = VolumeOptions.NONE.with(VolumeOptions.DATA_ALLOC_ZONE_BLOCKS, 1L << 20);
            cluster.run(() -> asking.get().client().setVolumeOptions(wanted));
            first.crash();
            assertThat(cluster.call(() -> asking.get().client().getVolumeOptions()))
                    .isEqualTo(wanted);
            assertThatThrownBy(() -> cluster.run(() -> asking.get()
                            .client()
                            .setVolumeOptions(VolumeOptions.NONE.with(VolumeOptions.DATA_ALLOC_ZONE_BLOCKS, 5))))
                    .isInstanceOfSatisfying(
                            FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
            assertThat(cluster.call(() -> asking.get().client().getVolumeOptions()))
                    .isEqualTo(wanted);
            cluster.run(() -> asking.get().client().clearVolumeOptions(wanted));
            assertThat(cluster.call(() -> asking.get().client().getVolumeOptions()))
                    .isEqualTo(VolumeOptions.NONE);
        }
    }

    /** Devices grow while three mounts use them: all of them use what is new, and see it after a change of the leader. */
    @Test
    void grownDevicesAreUsedByAllMounts() throws Exception {
        try (Cluster cluster = new Cluster(seed, 3)) {
            List<Cluster.Node> nodes = List.of(cluster.member(0), cluster.member(1), cluster.member(2));
            cluster.mountAll(nodes);
            long before = cluster.call(() -> nodes.getFirst().vfs().statfs().blocks());
            long metaBlocks = Cluster.META_BYTES + (8L << 30) >>> 16;
            long dataBlocks = Cluster.DATA_BYTES + (8L << 30) >>> 12;
            Cluster.Node asking = nodes.get(cluster.leader() == nodes.getFirst() ? 1 : 0);
            assertThatThrownBy(() -> cluster.run(() -> asking.get().client().resizeDevices(metaBlocks, dataBlocks)))
                    .as("the devices have not grown yet")
                    .isInstanceOfSatisfying(
                            FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
            cluster.meta.grow(Cluster.META_BYTES + (8L << 30));
            cluster.data.grow(Cluster.DATA_BYTES + (8L << 30));
            cluster.run(() -> asking.get().client().resizeDevices(metaBlocks, dataBlocks));
            long grown = 2 * (8L << 30) >>> 12;
            for (Cluster.Node node : nodes) {
                assertThat(cluster.call(() -> node.vfs().statfs().blocks()) - before)
                        .isEqualTo(grown);
                cluster.run(() -> fill(node.vfs(), 1));
            }
            cluster.mergeAll();
            assertThat(cluster.check().problems()).isEmpty();
            Cluster.Node old = cluster.leader();
            cluster.run(old::unmount);
            cluster.advanceSeconds(2);
            cluster.run(old::mount);
            assertThat(cluster.call(() -> old.vfs().statfs().blocks()) - before).isEqualTo(grown);
            assertThat(cluster.fenced).isEmpty();
        }
    }

    private int made;

    /** Directories with a few files each, the files with entries for srch files, and syncs. */
    private void fill(Vfs vfs, int directories) throws FsException {
        for (int i = 0; i < directories; i++) {
            long dir = vfs.mkdir(Cluster.ROOT, Vfs.ROOT_INO, Cluster.name("d" + made++), 0755)
                    .ino();
            for (int file = 0; file < FILES; file++) {
                long ino = Cluster.write(vfs, dir, "f" + file, new byte[file]);
                vfs.setxattr(Cluster.ROOT, ino, SRCH, new byte[0], 0, false);
            }
            vfs.forget(dir, 1);
        }
        vfs.syncfs();
    }

    private static long count(Cluster.Node node, String counter) {
        return node.get().counters().snapshot().getOrDefault(counter, 0L);
    }
}
