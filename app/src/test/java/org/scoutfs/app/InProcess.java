package org.scoutfs.app;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** Runs the scoutfs command in this process: for tests of many command lines, each of which would start a JVM. */
public final class InProcess {
    private InProcess() {}

    /** What a run left behind: standard output and error, exit code. {@code print} writes past this to the real standard output. */
    public record Result(String out, String err, int exitCode) {}

    public static Result run(String... words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = Main.commandLineFor(words);
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        int exitCode = line.execute(words);
        return new Result(out.toString(), err.toString(), exitCode);
    }
}
