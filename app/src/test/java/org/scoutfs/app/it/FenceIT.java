package org.scoutfs.app.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.scoutfs.app.mount.DaemonLauncher;
import org.scoutfs.app.mount.LocalMounts;
import org.scoutfs.app.mount.Unmount;
import org.scoutfs.app.status.LocalMount;

/**
 * A leader that hangs and still lives, so that only the administrator's script can tell that it never writes again. As long as the script
 * says no, nobody serves; when it says yes, after it has killed the process, the others go on.
 */
class FenceIT {
    private static final int PORT = 43150;
    private static final int MOUNTS = 3;
    private static final Duration WAIT = Duration.ofSeconds(90);

    @TempDir
    private Path temporary;

    private Path dir = Path.of("");
    private final List<Member> members = new ArrayList<>();
    private @Nullable Process agent;

    /** A mount of this test; nothing else on the machine is touched. */
    private record Member(Path directory, ProcessHandle daemon, String ident, String rid) {
        boolean leads() {
            return read(LocalMount.RUN.resolve(ident).resolve("quorum/is_leader"))
                    .equals("1");
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            return "";
        }
    }

    @BeforeEach
    void mountAll() throws Exception {
        Programs.require("bash", "grep", "ip", "umount", "truncate");
        dir = temporary.toRealPath();
        Programs.shell(10, "truncate -s 64G '%s' '%s'".formatted(meta(), data()));
        List<String> mkfs = new ArrayList<>(List.of("mkfs"));
        for (int slot = 0; slot < MOUNTS; slot++) {
            mkfs.addAll(List.of("-Q", slot + ",127.0.0.1," + (PORT + slot)));
        }
        mkfs.addAll(List.of(meta().toString(), data().toString()));
        Programs.scoutfs(mkfs.toArray(String[]::new));
        List<Callable<Member>> mounting = new ArrayList<>();
        for (int slot = 0; slot < MOUNTS; slot++) {
            int own = slot;
            mounting.add(() -> mount(own));
        }
        members.addAll(together(mounting));
    }

    private Member mount(int slot) throws Exception {
        Path directory = Files.createDirectory(dir.resolve("m" + slot));
        DaemonLauncher.launch(
                "metadev_path=" + meta() + ",quorum_slot_nr=" + slot + ",quorum_heartbeat_timeout_ms=2000",
                data(),
                directory,
                log(slot));
        ProcessHandle daemon = LocalMounts.daemonOf(directory);
        LocalMount published = LocalMount.all(LocalMount.RUN).stream()
                .filter(mount -> mount.get("mountpoint").equals(directory.toString()))
                .findFirst()
                .orElseThrow();
        assertThat(daemon).as("daemon of %s", directory).isNotNull();
        return new Member(directory, daemon, published.ident(), published.get("rid"));
    }

    private static <T> List<T> together(List<Callable<T>> tasks) throws Exception {
        List<T> results = new ArrayList<>();
        try (ExecutorService each = Executors.newCachedThreadPool()) {
            for (Future<T> result : each.invokeAll(tasks)) {
                results.add(result.get());
            }
        }
        return results;
    }

    @AfterEach
    void endAll() throws Exception {
        if (agent != null) {
            agent.destroyForcibly().waitFor();
        }
        for (Member member : members) {
            member.daemon().destroyForcibly();
            member.daemon().onExit().get(10, TimeUnit.SECONDS);
            for (Path mount : List.of(member.directory(), LocalMount.RUN.resolve(member.ident()))) {
                Programs.run(10, List.of("umount", "-i", "-l", mount.toString()));
            }
            Files.deleteIfExists(LocalMount.RUN.resolve(member.ident()));
        }
    }

    private Path meta() {
        return dir.resolve("meta.img");
    }

    private Path data() {
        return dir.resolve("data.img");
    }

    private Path log(int slot) {
        return dir.resolve("m" + slot + ".log");
    }

