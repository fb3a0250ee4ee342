package org.scoutfs.app.control;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.device.FileDevice;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.NumberText;
import org.scoutfs.format.VolumeOptions;
import org.scoutfs.host.HostClock;
import org.scoutfs.host.MountIdent;
import org.scoutfs.mount.Mount;
import org.scoutfs.mount.MountOption;
import org.scoutfs.quorum.QuorumStatus;

/** The files of one mount: names, modes, contents and errors of spec 5 section 6.1, and those that only this implementation has. */
final class ControlTree {
    private static final System.Logger LOG = System.getLogger(ControlTree.class.getName());
    private static final int VOLUME_OPTION_BYTES_MAX = 31;

    private final Mount mount;
    private final HostClock clock;

    /**
     * What the daemon knows of the mount that the mount itself does not.
     *
     * @param mountPoint where it is mounted
     * @param state mounting, ready, unmounting or failed
     * @param metadevPath as given at mount
     * @param log the last log lines
     */
    record Surroundings(
            String mountPoint,
            Supplier<String> state,
            String metadevPath,
            FenceDirectory fences,
            Supplier<String> log) {}

    private ControlTree(Mount mount, HostClock clock) {
        this.mount = mount;
        this.clock = clock;
    }

    static ControlNode.Directory of(Mount mount, HostClock clock, Surroundings around) {
        return new ControlTree(mount, clock).root(around);
    }

    private ControlNode.Directory root(Surroundings around) {
        Map<String, ControlNode> files = new LinkedHashMap<>();
        files.put("data_device_maj_min", ControlNode.file(() -> deviceNumber(mount.dataDevice()) + "\n"));
        files.put("format_version", ControlNode.file(() -> mount.formatVersion() + "\n"));
        files.put("fsid", ControlNode.file(() -> "%016x\n".formatted(mount.fsid())));
        files.put("rid", ControlNode.file(() -> "%016x\n".formatted(mount.rid())));
        files.put("counters", counters());
        files.put("mount_options", mountOptions(around.metadevPath()));
        files.put("volume_options", volumeOptions());
        files.put("srch", srch());
        if (mount.options().isQuorumMember()) {
            files.put("quorum", quorum());
            files.put("fence", around.fences().node());
        }
        files.put("mountpoint", ControlNode.file(() -> around.mountPoint() + "\n"));
        files.put("pid", ControlNode.file(() -> ProcessHandle.current().pid() + "\n"));
        files.put("state", ControlNode.file(() -> around.state().get() + "\n"));
        files.put(
                "mounted_secs", ControlNode.file(() -> seconds(mount.activity().mountedNanos())));
        files.put(
                "last_commit_secs",
                ControlNode.file(() -> seconds(mount.activity().commitNanos())));
        files.put("locks_held", ControlNode.file(() -> mount.activity().heldLocks() + "\n"));
        files.put("server", ControlNode.file(() -> {
            @Nullable InetAddr server = mount.activity().server();
            return server == null ? "\n" : server + "\n";
        }));
        files.put("log", ControlNode.file(around.log()::get));
        files.put("options", ControlNode.file(() -> mount.options().shown(around.metadevPath()) + "\n"));
        return ControlNode.directory(files);
    }

