package org.scoutfs.app.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.scoutfs.app.InProcess;
import org.scoutfs.app.it.DamagedVolume.Place;

/**
 * Everything that can be wrong with what a user names on the command line, row by row: the exit code and one line that says what is wrong
 * and where, without a stack trace. What can be used although something is damaged can be used.
 */
class BadInputIT {
    private static final int PORT = 43400;
    private static final long SECONDS = 60;
    private static final long DEVICE_BYTES = 64L << 30;
    private static final int FILES = 40;

    private static final int FAILED = 1;
    private static final int USAGE = 64;
    private static final int NOT_MOUNTED = 32;

    private static final String SLOT = " -Q 0,127.0.0.1,43209";

    @TempDir
    private static Path dir;

    /** A volume that is mounted all the time. */
    private static @Nullable TestVolume live;

    /**
     * A command line, how it ends, and what one line of its standard error contains; {@code @} stands for the test's directory and a slash.
     */
    private record Row(int exitCode, String text, String command) {
        static Row mount(String text, String meta, String data) {
            return new Row(NOT_MOUNTED, text, "mount -o metadev_path=" + meta + ",quorum_slot_nr=0 " + data + " @mnt");
        }

        static Row damaged(String text, Place place) {
            return mount(text, "@" + place + "/meta.img", "@" + place + "/data.img");
        }
    }

    private static final List<Row> MKFS = List.of(
            new Row(USAGE, "must specify at least one quorum slot", "mkfs @zeros @zeros2"),
            new Row(USAGE, "invalid ipv4 address 'nohost'", "mkfs @zeros @zeros2 -Q 0,nohost,1"),
            new Row(USAGE, "invalid nr '99' in quorum slot", "mkfs @zeros @zeros2 -Q 99,127.0.0.1,43209"),
            new Row(USAGE, "Unknown option: '--frob'", "mkfs --frob @zeros @zeros2" + SLOT),
            new Row(FAILED, "failed to open meta dev '@nothing': No such file", "mkfs @nothing @zeros" + SLOT),
            new Row(FAILED, "path isn't regular or device file '@mnt'", "mkfs @zeros @mnt" + SLOT),
            new Row(FAILED, "1.00GB too small for min 64.00GB meta device", "mkfs @short @zeros" + SLOT),
            new Row(FAILED, "expected at least 67698688", "mkfs -A @tiny @zeros" + SLOT),
            new Row(FAILED, "appears to contain an existing ScoutFS", "mkfs @sound/meta.img @zeros" + SLOT),
            new Row(FAILED, "are the same '@zeros': name two devices", "mkfs @zeros @zeros" + SLOT),
            new Row(FAILED, "'@live/meta.img': Device or resource busy", "mkfs -f @live/meta.img @zeros" + SLOT));

