package org.scoutfs.app.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.scoutfs.app.InProcess;
import org.scoutfs.app.log.RecentLines;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.host.Host;
import org.scoutfs.mount.Mount;
import org.scoutfs.mount.MountOptions;
import org.scoutfs.vfs.PathFiles;
import org.scoutfs.vfs.SimpleCredentials;

/** Every row of spec 5 sections 6.1 and 6.3, on a mount in this process. */
class ControlFilesTest {
    private static final int PORT = 44860;

    @TempDir
    private Path dir;

    private Host host;
    private Mount mount;
    private ControlNode.Directory root;
    private ControlNode.Directory debug;

    @BeforeEach
    void mount() throws Exception {
        Path meta = file("meta.img");
        Path data = file("data.img");
        assertThat(InProcess.run("mkfs", meta.toString(), data.toString(), "-Q", "0,127.0.0.1," + PORT)
                        .exitCode())
                .isZero();
        host = Host.system();
        mount = Mount.open(host, meta, data, MountOptions.parse("quorum_slot_nr=0"));
        root = ControlTree.of(
                mount,
                host.clock(),
                new ControlTree.Surroundings(
                        "/mnt", () -> "ready", meta.toString(), new FenceDirectory(), RecentLines::text));
        debug = DebugTree.of(mount);
    }

    private Path file(String name) throws Exception {
        Path file = dir.resolve(name);
        try (RandomAccessFile random = new RandomAccessFile(file.toFile(), "rw")) {
            random.setLength(64L << 30);
        }
        return file;
    }

    @AfterEach
    void unmount() throws FsException {
        mount.close();
        host.close();
    }

    private static ControlNode.File find(ControlNode.Directory from, String path) {
        ControlNode node = from;
        for (String name : path.split("/")) {
            node = ((ControlNode.Directory) node).children().get(name);
            assertThat(node).as(path).isNotNull();
        }
        return (ControlNode.File) node;
    }

    private String read(String path) throws FsException {
        return find(root, path).text();
    }

    private static String mode(ControlNode.File file) {
        return Integer.toOctalString(file.permissions());
    }

    @Test
    void identificationIsWhatTheReferenceShows() throws Exception {
        assertThat(read("format_version")).isEqualTo("2\n");
        assertThat(read("fsid")).isEqualTo("%016x\n".formatted(mount.fsid()));
        assertThat(read("rid")).isEqualTo("%016x\n".formatted(mount.rid()));
        assertThat(read("data_device_maj_min")).matches("\\d+:\\d+\n");
        assertThat(read("quorum/is_leader")).isEqualTo("1");
        assertThat(read("quorum/status"))
                .startsWith("quorum_slot_nr 0\nterm 1\n")
                .contains("role 2 (leader)\n");
        assertThat(root.children()).containsKey("fence");
        assertThat(read("log")).contains("scoutfs " + mount.ident() + ": server ready at");
        assertThat(read("mount_options/quorum_slot_nr")).isEqualTo("0\n");
        assertThat(read("mount_options/metadev_path")).endsWith("meta.img");
        assertThat(mode(find(root, "mount_options/metadev_path"))).isEqualTo("444");
        ControlNode.File counter = find(root, "counters/item_create");
        assertThat(mode(counter)).isEqualTo("644");
        assertThat(counter.isWritable()).isFalse();
        assertThat(counter.text()).matches("\\d+\n");
        assertThat(((ControlNode.Directory) root.children().get("counters"))
                        .children()
                        .keySet())
                .containsAll(CounterNames.ALL);
    }

