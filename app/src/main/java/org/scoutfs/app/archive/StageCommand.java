package org.scoutfs.app.archive;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.Failures;
import org.scoutfs.app.archive.store.ArchiveStore;
import org.scoutfs.app.archive.store.DamagedObjectException;
import org.scoutfs.error.FsException;
import org.scoutfs.host.Host;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code scoutfs archive stage}. */
@Command(
        name = "stage",
        description = {
            "Bring files back from the archive before they are needed; no running agent is necessary.",
            "Exit code 1 if the archive does not have all of a file."
        },
        footer = {"", "Example:", "  scoutfs archive stage -p /mnt/volume --store /mnt/tape /mnt/volume/a/file"})
final class StageCommand extends CommandWithHelp implements Callable<Integer> {
    @Mixin
    private ArchiveTarget target = new ArchiveTarget();

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "Files on the mount.")
    private List<Path> files = List.of();

    @Override
    public Integer call() throws FsException, IOException {
        boolean complete = true;
        try (Host host = Host.system()) {
            ArchiveStore store = target.store(host);
            AgentLog log = target.log();
            try (Volume volume = target.volume(store)) {
                for (Path file : files) {
                    try {
                        stage(volume, store, host, log, file);
                    } catch (DamagedObjectException e) {
                        log.problem(file + ": " + e.getMessage());
                        complete = false;
                    }
                }
            }
        }
        return complete ? 0 : Failures.FAILED;
    }

    private void stage(Volume volume, ArchiveStore store, Host host, AgentLog log, Path file)
            throws FsException, IOException {
        try {
            Stager.stageNow(volume, store, host.clock(), log, () -> false, target.ino(file));
        } catch (FsException e) {
            throw new FsException(e.errno(), "cannot bring back " + file + ": " + Failures.line(e), e);
        }
    }
}
