package org.scoutfs.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A C program that was written from the header alone calls ioctls through the kernel: spec 5 section 12, items 1 to 5. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
@ParameterizedClass
@EnumSource(
        value = Transport.class,
        names = {"DEVICE", "IO_URING"})
class IoctlTest {
    @Parameter
    private Transport transport;

    private Mounted m;
    private Client c;

    @BeforeEach
    void mount() throws IOException, InterruptedException {
        // One reader for each source: one that waits for memory that only another request can bring must not be the
        // last.
        m = new Mounted(FuseOptions.of("memory").withTransport(transport).withReaders(1, 64));
        c = m.client();
        assertThat(c.number("put", m.path("file"), "contents")).isEqualTo(8);
        assertThat(c.number("put", m.path("other"), "x")).isEqualTo(1);
        assertThat(c.number("chmod", m.path("file"), "0666")).isZero();
        assertThat(c.number("mkdir", m.path("dir"), "0755")).isZero();
    }

    @AfterEach
    void unmount() throws IOException {
        if (m != null) {
            m.close();
            assertThat(m.count("fuse_unexpected_failures")).isZero();
            assertThat(m.count("fuse_malformed_requests")).isZero();
        }
    }

    private long ino(String name) {
        return Long.parseLong(c.call("stat", m.path(name)).split(" ")[0]);
    }

