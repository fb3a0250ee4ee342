package org.scoutfs.mount;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.FsException;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.vfs.Vfs;

/**
 * Five mounts, three of them members of the quorum, leave in every order, at once and one after the other: none hangs, nobody is ever
 * fenced, and each is gone two seconds after the last one that it has to wait for began to leave (spec 3 sections 7 and 14.2, races R94,
 * R104 to R108).
 */
class UnmountOrderTest {
    private static final int SLOTS = 3;
    private static final int ROUNDS = 8;
    private static final long LEAVING_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final long seed = Seeds.next("UnmountOrderTest");
    private final Random random = new Random(seed);

    @Test
    void allAtOnce() throws Exception {
        rounds(0);
    }

    @Test
    void withPausesInBetween() throws Exception {
        rounds(TimeUnit.MILLISECONDS.toNanos(3000));
    }

    private void rounds(long longestPauseNanos) throws Exception {
        try (Cluster cluster = new Cluster(seed, SLOTS)) {
            List<Cluster.Node> nodes = new ArrayList<>();
            for (int slot = 0; slot < SLOTS; slot++) {
                nodes.add(cluster.member(slot));
            }
            nodes.add(cluster.client());
            nodes.add(cluster.client());
            for (int round = 0; round < ROUNDS; round++) {
                cluster.mountAll(nodes);
                for (Cluster.Node node : nodes) {
                    use(cluster, node, round);
                }
                List<Cluster.Node> order = new ArrayList<>(nodes);
                Collections.shuffle(order, random);
                cluster.simulation.advance(random.nextLong(TimeUnit.SECONDS.toNanos(7)));
                String what = "round " + round + ", order "
                        + order.stream().map(node -> node.name).toList();
                long took = leave(cluster, order, longestPauseNanos);
                assertThat(took).as(what).isLessThan(LEAVING_NANOS);
                assertThat(cluster.fenced).as(what).isEmpty();
            }
            assertThat(cluster.check().problems()).isEmpty();
        }
    }

    /**
     * One of them dies in the midst of it. Nobody else is fenced; and nobody waits for longer than it takes to fence it, unless there is no
     * majority without it: then until it is back.
     */
    @Test
    void oneDiesMeanwhile() throws Exception {
        try (Cluster cluster = new Cluster(seed, SLOTS)) {
            List<Cluster.Node> nodes = new ArrayList<>();
            for (int slot = 0; slot < SLOTS; slot++) {
                nodes.add(cluster.member(slot));
            }
            nodes.add(cluster.client());
            nodes.add(cluster.client());
            for (int round = 0; round < ROUNDS; round++) {
                cluster.mountAll(nodes);
                for (Cluster.Node node : nodes) {
                    use(cluster, node, round);
                }
                Cluster.Node victim = nodes.get(random.nextInt(nodes.size()));
                String rid = Long.toHexString(victim.get().rid());
                String what = "round " + round + ", " + victim.name + " " + rid + " dies";
                List<Thread> leaving = begin(nodes, random.nextInt(2) * 1_000_000_000L);
                cluster.simulation.advance(random.nextLong(1 + random.nextInt(3) * 1_000_000_000L));
                if (victim.isMounted()) {
                    victim.crash();
                }
                // Elections, recoveries and fencing, one after the other: who is still there then waits for the
                // majority. If one of
                // them left while the victim came back it would be alone, without a server.
                cluster.advanceSeconds(240);
                if (leaving.stream().anyMatch(Thread::isAlive)) {
                    // All members that are away: the one that waits leaves as soon as there is a leader again, and
                    // whoever
                    // came back alone would be without one.
                    List<Cluster.Node> away = nodes.stream()
                            .filter(node -> node.isMember() && !node.isMounted())
                            .toList();
                    cluster.mountAll(away);
                    leaving.addAll(begin(away, 0));
                    cluster.advanceSeconds(60);
                }
                assertThat(leaving).as(what).noneMatch(Thread::isAlive);
                assertThat(cluster.fenced).as(what).allMatch(request -> request.contains(" " + rid + " "));
                cluster.fenced.clear();
            }
            assertThat(cluster.simulation.failures()).isEmpty();
            assertThat(cluster.check().problems()).isEmpty();
        }
    }

    private List<Thread> begin(List<Cluster.Node> nodes, long longestPauseNanos) {
        List<Cluster.Node> order = new ArrayList<>(nodes);
        Collections.shuffle(order, random);
        List<Thread> leaving = new ArrayList<>();
        long at = 0;
        for (Cluster.Node node : order) {
            long wait = at;
            Mount mount = node.get();
            leaving.add(node.host.threads().virtual("unmount", () -> {
                try {
                    node.host.clock().sleep(wait);
                    if (!mount.isForced()) {
                        node.unmount();
                    }
                } catch (FsException | InterruptedException e) {
                    assertThat(mount.isForced()).as(e.toString()).isTrue();
                }
            }));
            at += random.nextLong(1 + longestPauseNanos);
        }
        return leaving;
    }

    /** Something to commit, something in common, and a file that is unlinked and open. */
    private void use(Cluster cluster, Cluster.Node node, int round) throws Exception {
        cluster.run(() -> {
            Vfs vfs = node.vfs();
            Cluster.write(vfs, Vfs.ROOT_INO, node.name + "-" + round, new byte[5000]);
            long ino = Cluster.write(vfs, Vfs.ROOT_INO, "unlinked-" + node.name, new byte[70_000]);
            OpenFile file = vfs.open(Cluster.ROOT, ino, 0);
            vfs.unlink(Cluster.ROOT, Vfs.ROOT_INO, Cluster.name("unlinked-" + node.name));
            if (random.nextBoolean()) {
                // Merging and compacting are under way while mounts leave (R105).
                if (node.leads()) {
                    node.get().triggers().arm("log_merge_force_finalize_ours");
                    node.get().triggers().arm("srch_force_log_rotate");
                }
                vfs.syncfs();
            }
            vfs.release(file);
        });
    }

    /** Unmounts in an order; the time from the last begin of one to the end of all. */
    private long leave(Cluster cluster, List<Cluster.Node> order, long longestPauseNanos) throws Exception {
        List<Callable<Boolean>> leaving = new ArrayList<>();
        long at = 0;
        long begin = cluster.simulation.clock().nanoTime();
        for (Cluster.Node node : order) {
            long wait = at;
            leaving.add(() -> {
                node.host.clock().sleep(wait);
                node.unmount();
                return true;
            });
            at += longestPauseNanos == 0 ? 0 : random.nextLong(longestPauseNanos);
        }
        long last = begin + at;
        cluster.together(leaving, 60);
        return cluster.simulation.clock().nanoTime() - last;
    }
}
