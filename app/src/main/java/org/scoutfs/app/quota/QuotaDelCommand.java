package org.scoutfs.app.quota;

import java.util.concurrent.Callable;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.ioctl.IoctlErrors;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.error.FsException;
import org.scoutfs.format.QuotaRule;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code scoutfs quota-del}. */
@Command(
        name = "quota-del",
        description = "Delete the quota rule that is the same in all fields.",
        footer = {
            RuleOption.HELP_1,
            RuleOption.HELP_2,
            RuleOption.HELP_3,
            RuleOption.HELP_4,
            "",
            "Example:",
            "  scoutfs quota-del -p /mnt/archive -r '7 13,L,- 15,P,S 0,U,- I 1000 C'"
        })
public final class QuotaDelCommand extends CommandWithHelp implements Callable<Integer> {
    @Mixin
    private QuotaMount mount = new QuotaMount();

    @Mixin
    private RuleOption option = new RuleOption();

    @Override
    public Integer call() throws FsException {
        QuotaRule rule = option.rule();
        try (IoctlFile file = mount.open()) {
            IoctlErrors.order("MOD_QUOTA_RULE ioctl failed", () -> file.deleteQuotaRule(rule));
        }
        return 0;
    }
}
