package org.scoutfs.app.status;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.admin.Columns;
import org.scoutfs.app.output.FieldSink;
import org.scoutfs.app.output.ListingCommand;
import org.scoutfs.app.output.Output;
import org.scoutfs.app.output.Row;
import org.scoutfs.error.FsException;
import org.scoutfs.format.MountedClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code scoutfs mounts}. */
@Command(
        name = "mounts",
        description = {
            "Show who has a volume mounted: every mount of the cluster, with its address, quorum slot and role; for"
                    + " those of this host",
            "also where, for how long, its cluster locks and its last commit."
        },
        footer = {
            "",
            "A mount that is still waiting for a leader is shown once a leader knows it. A mount that crashed is shown"
                    + " until it was fenced.",
            "",
            "Examples:",
            "  scoutfs mounts                 all volumes that are mounted on this host",
            "  scoutfs mounts /dev/vg/meta    the volume of this metadata device"
        })
public final class MountsCommand extends ListingCommand {
    private static final String UNKNOWN = "-";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before list
    private CommandSpec spec;

    @Parameters(index = "0", arity = "0..1", paramLabel = "META-DEVICE", description = "Look at this volume.")
    private @Nullable Path meta;

    /** @param client null if no server knows it: it waits for one, or leaves; {@code local} null on another host */
    private record Entry(
            VolumeState state,
            long rid,
            @Nullable MountedClient client,
            @Nullable LocalMount local) implements Row {
        String role() {
            if (local != null && !local.get("state").equals("ready")) {
                return local.get("state");
            }
            return slot() < 0 ? "client" : state.leads(rid) ? "leader" : "member";
        }

        int slot() {
            return state.slotOf(rid);
        }

        List<String> cells() {
            return List.of(
                    "%016x".formatted(rid),
                    client == null ? UNKNOWN : client.addr().dotted(),
                    slot() < 0 ? UNKNOWN : Integer.toString(slot()),
                    role(),
                    local == null ? UNKNOWN : orUnknown(local.get("locks_held")),
                    local == null ? UNKNOWN : ago(local.get("last_commit_secs")),
                    local == null ? UNKNOWN : duration(local.get("mounted_secs")),
                    local == null ? UNKNOWN : orUnknown(local.get("mountpoint")));
        }

        /** All entries are one table. */
        @Override
        public String text() {
            return "";
        }

        @Override
        public void fields(FieldSink to) {
            to.text("fsid", "%016x".formatted(state.fsid()));
            to.text("rid", "%016x".formatted(rid));
            to.text("role", role());
            if (client != null) {
                to.text("address", client.addr().dotted());
            }
            if (slot() >= 0) {
                to.unsigned("quorum_slot_nr", slot());
            }
            if (local != null) {
                local(local, to);
            }
        }

        private static void local(LocalMount local, FieldSink to) {
            to.text("mountpoint", local.get("mountpoint"));
            to.text("ident", local.ident());
            if (!local.get("locks_held").isEmpty()) {
                to.unsigned("locks_held", Long.parseLong(local.get("locks_held")));
            }
            Long mounted = local.millis("mounted_secs");
            if (mounted != null) {
                to.unsigned("mounted_ms", mounted);
            }
            Long commit = local.millis("last_commit_secs");
            if (commit != null) {
                to.unsigned("last_commit_ms", commit);
            }
        }
    }

    @Override
    protected void list(Output out) throws FsException {
        List<LocalMount> mounts = LocalMount.here();
        for (LocalMount mount : mounts) {
            if (!mount.answers()) {
                spec.commandLine().getErr().println("the daemon of " + mount.ident() + " does not answer");
            }
        }
        for (Volumes volume : Volumes.find(meta, mounts)) {
            List<Entry> entries = entries(volume);
            out.decoration(volume.heading());
            out.decoration(table(entries));
            entries.forEach(out::row);
        }
    }

    private static List<Entry> entries(Volumes volume) {
        Map<Long, LocalMount> local = new HashMap<>();
        volume.local().forEach(mount -> local.put(mount.id("rid"), mount));
        List<Entry> entries = new ArrayList<>();
        volume.state()
                .clients()
                .forEach((rid, client) -> entries.add(new Entry(volume.state(), rid, client, local.remove(rid))));
        local.forEach((rid, mount) -> entries.add(new Entry(volume.state(), rid, null, mount)));
        return entries;
    }

    private static String table(List<Entry> entries) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("Rid", "Address", "Slot", "Role", "Locks", "Commit", "Mounted", "Directory"));
        entries.forEach(entry -> rows.add(entry.cells()));
        return Columns.rightAligned(rows);
    }

    private static String orUnknown(String text) {
        return text.isEmpty() ? UNKNOWN : text;
    }

    private static String ago(String seconds) {
        return seconds.isEmpty() ? UNKNOWN : duration(seconds) + " ago";
    }

    /** {@code 3.2s}, {@code 12m05s}, {@code 4h07m}, {@code 3d04h}. */
    static String duration(String text) {
        if (text.isEmpty()) {
            return UNKNOWN;
        }
        double exact = Double.parseDouble(text);
        long seconds = (long) exact;
        if (seconds < 60) {
            return String.format(java.util.Locale.ROOT, "%.1fs", exact);
        }
        if (seconds < 3600) {
            return "%dm%02ds".formatted(seconds / 60, seconds % 60);
        }
        if (seconds < 86_400) {
            return "%dh%02dm".formatted(seconds / 3600, seconds / 60 % 60);
        }
        return "%dd%02dh".formatted(seconds / 86_400, seconds / 3600 % 24);
    }
}
