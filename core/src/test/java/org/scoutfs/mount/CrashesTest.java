package org.scoutfs.mount;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.FsException;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.vfs.Vfs;

/**
 * Mounts die at any moment while all of them work, merge and compact. Whatever a dead mount held is taken back (spec 3 section 11.3): its log
 * tree and blocks, its merge and compaction work, its locks and its open files; the others go on, what was synced is there, and in the end
 * nothing of the volume is lost or used twice.
 */
class CrashesTest {
    private static final int SLOTS = 3;
    private static final int CRASHES = 4;
    private static final byte[] SRCH = Cluster.name("scoutfs.srch.test");

    private final long seed = Seeds.next("CrashesTest");
    private final Random random = new Random(seed);
    private final Cluster cluster = newCluster();
    private final List<Cluster.Node> nodes = new ArrayList<>();
    /** Names that exist for certain. */
    private final Set<String> synced = new TreeSet<>();

    private int made;
    private long merges;
    private long compacted;

    private Cluster newCluster() {
        try {
            return new Cluster(seed, SLOTS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatADeadMountHeldIsTakenBack() throws Exception {
        try (cluster) {
            for (int slot = 0; slot < SLOTS; slot++) {
                nodes.add(cluster.member(slot));
            }
            nodes.add(cluster.client());
            cluster.mountAll(nodes);
            nodes.forEach(this::begin);
            Cluster.Node dead = null;
            for (int i = 0; i < CRASHES; i++) {
                work(8_000 + random.nextInt(12_000));
                if (dead != null) {
                    Cluster.Node back = dead;
                    cluster.run(back::mount);
                    begin(back);
                }
                dead = nodes.get(random.nextInt(nodes.size()));
                work(random.nextInt(3000));
                dead.crash();
            }
            work(45_000);
            Cluster.Node last = dead;
            cluster.run(last::mount);
            assertThat(cluster.fenced).hasSize(CRASHES);
            assertThat(names(last)).containsAll(synced);
            for (int i = 0; i < 2; i++) {
                cluster.mergeAll();
            }
            assertThat(names(nodes.getFirst())).containsAll(synced);
            leave();
            assertThat(cluster.fenced).as("clean unmounts").hasSize(CRASHES);
            assertThat(cluster.check().problems()).isEmpty();
            assertThat(cluster.check().leakedMetaBlocks()).isZero();
            assertThat(synced).hasSizeGreaterThan(20);
            assertThat(merges).isPositive();
            assertThat(compacted).isPositive();
        }
    }

    /** Lets time pass in which merges and compactions are due all the time. */
    private void work(long millis) {
        for (long at = 0; at < millis; at += 2500) {
            for (Cluster.Node node : nodes) {
                if (node.leads()) {
                    node.get().triggers().arm("log_merge_force_finalize_ours");
                    node.get().triggers().arm("srch_force_log_rotate");
                }
            }
            cluster.simulation.advance(TimeUnit.MILLISECONDS.toNanos(Math.min(2500, millis - at)));
        }
    }

    /** Work that ends with the mount. */
    private void begin(Cluster.Node node) {
        Mount mount = node.get();
        node.host.threads().virtual("work", () -> {
            try {
                mount.setSrchCompactDelayMs(1000);
                use(node, mount.vfs());
            } catch (FsException | InterruptedException e) {
                assertThat(mount.isForced() || closing).as("%s", e).isTrue();
            }
        });
    }

    private boolean closing;

    private void use(Cluster.Node node, Vfs vfs) throws FsException, InterruptedException {
        List<String> waiting = new ArrayList<>();
        while (!closing) {
            String name = "f" + made++;
            long ino = Cluster.write(vfs, Vfs.ROOT_INO, name, new byte[1 + random.nextInt(20_000)]);
            vfs.setxattr(Cluster.ROOT, ino, SRCH, new byte[0], 0, false);
            if (random.nextInt(3) == 0) {
                OpenFile file = vfs.open(Cluster.ROOT, ino, 0);
                vfs.unlink(Cluster.ROOT, Vfs.ROOT_INO, Cluster.name(name));
                node.host.clock().sleep(TimeUnit.MILLISECONDS.toNanos(random.nextInt(500)));
                vfs.release(file);
            } else {
                waiting.add(name);
            }
            if (random.nextInt(3) == 0) {
                vfs.syncfs();
                synced.addAll(waiting);
                waiting.clear();
            }
            node.host.clock().sleep(TimeUnit.MILLISECONDS.toNanos(random.nextInt(1000)));
        }
    }

    private Set<String> names(Cluster.Node node) throws Exception {
        return cluster.call(() -> {
            Set<String> names = new TreeSet<>();
            OpenFile root = node.vfs().open(Cluster.ROOT, Vfs.ROOT_INO, 0);
            node.vfs().readdir(root, 0, false, (name, ino, mode, next, attributes) -> {
                names.add(new String(name, java.nio.charset.StandardCharsets.UTF_8));
                return true;
            });
            node.vfs().release(root);
            return names;
        });
    }

    private void leave() throws Exception {
        closing = true;
        cluster.advanceSeconds(5);
        for (Cluster.Node node : nodes) {
            Map<String, Long> counters = node.get().counters().snapshot();
            merges += counters.getOrDefault("log_merge_work", 0L);
            compacted += counters.getOrDefault("srch_compact_entry", 0L);
        }
        List<Callable<Boolean>> leaving = new ArrayList<>();
        for (Cluster.Node node : nodes) {
            leaving.add(() -> {
                node.unmount();
                return true;
            });
        }
        cluster.together(leaving, 60);
    }
}
