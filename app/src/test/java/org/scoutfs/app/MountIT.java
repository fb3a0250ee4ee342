package org.scoutfs.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command against a real kernel: mount and what is seen of it, unmount, mistakes. */
class MountIT {
    private static final long DEVICE_BYTES = 64L << 30;

    @TempDir
    private Path dir;

    private Path meta = Path.of("");
    private Path data = Path.of("");
    private Path mnt = Path.of("");

    @BeforeEach
    void makeVolume() throws IOException, InterruptedException {
        Scoutfs.assumeMountable();
        meta = sparse("meta");
        data = sparse("data");
        mnt = Files.createDirectory(dir.resolve("mnt"));
        assertThat(scoutfs("mkfs", "meta", "data", "-Q", "0,127.0.0.1,43050").exitCode())
                .isZero();
    }

    @AfterEach
    void unmount() throws IOException, InterruptedException {
        scoutfs("umount", "mnt");
    }

    private Path sparse(String name) throws IOException {
        Path path = dir.resolve(name);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(DEVICE_BYTES);
        }
        return path;
    }

    private Scoutfs.Result scoutfs(String... arguments) throws IOException, InterruptedException {
        return Scoutfs.run(dir, arguments);
    }

    private String options() {
        return "metadev_path=" + meta + ",quorum_slot_nr=0";
    }

    private Scoutfs.Result mount() throws IOException, InterruptedException {
        return scoutfs("mount", "-o", options(), "--log", "log", "data", "mnt");
    }

    private static String ident(Scoutfs.Result mounted) {
        int open = mounted.out().lastIndexOf('(');
        return mounted.out().substring(open + 1, mounted.out().lastIndexOf(')'));
    }

    @Test
    void mountsShowsItselfAndUnmounts() throws IOException, InterruptedException {
        Scoutfs.Result mounted = mount();
        assertThat(mounted.exitCode()).as(mounted.err()).isZero();
        Path control = Path.of("/run/scoutfs", ident(mounted));
        Files.writeString(mnt.resolve("file"), "contents");

        checkCommands();
        checkControl(control);

        assertThat(scoutfs("mkfs", "meta", "data", "-f", "-Q", "0,127.0.0.1,43050"))
                .isEqualTo(new Scoutfs.Result("", """
                    failed to open meta dev 'meta': Device or resource busy (16)
                    scoutfs: mkfs failed: Device or resource busy (16)
                    """, 1));
        Path second = Files.createDirectory(dir.resolve("second"));
        Scoutfs.Result again = scoutfs("mount", "-o", options(), "data", second.toString());
        assertThat(again.exitCode()).isEqualTo(32);
        assertThat(again.err())
                .contains("is the volume mounted with this slot already?", "Address already in use (98)");

        assertThat(scoutfs("umount", "mnt").exitCode()).isZero();
        assertThat(control).doesNotExist();
        assertThat(mount().exitCode()).isZero();
        assertThat(mnt.resolve("file")).hasContent("contents");
    }

    private void checkCommands() throws IOException, InterruptedException {
        assertThat(scoutfs("df", "-p", "mnt").out().lines())
                .hasSize(3)
                .anyMatch(line -> line.startsWith("MetaData  64KB   1048576  "))
                .anyMatch(line -> line.startsWith("    Data   4KB  16777216  "));
        assertThat(scoutfs("stat", "mnt/file").out())
                .matches("(?s)meta_seq          \\d+\ndata_seq          \\d+\ndata_version      1\n"
                        + "online_blocks     1\noffline_blocks    0\ncrtime            \\d+\\.\\d{9}\n");
        assertThat(scoutfs("statfs", "-s", "total_data_blocks", "-p", "mnt").out())
                .isEqualTo("16777216\n");
        Scoutfs.Result elsewhere = scoutfs("stat", dir.toString());
        assertThat(elsewhere.exitCode()).isEqualTo(1);
        assertThat(elsewhere.err()).startsWith("ioctl failed: Inappropriate ioctl for device (25)\n");
    }

    private void checkControl(Path control) throws IOException, InterruptedException {
        assertThat(Scoutfs.read(control.resolve("state"))).isEqualTo("ready\n");
        assertThat(Scoutfs.read(control.resolve("mountpoint"))).isEqualTo(mnt.toRealPath() + "\n");
        assertThat(Scoutfs.read(control.resolve("fsid")).strip())
                .isEqualTo(scoutfs("statfs", "-s", "fsid", "-p", "mnt").out().strip());
        assertThat(Scoutfs.read(control.resolve("quorum/is_leader"))).isEqualTo("1");
        assertThat(Scoutfs.read(control.resolve("quorum/status")).lines())
                .contains("quorum_slot_nr 0", "role 2 (leader)")
                .allMatch(line -> line.split(" +").length >= 2);
        try (Stream<Path> counters = Files.list(control.resolve("counters"))) {
            assertThat(counters.count()).isGreaterThanOrEqualTo(202);
        }
        assertThat(scoutfs("counters", control.toString()).out().lines())
                .anyMatch(line -> line.matches("wkic_scan_objects +0"));

        Path option = control.resolve("mount_options/lock_idle_count");
        Files.writeString(option, "0x40\n", StandardOpenOption.WRITE);
        assertThat(Scoutfs.read(option)).isEqualTo("64");
        assertThatThrownBy(() -> Files.writeString(option, "31", StandardOpenOption.WRITE))
                .hasMessageContaining("Invalid argument");
        assertThat(Scoutfs.read(option)).isEqualTo("64");
        assertThatThrownBy(() -> Files.writeString(control.resolve("counters/statfs"), "1", StandardOpenOption.WRITE))
                .isInstanceOf(AccessDeniedException.class);
    }

    @Test
    void sigtermUnmounts() throws IOException, InterruptedException {
        Path out = dir.resolve("out");
        Process foreground = Scoutfs.start(dir, out, dir.resolve("err"), "mount", "-f", "-o", options(), "data", "mnt");
        while (foreground.isAlive() && !Scoutfs.read(out).contains("mounted")) {
            foreground.waitFor(50, TimeUnit.MILLISECONDS);
        }
        Files.writeString(mnt.resolve("file"), "before the signal");

        foreground.destroy();

        assertThat(foreground.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(mnt.resolve("file")).doesNotExist();
        assertThat(mount().exitCode()).isZero();
        assertThat(mnt.resolve("file")).hasContent("before the signal");
    }

    @Test
    void mistakesGetOneLine() throws IOException, InterruptedException {
        assertFails("Required mount option \"metadev_path\" not found", "mount", "data", "mnt");
        assertFails("are swapped", "mount", "-o", "metadev_path=" + data + ",quorum_slot_nr=0", "meta", "mnt");
        assertFails("Unknown or malformed option, \"bogus\"", "mount", "-o", options() + ",bogus", "data", "mnt");
        assertFails("is not a directory; make it first", "mount", "-o", options(), "data", "nowhere");
        assertFails("cannot open metadata device", "mount", "-o", "metadev_path=/nonexistent", "data", "mnt");
        assertFails("no scoutfs volume is mounted", "umount", "mnt");
    }

    private void assertFails(String text, String... arguments) throws IOException, InterruptedException {
        Scoutfs.Result result = scoutfs(arguments);
        assertThat(result.exitCode()).as(result.toString()).isEqualTo(32);
        assertThat(result.err().lines()).as(result.err()).hasSize(1).allMatch(line -> line.contains(text));
    }
}
