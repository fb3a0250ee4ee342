package org.scoutfs.app.status;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;

/**
 * Volumes with the mounts that this host has of each.
 *
 * @param state of the metadata device
 * @param local mounts of this host that answer
 */
record Volumes(VolumeState state, List<LocalMount> local) {
    /**
     * @param meta the volume to look at; null = all that are mounted on this host
     * @throws FsException ENOENT if nothing is mounted and none was named
     */
    static List<Volumes> find(@Nullable Path meta, List<LocalMount> mounts) throws FsException {
        if (meta != null) {
            VolumeState state = VolumeState.read(meta);
            return List.of(of(state, mounts));
        }
        Map<Long, Path> devices = new LinkedHashMap<>();
        for (LocalMount mount : mounts) {
            if (mount.answers()) {
                devices.putIfAbsent(mount.id("fsid"), Path.of(mount.get("mount_options/metadev_path")));
            }
        }
        if (devices.isEmpty()) {
            throw new FsException(
                    Errno.ENOENT,
                    "no volume is mounted on this host"
                            + (mounts.isEmpty() ? "" : " by a daemon that answers")
                            + "; give the metadata device of the one to look at");
        }
        List<Volumes> volumes = new ArrayList<>();
        for (Path device : devices.values()) {
            volumes.add(of(VolumeState.read(device), mounts));
        }
        return volumes;
    }

    private static Volumes of(VolumeState state, List<LocalMount> mounts) {
        return new Volumes(
                state,
                mounts.stream()
                        .filter(mount -> mount.answers() && mount.id("fsid") == state.fsid())
                        .toList());
    }

    /** {@code volume FSID, ...: who leads}. */
    String heading() {
        return "volume %016x: %s%n".formatted(state.fsid(), leader());
    }

    private String leader() {
        if (state.leader() == null) {
            return "no leader";
        }
        return "slot " + state.leader().slot() + " at " + state.leader().address() + " leads in term "
                + Long.toUnsignedString(state.leader().term());
    }
}
