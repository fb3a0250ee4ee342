package org.scoutfs.app.it;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.scoutfs.app.mount.FuseAccess;

/** Child processes of a test. Each one ends or is killed before its method returns. */
final class Programs {
    private static final long KILL_SECONDS = 10;

    /**
     * How a program ended.
     *
     * @param output standard output and error, interleaved
     */
    record Result(int exitCode, String output) {
        List<String> lines() {
            return output.lines().toList();
        }
    }

    private Programs() {}

    /** Skips the test unless it may mount and the programs are there. */
    static void require(String... programs) {
        Assumptions.assumeTrue(FuseAccess.isRoot(), "not root: nothing is mounted");
        Assumptions.assumeTrue(FuseAccess.obstacle().isEmpty(), FuseAccess::obstacle);
        for (String program : programs) {
            Assumptions.assumeTrue(isOnPath(program), program + " is not installed");
        }
    }

    private static boolean isOnPath(String program) {
        String path = System.getenv("PATH");
        for (String dir : (path == null ? "/usr/bin:/bin" : path).split(":")) {
            if (Files.isExecutable(Path.of(dir, program))) {
                return true;
            }
        }
        return false;
    }

    /** The java program and options that run a class of this test's class path. */
    static List<String> java(String... words) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path")));
        command.addAll(List.of(words));
        return command;
    }

    /** The {@code scoutfs} command; it must succeed. */
    static String scoutfs(String... words) throws IOException, InterruptedException {
        List<String> command = java("org.scoutfs.app.Main");
        command.addAll(List.of(words));
        return succeed(60, command);
    }

    /** A shell script; it must succeed. */
    static String shell(long timeoutSeconds, String script) throws IOException, InterruptedException {
        return succeed(timeoutSeconds, List.of("sh", "-ec", script));
    }

    static String succeed(long timeoutSeconds, List<String> command) throws IOException, InterruptedException {
        Result result = run(timeoutSeconds, command);
        if (result.exitCode() != 0) {
            throw new AssertionError(command + " ended with " + result.exitCode() + ":\n" + result.output());
        }
        return result.output();
    }

    /** Runs a program to its end; one that takes too long is killed and fails the test. */
    static Result run(long timeoutSeconds, List<String> command) throws IOException, InterruptedException {
        Process process = start(command);
        CompletableFuture<String> output = output(process);
        try {
            if (!process.waitFor(timeoutSeconds, TimeUnit.SECONDS)) {
                throw new AssertionError(command + " did not end within " + timeoutSeconds + " s");
            }
            return new Result(process.exitValue(), output.join());
        } finally {
            // closes its output too: not before it was read
            process.destroyForcibly().waitFor(KILL_SECONDS, TimeUnit.SECONDS);
        }
    }

    /** In the root directory, without input. The caller ends it. */
    static Process start(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command)
                .directory(Path.of("/").toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        return process;
    }

    /** What it prints until its end. */
    static CompletableFuture<String> output(Process process) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                task -> Thread.ofVirtual().start(task));
    }

    /** Copies a file of the test's resources into a directory. */
    static Path resource(String name, Path directory) throws IOException {
        Path file = directory.resolve(name);
        try (InputStream text = Programs.class.getResourceAsStream(name)) {
            if (text == null) {
                throw new IOException("no resource " + name);
            }
            Files.copy(text, file, StandardCopyOption.REPLACE_EXISTING);
        }
        return file;
    }
}
