package org.scoutfs.mount;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.fs.Attributes;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.vfs.Vfs;

/**
 * Several mounts make, open, read, rename and unlink the same few files at once, while scans for orphans, log merges and commits come by
 * all the time. Whatever the order, nothing waits for ever (races R79 to R83), what is open stays readable, and in the end each file is gone
 * once (R97 to R99) and the volume is whole.
 */
class SharedUseTest {
    private static final int THREADS_PER_MOUNT = 2;
    private static final int STEPS = 100;
    private static final int NAMES = 6;
    private static final int SIZE = 9000;

    private final long seed = Seeds.next("SharedUseTest");
    private int made;

    @Test
    void nothingHangsAndEachFileGoesOnce() throws Exception {
        try (Cluster cluster = new Cluster(seed, 1)) {
            String often = ",orphan_scan_delay_ms=200";
            List<Cluster.Node> nodes = List.of(cluster.member(0, often), cluster.client(often), cluster.client(often));
            cluster.mountAll(nodes);
            List<Callable<Boolean>> work = new ArrayList<>();
            for (Cluster.Node node : nodes) {
                for (int i = 0; i < THREADS_PER_MOUNT; i++) {
                    Random random = new Random(seed + work.size());
                    work.add(() -> use(node, random));
                }
            }
            work.add(() -> {
                for (int i = 0; i < 10; i++) {
                    nodes.getFirst().get().triggers().arm("log_merge_force_finalize_ours");
                    nodes.getFirst().host.clock().sleep(TimeUnit.SECONDS.toNanos(5));
                }
                return true;
            });
            cluster.together(work, 600);
            cluster.run(() -> {
                for (int i = 0; i < NAMES; i++) {
                    unlink(nodes.get(1).vfs(), "f" + i);
                }
            });
            for (int i = 0; i < 2; i++) {
                cluster.mergeAll();
            }
            assertThat(cluster.check().problems()).isEmpty();
            assertThat(cluster.check().inodes()).as("the root").isOne();
            long deleted = nodes.stream()
                    .mapToLong(node -> node.get().counters().snapshot().getOrDefault("inode_evict_deleted", 0L))
                    .sum();
            assertThat(deleted).isEqualTo(made);
            assertThat(cluster.fenced).isEmpty();
        }
    }

    private boolean use(Cluster.Node node, Random random) throws Exception {
        Vfs vfs = node.vfs();
        for (int step = 0; step < STEPS; step++) {
            String name = "f" + random.nextInt(NAMES);
            switch (random.nextInt(10)) {
                case 0, 1, 2 -> create(vfs, name);
                case 3 -> unlink(vfs, name);
                case 4 -> rename(vfs, name, "f" + random.nextInt(NAMES));
                case 5 -> vfs.syncfs();
                default -> readFor(node, name, random.nextInt(800));
            }
            node.host.clock().sleep(TimeUnit.MILLISECONDS.toNanos(random.nextInt(300)));
        }
        return true;
    }

    private void create(Vfs vfs, String name) throws FsException {
        byte[] contents = new byte[SIZE];
        try {
            Vfs.Created created = vfs.create(Cluster.ROOT, Vfs.ROOT_INO, Cluster.name(name), 0644, 2);
            made++;
            byte fill = (byte) created.attributes().ino();
            java.util.Arrays.fill(contents, fill);
            vfs.write(created.file(), 0, java.lang.foreign.MemorySegment.ofArray(contents), false);
            vfs.release(created.file());
            vfs.forget(created.attributes().ino(), 1);
        } catch (FsException e) {
            assertThat(e.errno()).isEqualTo(Errno.EEXIST);
        }
    }

    private static void unlink(Vfs vfs, String name) throws FsException {
        try {
            vfs.unlink(Cluster.ROOT, Vfs.ROOT_INO, Cluster.name(name));
        } catch (FsException e) {
            assertThat(e.errno()).isEqualTo(Errno.ENOENT);
        }
    }

    private static void rename(Vfs vfs, String from, String to) throws FsException {
        try {
            vfs.rename(Cluster.ROOT, Vfs.ROOT_INO, Cluster.name(from), Vfs.ROOT_INO, Cluster.name(to), 0);
        } catch (FsException e) {
            assertThat(e.errno()).isEqualTo(Errno.ENOENT);
        }
    }

    /** Whoever has opened a file reads all of it for as long as it likes, if it was written whole when it was opened. */
    private static void readFor(Cluster.Node node, String name, int millis) throws Exception {
        Vfs vfs = node.vfs();
        OpenFile file;
        Attributes found;
        try {
            found = vfs.lookup(Cluster.ROOT, Vfs.ROOT_INO, Cluster.name(name));
        } catch (FsException e) {
            assertThat(e.errno()).isEqualTo(Errno.ENOENT);
            return;
        }
        try {
            file = vfs.open(Cluster.ROOT, found.ino(), 0);
        } finally {
            vfs.forget(found.ino(), 1);
        }
        try {
            node.host.clock().sleep(TimeUnit.MILLISECONDS.toNanos(millis));
            byte[] contents = Cluster.read(vfs, file, SIZE);
            long size = vfs.getattr(found.ino()).size();
            assertThat(size).isIn(0L, (long) SIZE);
            if (found.size() == SIZE) {
                assertThat(contents).containsOnly((byte) found.ino());
            }
        } finally {
            vfs.release(file);
        }
    }
}
