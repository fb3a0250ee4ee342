package org.scoutfs.app.archive;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.archive.store.ArchiveStore;
import org.scoutfs.error.FsException;
import org.scoutfs.host.Host;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code scoutfs archive prune}. */
@Command(
        name = "prune",
        description = {
            "Remove objects from the store that no file can come back from: of inodes that do not exist any more, and"
                    + " of versions that neither",
            "are the present one nor recorded. An agent may run meanwhile."
        },
        footer = {
            "",
            "A backup or snapshot of the metadata device may need what is removed here.",
            "",
            "Example:",
            "  scoutfs archive prune -p /mnt/volume --store /mnt/tape --min-age 30d --dry-run"
        })
final class PruneCommand extends CommandWithHelp implements Callable<Integer> {
    @Mixin
    private ArchiveTarget target = new ArchiveTarget();

    @Option(
            names = "--min-age",
            paramLabel = "TIME",
            converter = Seconds.class,
            defaultValue = "1d",
            description = "Keep objects that were written or brought back within this time; default ${DEFAULT-VALUE}.")
    private long minAge;

    @Option(
            names = {"-n", "--dry-run"},
            description = "Only say which ones it would remove.")
    private boolean dryRun;

    @Override
    public Integer call() throws FsException, IOException {
        try (Host host = Host.system()) {
            ArchiveStore store = target.store(host);
            AgentLog log = target.log();
            try (Volume volume = target.volume(store)) {
                // what was changed or removed a moment ago counts as changed or removed
                volume.sync();
                Pruner pruner = new Pruner(volume, store, host.clock(), log, minAge, dryRun);
                pruner.prune();
                log.plain(pruner.summary());
            }
        }
        return 0;
    }
}
