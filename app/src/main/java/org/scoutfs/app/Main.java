package org.scoutfs.app;

import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code scoutfs} command. Add a subcommand by listing its class below. */
@Command(
        name = "scoutfs",
        description = "A clustered POSIX file system for large archives.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        subcommands = {HelpCommand.class})
public final class Main implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before run
    private CommandSpec spec;

    /** A successful command just returns: {@code System.exit} would first load the whole logging library (100 ms). */
    public static void main(String[] args) {
        int exitCode = commandLine().execute(args);
        if (exitCode != ExitCode.OK) {
            System.exit(exitCode);
        }
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main());
    }

    /** Reached only without a subcommand, which is a mistake in the call. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "scoutfs: a command is needed");
    }

    /** The version that the build wrote into the jar. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"scoutfs " + Objects.requireNonNullElse(version, "(not packaged)")};
        }
    }
}
