package org.scoutfs.fs.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.scoutfs.fs.data.ArchiveTest.Failing.expect;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.fs.AttributeChanges;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.fs.TestClient;
import org.scoutfs.fs.TestVolume;
import org.scoutfs.vfs.ArchiveFiles;
import org.scoutfs.vfs.ArchiveFiles.StageSource;
import org.scoutfs.vfs.ArchiveFiles.Waiting;
import org.scoutfs.vfs.SimpleCredentials;

/** Callers of the embedded door wait for offline data on their own threads, on two mounts (spec 4 section 10.5). */
@Timeout(60)
class OfflineWaitsTest {
    private static final SimpleCredentials ROOT = SimpleCredentials.root();
    private static final SimpleCredentials USER = SimpleCredentials.user(1000, 1000, java.util.Set.of(), 0);
    private static final int BLOCK = 4096;
    private static final int READ = ArchiveFiles.WAIT_READ;
    private static final int WRITE = ArchiveFiles.WAIT_WRITE;
    private static final int CHANGE_SIZE = ArchiveFiles.WAIT_CHANGE_SIZE;

    private TestVolume volume;
    private TestClient a;
    private TestClient b;
    private ArchiveFiles archive;
    private OpenFile file;
    private OpenFile fileAtB;
    private long ino;

    @BeforeEach
    void mount() throws Exception {
        volume = TestVolume.create();
        a = volume.mountWithData();
        b = volume.mountWithData();
        archive = a.vfs.archiveFiles();
        file = a.vfs.create(ROOT, 1, "f".getBytes(UTF_8), 0644, 2).file();
        ino = file.ino();
        a.vfs.write(file, 0, MemorySegment.ofArray(new byte[8 * BLOCK]), false);
        archive.release(file, 2 * BLOCK, 4 * BLOCK, 1);
    }

    @AfterEach
    void unmount() {
        a.vfs.release(file);
        if (fileAtB != null) {
            b.vfs.release(fileAtB);
        }
        b.close();
        a.close();
        volume.close();
    }

    private static <T> FutureTask<T> start(Callable<T> operation) {
        FutureTask<T> task = new FutureTask<>(operation);
        Thread.ofPlatform().daemon().start(task);
        return task;
    }

    private FutureTask<Object> read(int block) {
        return start(() -> tryIt(() -> a.vfs.read(file, (long) block * BLOCK, MemorySegment.ofArray(new byte[BLOCK]))));
    }

    /** The result, or the errno. */
    private static Object tryIt(Callable<?> operation) throws Exception {
        try {
            return operation.call();
        } catch (FsException e) {
            return e.errno();
        }
    }

    private static Object result(FutureTask<?> task) throws Exception {
        return task.get(20, TimeUnit.SECONDS);
    }

    private void awaitWaiting(Waiting... places) {
        await().untilAsserted(
                        () -> assertThat(archive.dataWaiting(0, 0, 0, 100)).containsExactly(places));
    }

    private static int stage(TestClient client, OpenFile at, int block, int blocks) throws FsException {
        return client.vfs
                .archiveFiles()
                .stage(
                        at,
                        1,
                        (long) block * BLOCK,
                        blocks * BLOCK,
                        StageSource.of(MemorySegment.ofArray(new byte[blocks * BLOCK])));
    }

    @Test
    void waitersAreListedInOrderAndOncePerPlace() throws Exception {
        FutureTask<Object> first = read(3);
        FutureTask<Object> same = read(3);
        FutureTask<Object> other = read(5);
        FutureTask<Object> writer =
                start(() -> tryIt(() -> a.vfs.write(file, 0, MemorySegment.ofArray(new byte[1]), false)));
        FutureTask<Object> truncater =
                start(() -> tryIt(() -> a.vfs.setattr(ROOT, ino, AttributeChanges.NONE.withSize(9L * BLOCK))
                        .size()));
        awaitWaiting(new Waiting(ino, 2, WRITE | CHANGE_SIZE), new Waiting(ino, 3, READ), new Waiting(ino, 5, READ));
        assertThat(archive.dataWaiting(0, ino, 2, 100)).hasSize(2);
        assertThat(archive.dataWaiting(0, ino, 2, 1)).containsExactly(new Waiting(ino, 3, READ));
        assertThat(archive.dataWaiting(0, ino, 5, 100)).isEmpty();
        assertThat(archive.dataWaiting(0, 0, 0, 0)).isEmpty();
        expect(Errno.EINVAL, () -> archive.dataWaiting(1, 0, 0, 1));
        stage(a, file, 2, 2);
        assertThat(result(first)).isEqualTo(BLOCK);
        assertThat(result(same)).isEqualTo(BLOCK);
        awaitWaiting(new Waiting(ino, 4, WRITE | CHANGE_SIZE), new Waiting(ino, 5, READ));
        stage(a, file, 4, 2);
        assertThat(result(other)).isEqualTo(BLOCK);
        assertThat(result(writer)).isEqualTo(1);
        assertThat(result(truncater)).isEqualTo(9L * BLOCK);
    }

