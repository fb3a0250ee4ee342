package org.scoutfs.mount;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.fs.Modes;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.vfs.Vfs;

/**
 * Mounts that exclude each other with nothing but the file system: whoever makes the file "lock" may count, in a file that the others see
 * and move about. One stale name, attribute or page, and two count at once or a count is lost. Leaders die meanwhile.
 */
class CoherenceTest {
    private static final int MEMBERS = 3;
    private static final int COUNTS_PER_THREAD = 50;
    private static final byte[] LOCK = Cluster.name("lock");

    private final long seed = Seeds.next("CoherenceTest");

    /** What the file says. Changed by whoever has the lock; the simulation runs one thread at a time. */
    private long expected;

    private int inside;
    private String place = "count0";

    @Test
    void nobodySeesAnythingStale() throws Exception {
        run(0);
    }

    @Test
    void nobodySeesAnythingStaleThoughLeadersDie() throws Exception {
        run(3);
    }

    private void run(int crashes) throws Exception {
        try (Cluster cluster = new Cluster(seed, MEMBERS)) {
            List<Cluster.Node> members = List.of(cluster.member(0), cluster.member(1), cluster.member(2));
            List<Cluster.Node> workers = List.of(cluster.client(), cluster.client(), cluster.client());
            cluster.mountAll(members);
            cluster.mountAll(workers);
            cluster.run(() -> Cluster.write(members.getFirst().vfs(), Vfs.ROOT_INO, place, new byte[8]));
            List<Thread> threads = new ArrayList<>();
            for (Cluster.Node node : workers) {
                for (int i = 0; i < 2; i++) {
                    Random random = new Random(seed + threads.size());
                    threads.add(node.host.threads().virtual("count", () -> count(node, random)));
                }
            }
            for (int i = 0; i < crashes; i++) {
                cluster.simulation.advance(TimeUnit.MILLISECONDS.toNanos(300 + new Random(seed + i).nextInt(700)));
                Cluster.Node dead = cluster.leader();
                dead.crash();
                cluster.advanceSeconds(20);
                cluster.run(dead::mount);
            }
            for (int i = 0; i < 600 && threads.stream().anyMatch(Thread::isAlive); i++) {
                cluster.advanceSeconds(1);
            }
            assertThat(cluster.simulation.failures()).isEmpty();
            assertThat(threads).noneMatch(Thread::isAlive);
            assertThat(expected).isEqualTo((long) threads.size() * COUNTS_PER_THREAD);
            assertThat(cluster.fenced).hasSize(crashes);
            for (Cluster.Node node : members) {
                assertThat(cluster.call(() -> value(node.vfs()))).isEqualTo(expected);
            }
            assertThat(cluster.check().problems()).isEmpty();
        }
    }

    private void count(Cluster.Node node, Random random) {
        try {
            Vfs vfs = node.vfs();
            for (int done = 0; done < COUNTS_PER_THREAD; ) {
                if (tryLock(vfs)) {
                    assertThat(inside++).as("others with the lock").isZero();
                    long value = value(vfs);
                    assertThat(value).as("on %s", node.name).isEqualTo(expected);
                    change(vfs, value + 1, random);
                    expected++;
                    inside--;
                    vfs.unlink(Cluster.ROOT, Vfs.ROOT_INO, LOCK);
                    done++;
                }
                node.host.clock().sleep(TimeUnit.MICROSECONDS.toNanos(random.nextInt(20_000)));
            }
        } catch (FsException | InterruptedException e) {
            throw new AssertionError(node.name, e);
        }
    }

    private static boolean tryLock(Vfs vfs) throws FsException {
        try {
            long ino = vfs.mknod(Cluster.ROOT, Vfs.ROOT_INO, LOCK, Modes.S_IFREG | 0600, 0)
                    .ino();
            vfs.forget(ino, 1);
            return true;
        } catch (FsException e) {
            assertThat(e.errno()).isEqualTo(Errno.EEXIST);
            return false;
        }
    }

    private long value(Vfs vfs) throws FsException {
        long ino = vfs.lookup(Cluster.ROOT, Vfs.ROOT_INO, Cluster.name(place)).ino();
        OpenFile file = vfs.open(Cluster.ROOT, ino, 0);
        try {
            // Behind what was counted the file is as long as that.
            assertThat(vfs.getattr(ino).size()).isEqualTo(8 + expected % 5000);
            return MemorySegment.ofArray(Cluster.read(vfs, file, 8)).get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
        } finally {
            vfs.release(file);
            vfs.forget(ino, 1);
        }
    }

    private void change(Vfs vfs, long value, Random random) throws FsException {
        long ino = vfs.lookup(Cluster.ROOT, Vfs.ROOT_INO, Cluster.name(place)).ino();
        OpenFile file = vfs.open(Cluster.ROOT, ino, 2);
        byte[] contents = new byte[8 + (int) (value % 5000)];
        MemorySegment.ofArray(contents).set(ValueLayout.JAVA_LONG_UNALIGNED, 0, value);
        vfs.write(file, 0, MemorySegment.ofArray(contents), false);
        vfs.release(file);
        vfs.forget(ino, 1);
        if (random.nextInt(4) == 0) {
            String next = "count" + random.nextInt(3);
            vfs.rename(Cluster.ROOT, Vfs.ROOT_INO, Cluster.name(place), Vfs.ROOT_INO, Cluster.name(next), 0);
            place = next;
        }
        if (random.nextInt(5) == 0) {
            vfs.syncfs();
        }
    }
}
