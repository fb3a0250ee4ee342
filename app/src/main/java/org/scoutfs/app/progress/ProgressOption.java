package org.scoutfs.app.progress;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.scoutfs.host.Host;
import picocli.CommandLine.Option;

/** The option {@code --progress} of commands that may last: without it they say how far they are on a terminal only. */
public final class ProgressOption {
    private static final int STDOUT = 1;
    private static final int STDERR = 2;

    @Option(
            names = "--progress",
            description =
                    "Say on standard error how far it is, a line every few seconds; on a terminal it is said anyway.")
    private boolean always;

    /**
     * Begins. The caller closes it.
     *
     * @param what the command
     * @param unit of what is counted
     * @param total how much there is, 0 if nobody knows
     * @param printing whether the command prints meanwhile: then nothing is said where both go to one terminal
     */
    public Progress start(PrintWriter err, String what, Progress.Unit unit, long total, boolean printing) {
        boolean terminal = isTerminal(STDERR) && !(printing && isTerminal(STDOUT));
        Progress.Form form = always ? Progress.Form.LINES : terminal ? Progress.Form.TERMINAL : Progress.Form.NONE;
        Host host = Host.system();
        return new Progress(err, form, host.clock(), what, unit, total, host::close);
    }

    private static boolean isTerminal(int descriptor) {
        try {
            String open = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return open.startsWith("/dev/pts/") || open.startsWith("/dev/tty") || open.equals("/dev/console");
        } catch (IOException e) {
            // closed, or no /proc
            return false;
        }
    }
}
