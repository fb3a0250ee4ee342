package org.scoutfs.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Runs the scoutfs command of this build in processes of its own. */
final class Scoutfs {
    private static final long SECONDS = 60;

    private Scoutfs() {}

    /** What a run left behind: standard output and error, exit code. */
    record Result(String out, String err, int exitCode) {}

    /** Skips the test where nothing can be mounted. */
    static void assumeMountable() {
        Assumptions.assumeTrue(
                Files.isWritable(Path.of("/dev/fuse")) && "root".equals(System.getProperty("user.name")),
                "needs root and /dev/fuse");
    }

    static Result run(Path directory, String... arguments) throws IOException, InterruptedException {
        return run(SECONDS, directory, arguments);
    }

    static Result run(long seconds, Path directory, String... arguments) throws IOException, InterruptedException {
        Path out = Files.createTempFile("scoutfs-it", ".out");
        Path err = Files.createTempFile("scoutfs-it", ".err");
        try {
            Process process = start(directory, out, err, arguments);
            if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(
                        "scoutfs " + String.join(" ", arguments) + " does not end: " + Files.readString(err));
            }
            return new Result(Files.readString(out), Files.readString(err), process.exitValue());
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    /** Starts the command with the classes that this test has; the launcher script is another test's business. */
    static Process start(Path directory, Path out, Path err, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "org.scoutfs.app.Main"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
    }

    static String read(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.UTF_8);
    }
}
