package org.scoutfs.app.quota;

import java.io.PrintWriter;
import org.scoutfs.error.FsException;
import org.scoutfs.format.QuotaRule;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The option {@code -r} of commands on one quota rule. */
final class RuleOption {
    static final String HELP_1 = "%nA rule is: PRIO V1,S1,F1 V2,S2,F2 V3,S3,F3 OP LIMIT FLAG";
    static final String HELP_2 =
            "The three V,S,F name a total of the totl tag: S is L to take V itself, P, U, G to take the project, user"
                    + " or group of the inode; with F = S instead of - the rule is only for inodes where that is V.";
    static final String HELP_3 =
            "OP is I for the creation of inodes, D for data. It fails when the total, or with FLAG = C instead of - the"
                    + " number of its attributes, has reached LIMIT.";
    static final String HELP_4 = "Of the rules that apply the one with the highest PRIO, 0..255, decides.";

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
    private CommandSpec spec;

    @Option(
            names = {"-r", "--rule"},
            required = true,
            paramLabel = "RULE",
            description = "The rule, in quotes.")
    @SuppressWarnings("NullAway.Init")
    private String text;

    /** The message about a rule that is none goes to standard output. */
    QuotaRule rule() throws FsException {
        try {
            return RuleText.parse(text);
        } catch (FsException e) {
            PrintWriter out = spec.commandLine().getOut();
            out.print(e.getMessage() + "\n");
            out.flush();
            throw new FsException(e.errno(), "", e);
        }
    }
}
