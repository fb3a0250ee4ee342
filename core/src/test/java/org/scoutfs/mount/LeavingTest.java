package org.scoutfs.mount;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.Seeds;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.vfs.Vfs;

/** Mounts that leave while others die, lose their connection or want their locks (spec 3 sections 7 and 8.9). */
class LeavingTest {
    private final long seed = Seeds.next("LeavingTest");

    /** An unmount in a thread of its own. */
    private static final class Leaving {
        final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        final Thread thread;

        Leaving(Cluster.Node node) {
            thread = node.host.threads().virtual("unmount", () -> {
                try {
                    node.unmount();
                } catch (Throwable t) {
                    failure.set(t);
                }
            });
        }

        boolean isDone() {
            assertThat(failure.get()).isNull();
            return !thread.isAlive();
        }
    }

    /** R69: the last member waits for the others; the last of them is never heard of again. */
    @Test
    void lastMemberLeavesWhenTheLastOtherMountWasFenced() throws Exception {
        try (Cluster cluster = new Cluster(seed, 1)) {
            Cluster.Node member = cluster.member(0);
            Cluster.Node client = cluster.client();
            cluster.mountAll(List.of(member, client));
            Leaving leaving = new Leaving(member);
            cluster.advanceSeconds(10);
            assertThat(leaving.isDone()).isFalse();
            client.crash();
            cluster.advanceSeconds(10);
            assertThat(leaving.isDone()).isFalse();
            cluster.advanceSeconds(15);
            assertThat(leaving.isDone()).isTrue();
            assertThat(cluster.fenced).hasSize(1);
            assertThat(cluster.check().problems()).isEmpty();
        }
    }

    /** R94: while the last member waits for the others to leave, they need locks that it holds, and what it changed under them. */
    @Test
    void waitingMemberGivesItsLocksUp() throws Exception {
        try (Cluster cluster = new Cluster(seed, 1)) {
            Cluster.Node member = cluster.member(0);
            Cluster.Node client = cluster.client();
            cluster.mountAll(List.of(member, client));
            cluster.run(() -> Cluster.write(member.vfs(), Vfs.ROOT_INO, "file", new byte[] {1, 2, 3}));
            Leaving leaving = new Leaving(member);
            cluster.advanceSeconds(1);
            byte[] read = cluster.call(() -> {
                Vfs vfs = client.vfs();
                long ino = vfs.lookup(Cluster.ROOT, Vfs.ROOT_INO, Cluster.name("file"))
                        .ino();
                OpenFile file = vfs.open(Cluster.ROOT, ino, 0);
                byte[] contents = Cluster.read(vfs, file, 3);
                vfs.release(file);
                vfs.unlink(Cluster.ROOT, Vfs.ROOT_INO, Cluster.name("file"));
                client.unmount();
                return contents;
            });
            assertThat(read).containsExactly(1, 2, 3);
            cluster.advanceSeconds(1);
            assertThat(leaving.isDone()).isTrue();
            assertThat(cluster.fenced).isEmpty();
            assertThat(cluster.check().problems()).isEmpty();
        }
    }

    /** R106: others ask for locks at any moment of an unmount, and must find what was changed under them. */
    @Test
    void nobodySeesTheVolumeWithoutTheLastChangesOfAnUnmount() throws Exception {
        for (int step = 0; step < 25; step++) {
            try (Cluster cluster = new Cluster(seed + step, 1)) {
                Cluster.Node member = cluster.member(0);
                Cluster.Node client = cluster.client();
                cluster.mountAll(List.of(member, client));
                cluster.run(() -> Cluster.write(client.vfs(), Vfs.ROOT_INO, "file", new byte[] {1}));
                client.slowMetadata(500_000);
                Leaving leaving = new Leaving(client);
                cluster.simulation.advance(step * 100_000L);
                long size = cluster.call(() -> member.vfs()
                        .lookup(Cluster.ROOT, Vfs.ROOT_INO, Cluster.name("file"))
                        .size());
                assertThat(size).as("step %d", step).isOne();
                cluster.advanceSeconds(1);
                assertThat(leaving.isDone()).isTrue();
                cluster.run(member::unmount);
            }
        }
    }

    /** R108, R42: its farewell is answered just before the last members leave; the answer is lost, and nobody is there to ask again. */
    @Test
    void mountWhoseAnswerIsLostFindsThatItWasLetGo() throws Exception {
        try (Cluster cluster = new Cluster(seed, 1)) {
            Cluster.Node member = cluster.member(0);
            Cluster.Node client = cluster.client();
            cluster.mountAll(List.of(member, client));
            cluster.simulation.net().delays(2_000_000, 5_000_000);
            Leaving leaving = new Leaving(client);
            long before = cluster.mountedClients();
            assertThat(before).isEqualTo(2);
            while (cluster.mountedClients() == before) {
                cluster.simulation.advance(200_000);
            }
            cluster.simulation.net().block(member.address(), client.address());
            assertThat(leaving.isDone()).as("the answer is on its way").isFalse();
            cluster.run(member::unmount);
            assertThat(leaving.isDone()).isFalse();
            cluster.advanceSeconds(60);
            assertThat(leaving.isDone()).isTrue();
            assertThat(cluster.fenced).isEmpty();
            assertThat(cluster.check().problems()).isEmpty();
        }
    }
}
