package org.scoutfs.app;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.util.Objects;
import org.scoutfs.app.admin.CountersCommand;
import org.scoutfs.app.admin.DfCommand;
import org.scoutfs.app.admin.StatCommand;
import org.scoutfs.app.admin.StatfsCommand;
import org.scoutfs.app.archive.ArchiveCommand;
import org.scoutfs.app.demo.DemoCommand;
import org.scoutfs.app.fenced.FencedCommand;
import org.scoutfs.app.mkfs.MkfsCommand;
import org.scoutfs.app.mount.MountCommand;
import org.scoutfs.app.mount.UmountCommand;
import org.scoutfs.app.output.ByteText;
import org.scoutfs.app.print.PrintCommand;
import org.scoutfs.app.status.MountsCommand;
import org.scoutfs.app.status.QuorumCommand;
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
        description = {"A clustered POSIX file system for large archives.", "", "Supported format version: 1-2"},
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        commandListHeading = "%nCommands:%n",
        subcommands = {
            DemoCommand.class,
            ArchiveCommand.class,
            MkfsCommand.class,
            MountCommand.class,
            UmountCommand.class,
            DfCommand.class,
            StatCommand.class,
            StatfsCommand.class,
            CountersCommand.class,
            MountsCommand.class,
            QuorumCommand.class,
            FencedCommand.class,
            PrintCommand.class,
            HelpCommand.class
        })
public final class Main implements Runnable {
    private static final int OUT_BYTES = 64 << 10;

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
        CommandLine line = new CommandLine(new Main());
        line.setOut(new PrintWriter(
                ByteText.writer(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), OUT_BYTES)), true));
        line.setAbbreviatedOptionsAllowed(true);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler(Failures::usage);
        line.setExecutionExceptionHandler(Failures::failed);
        return line;
    }

    /** Reached only without a subcommand, which is a mistake in the call. */
    @Override
    public void run() {
        PrintWriter err = spec.commandLine().getErr();
        spec.commandLine().usage(err);
        throw new ParameterException(spec.commandLine(), "");
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
