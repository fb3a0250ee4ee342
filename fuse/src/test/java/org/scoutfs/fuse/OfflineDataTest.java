package org.scoutfs.fuse;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.scoutfs.fuse.ArchiveMounts.BLOCK;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.vfs.ArchiveFiles.Waiting;
import org.scoutfs.vfs.SimpleCredentials;

/** Callers wait for offline data through the kernel (spec 4 section 10.5), on two mounts of one volume. */
@Timeout(value = 60, unit = SECONDS)
@ParameterizedClass
@EnumSource(
        value = Transport.class,
        names = {"DEVICE", "IO_URING"})
class OfflineDataTest {
    private static final SimpleCredentials ROOT = SimpleCredentials.root();
    private static final int O_DIRECT = 0x4000;
    private static final int READ = 1;
    private static final int WRITE = 2;
    private static final int CHANGE_SIZE = 4;

    @Parameter
    Transport transport;

    private ArchiveMounts m;

    @BeforeEach
    void mount() throws Exception {
        m = new ArchiveMounts(transport);
    }

    @AfterEach
    void unmount() throws Exception {
        m.close();
    }

    /** A file of 16 blocks on mount A that is wholly offline. */
    private OpenFile offline(String name) throws FsException {
        OpenFile file = m.a.file(name, 16 * BLOCK, 5);
        m.a.release(file, 0, 16 * BLOCK);
        return file;
    }

    private CompletableFuture<String> read(Client client, String path, int flags, int offset, int length) {
        long fd = client.number("open", path, flags);
        assertThat(fd).isNotNegative();
        return client.later("check", fd, offset, length, 5);
    }

    private void awaitWaiting(Waiting... places) {
        await().untilAsserted(() -> assertThat(m.a.waiting()).containsExactly(places));
    }

    private static String answer(CompletableFuture<String> later) throws Exception {
        return later.get(20, SECONDS);
    }

