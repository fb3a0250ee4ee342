package org.scoutfs.app.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.scoutfs.device.Seeds;

/**
 * The daemon is killed again and again while programs write, sync, rename and remove. What they were told is durable is there after the next
 * mount, which works by itself, and the images between are those of a sound volume.
 */
class KillLoopIT {
    private static final int PORT = 43100;
    private static final int KILLS = Integer.getInteger("scoutfs.kills", 20);
    private static final int CALLERS = 2;
    private static final int MIN_LOAD_MS = 200;
    private static final int MAX_LOAD_MS = 1500;
    /** A caller has done its first work; generous for a busy machine. */
    private static final long START_SECONDS = 30;
    /** A caller that waits for a dead daemon is told so. */
    private static final long CALLER_SECONDS = 2;

    @TempDir
    private static Path dir;

    /** Per path the checksum of its contents; {@code -} if it must not exist; {@code ?} if it was being changed. */
    private final TreeMap<String, String> expected = new TreeMap<>();

    @BeforeAll
    static void programs() {
        Programs.require("python3", "umount", "truncate");
    }

    @Test
    void whatWasSyncedSurvivesEveryKill() throws Exception {
        long seed = Seeds.next("KillLoopIT");
        Random random = new Random(seed);
        Path load = Programs.resource("kill_load.py", dir);
        Path verify = Programs.resource("kill_verify.py", dir);
        try (TestVolume volume = TestVolume.create(dir, PORT)) {
            for (int round = 0; round < KILLS; round++) {
                volume.mount("");
                verify(verify, volume, round);
                loadUntilKilled(load, volume, round, random);
                volume.removeDeadMount();
                volume.check();
            }
            volume.mount("");
            verify(verify, volume, KILLS);
            volume.unmount();
            volume.check();
            assertThat(expected.values().stream().filter(sum -> sum.length() > 1))
                    .hasSizeGreaterThan(KILLS);
        }
    }

    private void loadUntilKilled(Path load, TestVolume volume, int round, Random random) throws Exception {
        List<Process> callers = new ArrayList<>();
        List<Report> reports = new ArrayList<>();
        try {
            for (int i = 0; i < CALLERS; i++) {
                Path own = volume.mountPoint().resolve("r" + round + "_" + i);
                Process caller = Programs.start(
                        List.of("python3", load.toString(), own.toString(), Long.toString(random.nextInt(1 << 30))));
                callers.add(caller);
                reports.add(new Report(caller));
            }
            for (Report report : reports) {
                report.begun.get(START_SECONDS, TimeUnit.SECONDS);
            }
            // how long the load runs is the random input of this test, not a wait for something
            TimeUnit.MILLISECONDS.sleep(random.nextInt(MIN_LOAD_MS, MAX_LOAD_MS));
            assertThat(callers).as("callers in round %d", round).allMatch(Process::isAlive);
            volume.kill();
            for (Process caller : callers) {
                assertThat(caller.waitFor(CALLER_SECONDS, TimeUnit.SECONDS))
                        .as("caller has got an error in round %d", round)
                        .isTrue();
            }
            for (Report report : reports) {
                note(report.lines.get(CALLER_SECONDS, TimeUnit.SECONDS));
            }
        } finally {
            callers.forEach(Process::destroyForcibly);
        }
    }

    /** Lines: a path, blank, what is known about it from now on. Last the error that ended the caller. */
    private void note(List<String> lines) {
        assertThat(lines).isNotEmpty();
        for (String line : lines.subList(0, lines.size() - 1)) {
            String[] words = line.split(" ", -1);
            assertThat(words).as(line).hasSize(2);
            expected.put(words[0], words[1]);
        }
        assertThat(lines.getLast()).matches("error (ENOTCONN|ECONNABORTED|ECANCELED|EIO)");
    }

    private void verify(Path verify, TestVolume volume, int round) throws Exception {
        StringBuilder text = new StringBuilder();
        expected.forEach(
                (path, sum) -> text.append(path).append(' ').append(sum).append('\n'));
        Path list = Files.writeString(dir.resolve("expected"), text, StandardCharsets.UTF_8);
        Programs.Result result = Programs.run(
                60,
                List.of(
                        "python3",
                        verify.toString(),
                        list.toString(),
                        volume.mountPoint().toString()));
        assertThat(result.output())
                .as("differences after %d kills", round)
                .isEqualTo("verified " + expected.size() + "\n");
    }

    /** What a caller prints. */
    private static final class Report {
        final CompletableFuture<@Nullable Void> begun = new CompletableFuture<>();
        final CompletableFuture<List<String>> lines = new CompletableFuture<>();

        Report(Process caller) {
            Thread.ofVirtual().start(() -> {
                List<String> read = new ArrayList<>();
                try (BufferedReader reader = caller.inputReader(StandardCharsets.UTF_8)) {
                    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                        read.add(line);
                        begun.complete(null);
                    }
                    lines.complete(read);
                } catch (IOException e) {
                    lines.completeExceptionally(e);
                }
            });
        }
    }
}
