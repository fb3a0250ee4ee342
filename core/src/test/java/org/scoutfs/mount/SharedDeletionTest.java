package org.scoutfs.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.vfs.Vfs;

/**
 * A file that is unlinked on one mount and open on another stays until its last use anywhere ends, and is then deleted by exactly one mount,
 * whoever dies in between (spec 3 section 9, races R97 to R104).
 */
class SharedDeletionTest {
    private static final int SIZE = 300_000;

    private final long seed = Seeds.next("SharedDeletionTest");
    private Cluster cluster;
    private Cluster.Node a;
    private Cluster.Node b;
    private Cluster.Node c;
    private long deletedByTheDead;

    @BeforeEach
    void mount() throws Exception {
        cluster = new Cluster(seed, 3);
        a = cluster.member(0);
        b = cluster.member(1);
        c = cluster.member(2);
        cluster.mountAll(List.of(a, b, c));
    }

    @AfterEach
    void unmount() {
        cluster.close();
    }

    /** R97, R103: scans on all mounts come by many times while the file is open, before and after a merge brought the orphan to them. */
    @Test
    void isReadableUntilItsLastUseEndsAnywhere() throws Exception {
        long ino = make(a, "file");
        OpenFile atB = open(b, ino);
        OpenFile atC = open(c, ino);
        unlink(a, "file");
        for (int i = 0; i < 2; i++) {
            cluster.advanceSeconds(30);
            assertReadable(b, atB);
            assertReadable(c, atC);
            mergeAll();
        }
        release(b, atB);
        cluster.advanceSeconds(30);
        assertReadable(c, atC);
        assertThat(deleted()).isZero();
        release(c, atC);
        assertGone(ino);
    }

    /** Its inode was not read since it was unlinked, so the end of its use has no lock to delete it under: a scan does. */
    @Test
    void isFoundByAScanWhenTheLastUserDidNotNotice() throws Exception {
        long ino = make(a, "file");
        OpenFile atB = open(b, ino);
        unlink(a, "file");
        release(b, atB);
        cluster.advanceSeconds(60);
        assertThat(deleted()).as("only what was merged is looked for").isZero();
        mergeAll();
        assertGone(ino);
    }

    /** R102: what a mount has open holds deletions up until it is fenced. */
    @Test
    void isDeletedByAnotherWhenTheLastUserDies() throws Exception {
        for (Cluster.Node victim : List.of(b, c)) {
            long ino = make(a, "file");
            open(victim, ino);
            unlink(a, "file");
            mergeAll();
            assertThat(exists(a, ino)).isTrue();
            long before = deleted();
            die(victim);
            assertThat(exists(a, ino)).isTrue();
            cluster.advanceSeconds(90);
            assertThat(exists(a, ino)).isFalse();
            assertThat(deleted() - before).isOne();
            assertThat(cluster.fenced).hasSize(1);
            cluster.fenced.clear();
            cluster.run(victim::mount);
        }
        assertNothingIsLost();
    }

    /** The mount that unlinked it dies: as leader and as follower; the file outlives it at those that use it. */
    @Test
    void outlivesTheMountThatUnlinkedIt() throws Exception {
        Cluster.Node unlinker = cluster.leader();
        Cluster.Node user = unlinker == b ? c : b;
        long ino = make(unlinker, "file");
        OpenFile file = open(user, ino);
        unlink(unlinker, "file");
        cluster.run(() -> unlinker.vfs().syncfs());
        die(unlinker);
        cluster.advanceSeconds(60);
        assertThat(cluster.fenced).hasSize(1);
        assertReadable(user, file);
        cluster.run(unlinker::mount);
        mergeAll();
        cluster.advanceSeconds(60);
        assertReadable(user, file);
        release(user, file);
        assertGone(ino);
    }

    /** The mount that deletes it dies in the midst of it, at many points; another one finishes, and no block is freed twice or never. */
    @Test
    void isFinishedByAnotherWhenTheDeleterDies() throws Exception {
        for (int crashAt = 0; crashAt < 5; crashAt++) {
            long ino = make(a, "file");
            OpenFile atB = open(b, ino);
            unlink(a, "file");
            mergeAll();
            assertReadable(b, atB);
            OpenFile file = atB;
            b.host.threads().virtual("last release", () -> b.vfs().release(file));
            cluster.simulation.advance(crashAt * 300_000L);
            die(b);
            cluster.run(b::mount);
            cluster.advanceSeconds(75);
            assertThat(exists(a, ino)).as("crash %d", crashAt).isFalse();
            cluster.fenced.clear();
        }
        assertNothingIsLost();
    }

    /** R104: an unlinked file that is still in use when its mount is closed is deleted by the unmount, and nobody has to look for it. */
    @Test
    void isDeletedByTheUnmountOfItsLastUser() throws Exception {
        long ino = make(a, "file");
        cluster.run(() -> a.vfs().lookup(Cluster.ROOT, Vfs.ROOT_INO, Cluster.name("file")));
        unlink(a, "file");
        assertThat(exists(c, ino)).isTrue();
        // c, which finds it without links, tries to delete it, and the lock that this takes from a would leave it to
        // the scan.
        cluster.advanceSeconds(1);
        cluster.run(() -> {
            a.vfs().getattr(ino);
            a.unmount();
        });
        assertThat(exists(c, ino)).isFalse();
        assertThat(cluster.fenced).isEmpty();
    }

