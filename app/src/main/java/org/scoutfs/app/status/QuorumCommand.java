package org.scoutfs.app.status;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.admin.Columns;
import org.scoutfs.error.FsException;
import org.scoutfs.format.QuorumBlock;
import org.scoutfs.format.QuorumBlockEvent;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code scoutfs quorum}: what concerns elections. */
@Command(name = "quorum", description = "Look at elections.", subcommands = QuorumCommand.Status.class)
public final class QuorumCommand extends CommandWithHelp implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before run
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "name what to do: status");
    }

    /** {@code scoutfs quorum status}. */
    @Command(
            name = "status",
            description = {
                "Show who leads a volume, each quorum slot as the metadata device has it, and what the members of this"
                        + " host say:",
                "the contents of their files quorum/status."
            },
            footer = {
                "",
                "Event: what the slot's mount recorded last. begin: takes part; term: has seen this term; elect: was"
                        + " elected; fence: leads, earlier",
                "leaders are fenced; stop: its server has stopped; end: left the quorum. A slot whose mount has"
                        + " crashed looks as it was left.",
                "",
                "Examples:",
                "  scoutfs quorum status                 all volumes that are mounted on this host",
                "  scoutfs quorum status /dev/vg/meta    the volume of this metadata device"
            })
    static final class Status extends CommandWithHelp implements Callable<Integer> {
        @Spec
        @SuppressWarnings("NullAway.Init") // picocli sets it before call
        private CommandSpec spec;

        @Parameters(index = "0", arity = "0..1", paramLabel = "META-DEVICE", description = "Look at this volume.")
        private @Nullable Path meta;

        @Override
        public Integer call() throws FsException, InterruptedException {
            PrintWriter out = spec.commandLine().getOut();
            for (Volumes volume : Volumes.find(meta, LocalMount.all(LocalMount.RUN))) {
                out.print(volume.heading());
                out.print(table(volume.state()));
                for (LocalMount mount : volume.local()) {
                    if (!mount.get("quorum/status").isEmpty()) {
                        out.println();
                        out.println(mount.ident() + " on " + mount.get("mountpoint"));
                        out.println(mount.get("quorum/status"));
                    }
                }
            }
            out.flush();
            return 0;
        }

        private static String table(VolumeState state) {
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("Slot", "Address", "Rid", "Event", "Term", "Server"));
            for (Map.Entry<Integer, QuorumBlock> entry : state.slots().entrySet()) {
                QuorumBlock block = entry.getValue();
                QuorumBlockEvent last = last(block);
                boolean used = block.event(last).writeNr() != 0;
                rows.add(List.of(
                        entry.getKey().toString(),
                        Objects.toString(state.config().slot(entry.getKey())),
                        used ? "%016x".formatted(block.event(last).rid()) : "-",
                        used ? last.name().toLowerCase(Locale.ROOT) : "-",
                        used ? Long.toUnsignedString(block.event(last).term()) : "-",
                        server(state, entry.getKey(), block)));
            }
            return Columns.rightAligned(rows);
        }

        private static String server(VolumeState state, int slot, QuorumBlock block) {
            if (!block.mayHaveServer()) {
                return "-";
            }
            return state.leader() != null && state.leader().slot() == slot ? "leads" : "not stopped";
        }

        private static QuorumBlockEvent last(QuorumBlock block) {
            return List.of(QuorumBlockEvent.values()).stream()
                    .max(Comparator.comparing(
                            (QuorumBlockEvent kind) -> block.event(kind).writeNr(), Long::compareUnsigned))
                    .orElseThrow();
        }
    }
}
