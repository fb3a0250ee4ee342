package org.scoutfs.app.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.app.ioctl.OpenFlags;
import org.scoutfs.device.Seeds;

/**
 * Files are written, archived, released and read back by readers that block until an agent has brought back what they wait for; and the same
 * while agent and daemon are killed. Full size: {@code -DargLine="-Dscoutfs.archive.files=10000 -Dscoutfs.archive.big-mib=1024"}.
 */
@Timeout(value = 60, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ArchiveIT {
    private static final int PORT = Integer.getInteger("scoutfs.archive.port", 43310);
    private static final int FILES = Integer.getInteger("scoutfs.archive.files", 100);
    private static final int BIG_MIB = Integer.getInteger("scoutfs.archive.big-mib", 32);
    private static final int READERS = 8;
    private static final long RUN_SECONDS = 1200;

    @TempDir
    private Path dir;

    @BeforeAll
    static void programs() {
        Programs.require("umount", "truncate", "sync");
    }

    @Test
    void filesComeBackWhileTheyAreRenamedTruncatedAndUnlinked() throws Exception {
        try (TestVolume volume = TestVolume.create(dir, PORT)) {
            volume.mount("");
            ArchiveFilesSet files = files(volume);
            files.write();
            try (ArchiveAgent agent = new ArchiveAgent(volume.mountPoint(), dir)) {
                archiveAndRelease(agent, files);
                agent.start();
                try (Readers readers = new Readers(files)) {
                    files.meetTheirFates();
                    readers.await();
                }
                agent.stop();
                assertThat(agent.log()).contains("stopped: ").doesNotContain("are not those");
                // what was truncated is archived at its new version, and comes back as that
                archiveAndRelease(agent, files);
                agent.start("--stage-only");
                files.readAll(0, 1, true);
                agent.stop();
                assertThat(agent.succeed(RUN_SECONDS, "verify", "--all"))
                        .contains("damaged or missing 0; not archived at their present version 0");
                assertThat(agent.succeed(RUN_SECONDS, "prune", "--min-age", "0"))
                        .contains("removed ");
                assertThat(agent.succeed(RUN_SECONDS, "verify", "--all")).contains("damaged or missing 0");
            }
            volume.unmount();
            volume.check();
        }
    }

    @Test
    void filesComeBackAlthoughAgentAndDaemonAreKilled() throws Exception {
        try (TestVolume volume = TestVolume.create(dir, PORT + 1)) {
            volume.mount("");
            ArchiveFilesSet files = files(volume);
            files.write();
            try (ArchiveAgent agent = new ArchiveAgent(volume.mountPoint(), dir)) {
                // while it archives
                agent.start();
                await(() -> objects(agent) >= FILES / 3);
                agent.kill();
                archiveAndRelease(agent, files);
                // while it brings back: first the agent, then the daemon, which the next agent outlives
                agent.start();
                try (Readers readers = new Readers(files)) {
                    await(() -> onlineBlocks(files) > 0);
                    agent.kill();
                    agent.start();
                    readers.await();
                }
                agent.stop();
                archiveAndRelease(agent, files);
                agent.start();
                try (Readers readers = new Readers(files)) {
                    await(() -> onlineBlocks(files) > 0);
                    volume.kill();
                    readers.awaitFailure();
                }
                volume.removeDeadMount();
                volume.mount("");
                await(() -> agent.log().contains("is back as"));
                try (Readers readers = new Readers(files)) {
                    files.meetTheirFates();
                    readers.await();
                }
                assertThat(agent.isAlive()).isTrue();
                agent.stop();
                agent.succeed(RUN_SECONDS, "run", "--once");
                assertThat(agent.succeed(RUN_SECONDS, "verify", "--all"))
                        .contains("damaged or missing 0; not archived at their present version 0");
            }
            volume.unmount();
            volume.check();
            volume.mount("");
            files.readAll(0, 1, true);
            volume.unmount();
        }
    }

    @Test
    void aReleasedProgramRuns() throws Exception {
        try (TestVolume volume = TestVolume.create(dir, PORT + 2)) {
            volume.mount("");
            Path program = Files.copy(Path.of("/bin/echo"), volume.mountPoint().resolve("echo"));
            program.toFile().setExecutable(true);
            try (ArchiveAgent agent = new ArchiveAgent(volume.mountPoint(), dir)) {
                agent.succeed(RUN_SECONDS, "run", "--once", "--release-after", "0");
                assertThat(agent.succeed(RUN_SECONDS, "release", program.toString()))
                        .isEmpty();
                agent.start();
                // nobody may open it for writing while the kernel looks at it
                assertThat(Programs.succeed(RUN_SECONDS, List.of(program.toString(), "came", "back")))
                        .isEqualTo("came back\n");
                agent.stop();
            }
            volume.unmount();
            volume.check();
        }
    }

    @Test
    void anAgentOnEachMountServesWhoWaitsThere() throws Exception {
        try (TestCluster cluster = TestCluster.create(dir, PORT + 3, 1, 2, "")) {
            ArchiveFilesSet files = new ArchiveFilesSet(cluster.mountPoint(0), Seeds.next("ArchiveIT"), 40, 16);
            files.write();
            try (ArchiveAgent first = new ArchiveAgent(cluster.mountPoint(0), dir);
                    ArchiveAgent second = first.onMount(cluster.mountPoint(1))) {
                archiveAndRelease(first, files);
                first.start();
                await(() -> first.log().contains("this agent archives and releases"));
                second.start();
                ArchiveFilesSet seenByTheOther = files.at(cluster.mountPoint(1));
                try (Readers here = new Readers(files);
                        Readers there = new Readers(seenByTheOther)) {
                    here.await();
                    there.await();
                }
                assertThat(second.log()).doesNotContain("this agent archives and releases");
                // the one that archives ends, the other takes over
                first.stop();
                await(() -> second.log().contains("this agent archives and releases"));
                Path more = Files.writeString(cluster.mountPoint(0).resolve("more"), "more");
                Programs.succeed(60, List.of("sync", more.toString()));
                await(() -> second.run(RUN_SECONDS, "verify", more.toString().replace("/m0/", "/m1/"))
                        .output()
                        .contains("verified 1 objects"));
                second.stop();
            }
            cluster.unmountOneByOne(List.of(1, 0));
            cluster.check();
        }
    }

    private static ArchiveFilesSet files(TestVolume volume) {
        return new ArchiveFilesSet(volume.mountPoint(), Seeds.next("ArchiveIT"), FILES, BIG_MIB);
    }

    private static void archiveAndRelease(ArchiveAgent agent, ArchiveFilesSet files) throws Exception {
        // What was written lately is shown when no mount has an older transaction open: an idle one ends its own every
        // ten seconds.
        Awaitility.await().atMost(RUN_SECONDS, TimeUnit.SECONDS).untilAsserted(() -> {
            agent.succeed(RUN_SECONDS, "run", "--once", "--release-after", "0");
            files.checkReleased();
        });
    }

    private static long onlineBlocks(ArchiveFilesSet files) throws Exception {
        try (IoctlFile file = IoctlFile.open(files.big().toString(), OpenFlags.O_RDONLY)) {
            return file.statMore().onlineBlocks();
        }
    }

    private static long objects(ArchiveAgent agent) throws IOException {
        try (var paths = Files.walk(agent.store().resolve("objects"))) {
            return paths.filter(Files::isRegularFile).count();
        }
    }

    private static void await(java.util.concurrent.Callable<Boolean> condition) {
        Awaitility.await()
                .atMost(RUN_SECONDS, TimeUnit.SECONDS)
                .pollInterval(20, TimeUnit.MILLISECONDS)
                .until(condition);
    }

    /** Threads that read all files at the same time. Not waited for when it is closed: they may wait for contents that never come. */
    private static final class Readers implements AutoCloseable {
        private final ExecutorService threads = Executors.newFixedThreadPool(
                READERS, Thread.ofPlatform().daemon().name("reader-", 0).factory());
        private final List<Future<?>> running = new ArrayList<>();

        Readers(ArchiveFilesSet files) {
            IntStream.range(0, READERS)
                    .forEach(i -> running.add(threads.submit(() -> files.readAllUnchecked(i, READERS))));
        }

        void await() throws Exception {
            for (Future<?> one : running) {
                one.get(RUN_SECONDS, TimeUnit.SECONDS);
            }
        }

        /** Each ends, and at least one of them by an error. */
        void awaitFailure() throws Exception {
            int failed = 0;
            for (Future<?> one : running) {
                try {
                    one.get(RUN_SECONDS, TimeUnit.SECONDS);
                } catch (ExecutionException e) {
                    assertThat(e.getCause()).isInstanceOf(java.io.UncheckedIOException.class);
                    failed++;
                }
            }
            assertThat(failed).isPositive();
        }

        @Override
        public void close() {
            threads.shutdownNow();
        }
    }
}
