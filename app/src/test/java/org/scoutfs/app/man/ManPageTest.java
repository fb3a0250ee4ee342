package org.scoutfs.app.man;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.scoutfs.app.InProcess;
import org.scoutfs.app.Main;
import org.scoutfs.counter.Corruption;
import org.scoutfs.mount.MountOption;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

class ManPageTest {
    private static final Path PAGES = Path.of("..", "packaging", "man");

    /** All that is shown in help. */
    private static List<CommandSpec> commands(CommandSpec from) {
        List<CommandSpec> all = new ArrayList<>();
        for (CommandLine line : from.subcommands().values()) {
            CommandSpec spec = line.getCommandSpec();
            if (!spec.usageMessage().hidden() && !spec.name().equals("help")) {
                all.add(spec);
                all.addAll(commands(spec));
            }
        }
        return all;
    }

    private static CommandSpec model() {
        return Main.commandLine().getCommandSpec();
    }

    @Test
    void everyCommandAndOptionIsOnThePage() {
        String page = InProcess.run("man-page").out();

        List<CommandSpec> commands = commands(model());
        assertThat(commands).hasSizeGreaterThan(40);
        for (CommandSpec command : commands) {
            String begin = ".SS \"" + command.qualifiedName().replace("-", "\\-") + "\"\n";
            assertThat(page).contains(begin);
            String section = page.substring(page.indexOf(begin) + begin.length());
            section = section.substring(0, section.indexOf("\n.S"));
            for (OptionSpec option : command.options()) {
                if (!option.hidden() && !option.usageHelp()) {
                    for (String name : option.names()) {
                        assertThat(section).as(command.name()).contains("\\fB" + name.replace("-", "\\-") + "\\fR");
                    }
                }
            }
            for (PositionalParamSpec operand : command.positionalParameters()) {
                assertThat(section)
                        .as(command.name())
                        .contains("\\fI" + operand.paramLabel().replace("-", "\\-") + "\\fR");
            }
        }
    }

    @Test
    void everyCommandAndOptionIsCompleted() {
        String script = InProcess.run("completion", "bash").out();

        for (CommandSpec command : commands(model())) {
            assertThat(script).containsPattern("commands=\".*\\b" + command.name() + "\\b.*\"");
            for (OptionSpec option : command.options()) {
                if (!option.hidden()) {
                    for (String name : option.names()) {
                        assertThat(script).as(command.name()).contains("'" + name + "'");
                    }
                }
            }
        }
    }

    @Test
    void bashCompletes(@TempDir Path dir) throws Exception {
        Path script = dir.resolve("completion");
        Files.writeString(script, InProcess.run("completion").out());

        assertThat(completed(script, "scoutfs", "change-q")).isEqualTo("change-quorum-config\n");
        assertThat(completed(script, "scoutfs", "mkfs", "--max-m")).isEqualTo("--max-meta-size\n");
        assertThat(completed(script, "scoutfs", "quorum", "st")).isEqualTo("status\n");
    }

    private static String completed(Path script, String... words) throws Exception {
        String array = String.join(" ", words);
        return output(List.of(
                "bash",
                "-c",
                "compopt() { :; }; source " + script + "; COMP_WORDS=(" + array + "); COMP_CWORD=" + (words.length - 1)
                        + "; _complete_scoutfs; printf '%s\\n' \"${COMPREPLY[@]}\""));
    }

    @Test
    void pagesAreSoundRoff(@TempDir Path dir) throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/groff")), "needs groff");
        Path generated = dir.resolve("scoutfs.8");
        Files.writeString(generated, InProcess.run("man-page").out());
        List<Path> pages = new ArrayList<>(List.of(generated));
        for (String page : List.of("scoutfs.5", "scoutfs-fenced.8", "scoutfs-corruption.7")) {
            pages.add(PAGES.resolve(page));
        }
        for (Path page : pages) {
            // what is wrong goes to standard error
            assertThat(output(List.of("bash", "-c", "groff -man -Tutf8 -ww '" + page + "' 2>&1 > /dev/null")))
                    .as(page.toString())
                    .isEmpty();
        }
    }

    @Test
    void mountOptionsAreExplained() throws IOException {
        String page = Files.readString(PAGES.resolve("scoutfs.5"));

        for (MountOption option : MountOption.values()) {
            assertThat(page).contains(option.optionName() + "=");
        }
    }

    @Test
    void corruptionsAreExplained() throws IOException {
        String page = Files.readString(PAGES.resolve("scoutfs-corruption.7"));

        for (Corruption kind : Corruption.values()) {
            assertThat(page).contains(".B " + kind + "\n");
        }
    }

    private static String output(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(text).isZero();
        return text;
    }
}
