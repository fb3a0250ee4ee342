package org.scoutfs.bench;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A directory and the worker processes that share it. The workers live through all rounds, so that they are measured warm. */
final class DirectoryContender implements Contender {
    private final String name;
    private final Path directory;
    private final DirectoryTarget target;
    private final List<Remote> workers = new ArrayList<>();

    /** The phases run in a new directory below {@code parent}; {@code processes} workers share it. */
    DirectoryContender(String name, Path parent, int processes) throws IOException {
        this.name = name;
        this.directory = parent.toAbsolutePath()
                .resolve("scoutfs-bench." + ProcessHandle.current().pid());
        this.target = new DirectoryTarget(directory);
        for (int i = 0; i < processes; i++) {
            workers.add(new Remote(directory));
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void begin(Shape total) throws IOException {
        target.makeDirectory();
        for (int i = 0; i < workers.size(); i++) {
            workers.get(i).send("begin " + total.part(i, workers.size()).words());
        }
        for (Remote worker : workers) {
            worker.receive(name);
        }
    }

    @Override
    public Outcome run(Phase phase) throws IOException {
        return all("run " + phase.word());
    }

    private Outcome all(String command) throws IOException {
        for (Remote worker : workers) {
            worker.send(command);
        }
        Outcome sum = new Outcome(0, 1);
        for (Remote worker : workers) {
            sum = sum.plus(worker.receive(name));
        }
        return sum;
    }

    @Override
    public void settle() throws IOException {
        target.settle();
    }

    @Override
    public void end(List<Phase> phases) throws IOException {
        all("clean " + Phase.list(phases));
        target.removeDirectory();
    }

    @Override
    public void close() {
        workers.forEach(Remote::close);
    }

    /** One worker process. */
    private static final class Remote implements AutoCloseable {
        private final Process process;
        private final PrintStream commands;
        private final BufferedReader answers;

        Remote(Path directory) throws IOException {
            List<String> words = List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:+UseSerialGC",
                    "--enable-native-access=ALL-UNNAMED",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Worker.class.getName(),
                    directory.toString());
            this.process = new ProcessBuilder(words)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .directory(new File("."))
                    .start();
            this.commands = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
            this.answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        }

        void send(String command) {
            commands.println(command);
        }

        Outcome receive(String contender) throws IOException {
            String line = answers.readLine();
            if (line == null) {
                throw new IOException(contender + ": the worker process ended");
            }
            String[] words = line.split(" ", 2);
            if (!words[0].equals("done")) {
                throw new IOException(contender + ": " + line);
            }
            String[] numbers = words[1].split(" ", 2);
            return new Outcome(Double.parseDouble(numbers[0]), Long.parseLong(numbers[1]));
        }

        @Override
        public void close() {
            send("end -");
            commands.close();
            try {
                process.waitFor();
            } catch (InterruptedException e) {
                process.destroy();
                Thread.currentThread().interrupt();
            }
        }
    }
}
