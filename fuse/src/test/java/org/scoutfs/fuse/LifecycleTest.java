package org.scoutfs.fuse;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.fs.Attributes;
import org.scoutfs.fs.Credentials;
import org.scoutfs.host.Host;

/** Mounts begin and end, callers wait and are interrupted (spec 6 section 3.6). */
@Timeout(value = 30, unit = SECONDS)
@ParameterizedClass
@EnumSource(
        value = Transport.class,
        names = {"DEVICE", "IO_URING"})
class LifecycleTest {
    @Parameter
    Transport transport;

    @Test
    void usedMountsAreNotUnmounted() throws Exception {
        try (Mounted m = new Mounted(options())) {
            Client c = m.client();
            long fd = c.number("open", m.path("f"), 0x42, "0644");
            assertThatThrownBy(() -> m.mount.unmount(false))
                    .isInstanceOfSatisfying(
                            FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EBUSY));
            c.number("close", fd);
            m.mount.unmount(false);
            m.mount.awaitUnmounted();
            assertThat(m.ended.get()).isTrue();
            assertThat(m.mount.isOver()).isTrue();
            assertThatThrownBy(() -> m.mount.unmount(false)).isInstanceOf(FsException.class);
        }
    }

    @Test
    void lazilyUnmountedMountsServeTheirLastUsers() throws Exception {
        try (Mounted m = new Mounted(options())) {
            Client c = m.client();
            long fd = c.number("open", m.path("f"), 0x42, "0644");
            m.mount.unmount(true);
            assertThat(c.number("pwrite", fd, 0, "still")).isEqualTo(5);
            assertThat(c.call("pread", fd, 0, 10)).isEqualTo("'still'");
            assertThat(c.number("stat", m.path("f"))).isEqualTo(-2);
            assertThat(m.mount.isOver()).isFalse();
            c.number("close", fd);
            m.mount.awaitUnmounted();
            assertThat(m.ended.get()).isTrue();
        }
    }

    @Test
    void moreCallersWaitThanThereAreReaders() throws Exception {
        try (Mounted m = new Mounted(options().withReaders(2, 64))) {
            Client c = m.client();
            m.vfs.newGroup();
            c.call("mkdir", m.path("d"), "0755");
            long dir = Long.parseLong(c.call("stat", m.path("d")).split(" ", -1)[0]);
            m.vfs.newGroup();
            MemoryVfs.Revocation revocation = m.vfs.revoke(dir);
            List<CompletableFuture<String>> waiting = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                waiting.add(m.client().later("stat", m.path("d/x" + i)));
            }
            await().until(() -> m.mount.waitingCount() == 20);
            assertThat(m.mount.waiting()).allSatisfy(w -> {
                assertThat(w.operation()).isEqualTo("lookup");
                assertThat(w.ino()).isEqualTo(dir);
                assertThat(w.pid()).isPositive();
            });
            // The mount goes on.
            assertThat(c.number("put", m.path("other"), "x")).isEqualTo(1);
            revocation.finish();
            for (CompletableFuture<String> w : waiting) {
                assertThat(w.get(5, SECONDS)).isEqualTo("-2");
            }
            assertThat(m.mount.waitingCount()).isZero();
        }
    }

    @Test
    void aMountOutOfReadersRecovers() throws Exception {
        try (Mounted m = new Mounted(options().withReaders(2, 3))) {
            Client c = m.client();
            m.vfs.newGroup();
            c.call("mkdir", m.path("d"), "0755");
            long dir = Long.parseLong(c.call("stat", m.path("d")).split(" ", -1)[0]);
            m.vfs.newGroup();
            MemoryVfs.Revocation revocation = m.vfs.revoke(dir);
            List<CompletableFuture<String>> waiting = new ArrayList<>();
            // More than the queues of all processors serve.
            int callers = 3 * Runtime.getRuntime().availableProcessors() + 3;
            for (int i = 0; i < callers; i++) {
                waiting.add(m.client().later("stat", m.path("d/x" + i)));
            }
            await().until(() -> m.count("fuse_readers_exhausted") > 0);
            revocation.finish();
            for (CompletableFuture<String> w : waiting) {
                assertThat(w.get(5, SECONDS)).isEqualTo("-2");
            }
            assertThat(c.number("put", m.path("other"), "x")).isEqualTo(1);
        }
    }

    @Test
    void interruptedCallersThatWaitGetEintr() throws Exception {
        try (Mounted m = new Mounted(options())) {
            Client c = m.client();
            c.number("put", m.path("f"), "abc");
            long ino = Long.parseLong(c.call("stat", m.path("f")).split(" ", -1)[0]);
            long fd = c.number("open", m.path("f"), 1);
            Gates.Gate gate = m.vfs.gates.close("fsync", ino);
            CompletableFuture<String> fsync = c.later("fsync", fd);
            await().until(() -> gate.waiting() == 1);
            c.signal("USR1");
            assertThat(fsync.get(5, SECONDS)).isEqualTo("-4");
            assertThat(gate.waiting()).isZero();
            gate.open();
            assertThat(c.number("fsync", fd)).isZero();
        }
    }

    @Test
    void killedCallersAreReleasedWhenTheirWaitIsCancelled() throws Exception {
        try (Mounted m = new Mounted(options())) {
            Client c = m.client();
            long fd = c.number("open", m.path("f"), 0x41, "0644");
            long ino = Long.parseLong(c.call("fstat", fd).split(" ", -1)[0]);
            Gates.Gate gate = m.vfs.gates.close("fsync", ino);
            c.later("fsync", fd);
            await().until(() -> gate.waiting() == 1);
            c.signal("KILL");
            assertThat(c.ended(5)).isTrue();
        }
    }

    @Test
    void killedCallersDoNotWaitForLocks() throws Exception {
        try (Mounted m = new Mounted(options())) {
            Client c = m.client();
            m.vfs.newGroup();
            c.call("mkdir", m.path("d"), "0755");
            long dir = Long.parseLong(c.call("stat", m.path("d")).split(" ", -1)[0]);
            m.vfs.newGroup();
            MemoryVfs.Revocation revocation = m.vfs.revoke(dir);
            Client killed = m.client();
            killed.later("stat", m.path("d/x"));
            Client patient = m.client();
            CompletableFuture<String> waits = patient.later("stat", m.path("d/y"));
            await().until(() -> m.mount.waitingCount() == 2);
            patient.signal("USR1");
            killed.signal("KILL");
            assertThat(killed.ended(5)).isTrue();
            await().until(() -> m.mount.waitingCount() == 1);
            revocation.finish();
            assertThat(waits.get(5, SECONDS)).isEqualTo("-2");
        }
    }

    @Test
    void abortedConnectionsEndTheMount() throws Exception {
        Path control = Path.of("/sys/fs/fuse/connections");
        boolean mounted = MountTable.read().at(control.toString()) == null
                && run("mount", "-t", "fusectl", "none", control.toString()) == 0;
        try (Mounted m = new Mounted(options())) {
            Client c = m.client();
            long fd = c.number("open", m.path("f"), 0x41, "0644");
            long ino = Long.parseLong(c.call("fstat", fd).split(" ", -1)[0]);
            Gates.Gate gate = m.vfs.gates.close("fsync", ino);
            CompletableFuture<String> waiting = c.later("fsync", fd);
            await().until(() -> gate.waiting() == 1);
            String device = MountTable.read().at(m.directory.toString()).device();
            Files.writeString(control.resolve(device.substring(device.indexOf(':') + 1) + "/abort"), "1");
            assertThat(waiting.get(5, SECONDS)).isEqualTo("-103");
            await().until(() -> m.ended.get() != null);
            assertThat(m.ended.get()).isFalse();
            gate.open();
            m.mount.awaitUnmounted();
            m.mount.unmount(true);
        } finally {
            if (mounted) {
                run("umount", control.toString());
            }
        }
    }

    @Test
    void unexpectedFailuresAreAnswered() throws Exception {
        try (Mounted m = new Mounted(options())) {
            Client c = m.client();
            c.number("put", m.path("f"), "abc");
            m.vfs.failing = true;
            assertThat(c.number("setx", m.path("f"), "user.x", "v", 0)).isEqualTo(-5);
            m.vfs.failing = false;
            assertThat(m.count("fuse_unexpected_failures")).isEqualTo(1);
            assertThat(m.failed.get())
                    .as("what the file system's owner hears of")
                    .hasMessage("on purpose");
            assertThat(c.call("get", m.path("f"))).isEqualTo("'abc'");
        }
    }

    @Test
    void unexpectedFailureOfALookIsNoReasonToEnd() throws Exception {
        try (Mounted m = new Mounted(options())) {
            Client c = m.client();
            c.number("put", m.path("f"), "abc");
            m.vfs.failingLooks = true;
            assertThat(c.number("stat", m.path("other"))).isEqualTo(-5);
            m.vfs.failingLooks = false;
            assertThat(m.count("fuse_unexpected_failures")).isEqualTo(1);
            assertThat(m.failed.get()).isNull();
            assertThat(c.call("get", m.path("f"))).isEqualTo("'abc'");
        }
    }

    @Test
    void fusermountMountsToo() throws Exception {
        Assumptions.assumeTrue(Files.exists(Path.of("/usr/bin/fusermount3")), "no fusermount3");
        try (Mounted m = new Mounted(options().withHelper(true))) {
            Client c = m.client();
            assertThat(c.number("put", m.path("f"), "abc")).isEqualTo(3);
            assertThat(c.call("get", m.path("f"))).isEqualTo("'abc'");
            c.call("exit");
            assertThat(c.ended(5)).isTrue();
            m.mount.unmount(false);
            m.mount.awaitUnmounted();
            assertThat(m.ended.get()).isTrue();
        }
    }

    @Test
    void submountsBelowSurviveRevocations() throws Exception {
        try (Mounted m = new Mounted(options())) {
            Client c = m.client();
            c.number("mkdir", m.path("sub"), "0755");
            c.call("stat", m.path("sub"));
            assertThat(run("mount", "-t", "tmpfs", "none", m.path("sub"))).isZero();
            try {
                assertThat(c.number("put", m.path("sub/inside"), "x")).isEqualTo(1);
                for (int i = 0; i < 20; i++) {
                    MemoryVfs.Revocation revocation = m.vfs.revoke(1);
                    revocation.tellOwner(false);
                    revocation.finish();
                    assertThat(c.call("get", m.path("sub/inside"))).isEqualTo("'x'");
                }
            } finally {
                run("umount", "-l", m.path("sub"));
            }
        }
    }

    @Test
    void withABlockDeviceUmountWaitsForTheEndAndSyncArrives() throws Exception {
        Assumptions.assumeTrue(Mounted.canMount(), "needs root and /dev/fuse");
        Path image = Files.createTempFile(Path.of("/tmp"), "fuse-test-", ".img");
        try (var file = FileChannel.open(image, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[1]), 1 << 20);
        }
        String loop = output("losetup", "-f", "--show", image.toString());
        try {
            Assumptions.assumeTrue(loop.startsWith("/dev/loop"), "no loop devices");
            try (Mounted m =
                    new Mounted(FuseOptions.of(loop).withTransport(transport).withBlockDevice(true))) {
                Client c = m.client();
                assertThat(c.number("put", m.path("f"), "abc")).isEqualTo(3);
                long fd = c.number("open", m.path(""), 0);
                assertThat(c.number("syncfs", fd)).isZero();
                assertThat(m.vfs.syncs.get()).isEqualTo(1);
                c.call("exit");
                assertThat(c.ended(5)).isTrue();
                assertThat(MountTable.read().at(m.directory.toString()).type()).isEqualTo("fuseblk.scoutfs");
                assertThat(run("umount", m.directory.toString())).isZero();
                // umount has returned: the end has run.
                assertThat(m.ended.get()).isTrue();
                m.mount.awaitUnmounted();
            }
        } finally {
            run("losetup", "-d", loop);
            Files.delete(image);
        }
    }

    @Test
    void aKilledDaemonLeavesNobodyWaiting() throws Exception {
        Assumptions.assumeTrue(Mounted.canMount(), "needs root and /dev/fuse");
        Path base = Files.createTempDirectory(Path.of("/tmp"), "fuse-test-");
        Path directory = Files.createDirectory(base.resolve("m"));
        Process daemon = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-Xmx64m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Daemon.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (Client c = new Client()) {
            assertThat(daemon.inputReader().readLine()).isEqualTo("mounted");
            assertThat(c.number("put", directory + "/f", "abc")).isEqualTo(3);
            CompletableFuture<String> waiting = c.later("list", directory + "/waits");
            await().pollDelay(Duration.ofMillis(200)).until(() -> !waiting.isDone());
            daemon.destroyForcibly().waitFor();
            assertThat(waiting.get(5, SECONDS)).isIn("-103", "-107");
            assertThat(c.number("stat", directory + "/g")).isIn(-107L, -103L);
        } finally {
            daemon.destroyForcibly();
            run("umount", "-l", directory.toString());
            Files.delete(directory);
            Files.delete(base);
        }
    }

    /** Serves until it is killed; the name "waits" is never answered. */
    static final class Daemon {
        private Daemon() {}

        public static void main(String[] args) throws IOException, InterruptedException {
            MemoryVfs vfs = new MemoryVfs(false) {
                @Override
                public Attributes lookup(Credentials who, long dir, byte[] name) throws FsException {
                    if (MemoryNode.text(name).equals("waits")) {
                        gates.close("forever", 0);
                        gates.pass("forever", 0);
                    }
                    return super.lookup(who, dir, name);
                }
            };
            try (Host host = Host.system()) {
                FuseMount mount =
                        FuseMount.mount(vfs, Path.of(args[0]), FuseOptions.of("memory"), host, new Counters());
                System.out.println("mounted");
                mount.awaitUnmounted();
            }
        }
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                .directory(Path.of("/").toFile())
                .inheritIO()
                .start()
                .waitFor();
    }

    private static String output(String... command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command).directory(Path.of("/").toFile()).start();
        String line = process.inputReader().readLine();
        process.waitFor();
        return line == null ? "" : line;
    }

    private FuseOptions options() {
        return FuseOptions.of("memory").withTransport(transport);
    }
}
