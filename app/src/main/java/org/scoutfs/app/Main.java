package org.scoutfs.app;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.util.Objects;
import org.scoutfs.app.output.ByteText;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Help;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code scoutfs} command. Its subcommands stand in {@link CommandTable}. */
@Command(
        name = "scoutfs",
        description = {"A clustered POSIX file system for large archives.", "", "Supported format version: 1-2"},
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        synopsisHeading = "usage: ",
        customSynopsis = "scoutfs <command> [<args>]",
        commandListHeading = "")
public final class Main implements Runnable {
    private static final int OUT_BYTES = 64 << 10;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before run
    private CommandSpec spec;

    /** A successful command just returns: {@code System.exit} would first load the whole logging library (100 ms). */
    public static void main(String[] args) {
        CommandTable command = args.length == 0 ? null : CommandTable.of(args[0]);
        CommandLine line = command == null || command.needsAll() ? commandLine() : commandLine(command);
        int exitCode = line.execute(args);
        line.getOut().flush();
        if (exitCode != ExitCode.OK) {
            System.exit(exitCode);
        }
    }

    /** With all commands. */
    public static CommandLine commandLine() {
        return commandLine(CommandTable.values());
    }

    private static CommandLine commandLine(CommandTable... commands) {
        CommandLine line = new CommandLine(new Main());
        for (CommandTable command : commands) {
            line.addSubcommand(command.commandName(), command.type());
        }
        PrintWriter out = new PrintWriter(
                ByteText.writer(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), OUT_BYTES)), true);
        line.setOut(out);
        line.setAbbreviatedOptionsAllowed(true);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler(Failures::usage);
        line.setExecutionExceptionHandler(Failures::failed);
        line.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, Main::commandList);
        return line;
    }

    /** The commands in their groups: name, right-aligned, and operands; what it does on the next line. */
    private static String commandList(Help help) {
        StringBuilder text = new StringBuilder();
        for (CommandTable.Group group : CommandTable.Group.values()) {
            text.append('\n').append(group.title()).append(":\n");
            for (CommandTable command : group.commands()) {
                Help of = help.subcommands().get(command.commandName());
                if (of != null) {
                    text.append("%25s  %s\n".formatted(command.commandName(), operands(of.commandSpec())));
                    String[] description = of.commandSpec().usageMessage().description();
                    text.append(" ".repeat(27)).append(description[0]).append('\n');
                }
            }
        }
        return text.toString();
    }

    /** Required options and operands. */
    private static String operands(CommandSpec command) {
        StringBuilder text = new StringBuilder();
        for (OptionSpec option : command.options()) {
            if (option.required()) {
                text.append(option.shortestName())
                        .append(' ')
                        .append(option.paramLabel())
                        .append(' ');
            }
        }
        for (PositionalParamSpec operand : command.positionalParameters()) {
            boolean required = operand.arity().min() > 0;
            text.append(required ? operand.paramLabel() : "[" + operand.paramLabel() + "]")
                    .append(' ');
        }
        return text.toString().stripTrailing();
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
