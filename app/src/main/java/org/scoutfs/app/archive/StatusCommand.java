package org.scoutfs.app.archive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.scoutfs.app.archive.store.ArchiveStore;
import org.scoutfs.app.archive.store.StorePosition;
import org.scoutfs.app.output.ListingCommand;
import org.scoutfs.app.output.NamedValues;
import org.scoutfs.app.output.Output;
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
final class StatusCommand extends ListingCommand {
    private static final int LIMIT = 1000;

    @Mixin
    private ArchiveTarget target = new ArchiveTarget();

    @Override
    protected void list(Output out) throws FsException, IOException {
        try (Host host = Host.system()) {
            ArchiveStore store = target.store(host);
            try (Volume volume = target.volume(store)) {
                out.row(present(volume, store));
            }
            for (Path status : store.statuses()) {
                out.decoration("\n");
                out.row(agent(status));
            }
        }
    }

    private static NamedValues present(Volume volume, ArchiveStore store) throws FsException, IOException {
        StorePosition position = store.position();
        int behind = volume.changed(new SeqEntry(position.seq(), position.ino() + 1), LIMIT)
                .size();
        return new NamedValues(NamedValues.Style.COLON)
                .text("store", "%016x".formatted(store.id()))
                .text("fsid", "%016x".formatted(store.fsid()))
                .unsigned("position", position.seq())
                .unsigned("behind", behind)
                .unsigned("to_try_again", position.again().size())
                .unsigned("data_used_percent", volume.space().usedPercent())
                .unsigned("waiting", waiting(volume));
    }

    private static int waiting(Volume volume) throws FsException {
        int places = 0;
        Waiting last = new Waiting(0, 0, 0);
        while (true) {
            List<Waiting> some = volume.waiting(last.ino(), last.block(), LIMIT);
            if (some.isEmpty()) {
                return places;
            }
            places += some.size();
            last = some.getLast();
        }
    }

    /** What an agent wrote: lines of a name, a blank and a value. */
    private static NamedValues agent(Path status) throws IOException {
        NamedValues values = new NamedValues(NamedValues.Style.COLON)
                .text("agent", status.getFileName().toString());
        for (String line : Files.readAllLines(status)) {
            String[] words = line.split(" ", 2);
            String value = words.length == 2 ? words[1] : "";
            if (value.matches("\\d{1,18}")) {
                values.unsigned(words[0], Long.parseLong(value));
            } else {
                values.text(words[0], value);
            }
        }
        return values;
    }
}