    @Test
    void stagingOnAnotherMountWakesUs() throws Exception {
        FutureTask<Object> reader = read(2);
        awaitWaiting(new Waiting(ino, 2, READ));
        fileAtB = b.vfs.open(ROOT, ino, 2);
        assertThat(b.vfs.archiveFiles().dataWaiting(0, 0, 0, 10)).isEmpty();
        stage(b, fileAtB, 3, 1);
        awaitWaiting(new Waiting(ino, 2, READ));
        stage(b, fileAtB, 2, 1);
        assertThat(result(reader)).isEqualTo(BLOCK);
    }

    @Test
    void whatDoesNotNeedOfflineDataDoesNotWait() throws Exception {
        assertThat(result(read(0))).isEqualTo(BLOCK);
        assertThat(result(read(8))).isEqualTo(0);
        a.vfs.fallocate(file, 0, 0, 8 * BLOCK);
        a.vfs.setattr(ROOT, ino, AttributeChanges.NONE.withMode(0600));
        a.vfs.setattr(ROOT, ino, AttributeChanges.NONE.withSize(8L * BLOCK));
        // a shrink to below all of them
        a.vfs.setattr(ROOT, ino, AttributeChanges.NONE.withSize(BLOCK + 1L));
        assertThat(a.vfs.getattr(ino).offlineBlocks()).isZero();
    }

    @Test
    void truncatingToNothingAndPunchingEndWaits() throws Exception {
        FutureTask<Object> reader = read(2);
        FutureTask<Object> other = read(4);
        awaitWaiting(new Waiting(ino, 2, READ), new Waiting(ino, 4, READ));
        archive.punchOffline(ROOT, file, 2 * BLOCK, BLOCK, 1, 0);
        assertThat(result(reader)).isEqualTo(BLOCK);
        awaitWaiting(new Waiting(ino, 4, READ));
        a.vfs.setattr(ROOT, ino, AttributeChanges.NONE.withSize(0L));
        assertThat(result(other)).isEqualTo(0);
    }

    @Test
    void errorsCanBeInjected() throws Exception {
        FutureTask<Object> first = read(2);
        FutureTask<Object> second = read(3);
        awaitWaiting(new Waiting(ino, 2, READ), new Waiting(ino, 3, READ));
        expect(Errno.EPERM, () -> archive.dataWaitErr(USER, ino, 0, -1L, READ, -5));
        assertThat(archive.dataWaitErr(ROOT, ino, 0, 0, 99, 99)).isZero();
        expect(Errno.EINVAL, () -> archive.dataWaitErr(ROOT, ino, 0, BLOCK, 8, -5));
        expect(Errno.EINVAL, () -> archive.dataWaitErr(ROOT, ino, 0, BLOCK, READ, 5));
        expect(Errno.EINVAL, () -> archive.dataWaitErr(ROOT, ino, 0, BLOCK, READ, 0));
        expect(Errno.EINVAL, () -> archive.dataWaitErr(ROOT, ino, 0, BLOCK, READ, -4096));
        expect(Errno.EINVAL, () -> archive.dataWaitErr(ROOT, ino, 2, -1L, READ, -5));
        expect(Errno.ESTALE, () -> archive.dataWaitErr(ROOT, 999_999, 0, BLOCK, READ, -5));
        expect(Errno.EINVAL, () -> archive.dataWaitErr(ROOT, 1, 0, BLOCK, READ, -5));
        expect(Errno.ESTALE, () -> b.vfs.archiveFiles().dataWaitErr(ROOT, ino, 0, -1L, READ, -5));
        assertThat(archive.dataWaitErr(ROOT, ino, 0, -1L, WRITE, -5)).isZero();
        assertThat(archive.dataWaitErr(ROOT, ino, 4 * BLOCK, BLOCK, READ, -5)).isZero();
        assertThat(archive.dataWaitErr(ROOT, ino, 2 * BLOCK, BLOCK + 1, READ, -5))
                .isEqualTo(2);
        assertThat(result(first)).isEqualTo(Errno.EIO);
        assertThat(result(second)).isEqualTo(Errno.EIO);
        awaitWaiting();
    }

    @Test
    void interruptsEndAWait() throws Exception {
        FutureTask<Object> task =
                new FutureTask<>(() -> tryIt(() -> a.vfs.read(file, 2 * BLOCK, MemorySegment.ofArray(new byte[1]))));
        Thread reader = Thread.ofPlatform().daemon().start(task);
        awaitWaiting(new Waiting(ino, 2, READ));
        reader.interrupt();
        assertThat(result(task)).isEqualTo(Errno.EINTR);
        awaitWaiting();
    }

    @Test
    void theEndOfTheMountEndsWaits() throws Exception {
        FutureTask<Object> reader = read(2);
        awaitWaiting(new Waiting(ino, 2, READ));
        a.endWaits();
        assertThat(result(reader)).isEqualTo(Errno.ENOLINK);
        assertThat(result(read(2))).isEqualTo(Errno.ENOLINK);
    }

    @Test
    void onlySoManyMayWait() throws Exception {
        Counters counters = new Counters();
        OfflineWaits waits = new OfflineWaits(counters, 2);
        waits.register(1, 0, READ);
        OfflineWaits.Waiter second = waits.register(1, 1, READ);
        expect(Errno.EAGAIN, () -> waits.register(1, 2, READ));
        assertThat(counters.get("data_wait_refused").get()).isEqualTo(1);
        waits.wake(1);
        waits.await(second);
        assertThat(waits.count()).isZero();
        waits.register(1, 2, READ);
    }
}