    private static long fuseThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("fuse-"))
                .count();
    }

    @Test
    void readersWaitWithoutThreadsWhileOthersGoOn() throws Exception {
        OpenFile file = offline("f");
        Client other = m.client();
        other.call("put", m.a.path("warm"), "up");
        long threads = fuseThreads();
        List<CompletableFuture<String>> readers = new ArrayList<>();
        for (int i = 0; i < 120; i++) {
            readers.add(read(m.client(), m.a.path("f"), 0, i % 2 * BLOCK, BLOCK));
        }
        await().until(() -> m.a.fuse.waitingCount() == 120);
        awaitWaiting(new Waiting(file.ino(), 0, READ), new Waiting(file.ino(), 1, READ));
        assertThat(fuseThreads()).isLessThan(threads + 40);
        assertThat(other.number("put", m.a.path("g"), "hello")).isEqualTo(5);
        assertThat(other.call("get", m.a.path("g"))).isEqualTo("'hello'");
        assertThat(other.number("chmod", m.a.path("f"), "0600")).isZero();
        assertThat(other.number("rename", m.a.path("f"), m.a.path("h"))).isZero();
        m.a.stage(file, BLOCK, BLOCK, 5);
        for (int i = 1; i < 120; i += 2) {
            assertThat(answer(readers.get(i))).isEqualTo("4096");
        }
        awaitWaiting(new Waiting(file.ino(), 0, READ));
        m.a.stage(file, 0, BLOCK, 5);
        for (CompletableFuture<String> reader : readers) {
            assertThat(answer(reader)).isEqualTo("4096");
        }
        assertThat(m.a.fuse.waitingCount()).isZero();
    }

    @Test
    void someEntriesAreKeptForOthers() throws Exception {
        OpenFile file = offline("f");
        Client crowd = m.client();
        int most = transport == Transport.DEVICE ? 500 : ParkedRequests.MOST_OF_QUEUE;
        CompletableFuture<String> result = crowd.later("together", m.a.path("f"), 500, 0, BLOCK);
        await().until(() -> m.a.fuse.waitingCount() == most
                && (transport == Transport.DEVICE || m.a.count("fuse_parked_refused") >= 500 - most));
        Client other = m.client();
        assertThat(other.number("put", m.a.path("g"), "hello")).isEqualTo(5);
        m.a.stage(file, 0, 16 * BLOCK, 5);
        assertThat(answer(result)).isEqualTo(most + " " + (500 - most) + " 0");
    }

    @Test
    void signalsAndDeathEndAWait() throws Exception {
        OpenFile file = offline("f");
        Client signalled = m.client();
        CompletableFuture<String> first = read(signalled, m.a.path("f"), 0, 0, BLOCK);
        Client killed = m.client();
        read(killed, m.a.path("f"), 0, 5 * BLOCK, BLOCK);
        awaitWaiting(new Waiting(file.ino(), 0, READ), new Waiting(file.ino(), 5, READ));
        signalled.signal("USR1");
        assertThat(answer(first)).isEqualTo("-4");
        killed.signal("KILL");
        assertThat(killed.ended(10)).isTrue();
        awaitWaiting();
        assertThat(m.a.fuse.waitingCount()).isZero();
    }

    @Test
    void injectedErrorsEndWaitsOfThisMountOnly() throws Exception {
        OpenFile file = offline("f");
        CompletableFuture<String> first = read(m.client(), m.a.path("f"), 0, 0, BLOCK);
        CompletableFuture<String> second = read(m.client(), m.a.path("f"), O_DIRECT, 5 * BLOCK, BLOCK);
        awaitWaiting(new Waiting(file.ino(), 0, READ), new Waiting(file.ino(), 5, READ));
        assertThat(m.a.archive().dataWaitErr(ROOT, file.ino(), 0, 16 * BLOCK, WRITE, -5))
                .isZero();
        assertThat(m.a.archive().dataWaitErr(ROOT, file.ino(), 6 * BLOCK, BLOCK, READ, -5))
                .isZero();
        assertThatThrownBy(() -> m.b.archive().dataWaitErr(ROOT, file.ino(), 0, 16 * BLOCK, READ, -5))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ESTALE));
        assertThat(m.a.archive().dataWaitErr(ROOT, file.ino(), 0, BLOCK, READ, -5))
                .isEqualTo(1);
        assertThat(m.a.archive().dataWaitErr(ROOT, file.ino(), 0, -1L, READ | WRITE, -121))
                .isEqualTo(1);
        assertThat(answer(first)).isEqualTo("-5");
        assertThat(answer(second)).isEqualTo("-121");
    }

    @Test
    void writesAndTruncationsWaitForTheFile() throws Exception {
        OpenFile file = offline("f");
        m.a.stage(file, 0, 2 * BLOCK, 5);
        Client writer = m.client();
        long fd = writer.number("open", m.a.path("f"), 2);
        CompletableFuture<String> written = writer.later("pwrite", fd, 0, "changed");
        awaitWaiting(new Waiting(file.ino(), 2, WRITE));
        m.a.stage(file, 2 * BLOCK, 14 * BLOCK, 5);
        assertThat(answer(written)).isEqualTo("7");
        assertThat(writer.call("pread", fd, 0, 7)).isEqualTo("'changed'");
        m.a.release(file, 0, 16 * BLOCK);
        assertThat(writer.number("truncate", m.a.path("f"), 16 * BLOCK)).isZero();
        CompletableFuture<String> truncated = writer.later("truncate", m.a.path("f"), 17 * BLOCK);
        awaitWaiting(new Waiting(file.ino(), 0, CHANGE_SIZE));
        m.a.stage(file, 0, 16 * BLOCK, 5);
        assertThat(answer(truncated)).isEqualTo("0");
        assertThat(m.a.mount.vfs().getattr(file.ino()).size()).isEqualTo(17 * BLOCK);
        m.a.release(file, 0, 16 * BLOCK);
        assertThat(writer.number("ftruncate", fd, 0)).isZero();
    }

    @Test
    void whatIsOnlineOrBeyondTheEndIsReadAtOnce() throws Exception {
        OpenFile file = offline("f");
        m.a.stage(file, 3 * BLOCK, BLOCK, 5);
        Client client = m.client();
        assertThat(answer(read(client, m.a.path("f"), 0, 3 * BLOCK, BLOCK))).isEqualTo("4096");
        assertThat(answer(read(client, m.a.path("f"), 0, 16 * BLOCK, BLOCK))).isEqualTo("0");
        long fd = client.number("open", m.a.path("f"), 0);
        assertThat(client.number("advise", fd, 0, 0)).isZero();
        assertThat(m.a.waiting()).isEmpty();
    }

    @Test
    void faultsWaitForTheirPageOnly() throws Exception {
        OpenFile file = offline("f");
        Client reader = m.client();
        long fd = reader.number("open", m.a.path("f"), 0);
        long map = reader.number("mmap", fd, 16 * BLOCK, 1);
        CompletableFuture<String> seen = reader.later("peek", map, 3 * BLOCK + 1);
        awaitWaiting(new Waiting(file.ino(), 3, READ));
        // an agent has to open it for writing
        Client agent = m.client();
        assertThat(agent.number("open", m.a.path("f"), 2)).isNotNegative();
        assertThat(agent.call("stat", m.a.path("f"))).contains("65536");
        m.a.stage(file, 3 * BLOCK, BLOCK, 5);
        assertThat(answer(seen)).isEqualTo(Integer.toString((3 * BLOCK + 1) * 31 + 3 + 5 & 0xff));
        Client storer = m.client();
        long rw = storer.number("open", m.a.path("f"), 2);
        long store = storer.number("mmap", rw, 16 * BLOCK, 3);
        CompletableFuture<String> stored = storer.later("poke", store, 0, 77);
        awaitWaiting(new Waiting(file.ino(), 0, READ));
        m.a.stage(file, 0, 16 * BLOCK, 5);
        assertThat(answer(stored)).isEqualTo("0");
        assertThat(storer.number("msync", store)).isZero();
        assertThat(m.client().call("get", m.b.path("f"))).startsWith("'M");
    }

    /** A page that the kernel reads ahead is asked for once more when that has failed. */
    @Test
    void oneErrorEndsTheWaitForTheOnlyPage() throws Exception {
        OpenFile file = m.a.file("g", BLOCK, 5);
        m.a.release(file, 0, BLOCK);
        Client reader = m.client();
        long fd = reader.number("open", m.a.path("g"), 0);
        long map = reader.number("mmap", fd, BLOCK, 1);
        reader.later("peek", map, 0);
        awaitWaiting(new Waiting(file.ino(), 0, READ));
        assertThat(m.a.archive().dataWaitErr(ROOT, file.ino(), 0, BLOCK, READ, -5))
                .isEqualTo(1);
        // by SIGBUS
        assertThat(reader.ended(10)).isTrue();
        awaitWaiting();
    }

    @Test
    void aKilledCallerOfAFaultIsNoticed() throws Exception {
        OpenFile file = offline("f");
        Client reader = m.client();
        long fd = reader.number("open", m.a.path("f"), 0);
        long map = reader.number("mmap", fd, 16 * BLOCK, 1);
        reader.later("peek", map, 0);
        awaitWaiting(new Waiting(file.ino(), 0, READ));
        reader.signal("KILL");
        assertThat(reader.ended(10)).isTrue();
        awaitWaiting();
    }

    @Test
    void readersGetWhatIsReleasedWhileTheyHaveItOpen() throws Exception {
        OpenFile file = m.a.file("f", 16 * BLOCK, 5);
        Client reader = m.client();
        long fd = reader.number("open", m.a.path("f"), 0);
        assertThat(reader.number("check", fd, 0, 16 * BLOCK, 5)).isEqualTo(16 * BLOCK);
        m.a.release(file, 0, 16 * BLOCK);
        CompletableFuture<String> again = reader.later("check", fd, 0, 16 * BLOCK, 5);
        awaitWaiting(new Waiting(file.ino(), 0, READ));
        reader.signal("USR1");
        assertThat(answer(again)).isEqualTo("-4");
        CompletableFuture<String> third = reader.later("check", fd, BLOCK, 2 * BLOCK, 5);
        awaitWaiting(new Waiting(file.ino(), 1, READ));
        m.a.stage(file, 0, 16 * BLOCK, 5);
        assertThat(answer(third)).isEqualTo(Integer.toString(2 * BLOCK));
    }

    @Test
    void otherMountsChangeStageAndRemoveWhatIsWaitedForHere() throws Exception {
        OpenFile file = offline("f");
        OpenFile there = m.b.open(file.ino());
        CompletableFuture<String> reader = read(m.client(), m.a.path("f"), 0, 0, BLOCK);
        Client mapper = m.client();
        long fd = mapper.number("open", m.a.path("f"), 0);
        long map = mapper.number("mmap", fd, 16 * BLOCK, 1);
        CompletableFuture<String> fault = mapper.later("peek", map, BLOCK);
        Client truncater = m.client();
        CompletableFuture<String> truncated = truncater.later("truncate", m.a.path("f"), 20 * BLOCK);
        awaitWaiting(new Waiting(file.ino(), 0, READ | CHANGE_SIZE), new Waiting(file.ino(), 1, READ));
        Client other = m.client();
        assertThat(other.number("chmod", m.b.path("f"), "0600")).isZero();
        assertThat(other.number("rename", m.b.path("f"), m.b.path("g"))).isZero();
        assertThat(m.client().call("stat", m.a.path("g"))).contains("100600");
        assertThat(other.number("unlink", m.b.path("g"))).isZero();
        assertThat(m.client().number("stat", m.a.path("g"))).isEqualTo(-2);
        awaitWaiting(new Waiting(file.ino(), 0, READ | CHANGE_SIZE), new Waiting(file.ino(), 1, READ));
        m.b.stage(there, 0, 16 * BLOCK, 5);
        assertThat(answer(reader)).isEqualTo("4096");
        assertThat(answer(fault)).isEqualTo(Integer.toString(BLOCK * 31 + 1 + 5 & 0xff));
        assertThat(answer(truncated)).isEqualTo("0");
    }

    @Test
    void aMountThatIsShownReadOnlyIsNotChanged() throws Exception {
        OpenFile file = offline("f");
        String directory = m.a.directory.toString();
        assertThat(new ProcessBuilder("mount", "-i", "-o", "remount,bind,ro", directory)
                        .start()
                        .waitFor())
                .isZero();
        assertThatThrownBy(() -> m.a.stage(file, 0, BLOCK, 5))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EROFS));
        assertThat(new ProcessBuilder("mount", "-i", "-o", "remount,bind,rw", directory)
                        .start()
                        .waitFor())
                .isZero();
        m.a.stage(file, 0, BLOCK, 5);
    }

    @Test
    void aMountWithWaitersCanBeForcedDown() throws Exception {
        offline("f");
        CompletableFuture<String> reader = read(m.client(), m.a.path("f"), 0, 0, BLOCK);
        await().until(() -> m.a.fuse.waitingCount() == 1);
        assertThatThrownBy(() -> m.a.fuse.unmount(false)).isInstanceOf(FsException.class);
        m.a.fuse.close();
        assertThat(Long.parseLong(answer(reader))).isNegative();
        assertThat(m.a.waiting()).isEmpty();
    }
}