    private static final List<Row> MOUNT = List.of(
            new Row(NOT_MOUNTED, "Required mount option \"metadev_path\" not found", "mount @sound/data.img @mnt"),
            new Row(USAGE, "Unknown option: '--frob'", "mount --frob @sound/data.img @mnt"),
            new Row(
                    NOT_MOUNTED,
                    "Unknown or malformed option, \"frob\"",
                    "mount -o metadev_path=@sound/meta.img,frob @sound/data.img @mnt"),
            new Row(
                    NOT_MOUNTED,
                    "invalid quorum_slot_nr option, must be between 0 and 14",
                    "mount -o metadev_path=@sound/meta.img,quorum_slot_nr=99 @sound/data.img @mnt"),
            new Row(
                    NOT_MOUNTED,
                    "must be one of the following configured slots: 0",
                    "mount -o metadev_path=@sound/meta.img,quorum_slot_nr=5 @sound/data.img @mnt"),
            new Row(
                    NOT_MOUNTED,
                    "'@nothing' is not a directory; make it first",
                    "mount -o metadev_path=@sound/meta.img @sound/data.img @nothing"),
            new Row(
                    NOT_MOUNTED,
                    "'@zeros' is not a directory",
                    "mount -o metadev_path=@sound/meta.img @sound/data.img @zeros"),
            Row.mount("are swapped: '@sound/meta.img'", "@sound/data.img", "@sound/meta.img"),
            Row.mount("the same device '@sound/meta.img'", "@sound/meta.img", "@sound/meta.img"),
            Row.mount("cannot open metadata device: @nothing: open failed: ENOENT", "@nothing", "@sound/data.img"),
            Row.mount("cannot open data device: @nothing: open failed: ENOENT", "@sound/meta.img", "@nothing"),
            Row.mount("it is neither a block device nor a regular file", "@mnt", "@sound/data.img"),
            Row.mount("'@zeros' does not hold a usable scoutfs super block", "@zeros", "@sound/data.img"),
            Row.mount("make a volume with 'scoutfs mkfs'", "@sound/meta.img", "@zeros"),
            Row.mount("'@tiny' has only 4096 bytes: no scoutfs volume", "@tiny", "@sound/data.img"),
            Row.mount("the metadata device has 524288 blocks", "@cut/meta.img", "@sound/data.img"),
            Row.mount("the data device has 8388608 blocks", "@sound/meta.img", "@cut/data.img"),
            Row.mount("'@live/data.img' do not belong together", "@sound/meta.img", "@live/data.img"),
            Row.mount("is the volume mounted with this slot already?", "@live/meta.img", "@live/data.img"),
            Row.damaged("metadata device '@META_SUPER/meta.img' does not hold a usable", Place.META_SUPER),
            Row.damaged("data device '@DATA_SUPER/data.img' does not hold a usable", Place.DATA_SUPER),
            Row.damaged("cannot start: a list of free blocks is damaged: metadata block", Place.LIST),
            Row.damaged("cannot take part in the quorum: quorum block 17", Place.QUORUM),
            // these three hold the way to the root directory
            Row.damaged("the volume is damaged: metadata block", Place.FS_ROOT),
            Row.damaged("the volume is damaged: metadata block", Place.LOG_ROOT),
            Row.damaged("the volume is damaged: metadata block", Place.BLOOM));

    private static final List<Row> PRINT = List.of(
            new Row(FAILED, "failed to open '@nothing': No such file", "print @nothing"),
            new Row(FAILED, "Printing from data device is not allowed", "print @sound/data.img"),
            new Row(FAILED, "it is neither a block device nor a regular file", "print @mnt"),
            new Row(FAILED, "'@tiny' has only 4096 bytes: no scoutfs volume", "print @tiny"),
            new Row(FAILED, "'@zeros' is not a scoutfs device", "print @zeros"));

    private static final List<Row> OTHERS = List.of(
            new Row(FAILED, "error Inappropriate ioctl for device", "df -p @mnt"),
            new Row(FAILED, "failed to open '@nothing': No such file", "df -p @nothing"),
            new Row(FAILED, "ioctl failed: Inappropriate ioctl for device", "stat @mnt"),
            new Row(FAILED, "failed to open '@nothing': No such file", "stat @nothing"),
            new Row(FAILED, "unknown field: 'frob'", "stat -s frob @live/mnt"),
            new Row(FAILED, "ioctl failed: Inappropriate ioctl for device", "statfs -p @mnt"),
            new Row(FAILED, "unknown field: 'frob'", "statfs -s frob -p @live/mnt"),
            new Row(FAILED, "failed to open sysfs counter dir '@nothing", "counters @nothing"),
            new Row(NOT_MOUNTED, "no scoutfs volume is mounted on '@mnt'", "umount @mnt"),
            new Row(FAILED, "unrecognized command: 'frob'", "frob"));

