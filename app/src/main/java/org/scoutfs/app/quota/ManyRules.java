package org.scoutfs.app.quota;

import java.io.PrintWriter;
import java.util.List;
import org.scoutfs.app.Failures;
import org.scoutfs.app.progress.Progress;
import org.scoutfs.app.progress.ProgressOption;
import org.scoutfs.error.FsException;
import org.scoutfs.format.QuotaRule;
import picocli.CommandLine;

/** One change after another; stops at the first that fails and shows its rule. */
final class ManyRules {
    interface Change {
        void apply(QuotaRule rule) throws FsException;
    }

    private ManyRules() {}

    /**
     * Changes all.
     *
     * @param verb what the change does to a rule, for the message
     * @param option whether it is said how far it is
     */
    static void each(CommandLine line, String verb, List<QuotaRule> rules, ProgressOption option, Change change)
            throws FsException {
        try (Progress progress =
                option.start(line.getErr(), line.getCommandName(), Progress.Unit.RULES, rules.size(), false)) {
            for (QuotaRule rule : rules) {
                apply(line, verb, rule, change);
                progress.add(1);
            }
        }
    }

    private static void apply(CommandLine line, String verb, QuotaRule rule, Change change) throws FsException {
        try {
            change.apply(rule);
        } catch (FsException e) {
            PrintWriter out = line.getOut();
            out.print("Failed to " + verb + " following rule:\n    " + RuleText.format(rule) + "\n");
            out.flush();
            throw new FsException(e.errno(), "Error: " + Failures.text(e.errno()), e);
        }
    }
}
