package org.scoutfs.app.quota;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.app.progress.ProgressOption;
import org.scoutfs.error.FsException;
import org.scoutfs.format.QuotaRule;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code scoutfs quota-restore}. */
@Command(
        name = "quota-restore",
        description = "Add the quota rules that standard input has, one a line, in the form of quota-list.",
        footer = {
            "",
            "All lines are read and checked before the first rule is added.",
            "",
            "Example:",
            "  scoutfs quota-restore -p /mnt/archive < rules"
        })
public final class QuotaRestoreCommand extends CommandWithHelp implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Mixin
    private QuotaMount mount = new QuotaMount();

    @Option(
            names = {"-U", "--unsorted"},
            description = "In the order of the lines, not those that decide first.")
    private boolean unsorted;

    @Mixin
    private ProgressOption progress = new ProgressOption();

    @Override
    public Integer call() throws FsException, IOException {
        List<QuotaRule> rules = new ArrayList<>(read(System.in));
        if (!unsorted) {
            rules.sort(Comparator.reverseOrder());
        }
        try (IoctlFile file = mount.open()) {
            ManyRules.each(spec.commandLine(), "add", rules, progress, file::addQuotaRule);
        }
        return 0;
    }

    private List<QuotaRule> read(InputStream in) throws FsException, IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        try {
            return parse(lines);
        } catch (FsException e) {
            PrintWriter out = spec.commandLine().getOut();
            out.print(e.getMessage() + "\n");
            out.flush();
            throw new FsException(e.errno(), "", e);
        }
    }

    /** Empty lines do not count. */
    static List<QuotaRule> parse(BufferedReader lines) throws FsException, IOException {
        List<QuotaRule> rules = new ArrayList<>();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (!line.isBlank()) {
                rules.add(RuleText.parse(line));
            }
        }
        return rules;
    }
}
