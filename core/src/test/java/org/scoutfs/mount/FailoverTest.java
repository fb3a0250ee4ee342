package org.scoutfs.mount;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.FsException;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.vfs.Vfs;

/** What mounts that live notice of a change of the leader: a pause, and nothing else (spec 3 sections 2, 6.4, 10). */
class FailoverTest {
    private final long seed = Seeds.next("FailoverTest");

    /** No connection says that it is gone: the others find out in time, and none of them is taken for dead. */
    @Test
    void machineOfTheLeaderGoesSilent() throws Exception {
        try (Cluster cluster = new Cluster(seed, 3)) {
            List<Cluster.Node> nodes =
                    List.of(cluster.member(0), cluster.member(1), cluster.member(2), cluster.client());
            cluster.mountAll(nodes);
            Cluster.Node leader = cluster.leader();
            List<Cluster.Node> others =
                    nodes.stream().filter(node -> node != leader).toList();
            for (Cluster.Node node : others) {
                cluster.simulation.net().partition(leader.address(), node.address());
            }
            String rid = Long.toHexString(leader.get().rid());
            leader.crash();
            List<Thread> waiting = new ArrayList<>();
            for (Cluster.Node node : others) {
                waiting.add(node.host.threads().virtual("create", () -> {
                    try {
                        Cluster.write(node.vfs(), Vfs.ROOT_INO, node.name, new byte[10]);
                        node.vfs().syncfs();
                    } catch (FsException e) {
                        throw new AssertionError(e);
                    }
                }));
            }
            cluster.advanceSeconds(50);
            assertThat(waiting).noneMatch(Thread::isAlive);
            assertThat(cluster.fenced).isNotEmpty().allMatch(request -> request.contains(" " + rid + " "));
            assertThat(cluster.simulation.failures()).isEmpty();
            assertThat(cluster.check().problems()).isEmpty();
        }
    }

    /** Changes in memory are covered by a lock that only their mount knows of when the leader dies: nobody sees the file without them. */
    @Test
    void changesThatNobodyCommittedOutliveTheLeader() throws Exception {
        for (int round = 0; round < 4; round++) {
            try (Cluster cluster = new Cluster(seed + round, 3)) {
                // Sooner than the next commit that is due anyway.
                String soon = ",quorum_heartbeat_timeout_ms=2000";
                List<Cluster.Node> nodes = List.of(
                        cluster.member(0, soon), cluster.member(1, soon), cluster.member(2, soon), cluster.client());
                cluster.mountAll(nodes);
                Cluster.Node leader = cluster.leader();
                Cluster.Node writer = nodes.get(3);
                Cluster.Node reader = nodes.get(leader == nodes.getFirst() ? 1 : 0);
                long ino = cluster.call(() -> {
                    long made = Cluster.write(leader.vfs(), Vfs.ROOT_INO, "file", new byte[] {1, 1, 1});
                    leader.vfs().syncfs();
                    return made;
                });
                cluster.run(() -> {
                    writer.vfs().syncfs();
                    OpenFile file = writer.vfs().open(Cluster.ROOT, ino, 2);
                    writer.vfs().write(file, 0, java.lang.foreign.MemorySegment.ofArray(new byte[] {2, 2, 2}), false);
                    writer.vfs().release(file);
                });
                leader.crash();
                byte[] found = cluster.call(() -> {
                    OpenFile file = reader.vfs().open(Cluster.ROOT, ino, 0);
                    byte[] contents = Cluster.read(reader.vfs(), file, 3);
                    reader.vfs().release(file);
                    return contents;
                });
                assertThat(found).containsExactly(2, 2, 2);
                assertThat(cluster.fenced).hasSize(1);
            }
        }
    }

    /** Each member is unmounted and mounted again, one after the other, while all others work: nobody is fenced, nothing fails. */
    @Test
    void membersAreRestartedOneAfterTheOther() throws Exception {
        Random random = new Random(seed);
        try (Cluster cluster = new Cluster(seed, 3)) {
            List<Cluster.Node> nodes =
                    List.of(cluster.member(0), cluster.member(1), cluster.member(2), cluster.client());
            cluster.mountAll(nodes);
            List<String> written = new ArrayList<>();
            boolean[] stopping = new boolean[nodes.size()];
            List<Thread> working = new ArrayList<>();
            for (int i = 0; i < nodes.size(); i++) {
                working.add(work(nodes.get(i), i, stopping, written, random));
            }
            for (int step = 0; step < 6; step++) {
                int i = step % 3;
                cluster.simulation.advance(random.nextLong(TimeUnit.SECONDS.toNanos(8)));
                stopping[i] = true;
                cluster.advanceSeconds(5);
                assertThat(working.get(i).isAlive()).isFalse();
                cluster.run(nodes.get(i)::unmount);
                cluster.simulation.advance(random.nextLong(TimeUnit.SECONDS.toNanos(3)));
                cluster.run(nodes.get(i)::mount);
                stopping[i] = false;
                working.set(i, work(nodes.get(i), i, stopping, written, random));
            }
            for (int i = 0; i < nodes.size(); i++) {
                stopping[i] = true;
            }
            cluster.advanceSeconds(5);
            assertThat(working).noneMatch(Thread::isAlive);
            assertThat(cluster.simulation.failures()).isEmpty();
            assertThat(cluster.fenced).isEmpty();
            cluster.run(() -> {
                for (String name : written) {
                    Vfs vfs = nodes.get(random.nextInt(nodes.size())).vfs();
                    vfs.forget(
                            vfs.lookup(Cluster.ROOT, Vfs.ROOT_INO, Cluster.name(name))
                                    .ino(),
                            1);
                }
            });
            assertThat(written).hasSizeGreaterThan(60);
            assertThat(cluster.check().problems()).isEmpty();
        }
    }

    private static Thread work(Cluster.Node node, int index, boolean[] stopping, List<String> written, Random random) {
        return node.host.threads().virtual("work", () -> {
            try {
                while (!stopping[index]) {
                    String name = node.name + "-" + written.size();
                    Cluster.write(node.vfs(), Vfs.ROOT_INO, name, new byte[random.nextInt(9000)]);
                    written.add(name);
                    node.host.clock().sleep(TimeUnit.MILLISECONDS.toNanos(random.nextInt(500)));
                }
            } catch (FsException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }
}