    private static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.3f%n", nanos / 1e9);
    }

    private static String deviceNumber(BlockDevice device) {
        return device instanceof FileDevice file
                ? file.deviceNumber().major() + ":" + file.deviceNumber().minor()
                : "0:0";
    }

    /** The reference's, and those that this implementation counts besides. */
    private ControlNode counters() {
        Map<String, ControlNode> known = new ConcurrentHashMap<>();
        return new ControlNode.Directory(() -> {
            SortedMap<String, ControlNode> now = new TreeMap<>();
            CounterNames.ALL.forEach(name -> now.put(name, counter(known, name)));
            mount.counters().snapshot().keySet().forEach(name -> now.put(name, counter(known, name)));
            return now;
        });
    }

    private ControlNode counter(Map<String, ControlNode> known, String name) {
        return known.computeIfAbsent(
                name,
                made -> ControlNode.shownWritable(
                        () -> mount.counters().get(made).get() + "\n"));
    }

    private ControlNode mountOptions(String metadevPath) {
        Map<String, ControlNode> files = new TreeMap<>();
        for (MountOption option : MountOption.values()) {
            if (option.writable()) {
                files.put(
                        option.optionName(),
                        ControlNode.writable(
                                () -> Long.toString(mount.options().get(option)), text -> setOption(option, text)));
            }
        }
        files.put("metadev_path", ControlNode.file(() -> metadevPath));
        files.put("quorum_slot_nr", ControlNode.file(() -> mount.options().get(MountOption.QUORUM_SLOT_NR) + "\n"));
        return ControlNode.directory(files);
    }

    private void setOption(MountOption option, String text) throws FsException {
        logged(() -> mount.setOption(option, withoutNewline(text)));
    }

    /** A change by an administrator. */
    private interface Change {
        void make() throws FsException;
    }

    /** One line says why it is refused. */
    private void logged(Change change) throws FsException {
        try {
            change.make();
        } catch (FsException e) {
            MountIdent.run(mount.ident(), () -> LOG.log(System.Logger.Level.ERROR, "{0}", e.getMessage()));
            throw e;
        }
    }

    private static String withoutNewline(String text) {
        return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }

    private static OptionalLong number(String text) {
        return NumberText.parse(withoutNewline(text).getBytes(StandardCharsets.ISO_8859_1));
    }

    private ControlNode volumeOptions() {
        return ControlNode.directory(Map.of(
                "data_alloc_zone_blocks",
                ControlNode.writable(
                        () -> {
                            VolumeOptions options = mount.client().getVolumeOptions();
                            return options.isSet(VolumeOptions.DATA_ALLOC_ZONE_BLOCKS)
                                    ? Long.toUnsignedString(options.dataAllocZoneBlocks())
                                    : "";
                        },
                        this::setZoneBlocks)));
    }

    private void setZoneBlocks(String text) throws FsException {
        if (text.startsWith("\n") || text.startsWith("\r")) {
            mount.client().clearVolumeOptions(VolumeOptions.NONE.with(VolumeOptions.DATA_ALLOC_ZONE_BLOCKS, 0));
            return;
        }
        if (text.length() > VOLUME_OPTION_BYTES_MAX) {
            throw new FsException(Errno.ERANGE);
        }
        OptionalLong blocks = number(text);
        if (blocks.isEmpty()) {
            throw new FsException(Errno.EINVAL);
        }
        mount.client()
                .setVolumeOptions(VolumeOptions.NONE.with(VolumeOptions.DATA_ALLOC_ZONE_BLOCKS, blocks.getAsLong()));
    }

    private ControlNode srch() {
        return ControlNode.directory(Map.of(
                "compact_delay_ms", ControlNode.writable(() -> Integer.toString(mount.srchCompactDelayMs()), text -> {
                    OptionalLong delay = number(text);
                    long value = delay.isPresent() ? delay.getAsLong() : -1;
                    // what does not fit an int is out of range as well
                    logged(() -> mount.setSrchCompactDelayMs(value == (int) value ? (int) value : -1));
                })));
    }

    private ControlNode quorum() {
        Map<String, ControlNode> files = new LinkedHashMap<>();
        files.put("is_leader", ControlNode.file(() -> {
            QuorumStatus status = mount.quorumStatus();
            return status == null ? "0" : status.isLeaderText();
        }));
        files.put("status", ControlNode.file(() -> {
            @Nullable QuorumStatus status = mount.quorumStatus();
            return status == null ? "" : status.text(clock.nanoTime());
        }));
        return ControlNode.directory(files);
    }
}