    @BeforeAll
    static void make() throws Exception {
        Programs.require("cp", "truncate", "umount", "unshare", "mount", "mknod", "python3");
        Files.createDirectory(dir.resolve("mnt"));
        makeSound();
        DamagedVolume damaged = new DamagedVolume(dir.resolve("sound/meta.img"), dir.resolve("sound/data.img"));
        for (Place place : Place.values()) {
            damaged.copyTo(dir.resolve(place.name()), place);
        }
        damaged.copyTo(dir.resolve("cut"));
        resize("cut/meta.img", DEVICE_BYTES / 2);
        resize("cut/data.img", DEVICE_BYTES / 2);
        resize("zeros", DEVICE_BYTES);
        resize("zeros2", DEVICE_BYTES);
        resize("short", 1L << 30);
        resize("tiny", 4096);
        live = TestVolume.create(Files.createDirectory(dir.resolve("live")), PORT + 1);
        live.mount("");
    }

    /** Has something of everything: of a mount before, all of whose blocks are in the trees, and of one whose log tree is not merged. */
    private static void makeSound() throws Exception {
        try (TestVolume volume = TestVolume.create(Files.createDirectory(dir.resolve("sound")), PORT)) {
            volume.mount("");
            for (int i = 0; i < FILES; i++) {
                Files.writeString(volume.mountPoint().resolve("file" + i), "contents " + i);
            }
            Programs.succeed(
                    SECONDS,
                    List.of(
                            "python3",
                            "-c",
                            "import os, sys; os.setxattr(sys.argv[1], 'scoutfs.srch.x', b'v')",
                            volume.mountPoint().resolve("file0").toString()));
            volume.unmount();
        }
    }

