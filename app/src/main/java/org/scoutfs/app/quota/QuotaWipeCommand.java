package org.scoutfs.app.quota;

import java.util.concurrent.Callable;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.app.progress.ProgressOption;
import org.scoutfs.error.FsException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code scoutfs quota-wipe}. */
@Command(
        name = "quota-wipe",
        description = "Delete all quota rules.",
        footer = {"", "Example:", "  scoutfs quota-wipe -p /mnt/archive"})
public final class QuotaWipeCommand extends CommandWithHelp implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Mixin
    private QuotaMount mount = new QuotaMount();

    @Option(
            names = {"-U", "--unsorted"},
            description = "In the order in which they are stored, not those that decide first.")
    private boolean unsorted;

    @Mixin
    private ProgressOption progress = new ProgressOption();

    @Override
    public Integer call() throws FsException {
        try (IoctlFile file = mount.open()) {
            ManyRules.each(
                    spec.commandLine(), "delete", QuotaMount.rules(file, unsorted), progress, file::deleteQuotaRule);
        }
        return 0;
    }
}