    @Test
    void writableNumbersHaveTheirRangesAndKeepTheirValues() throws Exception {
        Map<String, long[]> ranges = Map.of(
                "mount_options/data_prealloc_blocks", new long[] {1, 4503599627370495L},
                "mount_options/data_prealloc_contig_only", new long[] {0, 1},
                "mount_options/ino_alloc_per_lock", new long[] {1, 1024},
                "mount_options/lock_idle_count", new long[] {32, 100000},
                "mount_options/log_merge_wait_timeout_ms", new long[] {100, 60000},
                "mount_options/orphan_scan_delay_ms", new long[] {100, 60000},
                "mount_options/quorum_heartbeat_timeout_ms", new long[] {2000, 60000},
                "srch/compact_delay_ms", new long[] {1000, 60000});
        for (Map.Entry<String, long[]> entry : ranges.entrySet()) {
            ControlNode.File file = find(root, entry.getKey());
            assertThat(mode(file)).as(entry.getKey()).isEqualTo("644");
            for (long value : entry.getValue()) {
                file.write("0x" + Long.toHexString(value) + "\n");
                assertThat(file.text()).isEqualTo(Long.toString(value));
            }
            String before = file.text();
            for (String bad :
                    new String[] {"", "x", "-1", Long.toString(entry.getValue()[1] + 1), "99999999999999999999"}) {
                assertThatThrownBy(() -> file.write(bad))
                        .as(entry.getKey() + " " + bad)
                        .isInstanceOfSatisfying(
                                FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
            }
            assertThat(file.text()).isEqualTo(before);
            String name = entry.getKey().substring(entry.getKey().indexOf('/') + 1);
            assertThat(read("log"))
                    .contains("scoutfs " + mount.ident() + " error: ")
                    .contains(name);
        }
    }

    @Test
    void zoneBlocksAreSetAndClearedByTheLeader() throws Exception {
        ControlNode.File file = find(root, "volume_options/data_alloc_zone_blocks");

        assertThat(file.text()).isEmpty();
        file.write("1048576\n");
        assertThat(file.text()).isEqualTo("1048576");
        assertThatThrownBy(() -> file.write("5")).isInstanceOf(FsException.class);
        assertThatThrownBy(() -> file.write("1".repeat(32)))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ERANGE));
        file.write("\n");
        assertThat(file.text()).isEmpty();
    }

    @Test
    void debugFilesShowLocksAndConnections() throws Exception {
        new PathFiles(mount.vfs(), SimpleCredentials.root()).mkdirs("/a/b");

        assertThat(mode(find(debug, "client_locks"))).isEqualTo("400");
        assertThat(find(debug, "client_locks").text().lines())
                .isNotEmpty()
                .allMatch(line ->
                        line.matches("start [0-9.]+ end [0-9.]+ refresh_gen \\d+ mode [0-3] waiters: rd \\d+ wr \\d+ wo"
                                + " \\d+ users: rd \\d+ wr \\d+ wo \\d+( requested)?( draining)?( invalidations"
                                + " \\d+)?"))
                .anyMatch(line -> line.contains(" mode 2 "));
        String rid = "%016x".formatted(mount.rid());
        assertThat(find(debug, "server_locks").text().lines())
                .isNotEmpty()
                .allMatch(line -> line.matches("[0-9.]+ (null|read|write|write_only) (granted|requested|invalidated)"
                        + " rid " + rid + " net_id \\d+"));
        assertThat(find(debug, "server_lock_stats").text().lines())
                .isNotEmpty()
                .allMatch(line -> line.matches("[0-9.]+ req [1-9]\\d* inv \\d+ rsp \\d+ gr [1-9]\\d*"));
        assertThat(find(debug, "connections").text().lines())
                .hasSizeGreaterThanOrEqualTo(2)
                .allMatch(line -> line.contains(" rid " + rid + " "));
        assertThat(find(debug, "messages").text()).doesNotContain("null");
    }

    @Test
    void debugFilesDropCachesAndArmTriggers() throws Exception {
        find(debug, "drop_weak_item_cache").write("1");
        find(debug, "drop_quota_check_cache").write("1");
        ControlNode.File trigger = find(debug, "trigger/statfs_lock_purge");
        assertThat(trigger.text()).isEqualTo("0\n");
        trigger.write("1\n");
        assertThat(trigger.text()).isEqualTo("1\n");

        mount.vfs().statfs();

        assertThat(trigger.text()).isEqualTo("0\n");
        assertThatThrownBy(() -> trigger.write("2")).isInstanceOf(FsException.class);
        assertThat(((ControlNode.Directory) debug.children().get("trigger")).children())
                .hasSize(9);
    }
}
