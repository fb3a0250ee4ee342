package org.scoutfs.app.status;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.admin.Columns;
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
public final class MountsCommand extends CommandWithHelp implements Callable<Integer> {
    private static final String UNKNOWN = "-";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Parameters(index = "0", arity = "0..1", paramLabel = "META-DEVICE", description = "Look at this volume.")
    private @Nullable Path meta;

    @Override
    public Integer call() throws FsException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        List<LocalMount> mounts = LocalMount.all(LocalMount.RUN);
        for (LocalMount mount : mounts) {
            if (!mount.answers()) {
                spec.commandLine().getErr().println("the daemon of " + mount.ident() + " does not answer");
            }
        }
        for (Volumes volume : Volumes.find(meta, mounts)) {
            out.print(volume.heading());
            out.print(table(volume));
        }
        out.flush();
        return 0;
    }

    static String table(Volumes volume) {
        Map<Long, LocalMount> local = new HashMap<>();
        volume.local().forEach(mount -> local.put(mount.id("rid"), mount));
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("Rid", "Address", "Slot", "Role", "Locks", "Commit", "Mounted", "Directory"));
        volume.state()
                .clients()
                .forEach((rid, client) -> rows.add(row(volume.state(), rid, client, local.remove(rid))));
        local.forEach((rid, mount) -> rows.add(row(volume.state(), rid, null, mount)));
        return Columns.rightAligned(rows);
    }

    /** @param client null if no server knows it: it waits for one, or leaves */
    private static List<String> row(
            VolumeState state, long rid, @Nullable MountedClient client, @Nullable LocalMount local) {
        int slot = state.slotOf(rid);
        String role = slot < 0 ? "client" : state.leads(rid) ? "leader" : "member";
        if (local != null && !local.get("state").equals("ready")) {
            role = local.get("state");
        }
        return List.of(
                "%016x".formatted(rid),
                client == null ? UNKNOWN : client.addr().dotted(),
                slot < 0 ? UNKNOWN : Integer.toString(slot),
                role,
                local == null ? UNKNOWN : orUnknown(local.get("locks_held")),
                local == null ? UNKNOWN : ago(local.get("last_commit_secs")),
                local == null ? UNKNOWN : duration(local.get("mounted_secs")),
                local == null ? UNKNOWN : orUnknown(local.get("mountpoint")));
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
