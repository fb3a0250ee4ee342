package org.scoutfs.app.archive;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.Failures;
import org.scoutfs.app.archive.store.ArchiveStore;
import org.scoutfs.error.FsException;
import org.scoutfs.host.Host;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code scoutfs archive release}. */
@Command(
        name = "release",
        description = {
            "Free the space of files on the data device, those whose present version is in the archive.",
            "Exit code 1 if a file could not be released."
        },
        footer = {"", "Example:", "  scoutfs archive release -p /mnt/volume --store /mnt/tape /mnt/volume/a/file"})
final class ReleaseCommand extends CommandWithHelp implements Callable<Integer> {
    @Mixin
    private ArchiveTarget target = new ArchiveTarget();

    @Option(
            names = {"-n", "--dry-run"},
            description = "Only say which ones it would release.")
    private boolean dryRun;

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "Files on the mount.")
    private List<Path> files = List.of();

    @Override
    public Integer call() throws FsException, IOException {
        boolean complete = true;
        try (Host host = Host.system()) {
            ArchiveStore store = target.store(host);
            AgentLog log = target.log();
            try (Volume volume = target.volume(store)) {
                Releaser releaser = new Releaser(volume, store, ino -> false, host.clock(), log, () -> false, dryRun);
                for (Path file : files) {
                    Releaser.Result result = releaser.release(target.ino(file), 0);
                    switch (result.outcome()) {
                        case RELEASED, NOTHING, REFUSED -> {}
                        case NOT_ARCHIVED -> log.problem(file + ": its present version is not archived");
                        case KEPT -> log.problem(file + ": it is being executed");
                        case CHANGED -> log.problem(file + ": it is being changed");
                    }
                    complete &= result.outcome() == Releaser.Outcome.RELEASED
                            || result.outcome() == Releaser.Outcome.NOTHING;
                }
            }
        }
        return complete ? 0 : Failures.FAILED;
    }
}