    /**
     * R81, R82: a deletion has the lock of its group and waits for an answer that is long in coming; another mount wants the lock. It waits for
     * the deletion, which it does not hold up, and both mounts go on with everything else.
     */
    @Test
    void deletionThatWaitsHoldsUpNothingElse() throws Exception {
        Cluster.Node deleter = cluster.leader();
        List<Cluster.Node> others =
                List.of(a, b, c).stream().filter(node -> node != deleter).toList();
        Cluster.Node silent = others.get(0);
        Cluster.Node other = others.get(1);
        long ino = make(deleter, "file");
        cluster.run(() -> Cluster.write(other.vfs(), Vfs.ROOT_INO, "other", new byte[1]));
        cluster.simulation.net().block(deleter.address(), silent.address());
        Thread deletion = deleter.host.threads().virtual("unlink", () -> {
            try {
                deleter.vfs().unlink(Cluster.ROOT, Vfs.ROOT_INO, Cluster.name("file"));
            } catch (FsException e) {
                throw new AssertionError(e);
            }
        });
        cluster.advanceSeconds(1);
        List<Boolean> found = new ArrayList<>();
        Thread waiting = other.host.threads().virtual("getattr", () -> {
            try {
                found.add(other.vfs().getattr(ino).nlink() == 0);
            } catch (FsException e) {
                found.add(false);
            }
        });
        cluster.advanceSeconds(1);
        assertThat(deletion.isAlive() && waiting.isAlive()).isTrue();
        for (Cluster.Node node : List.of(other, deleter)) {
            cluster.run(() -> {
                node.vfs().mkdir(Cluster.ROOT, Vfs.ROOT_INO, Cluster.name("by " + node.name), 0755);
                node.vfs().syncfs();
            });
        }
        assertThat(deletion.isAlive() && waiting.isAlive()).isTrue();
        cluster.simulation.net().heal();
        cluster.advanceSeconds(1);
        assertThat(deletion.isAlive() || waiting.isAlive()).isFalse();
        assertThat(found).containsExactly(false);
        assertThat(deleted()).isOne();
        assertThat(cluster.fenced).isEmpty();
    }

    private long make(Cluster.Node node, String name) throws Exception {
        return cluster.call(() -> {
            long ino = Cluster.write(node.vfs(), Vfs.ROOT_INO, name, contents());
            node.vfs().syncfs();
            return ino;
        });
    }

    private static byte[] contents() {
        byte[] contents = new byte[SIZE];
        Arrays.fill(contents, (byte) 'x');
        return contents;
    }

    private OpenFile open(Cluster.Node node, long ino) throws Exception {
        return cluster.call(() -> node.vfs().open(Cluster.ROOT, ino, 0));
    }

    private void release(Cluster.Node node, OpenFile file) throws Exception {
        cluster.run(() -> node.vfs().release(file));
    }

    private void unlink(Cluster.Node node, String name) throws Exception {
        cluster.run(() -> {
            node.vfs().unlink(Cluster.ROOT, Vfs.ROOT_INO, Cluster.name(name));
            node.vfs().syncfs();
        });
    }

    private void die(Cluster.Node node) throws Exception {
        deletedByTheDead += deletedBy(node);
        node.crash();
    }

    private void assertReadable(Cluster.Node node, OpenFile file) throws Exception {
        byte[] found = cluster.call(() -> Cluster.read(node.vfs(), file, SIZE));
        assertThat(found).isEqualTo(contents());
    }

    private boolean exists(Cluster.Node node, long ino) throws Exception {
        try {
            return cluster.call(() -> node.vfs().getattr(ino).nlink() == 0);
        } catch (FsException e) {
            assertThat(e.errno()).isEqualTo(Errno.ENOENT);
            return false;
        }
    }

    private void assertGone(long ino) throws Exception {
        cluster.advanceSeconds(60);
        for (Cluster.Node node : List.of(a, b, c)) {
            assertThatThrownBy(() -> cluster.call(() -> node.vfs().getattr(ino)))
                    .isInstanceOfSatisfying(
                            FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
        }
        assertThat(deleted()).isOne();
        assertNothingIsLost();
    }

    /** Everything is committed and merged, and the volume is as if the files had never been. */
    private void assertNothingIsLost() throws Exception {
        mergeAll();
        var report = cluster.check();
        assertThat(report.problems()).isEmpty();
        assertThat(report.inodes()).as("the root").isOne();
        cluster.run(() -> assertThat(a.vfs().statfs().freeFiles())
                .isEqualTo(a.vfs().statfs().files() - 1));
    }

    private static long deletedBy(Cluster.Node node) {
        return !node.isMounted() ? 0 : node.get().counters().snapshot().getOrDefault("inode_evict_deleted", 0L);
    }

    private long deleted() {
        return deletedByTheDead + deletedBy(a) + deletedBy(b) + deletedBy(c);
    }

    private void mergeAll() throws Exception {
        cluster.mergeAll();
    }
}
