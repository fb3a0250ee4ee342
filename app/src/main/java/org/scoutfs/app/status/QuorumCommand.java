package org.scoutfs.app.status;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.admin.Columns;
import org.scoutfs.app.output.FieldSink;
import org.scoutfs.app.output.ListingCommand;
import org.scoutfs.app.output.Output;
import org.scoutfs.app.output.Row;
import org.scoutfs.error.FsException;
import org.scoutfs.format.QuorumBlock;
import org.scoutfs.format.QuorumBlockEvent;
import org.scoutfs.quorum.LeaderFinder;
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
    static final class Status extends ListingCommand {
        @Parameters(index = "0", arity = "0..1", paramLabel = "META-DEVICE", description = "Look at this volume.")
        private @Nullable Path meta;

        @Override
        protected void list(Output out) throws FsException {
            for (Volumes volume : Volumes.find(meta, LocalMount.here())) {
                out.row(new VolumeRow(volume));
            }
        }
    }

    private record VolumeRow(Volumes volume) implements Row {
        @Override
        public String text() {
            StringBuilder text = new StringBuilder(volume.heading()).append(table(slots()));
            for (LocalMount mount : volume.local()) {
                if (!mount.get("quorum/status").isEmpty()) {
                    text.append('\n')
                            .append(mount.ident() + " on " + mount.get("mountpoint") + "\n")
                            .append(mount.get("quorum/status"))
                            .append('\n');
                }
            }
            return text.toString();
        }

        private List<SlotRow> slots() {
            return volume.state().slots().entrySet().stream()
                    .map(entry -> new SlotRow(volume.state(), entry.getKey(), entry.getValue()))
                    .toList();
        }

        @Override
        public void fields(FieldSink to) {
            to.text("fsid", "%016x".formatted(volume.state().fsid()));
            LeaderFinder.Leader leader = volume.state().leader();
            if (leader != null) {
                to.unsigned("leader_slot", leader.slot());
                to.text("leader_address", leader.address().toString());
                to.unsigned("leader_term", leader.term());
            }
            to.unsigned("quorum_config_version", volume.state().config().version());
            to.rows("slots", slots());
            to.rows(
                    "members",
                    volume.local().stream()
                            .filter(mount -> !mount.get("quorum/status").isEmpty())
                            .map(MemberRow::new)
                            .toList());
        }
    }

    /** A member of this host: the lines of its status file. */
    private record MemberRow(LocalMount mount) implements Row {
        @Override
        public String text() {
            return mount.get("quorum/status");
        }

        @Override
        public void fields(FieldSink to) {
            to.text("ident", mount.ident());
            to.text("mountpoint", mount.get("mountpoint"));
            to.flag("is_leader", mount.isLeader());
            to.texts("status", List.of(mount.get("quorum/status").split("\n")));
        }
    }

    private record SlotRow(VolumeState state, int slot, QuorumBlock block) implements Row {
        private QuorumBlockEvent last() {
            return List.of(QuorumBlockEvent.values()).stream()
                    .max(Comparator.comparing(
                            (QuorumBlockEvent kind) -> block.event(kind).writeNr(), Long::compareUnsigned))
                    .orElseThrow();
        }

        private boolean used() {
            return block.event(last()).writeNr() != 0;
        }

        List<String> cells() {
            return List.of(
                    Integer.toString(slot),
                    Objects.toString(state.config().slot(slot)),
                    used() ? "%016x".formatted(block.event(last()).rid()) : "-",
                    used() ? last().name().toLowerCase(Locale.ROOT) : "-",
                    used() ? Long.toUnsignedString(block.event(last()).term()) : "-",
                    server());
        }

        private String server() {
            if (!block.mayHaveServer()) {
                return "-";
            }
            return state.leader() != null && state.leader().slot() == slot ? "leads" : "not stopped";
        }

        @Override
        public String text() {
            return table(List.of(this));
        }

        @Override
        public void fields(FieldSink to) {
            to.unsigned("quorum_slot_nr", slot);
            to.text("address", Objects.toString(state.config().slot(slot)));
            if (used()) {
                to.text("rid", "%016x".formatted(block.event(last()).rid()));
                to.text("event", last().name().toLowerCase(Locale.ROOT));
                to.unsigned("term", block.event(last()).term());
            }
            to.flag("may_have_server", block.mayHaveServer());
        }
    }

    private static String table(List<SlotRow> slots) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("Slot", "Address", "Rid", "Event", "Term", "Server"));
        slots.forEach(slot -> rows.add(slot.cells()));
        return Columns.rightAligned(rows);
    }
}
