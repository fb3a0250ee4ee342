package org.scoutfs.app.quota;

import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.app.output.ListingCommand;
import org.scoutfs.app.output.Output;
import org.scoutfs.error.FsException;
import org.scoutfs.format.QuotaRule;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code scoutfs quota-list}. */
@Command(
        name = "quota-list",
        description = "List all quota rules, those that decide first in front, in the form that quota-restore takes.",
        footer = {"", "Example:", "  scoutfs quota-list -p /mnt/archive > rules"})
public final class QuotaListCommand extends ListingCommand {
    @Mixin
    private QuotaMount mount = new QuotaMount();

    @Option(
            names = {"-U", "--unsorted"},
            description = "In the order in which they are stored.")
    private boolean unsorted;

    @Override
    protected void list(Output out) throws FsException {
        try (IoctlFile file = mount.open()) {
            for (QuotaRule rule : QuotaMount.rules(file, unsorted)) {
                out.row(new RuleRow(rule));
            }
        }
    }
}
