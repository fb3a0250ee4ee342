package org.scoutfs.app.man;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The page scoutfs(8): what each command's help says, in one page. */
final class ManPage {
    private static final int SECTION = 8;

    private final Roff page = new Roff();

    private ManPage() {}

    static String of(CommandSpec root) {
        ManPage made = new ManPage();
        made.write(root);
        return made.page.toString();
    }

    private void write(CommandSpec root) {
        String name = root.name();
        page.title(name.toUpperCase(Locale.ROOT), SECTION, version(root), "ScoutFS")
                .section("NAME")
                .plain(name + " - make, mount and administer ScoutFS volumes");
        page.section("SYNOPSIS")
                .marked(Roff.bold(name) + " " + Roff.italic("COMMAND") + " [" + Roff.italic("OPTION") + "...] ["
                        + Roff.italic("OPERAND") + "...]");
        page.section("DESCRIPTION").lines(lines(root.usageMessage().description()));
        page.paragraph()
                .plain("Options may be abbreviated and may stand before or after operands; -- ends them. Every"
                        + " command has")
                .marked(Roff.bold("-?") + ", " + Roff.bold("--help") + " and " + Roff.bold("--usage") + ".")
                .plain("Numbers are decimal, 0x hexadecimal or 0 octal. A SIZE may end in K, M, G, T or P, powers of"
                        + " 1024.");
        page.section("COMMANDS");
        subcommands(root).forEach(this::command);
        page.section("ENVIRONMENT")
                .tagged(
                        Roff.bold("SCOUTFS_MOUNT_PATH"),
                        List.of("The mount that commands with the option --path ask if it is not given. Without both"
                                + " it is the working directory."))
                .tagged(Roff.bold("SCOUTFS_DEBUG"), List.of("If set, a command that fails prints a stack trace."));
        page.section("EXIT STATUS")
                .tagged(Roff.bold("0"), List.of("Success."))
                .tagged(Roff.bold("1"), List.of("The command failed, or there is no such command."))
                .tagged(Roff.bold("32"), List.of("mount or umount failed."))
                .tagged(
                        Roff.bold("64"),
                        List.of("The call was wrong: an unknown option, a missing operand, a bad value."));
        page.section("SEE ALSO")
                .marked(String.join(
                        ", ",
                        seeAlso("scoutfs", 5),
                        seeAlso("scoutfs-fenced", 8),
                        seeAlso("scoutfs-corruption", 7),
                        seeAlso("mount", 8),
                        seeAlso("fstab", 5)));
    }

    private static String seeAlso(String page, int section) {
        return Roff.bold(page) + "(" + section + ")";
    }

    private static String version(CommandSpec root) {
        String[] version = root.version();
        return version.length == 0 ? root.name() : version[0];
    }

    private void command(CommandSpec command) {
        page.subsection(command.qualifiedName());
        page.lines(synopsis(command));
        page.paragraph().lines(lines(command.usageMessage().description()));
        for (PositionalParamSpec operand : command.positionalParameters()) {
            if (!operand.hidden()) {
                page.tagged(Roff.italic(operand.paramLabel()), lines(operand.description()));
            }
        }
        for (OptionSpec option : command.options()) {
            if (!option.hidden() && !option.usageHelp()) {
                page.tagged(tag(option), lines(option.description()));
            }
        }
        List<String> footer = lines(command.usageMessage().footer());
        if (!footer.isEmpty()) {
            page.paragraph().lines(footer);
        }
        subcommands(command).forEach(this::command);
    }

    /** Each once, whatever its aliases; those that are shown in help, and not help itself. */
    private static Collection<CommandSpec> subcommands(CommandSpec command) {
        Collection<CommandSpec> shown = new LinkedHashSet<>();
        for (CommandLine line : command.subcommands().values()) {
            CommandSpec spec = line.getCommandSpec();
            if (!spec.usageMessage().hidden() && !(spec.userObject() instanceof CommandLine.HelpCommand)) {
                shown.add(spec);
            }
        }
        return shown;
    }

    private static List<String> synopsis(CommandSpec command) {
        String text = new Help(command, Help.defaultColorScheme(Help.Ansi.OFF)).synopsis(0);
        List<String> indented = new ArrayList<>();
        text.lines().forEach(line -> indented.add("  " + line));
        return indented;
    }

    private static String tag(OptionSpec option) {
        List<String> names = new ArrayList<>();
        for (String name : option.names()) {
            names.add(Roff.bold(name));
        }
        String value = option.arity().max() == 0 ? "" : " " + Roff.italic(option.paramLabel());
        return String.join(", ", names) + value + (option.required() ? " (must be given)" : "");
    }

    /** Descriptions are format strings, with %n and %%. */
    private static List<String> lines(String... description) {
        return Arrays.stream(description)
                .flatMap(line -> Arrays.stream(String.format(Locale.ROOT, line).split("\n", -1)))
                .toList();
    }
}
