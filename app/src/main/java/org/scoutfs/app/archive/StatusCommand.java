package org.scoutfs.app.archive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.archive.store.ArchiveStore;
import org.scoutfs.app.archive.store.StorePosition;
import org.scoutfs.error.FsException;
import org.scoutfs.host.Host;
import org.scoutfs.vfs.ArchiveFiles.Waiting;
import org.scoutfs.vfs.ArchiveQueries.SeqEntry;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code scoutfs archive status}. */
@Command(
        name = "status",
        description = {
            "Show how far the archive is, who waits on this mount, how full the data device is, and what each agent"
                    + " last said of itself."
        },
        footer = {
            "",
            "behind: changed files that were not looked at yet, at most 1000. Counts are since the start of the agent.",
            "",
            "Example:",
            "  scoutfs archive status -p /mnt/volume --store /mnt/tape"
        })
final class StatusCommand extends CommandWithHelp implements Callable<Integer> {
    private static final int LIMIT = 1000;

    @Mixin
    private ArchiveTarget target = new ArchiveTarget();

    @Override
    public Integer call() throws FsException, IOException {
        try (Host host = Host.system()) {
            ArchiveStore store = target.store(host);
            AgentLog log = target.log();
            try (Volume volume = target.volume(store)) {
                show(volume, store, log);
            }
            for (Path status : store.statuses()) {
                log.plain("agent " + status.getFileName());
                for (String line : Files.readAllLines(status)) {
                    log.plain("  " + line);
                }
            }
        }
        return 0;
    }

    private static void show(Volume volume, ArchiveStore store, AgentLog log) throws FsException, IOException {
        StorePosition position = store.position();
        Volume.Space space = volume.space();
        log.plain("store %016x".formatted(store.id()));
        log.plain("fsid %016x".formatted(store.fsid()));
        log.plain("position " + Long.toUnsignedString(position.seq()));
        log.plain("behind "
                + volume.changed(new SeqEntry(position.seq(), position.ino() + 1), LIMIT)
                        .size());
        log.plain("to_try_again " + position.again().size());
        log.plain("data_used_percent " + space.usedPercent());
        int places = 0;
        Waiting last = new Waiting(0, 0, 0);
        for (var some = volume.waiting(0, 0, LIMIT);
                !some.isEmpty();
                some = volume.waiting(last.ino(), last.block(), LIMIT)) {
            places += some.size();
            last = some.getLast();
        }
        log.plain("waiting " + places);
    }
}
