package org.scoutfs.app.archive;

import org.scoutfs.app.CommandWithHelp;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code scoutfs archive}. */
@Command(
        name = "archive",
        description = {
            "The archive agent: copies changed files of a volume into an archive directory, frees their space on the"
                    + " data device, and brings",
            "them back when somebody reads, writes or truncates them."
        },
        footer = {
            "",
            "Examples:",
            "  scoutfs archive init -p /mnt/volume --store /mnt/tape        once",
            "  scoutfs archive run -p /mnt/volume --store /mnt/tape --release-after 30d --high-water 85 --low-water 75",
            "  scoutfs archive status -p /mnt/volume --store /mnt/tape"
        },
        subcommands = {
            InitCommand.class,
            RunCommand.class,
            StatusCommand.class,
            VerifyCommand.class,
            ReleaseCommand.class,
            StageCommand.class,
            PruneCommand.class
        })
public final class ArchiveCommand extends CommandWithHelp implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before run
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "name what to do: init, run, status, verify, release, stage, prune");
    }
}