    private List<String> ioctls(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Client.ioctls().toString()));
        command.addAll(Arrays.asList(arguments));
        Process process = new ProcessBuilder(command)
                .directory(Path.of("/").toFile())
                .redirectErrorStream(true)
                .start();
        CompletableFuture<String> output = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                    } catch (IOException e) {
                        return e.toString();
                    }
                },
                task -> Thread.ofVirtual().start(task));
        if (!process.waitFor(40, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(command + " does not end");
        }
        assertThat(process.exitValue()).as(output.join()).isZero();
        return output.join().lines().toList();
    }

    @Test
    void allOfThemOnAFile() throws Exception {
        long ino = ino("file");
        long other = ino("other");
        assertThat(String.join("\n", ioctls("all", m.path("file"), m.path("other"))))
                .isEqualTo("""
                    WALK_INODES 3 first 3/1003/0
                    INO_PATH 0 dir 5 pos 7 bytes 4 'd/f'
                    RELEASE 0
                    STAGE 9999
                    STAT_MORE 0 crtime set pad 0
                    DATA_WAITING 4 first 2/2 op 5
                    SETATTR_MORE 0
                    LISTXATTR_HIDDEN 31 'scoutfs.hide.a' 'scoutfs.hide.bb' id 21 hash 12 bytes 256 pointer same
                    SEARCH_XATTRS 3 first 10 flags f0
                    SEARCH_XATTRS 3 first 18 flags f1
                    STATFS_MORE 0 f51d 71d 33 44 55 66
                    DATA_WAIT_ERR 3
                    ALLOC_DETAIL 3 second 7 20 type 0 meta 0 avail 1
                    MOVE_BLOCKS 0
                    RESIZE_DEVICES 0
                    READ_XATTR_TOTALS 10 first 1.2.3 = 18446744073709551613 of 6
                    GET_ALLOCATED_INOS 12 first 1030
                    GET_REFERRING_ENTRIES %d
                      dir 9 pos 2 ino same bytes 48 flags 0 type 8 name 3 'nnn' padding zero
                      dir 9 pos 3 ino same bytes 48 flags 0 type 8 name 4 'nnnn' padding zero
                      dir 9 pos 4 ino same bytes 48 flags 0 type 8 name 5 'nnnnn' padding zero
                    GET_ATTR_X 0 mask 22 data_seq 102 ctime 106.107 behind eeeeeeee eeeeeeeeeeeeeeee
                    GET_ATTR_X 0 101 102 103 104 105 106.107 108.109 110 1 111
                    SET_ATTR_X 0
                    GET_QUOTA_RULES 1 prio 0 op 1 limit 1000 names 0,1,0 1,2,1 next 1/1 room 1
                    ADD_QUOTA_RULE 0
                    DEL_QUOTA_RULE 0
                    READ_XATTR_INDEX 10 first 1.2.3 argument untouched
                    PUNCH_OFFLINE 0
                    INJECT_TOTL_DELTA 0
                    GET_EXTENTS 0 mapped 2
                      0 0 12288 0
                      16384 0 12288 6
                    GET_EXTENTS 0 counted 20000\
                    """.formatted(fitting(2, 1 << 20)));
        assertThat(m.vfs.archive.asked)
                .containsExactly(
                        "release 4096 8192 77",
                        "stage 78 4096 9999 sum " + 9999 * 'S',
                        "setattr_more 1 2 1 Timespec[seconds=3, nanos=4] Timespec[seconds=6, nanos=5]",
                        "wait_err 4096 8192 3 -5",
                        "move " + other + " 4096 8192 12288 5 1",
                        "resize 11 12",
                        "AttrX[mask=740, flags=1, metaSeq=0, dataSeq=0, dataVersion=1, onlineBlocks=0, offlineBlocks=0,"
                                + " ctime=Timespec[seconds=2, nanos=3], crtime=Timespec[seconds=5, nanos=4], size=6,"
                                + " retention=true, projectId=7]",
                        "add " + rule(),
                        "delete " + rule(),
                        "punch 4096 8192 9 0",
                        "inject 1 2 3 -4 -5");
        assertThat(ino).isNotEqualTo(other);
    }

    /** How many of the made-up links, from that one on, have their records in so many bytes. */
    private static int fitting(int first, int bytes) {
        int count = 0;
        int room = bytes;
        for (int i = first; ; i++) {
            room -= (29 + 1 + i % 255 + 1 + 15) / 16 * 16;
            if (room < 0) {
                return count;
            }
            count++;
        }
    }

    private static String rule() {
        return "QuotaRule[prio=5, names=[Name[value=1, source=0, flags=0], Name[value=2, source=1, flags=1],"
                + " Name[value=3, source=2, flags=0]], op=1, limit=4, flags=1]";
    }

    @ParameterizedTest
    @CsvSource({"dir", "''"})
    void allOfThemOnADirectory(String name) throws Exception {
        // What they do there is for the doors to say; here they arrive.
        assertThat(ioctls("all", m.path(name), m.path("other")))
                .contains("WALK_INODES 3 first 3/1003/0", "READ_XATTR_INDEX 10 first 1.2.3 argument untouched")
                .noneMatch(line -> line.endsWith("ENOTTY") || line.endsWith("EIO"));
    }

    @Test
    void anyOtherNumberIsNone() throws Exception {
        for (String name : List.of("file", "dir")) {
            assertThat(ioctls("unknown", m.path(name)))
                    .containsExactly(
                            " 0=ENOTTY 26=ENOTTY 127=ENOTTY smaller=ENOTTY direction=ENOTTY magic=ENOTTY flags=ENOTTY");
        }
    }

    @Test
    void memoryOfEveryKind() throws Exception {
        assertThat(c.number("put", m.path("mapped"), "x")).isEqualTo(1);
        assertThat(c.number("truncate", m.path("mapped"), 65536)).isZero();
        assertThat(String.join("\n", ioctls("buffers", m.path("file"), m.path("mapped"))))
                .isEqualTo("""
                    WALK_INODES good=64 readonly=EFAULT hidden=EFAULT short=EFAULT nothing=EFAULT wrap=EFAULT mapped=64
                    INO_PATH good=0 readonly=EFAULT hidden=EFAULT short=EFAULT nothing=EFAULT wrap=EFAULT mapped=0
                    STAGE good=4096 readonly=4096 hidden=EFAULT short=EFAULT nothing=EFAULT wrap=EFAULT mapped=4096
                    DATA_WAITING good=16 readonly=EFAULT hidden=EFAULT short=EFAULT nothing=EFAULT wrap=EFAULT mapped=16
                    LISTXATTR_HIDDEN good=31 readonly=EFAULT hidden=EFAULT short=EFAULT nothing=EFAULT wrap=EFAULT mapped=31
                    SEARCH_XATTRS good=64 readonly=EFAULT hidden=EFAULT short=EFAULT nothing=EFAULT wrap=EFAULT mapped=64
                    SEARCH_XATTRS.name good=16 readonly=16 hidden=EFAULT short=EFAULT nothing=EFAULT wrap=EFAULT mapped=16
                    SEARCH_XATTRS.arg good=16 readonly=EFAULT hidden=EFAULT short=EFAULT nothing=EFAULT wrap=EFAULT mapped=16
                    ALLOC_DETAIL good=3 readonly=EFAULT hidden=EFAULT short=EFAULT nothing=EFAULT wrap=EFAULT mapped=3
                    READ_XATTR_TOTALS good=10 readonly=EFAULT hidden=EFAULT short=EFAULT nothing=EFAULT wrap=EFAULT mapped=10
                    GET_ALLOCATED_INOS good=64 readonly=EFAULT hidden=EFAULT short=EFAULT nothing=EFAULT wrap=EFAULT mapped=64
                    GET_REFERRING_ENTRIES good=57 readonly=EFAULT hidden=EFAULT short=EFAULT nothing=EFAULT wrap=EFAULT mapped=57
                    GET_ATTR_X.arg good=0 readonly=EFAULT hidden=EFAULT short=EFAULT nothing=EFAULT wrap=EFAULT mapped=0
                    GET_QUOTA_RULES good=8 readonly=EFAULT hidden=EFAULT short=EFAULT nothing=EFAULT wrap=EFAULT mapped=8
                    GET_QUOTA_RULES.arg good=4 readonly=EFAULT hidden=EFAULT short=EFAULT nothing=EFAULT wrap=EFAULT mapped=4
                    READ_XATTR_INDEX good=8 readonly=EFAULT hidden=EFAULT short=EFAULT nothing=EFAULT wrap=EFAULT mapped=8
                    READ_XATTR_INDEX.arg good=4 readonly=4 hidden=EFAULT short=EFAULT nothing=EFAULT wrap=EFAULT mapped=4
                    GET_EXTENTS good=16 readonly=EFAULT hidden=EFAULT short=EFAULT nothing=EFAULT wrap=EFAULT mapped=16\
                    """.replace(
                                "GET_REFERRING_ENTRIES" + " good=57",
                                "GET_REFERRING_ENTRIES" + " good=" + fitting(0, 4096))
                        .replace("mapped=57", "mapped=" + fitting(0, 4096)));
    }

    @ParameterizedTest
    @CsvSource({
        "root, ''",
        "user, 2 7 9 11 14 15 16 17 19 20 21 22 23 25",
        "container, 2 7 9 11 14 15 16 17 19 20 21 22 23 25",
        "sys_admin, 2 17",
        "dac_read_search, 7 9 11 14 15 16 19 20 21 22 23 25"
    })
    void privileges(String who, String denied) throws Exception {
        StringBuilder expected = new StringBuilder("denied");
        for (String number : denied.split(" ")) {
            expected.append(number.isEmpty() ? "" : " " + number + ":EPERM");
        }
        assertThat(ioctls("as", who, m.path("file"))).containsExactly(expected.toString());
    }

    @Test
    void waysOfOpening() throws Exception {
        assertThat(String.join("\n", ioctls("modes", m.path("file"), m.path("dir"))))
                .isEqualTo("""
                    readonly RELEASE=EINVAL STAGE=EINVAL SETATTR_MORE=EBADF SEARCH_XATTRS=0 RESIZE_DEVICES=0 READ_XATTR_TOTALS=EINVAL\
                     READ_XATTR_TOTALS=EINVAL GET_ALLOCATED_INOS=EINVAL GET_ALLOCATED_INOS=EINVAL PUNCH_OFFLINE=EINVAL
                    writeonly RELEASE=0 STAGE=4096 SETATTR_MORE=0 SEARCH_XATTRS=EBADF RESIZE_DEVICES=EBADF READ_XATTR_TOTALS=EBADF\
                     READ_XATTR_TOTALS=EBADF GET_ALLOCATED_INOS=EBADF GET_ALLOCATED_INOS=EBADF PUNCH_OFFLINE=0
                    neither RELEASE=0 STAGE=4096 SETATTR_MORE=0 SEARCH_XATTRS=EBADF RESIZE_DEVICES=EBADF READ_XATTR_TOTALS=EBADF\
                     READ_XATTR_TOTALS=EBADF GET_ALLOCATED_INOS=EBADF GET_ALLOCATED_INOS=EBADF PUNCH_OFFLINE=0
                    directory RELEASE=EINVAL STAGE=EINVAL SETATTR_MORE=EBADF SEARCH_XATTRS=0 RESIZE_DEVICES=0 READ_XATTR_TOTALS=EINVAL\
                     READ_XATTR_TOTALS=EINVAL GET_ALLOCATED_INOS=EINVAL GET_ALLOCATED_INOS=EINVAL PUNCH_OFFLINE=EINVAL\
                    """);
    }

    @Test
    void callersThatUnmapOrEndMeanwhile() throws Exception {
        assertThat(ioctls("race", m.path("file"), "2000")).containsExactly("calls 2000 some whole", "children 20");
        assertThat(c.call("get", m.path("file"))).isEqualTo("'contents'");
    }

    @Test
    void handlesMadeFromInodeNumbers() throws Exception {
        long file = ino("file");
        long dir = ino("dir");
        assertThat(ioctls("handle", m.path(""), Long.toString(file)))
                .containsExactly("handle 0 ino same " + m.path("file") + " bytes 12 type 81 named same generation 0");
        assertThat(ioctls("handle", m.path(""), Long.toString(dir)))
                .containsExactly("handle 0 ino same " + m.path("dir") + " bytes 12 type 81 named same generation 0");
        // Never seen by this kernel, with numbers longer than 32 bits.
        m.vfs.remote(MemoryVfs.ROOT_INO, "up", 0x123_4567_89aaL, 0040755);
        m.vfs.remote(0x123_4567_89aaL, "down", 0x123_4567_89abL, 0040755);
        m.vfs.remote(0x123_4567_89abL, "cold", 0x123_4567_89acL, 0100644);
        assertThat(ioctls("handle", m.path(""), "0x123456789ac"))
                .containsExactly("handle 0 ino same / bytes 12 type 81 named same generation 0");
        assertThat(ioctls("handle", m.path(""), "0x123456789ab"))
                .containsExactly(
                        "handle 0 ino same " + m.path("up/down") + " bytes 12 type 81 named same generation 0");
        assertThat(c.number("unlink", m.path("file"))).isZero();
        assertThat(ioctls("handle", m.path(""), Long.toString(file))).containsExactly("handle ESTALE");
        assertThat(ioctls("handle", m.path(""), "999999")).containsExactly("handle ESTALE");
        assertThat(ioctls("handle", m.path(""), "1")).containsExactly("handle ESTALE");
        assertThat(ioctls("handle", m.path(""), Long.toString(dir), "1")).containsExactly("handle ESTALE");
    }
}
