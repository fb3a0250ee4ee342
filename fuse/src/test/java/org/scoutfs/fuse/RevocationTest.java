package org.scoutfs.fuse;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.scoutfs.error.FsException;

/**
 * A cluster lock goes while the kernel keeps names, attributes and pages under it and callers wait for that very lock: the revocation ends
 * within 5 s, and what another mount changes meanwhile is seen at once (spec 6 sections 5 and 6).
 */
@Timeout(value = 30, unit = SECONDS)
@ParameterizedClass
@EnumSource(
        value = Transport.class,
        names = {"DEVICE", "IO_URING"})
class RevocationTest {
    @Parameter
    Transport transport;

    private Mounted m;
    private Client c;
    private Client other;
    private long dir;
    private long file;

    @BeforeEach
    void mount() throws Exception {
        m = new Mounted(options());
        c = m.client();
        other = m.client();
        // Directory and file in lock groups of their own.
        m.vfs.newGroup();
        assertThat(c.number("mkdir", m.path("d"), "0755")).isZero();
        m.vfs.newGroup();
        assertThat(c.number("put", m.path("d/f"), "old")).isEqualTo(3);
        dir = ino("d");
        file = ino("d/f");
        assertThat(c.call("get", m.path("d/f"))).isEqualTo("'old'");
    }

    @AfterEach
    void unmount() throws Exception {
        try {
            assertThat(m.count("fuse_unexpected_failures")).isZero();
        } finally {
            m.close();
        }
    }

    @Test
    void keptNamesAndAttributesCostNoRequests() {
        c.call("stat", m.path("d/f"));
        c.call("stat", m.path("d/none"));
        long lookups = m.count("fuse_op_lookup");
        long getattrs = m.count("fuse_op_getattr");
        long reads = m.count("fuse_op_read");
        for (int i = 0; i < 100; i++) {
            assertThat(c.call("stat", m.path("d/f"))).contains(" 100644 1 3 ");
            assertThat(c.number("stat", m.path("d/none"))).isEqualTo(-2);
            assertThat(c.call("get", m.path("d/f"))).isEqualTo("'old'");
        }
        assertThat(m.count("fuse_op_lookup")).isEqualTo(lookups);
        assertThat(m.count("fuse_op_getattr")).isEqualTo(getattrs);
        assertThat(m.count("fuse_op_read")).isEqualTo(reads);
    }

    @Test
    void remoteContentsSizeAndAttributesAreSeenAtOnce() throws Exception {
        revoke(file, () -> {
            node(file).truncate(0);
            store(file, 0, "replaced and longer");
            node(file).mode = 0100600;
        });
        assertThat(c.call("stat", m.path("d/f"))).contains(" 100600 1 19 ");
        assertThat(c.call("get", m.path("d/f"))).isEqualTo("'replaced and longer'");
        revoke(file, () -> node(file).truncate(4));
        assertThat(c.call("get", m.path("d/f"))).isEqualTo("'repl'");
    }

    @Test
    void remoteNamesAreSeenAtOnce() throws Exception {
        assertThat(c.number("stat", m.path("d/g"))).isEqualTo(-2);
        revoke(dir, () -> {
            node(dir).add("g".getBytes(StandardCharsets.US_ASCII), node(file));
            node(dir).remove("f".getBytes(StandardCharsets.US_ASCII));
        });
        assertThat(c.number("stat", m.path("d/f"))).isEqualTo(-2);
        assertThat(c.call("get", m.path("d/g"))).isEqualTo("'old'");
        assertThat(c.call("list", m.path("d"))).isEqualTo("3 . .. g");
    }

    @Test
    void aRenamedNameIsTakenBackToo() throws Exception {
        assertThat(c.number("mkdir", m.path("e"), "0755")).isZero();
        long target = ino("e");
        assertThat(c.number("rename", m.path("d/f"), m.path("e/f"), 0)).isZero();
        assertThat(c.call("stat", m.path("e/f"))).startsWith(file + " ");
        revoke(target, () -> node(target).remove("f".getBytes(StandardCharsets.US_ASCII)));
        assertThat(c.number("stat", m.path("e/f"))).isEqualTo(-2);
    }