    /** Sees the requests of this test's mounts only. */
    private void startAgent() throws IOException {
        Path requests = Files.createDirectory(dir.resolve("requests"));
        for (Member member : members) {
            Files.createSymbolicLink(requests.resolve(member.ident()), LocalMount.RUN.resolve(member.ident()));
        }
        Path fenceLocal = Path.of("..", "packaging", "fence", "fence-local").toRealPath();
        Path script = Files.writeString(
                dir.resolve("script"), """
                    #!/bin/bash
                    echo "$SCOUTFS_FENCED_REQ_RID $SCOUTFS_FENCED_REQ_IP $SCOUTFS_FENCED_REQ_REASON" >> '%s'
                    [[ -e '%s' ]] || exit 9
                    exec '%s'
                    """.formatted(dir.resolve("asked"), dir.resolve("allowed"), fenceLocal));
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path config = Files.writeString(
                dir.resolve("fenced.conf"), "SCOUTFS_FENCED_RUN='" + script + "'\nSCOUTFS_FENCED_DELAY=0.2\n");
        List<String> command =
                Programs.java("org.scoutfs.app.Main", "fenced", "--config", config.toString(), "--requests");
        command.add(requests.toString());
        agent = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve("agent.log").toFile())
                .start();
    }

    @Test
    void theScriptDecidesWhetherALeaderThatHangsIsGone() throws Exception {
        Member leader = members.stream().filter(Member::leads).findFirst().orElseThrow();
        List<Member> others =
                members.stream().filter(member -> member != leader).toList();
        Files.writeString(others.getFirst().directory().resolve("before"), "before");
        Programs.succeed(
                60,
                List.of(
                        "sync",
                        "-f",
                        others.getFirst().directory().resolve("before").toString()));
        startAgent();
        long ready = timesReady(others);

        Programs.succeed(
                10, List.of("kill", "-STOP", Long.toString(leader.daemon().pid())));

        await().atMost(WAIT).until(() -> read(dir.resolve("agent.log")).contains(" saw error status 9"));
        assertThat(read(dir.resolve("asked")).lines())
                .allMatch(line -> line.equals(leader.rid() + " 127.0.0.1 quorum_block_leader"));
        await().atMost(WAIT)
                .until(() -> others.stream()
                        .anyMatch(member -> read(log(members.indexOf(member))).contains("server could not start")));
        assertThat(leader.daemon().isAlive()).isTrue();
        assertThat(timesReady(others)).as("servers that began to serve").isEqualTo(ready);

        Files.createFile(dir.resolve("allowed"));

        leader.daemon().onExit().get(WAIT.toSeconds(), TimeUnit.SECONDS);
        List<Callable<Path>> writing = new ArrayList<>();
        for (Member member : others) {
            writing.add(() -> Files.writeString(member.directory().resolve("after-" + member.rid()), "after"));
        }
        together(writing);
        assertThat(others.getLast().directory().resolve("before")).hasContent("before");
        assertThat(others.getFirst()
                        .directory()
                        .resolve("after-" + others.getLast().rid()))
                .hasContent("after");
        assertThat(read(dir.resolve("agent.log")))
                .containsPattern("server f\\.[0-9a-f]{6}\\.r\\.[0-9a-f]{6} fencing rid " + leader.rid()
                        + " at IP 127\\.0\\.0\\.1 for quorum_block_leader");
        endsOnSigterm();
        leaveAndCheck(others);
    }

    private long timesReady(List<Member> of) {
        return of.stream()
                .mapToLong(member -> read(log(members.indexOf(member)))
                        .lines()
                        .filter(line -> line.contains("server ready"))
                        .count())
                .sum();
    }

    private void endsOnSigterm() throws InterruptedException {
        Process running = java.util.Objects.requireNonNull(agent);
        running.destroy();
        assertThat(running.waitFor(WAIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(running.exitValue()).isZero();
        assertThat(read(dir.resolve("agent.log"))).endsWith("stopped");
    }

    private void leaveAndCheck(List<Member> leaving) throws Exception {
        List<Callable<Boolean>> unmounting = new ArrayList<>();
        for (Member member : leaving) {
            unmounting.add(() -> {
                Unmount.unmount(member.directory(), Unmount.How.CLEAN, WAIT.toSeconds());
                return true;
            });
        }
        together(unmounting);
        try (TestVolume volume = TestVolume.existing(dir)) {
            volume.check();
        }
    }
}
