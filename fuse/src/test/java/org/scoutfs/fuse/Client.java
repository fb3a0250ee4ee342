package org.scoutfs.fuse;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Assumptions;

/** A process that executes system calls for a test, one command a line; see client.c. */
final class Client implements AutoCloseable {
    private static final Map<String, Path> COMPILED = new HashMap<>();

    private final Process process;
    private final Writer in;
    private final BufferedReader out;

    Client() throws IOException, InterruptedException {
        process = new ProcessBuilder(program().toString())
                .directory(Path.of("/").toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        in = process.outputWriter(StandardCharsets.ISO_8859_1);
        out = process.inputReader(StandardCharsets.ISO_8859_1);
    }

    /** The compiled program that takes commands; skips the test where there is no compiler. */
    static Path program() throws IOException, InterruptedException {
        return program("client");
    }

    /** The compiled program that calls ioctls. */
    static Path ioctls() throws IOException, InterruptedException {
        return program("ioctls");
    }

    /** One for this JVM. */
    private static Path program(String name) throws IOException, InterruptedException {
        synchronized (COMPILED) {
            Path program = COMPILED.get(name);
            if (program == null) {
                Path directory = Files.createTempDirectory(Path.of("/tmp"), "fuse-test-");
                directory.toFile().deleteOnExit();
                Path source = directory.resolve(name + ".c");
                source.toFile().deleteOnExit();
                program = directory.resolve(name);
                program.toFile().deleteOnExit();
                try (var text = Client.class.getResourceAsStream("/" + name + ".c")) {
                    Files.copy(text, source);
                }
                compile(source, program);
                // A caller of another user runs it, too.
                Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
                COMPILED.put(name, program);
            }
            return program;
        }
    }

    private static void compile(Path source, Path program) throws IOException, InterruptedException {
        Path headers = Path.of("..", "packaging", "include").toAbsolutePath();
        Process gcc;
        try {
            gcc = new ProcessBuilder(
                            "gcc",
                            "-O2",
                            "-Wall",
                            "-Wno-unused-result",
                            "-I" + headers,
                            "-o",
                            program.toString(),
                            source.toString(),
                            "-lpthread")
                    .inheritIO()
                    .start();
        } catch (IOException e) {
            Assumptions.abort("no gcc to compile " + source + " with");
            throw e;
        }
        if (gcc.waitFor() != 0) {
            throw new IOException("gcc could not compile " + source);
        }
    }

    /** Sends a command and returns its answer. */
    String call(Object... words) {
        try {
            return later(words).get(10, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("no answer to " + Arrays.toString(words), e);
        }
    }

    /** A command whose answer is a number. */
    long number(Object... words) {
        return Long.parseLong(call(words));
    }

    /** Sends a command; its answer comes when it is done. */
    CompletableFuture<String> later(Object... words) {
        StringBuilder line = new StringBuilder();
        for (Object word : words) {
            line.append(word).append(' ');
        }
        try {
            in.write(line.append('\n').toString());
            in.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        String answer = out.readLine();
                        return answer == null ? "gone" : answer;
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                task -> Thread.ofVirtual().start(task));
    }

    void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    boolean ended(long seconds) throws InterruptedException {
        return process.waitFor(seconds, TimeUnit.SECONDS);
    }

    /** Kills it and waits until the kernel has closed its files. */
    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