    private static void resize(String name, long bytes) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(dir.resolve(name).toFile(), "rw")) {
            file.setLength(bytes);
        }
    }

    @AfterAll
    static void unmount() throws IOException {
        if (live != null) {
            live.close();
        }
    }

    @TestFactory
    Stream<DynamicTest> mkfs() {
        return tests(MKFS);
    }

    @TestFactory
    Stream<DynamicTest> mount() {
        return tests(MOUNT);
    }

    @TestFactory
    Stream<DynamicTest> print() {
        return PRINT.stream().map(row -> DynamicTest.dynamicTest(row.command, () -> checkPrint(row)));
    }

    @TestFactory
    Stream<DynamicTest> others() {
        return tests(OTHERS);
    }

    private static Stream<DynamicTest> tests(List<Row> rows) {
        return rows.stream().map(row -> DynamicTest.dynamicTest(row.command, () -> check(row)));
    }

    private static void check(Row row) {
        InProcess.Result result = InProcess.run(at(row.command).split(" "));
        assertThat(result.exitCode()).as(result.err()).isEqualTo(row.exitCode);
        checkText(result.err(), at(row.text));
    }

    /** {@code print} writes past everything to the real standard output, and closes it. */
    private static void checkPrint(Row row) throws Exception {
        Path err = dir.resolve("stderr");
        List<String> command = Programs.java("org.scoutfs.app.Main");
        command.addAll(List.of(at(row.command).split(" ")));
        Process process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(err.toFile())
                .start();
        try {
            assertThat(process.waitFor(SECONDS, TimeUnit.SECONDS)).as("ends").isTrue();
        } finally {
            process.destroyForcibly();
        }
        String text = Files.readString(err);
        assertThat(process.exitValue()).as(text).isEqualTo(row.exitCode);
        checkText(text, at(row.text));
    }

    /** One line, besides notes of mkfs before it and what all commands say at their end. */
    private static void checkText(String text, String expected) {
        assertThat(text).doesNotContain("\tat ").doesNotContain("Exception");
        if (expected.isEmpty()) {
            assertThat(text).isEmpty();
            return;
        }
        assertThat(text.lines().filter(line -> line.contains(expected)))
                .as(text)
                .hasSize(1);
        assertThat(text.lines().takeWhile(line -> !isFollowUp(line))).as(text).hasSizeBetween(1, 3);
    }

    private static boolean isFollowUp(String line) {
        return line.startsWith("scoutfs: ") && line.contains(" failed: ")
                || line.startsWith("Try `")
                || line.startsWith("usage:");
    }

    private static String at(String text) {
        return text.replace("@", dir + "/");
    }

    /** Who looks at a damaged volume wants to see what is there. */
    @Test
    void printsWhatIsDamaged() throws Exception {
        for (Place place : Place.values()) {
            Path meta = dir.resolve(place.name()).resolve("meta.img");
            Programs.Result result =
                    Programs.run(SECONDS, Programs.java("org.scoutfs.app.Main", "print", meta.toString()));
            assertThat(result.exitCode()).as(place.name()).isZero();
            assertThat(result.output()).contains("fs_root").doesNotContain("\tat ");
        }
    }

    /** A damaged file of searchable attributes is not on the way to any other. */
    @Test
    void mountsWithADamagedSrchFile() throws Exception {
        try (TestVolume volume = TestVolume.existing(dir.resolve(Place.SRCH.name()))) {
            volume.mount("");
            for (int i = 0; i < FILES; i++) {
                assertThat(volume.mountPoint().resolve("file" + i)).hasContent("contents " + i);
            }
            volume.unmount();
        }
    }

    @Test
    void withoutDevFuse() throws Exception {
        String java = String.join(" ", Programs.java("org.scoutfs.app.Main"));
        Programs.Result result = Programs.run(SECONDS, List.of("unshare", "-m", "sh", "-ec", """
            mkdir '%1$s/dev'
            mount -t tmpfs none '%1$s/dev'
            mknod '%1$s/dev/null' c 1 3
            mknod '%1$s/dev/zero' c 1 5
            mknod '%1$s/dev/random' c 1 8
            mknod '%1$s/dev/urandom' c 1 9
            mount --bind '%1$s/dev' /dev
            exec %2$s mount -o metadev_path='%1$s/sound/meta.img',quorum_slot_nr=0 '%1$s/sound/data.img' '%1$s/mnt'
            """.formatted(dir, java)));
        assertThat(result.exitCode()).as(result.output()).isEqualTo(NOT_MOUNTED);
        assertThat(result.output())
                .isEqualTo("scoutfs mount: /dev/fuse does not exist: load the fuse kernel module (modprobe fuse):"
                        + " No such device (19)\n");
    }

    @Test
    void aMountWhoseDaemonIsDead() throws Exception {
        Path copy = Files.createDirectory(dir.resolve("dead"));
        try (TestVolume volume = TestVolume.create(copy, PORT + 2)) {
            volume.mount("");
            volume.kill();
            // Whoever comes while the kernel takes the connection down hears of an abort.
            await().until(() ->
                    InProcess.run(at("df -p @dead/mnt").split(" ")).err().contains("(107)"));
            check(new Row(
                    FAILED,
                    "failed to open '@dead/mnt': Transport endpoint is not connected (107)",
                    "df -p @dead/mnt"));
            check(new Row(
                    FAILED, "failed to open '@dead/mnt': Transport endpoint is not connected (107)", "stat @dead/mnt"));
            check(new Row(
                    NOT_MOUNTED,
                    "'@dead/mnt' is a mount whose daemon is gone: 'umount @dead/mnt' takes it away",
                    "mount -o metadev_path=@dead/meta.img,quorum_slot_nr=0 @dead/data.img @dead/mnt"));
            check(new Row(0, "", "umount @dead/mnt"));
            volume.mount("");
            volume.unmount();
        }
    }

    /** A volume all of whose metadata is reserve, and which has next to no data blocks. */
    @Test
    void aFullVolumeSaysSo() throws Exception {
        Path full = Files.createDirectory(dir.resolve("full"));
        resize("full/meta.img", 3L << 30);
        resize("full/data.img", 1L << 30);
        check(new Row(
                0,
                "is all reserve: nothing can be created",
                "mkfs -A @full/meta.img @full/data.img -Q 0,127.0.0.1," + (PORT + 3)));
        try (TestVolume volume = TestVolume.existing(full)) {
            volume.mount("");
            Programs.Result touch = Programs.run(
                    SECONDS, List.of("touch", volume.mountPoint().resolve("x").toString()));
            assertThat(touch.output()).contains("No space left on device");
            check(new Row(0, "", "df -p @full/mnt"));
            volume.unmount();
            volume.check();
        }
    }
}
