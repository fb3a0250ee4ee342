package org.scoutfs.app.quota;

import java.io.PrintWriter;
import java.util.List;
import org.scoutfs.app.Failures;
import org.scoutfs.error.FsException;
import org.scoutfs.format.QuotaRule;
import picocli.CommandLine;

/** One change after another; stops at the first that fails and shows its rule. */
final class ManyRules {
    interface Change {
        void apply(QuotaRule rule) throws FsException;
    }

    private ManyRules() {}

    /** @param verb what the change does to a rule, for the message */
    static void each(CommandLine line, String verb, List<QuotaRule> rules, Change change) throws FsException {
        for (QuotaRule rule : rules) {
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
}
