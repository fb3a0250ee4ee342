package org.scoutfs.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.FsException;
import org.scoutfs.vfs.Vfs;

/** A mount that is forced down, or that the cluster has given up, never writes again: its blocks may be others' (spec 3 section 14.3). */
class ForcedUnmountTest {
    private static final int FILE_BYTES = 3 << 20;

    private final long seed = Seeds.next("ForcedUnmountTest");

    @Test
    void nothingIsWrittenAfterIt() throws Exception {
        try (Cluster cluster = new Cluster(seed, 1)) {
            Cluster.Node member = cluster.member(0);
            Cluster.Node client = cluster.client();
            cluster.mountAll(List.of(member, client));
            Mount mount = client.get();
            Vfs vfs = mount.vfs();
            Vfs.Created created = cluster.call(() -> {
                Vfs.Created file = vfs.create(Cluster.ROOT, Vfs.ROOT_INO, Cluster.name("file"), 0644, 2);
                vfs.write(file.file(), 0, MemorySegment.ofArray(new byte[1 << 20]), false);
                return file;
            });
            mount.forceUnmount();
            long written = client.writes();
            cluster.run(() -> {
                assertThatThrownBy(
                                () -> vfs.write(created.file(), 0, MemorySegment.ofArray(new byte[FILE_BYTES]), false))
                        .isInstanceOf(FsException.class);
                assertThatThrownBy(vfs::syncfs).isInstanceOf(FsException.class);
            });
            cluster.advanceSeconds(20);
            cluster.run(client::unmount);
            assertThat(client.writes()).isEqualTo(written);
            cluster.advanceSeconds(25);
            assertThat(cluster.fenced).hasSize(1);
            assertThat(cluster.check().problems()).isEmpty();
        }
    }

    /** What a request left half changed must not be committed, and the locks that it did not give back must not keep others waiting. */
    @Test
    void operationThatFailsInAnUnexpectedWayEndsTheMount() throws Exception {
        try (Cluster cluster = new Cluster(seed, 1)) {
            Cluster.Node member = cluster.member(0);
            Cluster.Node client = cluster.client();
            cluster.mountAll(List.of(member, client));
            cluster.run(() -> Cluster.write(client.vfs(), Vfs.ROOT_INO, "file", new byte[100]));
            client.get().failAfter(new IllegalStateException("on purpose"));
            assertThat(client.get().isForced()).isTrue();
            cluster.run(() -> assertThatThrownBy(() -> client.vfs().syncfs()).isInstanceOf(FsException.class));
            cluster.run(client::unmount);
            cluster.advanceSeconds(25);
            assertThat(cluster.fenced).hasSize(1);
            cluster.run(() -> Cluster.write(member.vfs(), Vfs.ROOT_INO, "file", new byte[100]));
            assertThat(cluster.check().problems()).isEmpty();
        }
    }

    /**
     * Its connection was broken for so long that it was fenced, by an agent that could not do more than say so. When it is back it learns that
     * it was given up, and goes down by itself.
     */
    @Test
    void mountThatWasGivenUpGoesDown() throws Exception {
        try (Cluster cluster = new Cluster(seed, 1)) {
            Cluster.Node member = cluster.member(0);
            Cluster.Node client = cluster.client();
            cluster.mountAll(List.of(member, client));
            cluster.agentCuts = false;
            Mount mount = client.get();
            cluster.run(() -> Cluster.write(client.vfs(), Vfs.ROOT_INO, "file", new byte[100]));
            cluster.simulation.net().partition(member.address(), client.address());
            cluster.advanceSeconds(60);
            assertThat(cluster.fenced).hasSize(1);
            assertThat(mount.isForced()).isFalse();
            cluster.simulation.net().heal();
            for (int i = 0; i < 60 && !mount.isForced(); i++) {
                cluster.simulation.advance(TimeUnit.SECONDS.toNanos(1));
            }
            assertThat(mount.isForced()).isTrue();
            assertThatThrownBy(() -> cluster.run(() -> client.vfs().syncfs())).isInstanceOf(FsException.class);
            cluster.run(client::unmount);
            cluster.run(client::mount);
            cluster.run(() -> Cluster.write(client.vfs(), Vfs.ROOT_INO, "again", new byte[100]));
            cluster.advanceSeconds(30);
            assertThat(cluster.fenced).hasSize(1);
            assertThat(cluster.check().problems()).isEmpty();
        }
    }
}
