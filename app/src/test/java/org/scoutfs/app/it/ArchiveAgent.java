package org.scoutfs.app.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** {@code scoutfs archive} of a mount into a directory beside it. Closing it kills the agent that runs. */
final class ArchiveAgent implements AutoCloseable {
    private static final long END_SECONDS = 60;

    private final Path mountPoint;
    private final Path store;
    private final Path log;
    private @Nullable Process running;

    /** Makes the store. */
    ArchiveAgent(Path mountPoint, Path directory) throws IOException, InterruptedException {
        this.mountPoint = mountPoint;
        this.store = directory.resolve("store");
        this.log = directory.resolve("agent.log");
        Programs.scoutfs(words("init").toArray(String[]::new));
    }

    private List<String> words(String command, String... more) {
        List<String> words =
                new ArrayList<>(List.of("archive", command, "-p", mountPoint.toString(), "--store", store.toString()));
        words.addAll(List.of(more));
        return words;
    }

    Path store() {
        return store;
    }

    /** Runs a command of the agent to its end. */
    Programs.Result run(long timeoutSeconds, String command, String... more) throws IOException, InterruptedException {
        List<String> java = Programs.java("org.scoutfs.app.Main");
        java.addAll(words(command, more));
        return Programs.run(timeoutSeconds, java);
    }

    String succeed(long timeoutSeconds, String command, String... more) throws IOException, InterruptedException {
        Programs.Result result = run(timeoutSeconds, command, more);
        assertThat(result.exitCode())
                .as("archive %s: %s", command, result.output())
                .isZero();
        return result.output();
    }

    /** Starts {@code archive run}. */
    void start(String... more) throws IOException {
        List<String> java = Programs.java("org.scoutfs.app.Main");
        java.addAll(words("run", more));
        running = new ProcessBuilder(java)
                .directory(Path.of("/").toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    private Process running() {
        Process process = running;
        if (process == null) {
            throw new IllegalStateException("no agent runs");
        }
        return process;
    }

    boolean isAlive() {
        return running().isAlive();
    }

    /** kill -9. */
    void kill() throws InterruptedException {
        Process process = running();
        process.destroyForcibly();
        assertThat(process.waitFor(END_SECONDS, TimeUnit.SECONDS)).isTrue();
        running = null;
    }

    /** SIGTERM; it must end by itself and without a failure. */
    void stop() throws InterruptedException, IOException {
        Process process = running();
        process.destroy();
        assertThat(process.waitFor(END_SECONDS, TimeUnit.SECONDS))
                .as("the agent ends: %s", log())
                .isTrue();
        assertThat(process.exitValue()).as("exit code of the agent: %s", log()).isZero();
        running = null;
    }

    String log() throws IOException {
        return Files.exists(log) ? Files.readString(log) : "";
    }

    @Override
    public void close() throws IOException {
        Process process = running;
        if (process != null) {
            process.destroyForcibly();
        }
    }
}
