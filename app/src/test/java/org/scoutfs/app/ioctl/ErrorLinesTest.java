package org.scoutfs.app.ioctl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.scoutfs.app.InProcess;

/** What commands say when the path is on another file system (spec 5 section 5.2), and about mistakes in the call. */
class ErrorLinesTest {
    private static final String NO_IOCTL = "Inappropriate ioctl for device (25)";

    @TempDir
    private static Path dir;

    private final Path file = dir.resolve("file");

    @BeforeEach
    void write() throws IOException {
        Files.writeString(file, "contents");
    }

    private InProcess.Result run(String line) {
        return InProcess.run(
                List.of(line.replace("@", dir.toString()).split(" ")).toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        stat @/file                                             | ioctl failed:
        statfs -p @                                             | ioctl failed:
        get-referring-entries -p @ 7                            | ioctl failed:
        get-attr-x @/file                                       | attr_x ioctl failed on '@/file':
        set-attr-x -p 7 @/file                                  | attr_x ioctl failed on '@/file':
        setattr -V 1 -s 10K -o @/file                           | setattr_more ioctl failed on '@/file':
        release -V 1 @/file                                     | release ioctl failed:
        punch-offline -V 1 -o 0 -l 4K @/file                    | punch_offline ioctl failed:
        move-blocks -f 0 -l 4K -t 0 @/file @/file               | ioctl failed on '@/file':
        search-xattrs -p @ scoutfs.srch.x                       | search_xattrs ioctl failed:
        read-xattr-totals -p @                                  | read_xattr_totals ioctl failed:
        read-xattr-index -p @                                   | read_xattr_index ioctl failed:
        walk-inodes -p @ -- meta_seq 0 -1                       | walk_inodes ioctl failed:
        list-hidden-xattrs @/file                               | listxattr_hidden ioctl failed:
        resize-devices -m 1G -p @                               | resize_devices ioctl failed:
        get-allocated-inos -p @ -i 7                            | get_allocated_inos ioctl failed:
        get-fiemap /proc/self/status                            | get_fiemap ioctl failed:
        data-waiting -I 0 -B 0 -p @                             | waiting ioctl failed:
        ino-path -p @ 7                                         | inodes_since ioctl failed:
        quota-list -p @                                         | GET_QUOTA_RULES ioctl failed:
        quota-wipe -p @                                         | GET_QUOTA_RULES ioctl failed:
        """)
    void ioctlHasItsLine(String line, String text) {
        InProcess.Result result = run(line);

        String command = line.substring(0, line.indexOf(' '));
        assertThat(result.err())
                .isEqualTo(text.replace("@", dir.toString()) + " " + NO_IOCTL + "\nscoutfs: " + command + " failed: "
                        + NO_IOCTL + "\n");
        assertThat(result.out()).isEmpty();
        assertThat(result.exitCode()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        df -p @                                                 | statfs_more returned -1: error
        data-wait-err -I 1 -V 1 -F 0 -C 1 -O read -E -5 -p @    | data_wait_err returned -1: error
        stage -V 1 @/file @/file                                | stage returned -1, not 8: error
        stage -V 1 @ @/file                                     | archive read returned -1: error
        """)
    void someIoctlsEndWithEio(String line, String text) {
        InProcess.Result result = run(line);

        String command = line.substring(0, line.indexOf(' '));
        assertThat(result.err())
                .startsWith(text + " ")
                .contains("\nscoutfs: " + command + " failed: Input/output error (5)\n");
        assertThat(result.exitCode()).isEqualTo(1);
    }

    @Test
    void quotaRulesAreNamedWhereTheyFail() {
        InProcess.Result result = InProcess.run("quota-add", "-p", dir.toString(), "-r", "1 15,L,- 0,L,- 0,L,- I 33 -");

        assertThat(result.err())
                .isEqualTo(
                        "MOD_QUOTA_RULE ioctl failed: " + NO_IOCTL + "\nscoutfs: quota-add failed: " + NO_IOCTL + "\n");
    }

    @Test
    void ruleThatIsNoneIsShownOnStandardOutput() {
        InProcess.Result result = InProcess.run("quota-del", "-p", dir.toString(), "-r", "1 15,X,- 0,L,- 0,L,- I 33 -");

        assertThat(result.out())
                .isEqualTo("invalid name source 'X' in name #1 in rule:\t1 15,X,- 0,L,- 0,L,- I 33 -\n");
        assertThat(result.err()).isEqualTo("scoutfs: quota-del failed: Invalid argument (22)\n");
    }

    @Test
    void pathThatIsNotThereIsNamed() {
        InProcess.Result result = run("release -V 1 @/nothing");

        assertThat(result.err())
                .isEqualTo("failed to open '" + dir + "/nothing': No such file or directory (2)\n"
                        + "scoutfs: release failed: No such file or directory (2)\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        release -V 1x @/file                                    | invalid 64bit value: '1x'
        release -V 1 -o 1X @/file                               | unknown suffix: '1X'
        release -V 1 -o 16385P @/file                           | size too big: '16385P'
        set-attr-x -c 5 @/file                                  | invalid timespec string: '5'
        set-attr-x -c 5.1000000001 @/file                       | invalid timespec nsec value: '5.1000000001'
        data-wait-err -I 1 -V 1 -F 0 -C 1 -O x -E -5            | invalid data wait op: 'x'
        data-wait-err -I 1 -V 1 -F 0 -C 1 -O read -E 5          | invalid error '5', must be between -4095 and -1
        walk-inodes ctime_seq 0 1                               | unknown index 'ctime_seq', try 'meta_seq' or 'data_seq'
        walk-inodes meta_seq x 1                                | bad index pos at 'x'
        read-xattr-index 300.0.0                                | initial major index position '300' must be between 0 and 255, inclusive.
        get-referring-entries 0                                 | invalid inode number '0', must not be 0
        """)
    void badValueHasItsLineAndIsAMistakeInTheCall(String line, String text) {
        InProcess.Result result = run(line);

        String command = line.substring(0, line.indexOf(' '));
        assertThat(result.err()).startsWith(text + "\n").contains("\n" + command + ": invalid value for ");
        assertThat(result.out()).isEmpty();
        assertThat(result.exitCode()).isEqualTo(64);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        setattr -V 0 @/file                                     | setattr: data version must not be 0
        setattr -s 1 @/file                                     | setattr: must provide a data version with a size
        setattr -o @/file                                       | setattr: must provide a size with offline
        """)
    void optionsDependOnEachOther(String line, String text) {
        InProcess.Result result = run(line);

        assertThat(result.err()).startsWith(text + "\n");
        assertThat(result.exitCode()).isEqualTo(64);
    }

    @ParameterizedTest
    @ValueSource(strings = {"walk-inodes -p @ -- meta_seq 0 -1", "walk-inodes -p @ meta_seq 0 -1"})
    void negativePositionIsNoOption(String line) {
        assertThat(run(line).err()).startsWith("walk_inodes ioctl failed: ");
    }

    @Test
    void longHintIsBrokenAt79Columns() {
        assertThat(run("get-referring-entries").err())
                .endsWith("Try `get-referring-entries --help' or `get-referring-entries --usage' for more\n"
                        + "information.\n");
    }

    @Test
    void firstPositionIsNotBehindTheLast() {
        assertThat(run("read-xattr-index -p @ 5.1.0 5.0.7").err())
                .startsWith("first index position 5.1.0 must be less than last index position 5.0.7\n");
    }
}
