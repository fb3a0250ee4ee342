package org.scoutfs.app.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * A C program that knows the installed header only, on a volume: every ioctl and the errors of spec 5 section 2.6, who may, memory of every
 * kind, handles (spec 5 section 12, items 1 to 5 and 9).
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class IoctlsIT {
    private static final int PORT = 43960;
    private static final String PRIVILEGED = "2 7 9 11 14 15 16 17 19 20 21 22 23 25";

    @TempDir
    private static Path dir;

    private static Path program = Path.of("");
    private static @Nullable TestVolume mounted;

    @BeforeAll
    static void mount() throws Exception {
        Programs.require("gcc", "truncate", "mount", "umount", "unshare");
        Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxr-xr-x"));
        program = dir.resolve("ioctls");
        Path repository = Path.of("..").toRealPath();
        Programs.succeed(
                60,
                List.of(
                        "gcc",
                        "-Wall",
                        "-Wno-unused-result",
                        "-I" + repository.resolve("packaging/include"),
                        "-o",
                        program.toString(),
                        repository.resolve("fuse/src/test/resources/ioctls.c").toString(),
                        "-lpthread"));
        TestVolume volume = TestVolume.create(dir, PORT);
        mounted = volume;
        volume.mount("");
        Programs.shell(10, "mkdir '%s/life' '%<s/prepared'".formatted(volume.mountPoint()));
    }

    @AfterAll
    static void unmount() throws Exception {
        if (mounted != null) {
            try (TestVolume volume = mounted) {
                volume.unmount();
                volume.check();
            }
        }
    }

    private static TestVolume volume() {
        TestVolume volume = mounted;
        assertThat(volume).isNotNull();
        return volume;
    }

    private static String on(String name) {
        return volume().mountPoint().resolve(name).toString();
    }

    private static List<String> ioctls(String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(Arrays.asList(words));
        return Programs.succeed(60, command).lines().toList();
    }

    @Test
    @Order(1)
    void lifeOfFilesAndTheErrorsOfEachIoctl() throws Exception {
        Path expected = Programs.resource("ioctls-life.txt", dir);
        assertThat(ioctls("life", on("life"))).containsExactlyElementsOf(Files.readAllLines(expected));
    }

    @Test
    @Order(2)
    void memoryOfEveryKind() throws Exception {
        assertThat(ioctls("prepare", on("prepared"))).containsExactly("prepared");
        for (String line : ioctls("buffers", on("prepared/file"), on("prepared/mapped"))) {
            String[] outcomes = line.split(" ", -1);
            String good = outcomes[1].substring("good=".length());
            String unreadable = outcomes[0].equals("DATA_WAITING") ? "0" : "EFAULT";
            boolean onlyReads = List.of("STAGE", "SEARCH_XATTRS.name", "READ_XATTR_INDEX.arg")
                    .contains(outcomes[0]);
            assertThat(line)
                    .isEqualTo("%s good=%s readonly=%s hidden=%s short=%4$s nothing=%4$s wrap=%4$s mapped=%2$s"
                            .formatted(outcomes[0], good, onlyReads ? good : unreadable, unreadable));
            assertThat(good).as(line).matches("\\d+");
        }
    }

    @Test
    @Order(3)
    void whoMay() throws Exception {
        assertThat(denied("root")).isEmpty();
        assertThat(denied("user")).isEqualTo(PRIVILEGED);
        assertThat(denied("container")).isEqualTo(PRIVILEGED);
        assertThat(denied("sys_admin")).isEqualTo("2 17");
        assertThat(denied("dac_read_search")).isEqualTo("7 9 11 14 15 16 19 20 21 22 23 25");
    }

    private static String denied(String who) throws IOException, InterruptedException {
        return ioctls("as", who, on("prepared/file"))
                .getFirst()
                .replace("denied", "")
                .replace(":EPERM", "")
                .strip();
    }

    @Test
    @Order(4)
    void callersThatUnmapOrEndMeanwhile() throws Exception {
        assertThat(ioctls("race", on("prepared/file"), "500")).containsExactly("calls 500 some whole", "children 20");
    }

    @Test
    @Order(5)
    void readOnlyAfterRemount() throws Exception {
        String mountPoint = volume().mountPoint().toString();
        Programs.succeed(10, List.of("mount", "-i", "-o", "remount,ro", mountPoint));
        assertThat(ioctls("refused", on("prepared/file")))
                .containsExactly(" RELEASE=EROFS STAGE=EROFS SETATTR_MORE=EBADF MOVE_BLOCKS=EXDEV SET_ATTR_X=EROFS"
                        + " PUNCH_OFFLINE=EROFS RESIZE_DEVICES=0");
        Programs.succeed(10, List.of("mount", "-i", "-o", "remount,rw", mountPoint));
        assertThat(ioctls("refused", on("prepared/file")))
                .containsExactly(" RELEASE=EINVAL STAGE=EINVAL SETATTR_MORE=EBADF MOVE_BLOCKS=EXDEV SET_ATTR_X=0"
                        + " PUNCH_OFFLINE=EINVAL RESIZE_DEVICES=0");
    }

    @Test
    @Order(6)
    void handlesMadeFromInodeNumbers() throws Exception {
        String file = ino("prepared/file");
        String directory = ino("prepared");
        String gone = ino("prepared/n0");
        Programs.shell(10, "rm '%s'".formatted(on("prepared/n0")));
        volume().unmount();
        volume().mount("");
        String mnt = volume().mountPoint().toString();
        // Nothing of it is in this kernel's caches.
        assertThat(ioctls("handle", mnt, directory))
                .containsExactly("handle 0 ino same " + on("prepared") + " bytes 12 type 81 named same generation 0");
        assertThat(ioctls("handle", mnt, file).getFirst())
                .startsWith("handle 0 ino same /")
                .endsWith(" bytes 12 type 81 named same generation 0");
        assertThat(ioctls("handle", mnt, gone)).containsExactly("handle ESTALE");
        assertThat(ioctls("handle", mnt, "4294967297")).containsExactly("handle ESTALE");
        assertThat(ioctls("handle", mnt, "1")).containsExactly("handle ESTALE");
    }

    private static String ino(String name) throws IOException, InterruptedException {
        return Programs.shell(10, "stat -c %%i '%s'".formatted(on(name))).strip();
    }

    /** The daemon lives in a pid namespace of its own and cannot see who calls. */
    @Test
    @Order(7)
    void callersThatAreNotVisible() throws Exception {
        volume().unmount();
        List<String> command = new ArrayList<>(List.of(
                "unshare", "--pid", "--fork", "--kill-child", "sh", "-c", "\"$@\"; exec tail -f /dev/null", "sh"));
        command.addAll(Programs.java(
                "org.scoutfs.app.Main",
                "mount",
                "--log",
                volume().log().toString(),
                "-o",
                "metadev_path=" + volume().meta() + ",quorum_slot_nr=0",
                volume().data().toString(),
                volume().mountPoint().toString()));
        Process namespace = Programs.start(command);
        try {
            String line = namespace.inputReader().readLine();
            assertThat(line).startsWith("mounted ");
            for (String outcome : ioctls("buffers", on("prepared/file"), on("prepared/mapped"))) {
                // Nobody waits, so nothing is stored.
                String answer = outcome.startsWith("DATA_WAITING ") ? "0" : "(EFAULT|EPERM)";
                assertThat(outcome).matches(".* good=%s .* mapped=%<s".formatted(answer));
            }
            assertThat(denied("root")).isEqualTo(PRIVILEGED);
        } finally {
            Programs.run(10, List.of("umount", "-i", "-l", volume().mountPoint().toString()));
            namespace.destroyForcibly().waitFor();
            volume().mount("");
        }
    }
}
