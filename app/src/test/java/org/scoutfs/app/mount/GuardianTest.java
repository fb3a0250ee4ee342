package org.scoutfs.app.mount;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files stand in for what the kernel shows of FUSE connections. */
class GuardianTest {
    private static final int END_SECONDS = 20;

    @TempDir
    private Path connections;

    private Path abort;

    @BeforeEach
    void connection() throws IOException {
        abort = Files.createFile(
                Files.createDirectory(connections.resolve("53")).resolve("abort"));
    }

    /** Its other threads, here ours, live on as they would in the kernel; so the pipe stays open. */
    @Test
    void threadOfTheDaemonDies() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "needs setpriv");
        AtomicReference<Guardian> started = new AtomicReference<>();
        Thread daemon = Thread.ofPlatform().start(() -> started.set(watching()));
        daemon.join();
        assertThat(started.get().shell().waitFor(END_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(abort).hasContent("1");
    }

    @Test
    void daemonEndsWithoutAWord() throws Exception {
        Guardian guardian = watching();
        guardian.shell().getOutputStream().close();
        assertThat(guardian.shell().waitFor(END_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(abort).hasContent("1");
    }

    @Test
    void daemonEndsInOrder() throws Exception {
        Guardian guardian = watching();
        guardian.close();
        assertThat(guardian.shell().waitFor(END_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(abort).isEmptyFile();
    }

    @Test
    void anotherConnectionHasGotTheNumber() throws Exception {
        Guardian guardian = watching();
        Files.move(abort, connections.resolve("the one before"));
        Files.createFile(abort);
        guardian.shell().getOutputStream().close();
        assertThat(guardian.shell().waitFor(END_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(abort).isEmptyFile();
    }

    /** A terminal's and an init system's signals reach all processes of a service. */
    @Test
    void signalsToTheWholeGroupAreTheDaemonsMatter() throws Exception {
        Guardian guardian = watching();
        Path other = Files.createDirectory(connections.resolve("54")).resolve("abort");
        Files.createFile(other);
        guardian.watch(54);
        for (String signal : new String[] {"TERM", "INT", "HUP"}) {
            new ProcessBuilder(
                            "kill", "-" + signal, Long.toString(guardian.shell().pid()))
                    .start()
                    .waitFor();
        }
        guardian.shell().getOutputStream().close();
        assertThat(guardian.shell().waitFor(END_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(abort).hasContent("1");
        assertThat(other).hasContent("1");
    }

    private Guardian watching() {
        try {
            Guardian guardian = Guardian.start(connections);
            guardian.watch(53);
            return guardian;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
