package org.scoutfs.device;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Programs that some tests need, and root. */
final class Commands {
    private Commands() {}

    /** The output of a program without its last newline; a test that depends on it is skipped if it fails. */
    static String runOrSkip(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            boolean ended = process.waitFor(30, TimeUnit.SECONDS);
            boolean done = ended && process.exitValue() == 0;
            Assumptions.assumeTrue(done, () -> "skipped, needs `" + String.join(" ", command) + "`: " + output);
            return output;
        } catch (java.io.IOException e) {
            return Assumptions.abort("skipped, needs " + command[0] + ": " + e.getMessage());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Runs a program that undoes something, and tells if it could not. */
    static void cleanUp(String... command) throws Exception {
        Process process = new ProcessBuilder(command).inheritIO().start();
        if (process.waitFor() != 0) {
            throw new IllegalStateException("clean-up failed: " + String.join(" ", command));
        }
    }
}
