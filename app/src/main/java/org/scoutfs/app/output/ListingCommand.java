package org.scoutfs.app.output;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.error.FsException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A command that lists or shows: it says which records, the options say in which form. */
@Command
public abstract class ListingCommand extends CommandWithHelp implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Option(
            names = "--json",
            description = "Print one JSON object a line instead: all fields, whole numbers, names as they are.")
    private boolean json;

    /** Gives all rows to {@code out} as they come: there may be more than fit into memory. */
    protected abstract void list(Output out) throws FsException, IOException;

    @Override
    public final Integer call() throws FsException, IOException {
        PrintWriter to = spec.commandLine().getOut();
        Output out = json ? new JsonOutput(to) : new TextOutput(to);
        try {
            list(out);
        } finally {
            out.end();
        }
        return 0;
    }
}
