package org.scoutfs.app.man;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.scoutfs.app.CommandWithHelp;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code scoutfs man-page}. */
@Command(
        name = "man-page",
        description = "Print the manual page scoutfs(8): every command with its options.",
        footer = {"", "Example:", "  scoutfs man-page | man -l -"})
public final class ManPageCommand extends CommandWithHelp implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        out.print(ManPage.of(spec.root()));
        out.flush();
        return 0;
    }
}