    @Test
    void manyNamesGoByTheEpoch() throws Exception {
        assertThat(c.number("make", m.path("d/n"), 300)).isEqualTo(300);
        assertThat(m.count("fuse_notify_epochs")).isZero();
        revoke(dir, () -> node(dir).remove("n7".getBytes(StandardCharsets.US_ASCII)));
        assertThat(m.count("fuse_notify_epochs")).isEqualTo(1);
        assertThat(c.number("stat", m.path("d/n7"))).isEqualTo(-2);
        assertThat(c.call("stat", m.path("d/n8"))).contains(" 100644 1 1 ");
    }

    @Test
    void createThatWaitsDoesNotStopTheRevocation() throws Exception {
        waitingDuring(dir, () -> other.later("put", m.path("d/new"), "abc"), "3");
        assertThat(c.call("get", m.path("d/new"))).isEqualTo("'abc'");
    }

    @Test
    void lookupThatWaitsDoesNotStopTheRevocation() throws Exception {
        waitingDuring(dir, () -> other.later("stat", m.path("d/never-seen")), "-2");
    }

    @Test
    void listingThatWaitsDoesNotStopTheRevocation() throws Exception {
        waitingDuring(dir, () -> other.later("list", m.path("d")), "2 . ..");
    }

    @Test
    void chmodOfTheDirectoryThatWaitsDoesNotStopTheRevocation() throws Exception {
        waitingDuring(dir, () -> other.later("chmod", m.path("d"), "0700"), "0");
    }

    @Test
    void renameThatWaitsDoesNotStopTheRevocation() throws Exception {
        assertThat(c.number("put", m.path("top"), "x")).isEqualTo(1);
        waitingDuring(dir, () -> other.later("rename", m.path("top"), m.path("d/top"), 0), "0");
        assertThat(c.call("get", m.path("d/top"))).isEqualTo("'x'");
    }

    @Test
    void readThatWaitsDoesNotStopTheRevocation() throws Exception {
        m.vfs.newGroup();
        long fd = c.number("open", m.path("big"), 0x41, "0644");
        assertThat(c.number("fill", fd, 0, 4 << 20, 1)).isEqualTo(4 << 20);
        c.number("close", fd);
        long big = ino("big");
        long in = c.number("open", m.path("big"), 0);
        assertThat(c.number("check", in, 0, 1 << 20, 1)).isEqualTo(1 << 20);
        MemoryVfs.Revocation revocation = m.vfs.revoke(big);
        CompletableFuture<String> read = c.later("check", in, 3 << 20, 1 << 20, 2);
        awaitWaiters(1);
        within5s(() -> revocation.tellOwner(false));
        revocation.drain();
        fill(big, 4 << 20, 2);
        revocation.finish();
        assertThat(read.get(5, SECONDS)).isEqualTo(Integer.toString(1 << 20));
        assertThat(c.number("check", in, 0, 4 << 20, 2)).isEqualTo(4 << 20);
    }

    /** The read has taken its bytes under the old lock and is slow to deliver them. */
    @Test
    void readThatWasOvertakenByARevocationIsDoneAgain() throws Exception {
        revoke(file, () -> store(file, 0, "aaa"));
        Gates.Gate gate = m.vfs.gates.close("read", file);
        CompletableFuture<String> read = other.later("get", m.path("d/f"));
        await().until(() -> gate.waiting() == 1);
        MemoryVfs.Revocation revocation = m.vfs.revoke(file);
        within5s(() -> revocation.tellOwner(false));
        revocation.lower();
        store(file, 0, "bbb");
        gate.open();
        revocation.finish();
        assertThat(read.get(5, SECONDS)).isEqualTo("'bbb'");
        assertThat(c.call("get", m.path("d/f"))).isEqualTo("'bbb'");
        assertThat(m.count("fuse_repeated_reads")).isEqualTo(1);
    }

