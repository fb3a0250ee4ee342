package org.scoutfs.app.output;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.error.FsException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that lists or shows: it says which records, the options say in which form. */
@Command
public abstract class ListingCommand extends CommandWithHelp implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    /** Gives all rows to {@code out} as they come: there may be more than fit into memory. */
    protected abstract void list(Output out) throws FsException, IOException;

    @Override
    public final Integer call() throws FsException, IOException {
        Output out = new TextOutput(spec.commandLine().getOut());
        try {
            list(out);
        } finally {
            out.end();
        }
        return 0;
    }
}
