package org.scoutfs.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A process of its own that works on one directory: never the file system's daemon, and the same program for each file system.
 *
 * <p>Commands come one a line on standard input, {@code begin SHAPE}, {@code run PHASE}, {@code clean PHASE,PHASE...} and {@code end}; each is answered by one
 * line, {@code done UNITS NANOSECONDS} or {@code failed TEXT}. The end of the input ends the process.
 */
public final class Worker implements AutoCloseable {
    private final Target target;
    private @Nullable PhaseRunner runner;

    private Worker(Path directory) {
        this.target = new DirectoryTarget(directory);
    }

    /** The argument is the directory. */
    public static void main(String[] arguments) throws IOException {
        try (Worker worker = new Worker(Path.of(arguments[0]));
                BufferedReader commands =
                        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = commands.readLine(); line != null; line = commands.readLine()) {
                String[] words = line.split(" ", 2);
                if (words[0].equals("end")) {
                    return;
                }
                System.out.println(worker.answer(words[0], words[1]));
            }
        }
    }

    private String answer(String command, String argument) {
        try {
            switch (command) {
                case "begin" -> begin(Shape.parse(argument));
                case "run" -> {
                    Outcome outcome = running().run(Phase.of(argument));
                    return "done " + outcome.units() + " " + outcome.elapsedNs();
                }
                case "clean" -> running().removeLeftovers(Phase.parseList(argument));
                default -> {
                    return "failed no command " + command;
                }
            }
            return "done 0 1";
        } catch (IOException e) {
            return "failed " + e.getMessage();
        }
    }

    private void begin(Shape shape) throws IOException {
        close();
        runner = new PhaseRunner(target, shape);
    }

    private PhaseRunner running() {
        return Objects.requireNonNull(runner, "begin comes first");
    }

    @Override
    public void close() {
        if (runner != null) {
            runner.close();
            runner = null;
        }
    }
}