    /** Other mounts want the lock all the time: each grant has to be good for a read, or nobody's ever ends. */
    @Test
    void readOfAMappableFileIsDoneOnceThoughTheLockIsWantedAgain() throws Exception {
        other.number("open", m.path("d/f"), 2);
        long in = c.number("open", m.path("d/f"), 0);
        for (int seed = 1; seed < 40; seed += 2) {
            MemoryVfs.Revocation first = m.vfs.revoke(file);
            first.drain();
            within5s(() -> first.tellOwner(false));
            fill(file, 4096, seed);
            Gates.Gate gate = m.vfs.gates.close("read", file);
            CompletableFuture<String> read = c.later("check", in, 0, 4096, seed);
            awaitWaiters(1);
            first.finish();
            await().until(() -> gate.waiting() == 1);
            MemoryVfs.Revocation second = m.vfs.revoke(file);
            gate.open();
            second.drain();
            within5s(() -> second.tellOwner(false));
            fill(file, 4096, seed + 1);
            second.finish();
            // The page may be dropped before the caller has copied it; then it has asked again, and seen what is there
            // now.
            assertThat(read.get(5, SECONDS)).isIn("4096", "differs at 0");
            assertThat(c.number("check", in, 0, 4096, seed + 1)).isEqualTo(4096);
        }
        assertThat(m.count("fuse_repeated_reads")).isZero();
    }

    @Test
    void attributesThatWereOvertakenAreNotKept() throws Exception {
        long fd = other.number("open", m.path("d/f"), 0);
        revoke(file, () -> {});
        Gates.Gate gate = m.vfs.gates.close("getattr", file);
        CompletableFuture<String> stat = other.later("fstat", fd);
        await().until(() -> gate.waiting() == 1);
        MemoryVfs.Revocation revocation = m.vfs.revoke(file);
        within5s(() -> revocation.tellOwner(false));
        gate.open();
        stat.get(5, SECONDS);
        revocation.drain();
        node(file).mode = 0100400;
        revocation.finish();
        assertThat(other.call("fstat", fd)).contains(" 100400 ");
        assertThat(c.call("stat", m.path("d/f"))).contains(" 100400 ");
    }

    @Test
    void whatIsStoredInAMappingArrivesBeforeTheLockGoes() throws Exception {
        long fd = c.number("open", m.path("d/f"), 2);
        long map = c.number("mmap", fd, 4096, 3);
        assertThat(c.number("peek", map, 0)).isEqualTo('o');
        c.call("poke", map, 0, (int) 'O');
        revoke(file, () -> assertThat(text(file)).isEqualTo("Old"));
        c.call("poke", map, 1, (int) 'L');
        MemoryVfs.Revocation downgrade = m.vfs.revoke(file);
        within5s(() -> downgrade.tellOwner(true));
        assertThat(text(file)).isEqualTo("OLd");
        downgrade.finish();
        revoke(file, () -> store(file, 0, "new"));
        assertThat(c.number("peek", map, 0)).isEqualTo('n');
    }

    @Test
    void appendingGoesToTheEndThatAnotherMountHasMade() throws Exception {
        long fd = c.number("open", m.path("d/f"), 0x401);
        assertThat(c.number("write", fd, "1")).isEqualTo(1);
        revoke(file, () -> store(file, 4, "remote"));
        assertThat(c.number("write", fd, "2")).isEqualTo(1);
        assertThat(c.call("get", m.path("d/f"))).isEqualTo("'old1remote2'");
        long both = c.number("open", m.path("d/f"), 2);
        assertThat(c.number("setfl", both, 0x402)).isZero();
        revoke(file, () -> store(file, 11, "more"));
        assertThat(c.number("write", both, "3")).isEqualTo(1);
        await().untilAsserted(() -> assertThat(c.call("get", m.path("d/f"))).isEqualTo("'old1remote2more3'"));
    }

