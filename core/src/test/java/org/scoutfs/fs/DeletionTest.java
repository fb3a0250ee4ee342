package org.scoutfs.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.scoutfs.fs.FsErrors.assertFails;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.vfs.Vfs;

/** When an inode without links goes away (spec 4 sections 3, 15 rows 25 to 33). */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeletionTest {
    private static final Credentials WHO = Callers.KERNEL_ROOT;

    private TestVolume volume;
    private TestClient a;
    private TestClient b;

    @BeforeAll
    void mount() throws Exception {
        volume = TestVolume.create();
        a = volume.mount();
        b = volume.mount();
    }

    @AfterAll
    void unmount() {
        b.close();
        a.close();
        volume.close();
    }

    private static byte[] name(String name) {
        return name.getBytes(StandardCharsets.UTF_8);
    }

    private static long make(TestClient mount, String name) throws FsException {
        Attributes made = mount.vfs.mknod(WHO, 1, name(name), Modes.S_IFREG | 0644, 0);
        mount.vfs.forget(made.ino(), 1);
        return made.ino();
    }

    @Test
    void unusedFileGoesWithItsLastName() throws Exception {
        long ino = make(a, "unused");
        a.vfs.unlink(WHO, 1, name("unused"));
        assertFails(Errno.ENOENT, () -> a.vfs.getattr(ino));
        assertFails(Errno.ENOENT, () -> b.vfs.getattr(ino));
    }

    @Test
    void directoryAndSymlinkGoToo() throws Exception {
        Attributes dir = a.vfs.mkdir(WHO, 1, name("dir"), 0755);
        Attributes link = a.vfs.symlink(WHO, 1, name("link"), name("x".repeat(2000)));
        a.vfs.rmdir(WHO, 1, name("dir"));
        a.vfs.unlink(WHO, 1, name("link"));
        // looked up: still there
        assertThat(a.vfs.getattr(dir.ino()).nlink()).isZero();
        assertThat(a.vfs.readlink(WHO, link.ino())).hasSize(2000);
        a.vfs.forget(dir.ino(), 1);
        a.vfs.forget(link.ino(), 1);
        assertFails(Errno.ENOENT, () -> a.vfs.getattr(dir.ino()));
        assertFails(Errno.ENOENT, () -> a.vfs.getattr(link.ino()));
    }

    @Test
    void openFileStaysUntilReleased() throws Exception {
        long ino = make(a, "open");
        OpenFile file = a.vfs.open(WHO, ino, 0);
        a.vfs.unlink(WHO, 1, name("open"));
        assertThat(a.vfs.getattr(ino).nlink()).isZero();
        assertFails(Errno.ESTALE, () -> a.vfs.lookup(WHO, ino, name(".")));
        a.vfs.release(file);
        assertFails(Errno.ENOENT, () -> a.vfs.getattr(ino));
    }

    @Test
    void replacedFileGoes() throws Exception {
        long old = make(a, "old");
        long ino = make(a, "new");
        a.vfs.rename(WHO, 1, name("new"), 1, name("old"), 0);
        assertFails(Errno.ENOENT, () -> a.vfs.getattr(old));
        assertThat(a.vfs.getattr(ino).nlink()).isEqualTo(1);
    }

    @Test
    void otherMountDeletesWhatItHadOpenAndHasRead() throws Exception {
        long ino = make(a, "shared");
        OpenFile file = a.vfs.open(WHO, ino, 0);
        b.vfs.unlink(WHO, 1, name("shared"));
        assertThat(b.vfs.getattr(ino).nlink()).isZero();
        assertThat(a.vfs.getattr(ino).nlink()).isZero();
        a.vfs.release(file);
        // a has to get the lock first, and does not make its caller wait for it
        await().untilAsserted(() -> assertFails(Errno.ENOENT, () -> b.vfs.getattr(ino)));
    }

    @Test
    void scanFindsWhatNobodyDeleted() throws Exception {
        long ino = make(a, "forgotten");
        OpenFile file = a.vfs.open(WHO, ino, 0);
        b.vfs.unlink(WHO, 1, name("forgotten"));
        // not covered any more: the end of its use deletes nothing
        a.vfs.syncfs();
        b.vfs.syncfs();
        b.fs.orphanScan().pass();
        assertThat(b.vfs.getattr(ino).nlink()).isZero();
        a.vfs.release(file);
        b.vfs.syncfs();
        assertThat(b.fs.orphanScan().pass()).isPositive();
        assertFails(Errno.ENOENT, () -> a.vfs.getattr(ino));
    }

    @Test
    void fileWithoutNameGoesUnlessLinked() throws Exception {
        Vfs.Created lost = a.vfs.tmpfile(WHO, 1, 0600, Modes.O_RDWR);
        Vfs.Created kept = a.vfs.tmpfile(WHO, 1, 0600, Modes.O_RDWR);
        assertThat(kept.attributes().nlink()).isZero();
        long keptIno = kept.attributes().ino();
        a.vfs.forget(a.vfs.link(WHO, keptIno, 1, name("kept")).ino(), 1);
        for (Vfs.Created created : List.of(lost, kept)) {
            a.vfs.release(created.file());
            a.vfs.forget(created.attributes().ino(), 1);
        }
        assertFails(Errno.ENOENT, () -> a.vfs.getattr(lost.attributes().ino()));
        assertThat(b.vfs.getattr(keptIno).nlink()).isEqualTo(1);
        b.vfs.syncfs();
        a.vfs.syncfs();
        b.fs.orphanScan().pass();
        assertThat(b.vfs.getattr(keptIno).nlink()).isEqualTo(1);
    }

    /** Every inode goes exactly once, whoever comes first: its last lookup, its last release or a scan. */
    @Test
    void racingEndsOfUseDeleteOnce() throws Exception {
        int files = 400;
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        long before = a.counters.snapshot().getOrDefault("inode_evict_deleted", 0L);
        List<Long> inos = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < files; i++) {
            Vfs.Created created = a.vfs.create(WHO, 1, name("race" + i), 0644, Modes.O_RDWR);
            long ino = created.attributes().ino();
            inos.add(ino);
            byte[] name = name("race" + i);
            List<ThrowingRunnable> ends = List.of(
                    () -> a.vfs.release(created.file()),
                    () -> a.vfs.forget(ino, 1),
                    () -> a.vfs.unlink(WHO, 1, name),
                    () -> {
                        try {
                            a.vfs.getattr(ino);
                        } catch (FsException e) {
                            assertThat(e.errno()).isEqualTo(Errno.ENOENT);
                        }
                    });
            for (ThrowingRunnable end : ends) {
                threads.add(Thread.ofVirtual().start(() -> {
                    try {
                        end.run();
                    } catch (Throwable t) {
                        failures.add(t);
                    }
                }));
            }
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        for (long ino : inos) {
            assertFails(Errno.ENOENT, () -> a.vfs.getattr(ino));
        }
        assertThat(a.counters.snapshot().get("inode_evict_deleted") - before).isEqualTo(files);
    }

    private interface ThrowingRunnable {
        void run() throws FsException;
    }
}
