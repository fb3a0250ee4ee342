package org.scoutfs.app.quota;

import java.util.concurrent.Callable;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.ioctl.IoctlErrors;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.error.FsException;
import org.scoutfs.format.QuotaRule;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code scoutfs quota-add}. */
@Command(
        name = "quota-add",
        description = "Add a quota rule.",
        footer = {
            RuleOption.HELP_1,
            RuleOption.HELP_2,
            RuleOption.HELP_3,
            RuleOption.HELP_4,
            "",
            "Example:",
            "  scoutfs quota-add -p /mnt/archive -r '7 13,L,- 15,P,S 0,U,- I 1000 C'",
            "                              creation in project 15 fails once 1000 attributes make up the total"
                    + " 13.15.UID"
        })
public final class QuotaAddCommand extends CommandWithHelp implements Callable<Integer> {
    @Mixin
    private QuotaMount mount = new QuotaMount();

    @Mixin
    private RuleOption option = new RuleOption();

    @Override
    public Integer call() throws FsException {
        QuotaRule rule = option.rule();
        try (IoctlFile file = mount.open()) {
            IoctlErrors.order("MOD_QUOTA_RULE ioctl failed", () -> file.addQuotaRule(rule));
        }
        return 0;
    }
}