    @Test
    void directAndBufferedHandlesSeeTheSameBytes() throws Exception {
        int direct = 0x4000;
        long writer = c.number("open", m.path("d/f"), 2 | direct);
        long reader = other.number("open", m.path("d/f"), 0);
        assertThat(c.number("fill", writer, 0, 1 << 20, 3)).isEqualTo(1 << 20);
        assertThat(other.number("check", reader, 0, 1 << 20, 3)).isEqualTo(1 << 20);
        assertThat(c.number("fill", writer, 4096, 8192, 5)).isEqualTo(8192);
        assertThat(other.number("check", reader, 4096, 8192, 5)).isEqualTo(8192);
        revoke(file, () -> fill(file, 1 << 20, 6));
        assertThat(c.number("check", writer, 0, 1 << 20, 6)).isEqualTo(1 << 20);
        assertThat(other.number("check", reader, 0, 1 << 20, 6)).isEqualTo(1 << 20);
    }

    @Test
    void otherChangesOfThisMountAreSeen() throws Exception {
        store(file, 0, "xyz");
        m.vfs.changed(file, true);
        assertThat(c.call("get", m.path("d/f"))).isEqualTo("'xyz'");
    }

    @Test
    void unusedInodesAreGivenBack() throws Exception {
        revoke(file, () -> {});
        await().until(() -> !m.vfs.nodes.containsKey(file) || node(file).lookups == 0);
    }

    // ---- steps

    private interface Change {
        void run() throws FsException;
    }

    private void revoke(long ino, Change change) throws Exception {
        MemoryVfs.Revocation revocation = m.vfs.revoke(ino);
        revocation.drain();
        within5s(() -> revocation.tellOwner(false));
        change.run();
        revocation.finish();
    }

    private interface Start {
        CompletableFuture<String> run();
    }

    /** A request arrives after new users are kept out and before the caches are told; another mount empties the directory meanwhile. */
    private void waitingDuring(long ino, Start start, String answer) throws Exception {
        MemoryVfs.Revocation revocation = m.vfs.revoke(ino);
        revocation.drain();
        CompletableFuture<String> waiting = start.run();
        awaitWaiters(1);
        assertThat(m.mount.waitingCount()).isEqualTo(1);
        assertThat(m.mount.waiting()).hasSize(1);
        within5s(() -> revocation.tellOwner(false));
        node(ino).remove("f".getBytes(StandardCharsets.US_ASCII));
        assertThat(waiting).isNotDone();
        revocation.finish();
        assertThat(waiting.get(5, SECONDS)).isEqualTo(answer);
        assertThat(c.number("stat", m.path("d/f"))).isEqualTo(-2);
    }

    private void awaitWaiters(int count) {
        await().atMost(Duration.ofSeconds(5))
                .pollInterval(Duration.ofMillis(2))
                .until(() -> m.vfs.locks.waiters() == count);
    }

    private static void within5s(Runnable step) throws Exception {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                step.run();
                done.complete(null);
            } catch (RuntimeException | Error e) {
                done.completeExceptionally(e);
            }
        });
        done.get(5, SECONDS);
    }

    private long ino(String name) {
        return Long.parseLong(c.call("stat", m.path(name)).split(" ", -1)[0]);
    }

    private MemoryNode node(long ino) throws FsException {
        return m.vfs.node(ino);
    }

    private void store(long ino, long offset, String text) throws FsException {
        synchronized (node(ino)) {
            node(ino).write(offset, MemorySegment.ofArray(text.getBytes(StandardCharsets.US_ASCII)));
        }
    }

    private String text(long ino) throws FsException {
        byte[] bytes = new byte[(int) node(ino).size];
        synchronized (node(ino)) {
            node(ino).read(0, MemorySegment.ofArray(bytes));
        }
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    /** The pattern of client.c. */
    private void fill(long ino, int bytes, int seed) throws FsException {
        byte[] pattern = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            pattern[i] = (byte) (i * 31 + i / 4096 + seed);
        }
        synchronized (node(ino)) {
            node(ino).write(0, MemorySegment.ofArray(pattern));
        }
    }

    private FuseOptions options() {
        return FuseOptions.of("memory").withTransport(transport);
    }
}
