package org.scoutfs.app.fenced;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the configuration file says. It is a bash script, so bash evaluates it and tells the outcome.
 *
 * @param file absolute
 * @param variables all whose names begin with {@value #PREFIX}, for the log
 * @param delayMs between two scans
 * @param timeoutMs how long the script may run for one request
 * @param script executable
 * @param arguments of the script
 * @param environment of the script: what the file leaves exported
 */
record FencedConfig(
        Path file,
        SortedMap<String, String> variables,
        long delayMs,
        long timeoutMs,
        Path script,
        List<String> arguments,
        Map<String, String> environment) {
    static final String PREFIX = "SCOUTFS_FENCED_";

    private static final String DELAY = PREFIX + "DELAY";
    private static final String TIMEOUT = PREFIX + "RUN_TIMEOUT";
    private static final String RUN = PREFIX + "RUN";

    /** As long as a request lives before its server gives it up. */
    private static final String DEFAULT_TIMEOUT_SECONDS = "30";

    private static final String DEFAULT_DELAY_SECONDS = "2";
    private static final double MAX_SECONDS = 86_400;

    /** What it prints itself goes to standard error. Arguments are split into words by the shell, unless they are an array. */
    private static final String EVALUATE = """
        exec 3>&1 >&2
        source "$1"
        {
            for name in "${!SCOUTFS_FENCED_@}"; do printf 'variable %s=%s\\0' "$name" "${!name}"; done
            words=(${SCOUTFS_FENCED_RUN_ARGS:-})
            if [[ $(declare -p SCOUTFS_FENCED_RUN_ARGS 2> /dev/null) == 'declare -'*a* ]]; then
                words=("${SCOUTFS_FENCED_RUN_ARGS[@]}")
            fi
            for word in "${words[@]}"; do printf 'argument %s\\0' "$word"; done
            printf 'environment\\0'
            env -0
        } >&3
        """;

    /** The configuration cannot be used; the message is one line. */
    static final class Unusable extends Exception {
        private static final long serialVersionUID = 1;

        Unusable(String message) {
            super(message);
        }
    }

    /** @throws Unusable if the file cannot be read or evaluated, or does not name an executable */
    static FencedConfig read(Path path) throws Unusable {
        Path file = path.toAbsolutePath().normalize();
        if (!Files.isRegularFile(file)) {
            throw new Unusable("configuration file " + file + " does not exist");
        }
        if (!Files.isReadable(file)) {
            throw new Unusable("configuration file " + file + " cannot be read");
        }
        run(file, List.of("bash", "-n", file.toString()));
        return parse(file, run(file, List.of("bash", "-c", EVALUATE, "scoutfs-fenced", file.toString())));
    }

    private static String run(Path file, List<String> command) throws Unusable {
        try {
            Process bash = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            bash.getOutputStream().close();
            String output = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int status = bash.waitFor();
            if (status != 0) {
                throw new Unusable("configuration file " + file + " is not a valid bash script, status " + status);
            }
            return output;
        } catch (IOException e) {
            throw new Unusable("cannot evaluate " + file + " with bash: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Unusable("interrupted while evaluating " + file);
        }
    }

    private static FencedConfig parse(Path file, String output) throws Unusable {
        SortedMap<String, String> variables = new TreeMap<>();
        List<String> arguments = new ArrayList<>();
        Map<String, String> environment = new LinkedHashMap<>();
        boolean ours = true;
        for (String entry : output.split("\0")) {
            if (ours && entry.equals("environment")) {
                ours = false;
            } else if (!ours || entry.startsWith("variable ")) {
                String pair = ours ? entry.substring("variable ".length()) : entry;
                int equals = pair.indexOf('=');
                if (equals > 0) {
                    (ours ? variables : environment).put(pair.substring(0, equals), pair.substring(equals + 1));
                }
            } else if (entry.startsWith("argument ")) {
                arguments.add(entry.substring("argument ".length()));
            }
        }
        if (ours) {
            throw new Unusable("configuration file " + file + " ends the shell that evaluates it");
        }
        return new FencedConfig(
                file,
                variables,
                millis(variables, DELAY, DEFAULT_DELAY_SECONDS),
                millis(variables, TIMEOUT, DEFAULT_TIMEOUT_SECONDS),
                script(file, variables.get(RUN)),
                List.copyOf(arguments),
                environment);
    }

    private static long millis(SortedMap<String, String> variables, String name, String otherwise) throws Unusable {
        String text = variables.getOrDefault(name, otherwise);
        double seconds;
        try {
            seconds = Double.parseDouble(text);
        } catch (NumberFormatException e) {
            seconds = -1;
        }
        if (!(seconds > 0 && seconds <= MAX_SECONDS)) {
            throw new Unusable(name + " '" + text + "' is not a number of seconds above 0");
        }
        return Math.max(1, Math.round(seconds * 1000));
    }

    private static Path script(Path file, @Nullable String run) throws Unusable {
        if (run == null || run.isEmpty()) {
            throw new Unusable(RUN + " is not set in " + file);
        }
        Path script = Path.of(run);
        if (!Files.isRegularFile(script) || !Files.isExecutable(script)) {
            throw new Unusable(RUN + " '" + run + "' is not an executable file");
        }
        return script;
    }
}
