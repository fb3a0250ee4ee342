package org.scoutfs.app.man;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.scoutfs.app.CommandWithHelp;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code scoutfs completion}. */
@Command(
        name = "completion",
        description = "Print a script that completes commands and options in a shell.",
        footer = {
            "",
            "Examples:",
            "  source <(scoutfs completion bash)",
            "  scoutfs completion bash > /usr/share/bash-completion/completions/scoutfs",
            "  autoload -U +X bashcompinit && bashcompinit && source <(scoutfs completion zsh)"
        })
public final class CompletionCommand extends CommandWithHelp implements Callable<Integer> {
    /** Zsh reads the script of bash once its {@code bashcompinit} was loaded. */
    enum Shell {
        BASH,
        ZSH
    }

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "SHELL",
            defaultValue = "BASH",
            description = "bash (default) or zsh.")
    @SuppressWarnings({"NullAway.Init", "UnusedVariable"}) // checked by picocli; the script is the same
    private Shell shell;

    @Override
    public Integer call() {
        CommandLine root = spec.root().commandLine();
        PrintWriter out = spec.commandLine().getOut();
        out.print(AutoComplete.bash(root.getCommandName(), root));
        out.flush();
        return 0;
    }
}
