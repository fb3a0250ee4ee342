package org.scoutfs.app.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.scoutfs.app.InProcess;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.app.ioctl.OpenFlags;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;

/** The commands of an archive agent on a mount, in states that are made step by step: each output as spec 5 section 5.2 has it. */
class ArchiveCommandsIT {
    private static final int BLOCK = 4096;
    private static final long SECONDS = 60;

    @TempDir
    private static Path dir;

    @SuppressWarnings("NullAway.Init") // set before all tests
    private static TestVolume volume;

    @BeforeAll
    static void mount() throws Exception {
        Programs.require("umount", "cat");
        volume = TestVolume.create(dir, 43391);
        volume.mount("");
    }

    @AfterAll
    static void unmountAndCheck() throws Exception {
        if (volume != null) {
            try (TestVolume last = volume) {
                last.unmount();
                last.check();
            }
        }
    }

    /** A directory of the test's own. */
    private static Path directory(TestInfo test) throws IOException {
        return Files.createDirectories(
                volume.mountPoint().resolve(test.getTestMethod().orElseThrow().getName()));
    }

    private static String shows(String... words) {
        InProcess.Result result = InProcess.run(words);
        assertThat(result.err()).as("scoutfs %s", String.join(" ", words)).isEmpty();
        assertThat(result.exitCode()).isZero();
        return result.out();
    }

    private static void isSilent(String... words) {
        assertThat(shows(words)).isEmpty();
    }

    private static void fails(String text, String... words) {
        InProcess.Result result = InProcess.run(words);
        assertThat(result.err()).startsWith(text + "\n");
        assertThat(result.exitCode()).isEqualTo(1);
    }

    private static String mnt() {
        return volume.mountPoint().toString();
    }

    private static String ino(Path path) throws IOException {
        return Files.getAttribute(path, "unix:ino").toString();
    }

    private static String field(Path path, String name) {
        return shows("stat", "-s", name, path.toString()).strip();
    }

    /** A file of random bytes, written and committed. */
    private static byte[] write(Path path, int bytes) throws IOException {
        byte[] contents = new byte[bytes];
        new Random(bytes).nextBytes(contents);
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(contents));
            file.force(true);
        }
        return contents;
    }

    private static void commit() throws IOException {
        try (FileChannel file = FileChannel.open(
                volume.mountPoint().resolve("commit"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[1]));
            file.force(true);
        }
    }

    @Test
    void releasedContentsComeBack(TestInfo test) throws Exception {
        Path file = directory(test).resolve("file");
        Path copy = dir.resolve("copy");
        byte[] contents = write(file, 5 * BLOCK + 100);
        Files.write(copy, contents);
        String version = field(file, "data_version");

        fails("release ioctl failed: Stale file handle (116)", "release", "-V", "77", file.toString());
        isSilent("release", "-V", version, file.toString());

        assertThat(shows("get-fiemap", file.toString())).isEqualTo("0: offset: 0 0 length: 6 flags: O.L\nextents: 1\n");
        assertThat(shows("get-attr-x", "-n", "-f", "-s", file.toString()))
                .isEqualTo("online_blocks: 0\noffline_blocks: 6\nsize: " + contents.length + "\n");

        fails(
                "stage returned -1, not 20580: error Stale file handle (116)",
                "stage",
                "-V",
                "77",
                copy.toString(),
                file.toString());
        isSilent("stage", "-V", version, copy.toString(), file.toString());

        assertThat(shows("get-fiemap", "-L", file.toString()))
                .isEqualTo("0: offset: 0 length: 6 flags: ..L\nextents: 1\n");
        assertThat(field(file, "data_version")).isEqualTo(version);
        assertThat(Files.readAllBytes(file)).isEqualTo(contents);
    }

    @Test
    void partOfAFileIsReleasedAndStaged(TestInfo test) throws Exception {
        Path file = directory(test).resolve("file");
        Path copy = dir.resolve("part");
        byte[] contents = write(file, 8 * BLOCK);
        String version = field(file, "data_version");

        isSilent("release", "-V", version, "-o", "0", "-l", "16K", file.toString());
        assertThat(shows("get-fiemap", "-L", file.toString()))
                .isEqualTo("0: offset: 0 length: 4 flags: O..\n1: offset: 4 length: 4 flags: ..L\nextents: 2\n");

        Files.write(copy, Arrays.copyOfRange(contents, 2 * BLOCK, 4 * BLOCK));
        isSilent("stage", "-V", version, "-o", "8K", copy.toString(), file.toString());
        assertThat(field(file, "offline_blocks")).isEqualTo("2");

        isSilent("punch-offline", "-V", version, "-o", "0", "-l", "4K", file.toString());
        assertThat(shows("get-fiemap", "-L", "-b", file.toString()))
                .isEqualTo("0: offset: 4096 length: 4096 flags: O..\n"
                        + "1: offset: 8192 length: 8192 flags: ...\n"
                        + "2: offset: 16384 length: 16384 flags: ..L\nextents: 3\n");
        fails(
                "punch_offline ioctl failed: Invalid argument (22)",
                "punch-offline",
                "-V",
                version,
                "-o",
                "16K",
                "-l",
                "4K",
                file.toString());
    }

    /** The kernel asks again for a page whose readahead failed, so a reader may have to hear of the error twice. */
    @Test
    void readerHearsTheErrorOfItsWait(TestInfo test) throws Exception {
        Path file = directory(test).resolve("file");
        write(file, BLOCK);
        String version = field(file, "data_version");
        isSilent("release", "-V", version, file.toString());
        Process reader = Programs.start(List.of("cat", file.toString()));
        CompletableFuture<String> output = Programs.output(reader);

        String expected = "ino " + ino(file) + " iblock 0 ops read\n";
        List<String> seen = new ArrayList<>();
        while (reader.isAlive()) {
            String waiting = shows("data-waiting", "-I", "0", "-B", "0", "-p", mnt());
            if (waiting.contains("ino " + ino(file) + " ")) {
                assertThat(waiting).isEqualTo(expected);
                seen.add(shows(
                        "data-wait-err",
                        "-I",
                        ino(file),
                        "-V",
                        version,
                        "-F",
                        "0",
                        "-C",
                        "4096",
                        "-O",
                        "read",
                        "-E",
                        "-5",
                        "-p",
                        mnt()));
            }
            reader.waitFor(20, TimeUnit.MILLISECONDS);
            assertThat(seen).hasSizeLessThan(10);
        }

        assertThat(seen).contains("data_wait_err found 1 waiters.\n");
        assertThat(output.get(SECONDS, TimeUnit.SECONDS)).contains("Input/output error");
        fails(
                "data_wait_err returned -1: error Stale file handle (116)",
                "data-wait-err",
                "-I",
                "999999",
                "-V",
                "1",
                "-F",
                "0",
                "-C",
                "1",
                "-O",
                "read",
                "-E",
                "-5",
                "-p",
                mnt());
    }

    @Test
    void readerGoesOnWhenStaged(TestInfo test) throws Exception {
        Path file = directory(test).resolve("file");
        Path copy = dir.resolve("waited");
        byte[] contents = write(file, 3 * BLOCK + 5);
        Files.write(copy, contents);
        String version = field(file, "data_version");
        isSilent("release", "-V", version, file.toString());
        CompletableFuture<byte[]> reader = CompletableFuture.supplyAsync(() -> {
            try {
                return Files.readAllBytes(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        while (!shows("data-waiting", "-I", "0", "-B", "0", "-p", mnt()).contains("ino " + ino(file) + " ")) {
            assertThat(reader).isNotDone();
        }

        isSilent("stage", "-V", version, copy.toString(), file.toString());

        assertThat(finished(reader)).isEqualTo(contents);
    }

    private static <T> T finished(CompletableFuture<T> future)
            throws InterruptedException, ExecutionException, TimeoutException {
        return future.get(SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void blocksMoveBetweenFiles(TestInfo test) throws Exception {
        Path from = directory(test).resolve("from");
        Path to = directory(test).resolve("to");
        byte[] contents = write(from, 4 * BLOCK);
        write(to, 0);

        fails(
                "ioctl failed on '" + to + "': Invalid argument (22)",
                "move-blocks",
                "-f",
                "1",
                "-l",
                "4K",
                "-t",
                "0",
                from.toString(),
                to.toString());
        isSilent("move-blocks", "-f", "4096", "-l", "8K", "-t", "4K", from.toString(), to.toString());

        assertThat(Arrays.copyOfRange(Files.readAllBytes(to), BLOCK, 3 * BLOCK))
                .isEqualTo(Arrays.copyOfRange(contents, BLOCK, 3 * BLOCK));
        assertThat(field(from, "online_blocks")).isEqualTo("2");
        assertThat(field(to, "online_blocks")).isEqualTo("2");
    }

    @Test
    void restoredFileGetsWhatItHad(TestInfo test) throws Exception {
        Path file = Files.createFile(directory(test).resolve("file"));

        isSilent("setattr", "-V", "3", "-s", "10K", "-o", "-t", "7.5", "-r", "8.6", file.toString());

        assertThat(shows("get-attr-x", "-v", "-f", "-c", "-r", "-s", file.toString()))
                .isEqualTo("""
                    data_version: 3
                    offline_blocks: 3
                    ctime: 7.5
                    crtime: 8.6
                    size: 10240
                    """);
        fails(
                "setattr_more ioctl failed on '" + file + "': Invalid argument (22)",
                "setattr",
                "-V",
                "4",
                "-s",
                "10K",
                file.toString());

        isSilent("set-attr-x", "-p", "42", "-t", "1", file.toString());
        assertThat(shows("get-attr-x", "-p", file.toString())).isEqualTo("42\n");
        assertThat(shows("get-attr-x", "-t", file.toString())).isEqualTo("1\n");
        fails(
                "attr_x ioctl failed on '" + file + "': Operation not permitted (1)",
                "set-attr-x",
                "-p",
                "43",
                file.toString());
        isSilent("set-attr-x", "-t", "0", file.toString());
    }

    @Test
    void inodesAreFoundByChangeNumberAndName(TestInfo test) throws Exception {
        Path parent = directory(test);
        Path file = parent.resolve("f");
        write(file, 6);
        Files.createLink(parent.resolve("hard"), file);
        commit();
        String ino = ino(file);
        String dirIno = ino(parent);

        assertThat(shows("ino-path", "-p", mnt(), ino))
                .isEqualTo(parent.getFileName() + "/f\n" + parent.getFileName() + "/hard\n");
        assertThat(shows("ino-path", "-p", mnt(), "1")).isEmpty();
        assertThat(shows("get-referring-entries", "-p", mnt(), ino))
                .isEqualTo("dir " + dirIno + " pos 2 type 8 name f\ndir " + dirIno + " pos 3 type 8 name hard\n");
        assertThat(shows("get-allocated-inos", "-i", ino, "-p", mnt()).lines()).startsWith(ino);
        assertThat(shows("get-allocated-inos", "-s", "-i", ino, "-p", mnt())).isEqualTo(ino + "\n");
        assertThat(shows("get-allocated-inos", "-s", "-i", "999", "-p", mnt())).isEmpty();

        String line = "0                    %-20s 0          %-20s".formatted(field(file, "data_seq"), ino);
        assertThat(shows("walk-inodes", "-p", mnt(), "--", "DATA_SEQ", "0", "-1")
                        .lines())
                .startsWith("#                    major                minor      ino                 ")
                .contains(line);
        assertThat(shows(
                                "walk-inodes",
                                "-p",
                                mnt(),
                                "meta_seq",
                                field(file, "meta_seq"),
                                field(file, "meta_seq") + ".0." + ino)
                        .lines())
                .last()
                .isEqualTo("0                    %-20s 0          %-20s".formatted(field(file, "meta_seq"), ino));
    }

    @Test
    void tagsAreSearchedListedAndAdded(TestInfo test) throws Exception {
        Path file = directory(test).resolve("f");
        write(file, 6);
        setXattr(file, "scoutfs.hide.srch.both", "x");
        setXattr(file, "scoutfs.hide.bar", "x");
        setXattr(file, "scoutfs.srch.foo", "");
        setXattr(file, "scoutfs.totl.a.1.2.3", "10");
        setXattr(file, "scoutfs.totl.b.1.2.4", "020");
        setXattr(file, "scoutfs.indx.n.5.77", "");
        commit();

        assertThat(shows("list-hidden-xattrs", file.toString()).lines())
                .containsExactlyInAnyOrder("scoutfs.hide.srch.both", "scoutfs.hide.bar");
        assertThat(shows("search-xattrs", "-p", mnt(), "scoutfs.srch.foo")).isEqualTo(ino(file) + "\n");
        assertThat(shows("search-xattrs", "-p", mnt(), "scoutfs.hide.srch.both"))
                .isEqualTo(ino(file) + "\n");
        assertThat(shows("search-xattrs", "-p", mnt(), "scoutfs.srch.other")).isEmpty();
        fails("search_xattrs ioctl failed: Invalid argument (22)", "search-xattrs", "-p", mnt(), "user.x");
        assertThat(shows("read-xattr-totals", "-p", mnt())).isEqualTo("1.2.3 = 10, 1\n1.2.4 = 16, 1\n");
        assertThat(shows("read-xattr-index", "-p", mnt())).isEqualTo("5.77 = " + ino(file) + "\n");
        assertThat(shows("read-xattr-index", "-p", mnt(), "5.0.0", "5.100.0")).isEqualTo("5.77 = " + ino(file) + "\n");
        assertThat(shows("read-xattr-index", "-p", mnt(), "5.78.0")).isEmpty();
    }

    private static void setXattr(Path file, String name, String value) throws IOException, InterruptedException {
        Programs.succeed(10, List.of("setfattr", "-n", name, "-v", value, file.toString()));
    }

    @Test
    void rulesAreAddedListedAndWiped() {
        String high = "200 1,G,S 0,L,- 0,L,- D 18446744073709551615 -";
        String middle = "  7 13,L,- 15,P,S 0,U,- D 1000 C";
        String low = "  1 15,L,- 0,L,- 0,L,- I 33 -";
        for (String rule : List.of(low, high, middle)) {
            isSilent("quota-add", "-p", mnt(), "-r", rule);
        }

        assertThat(shows("quota-list", "-p", mnt())).isEqualTo(high + "\n" + middle + "\n" + low + "\n");
        assertThat(shows("quota-list", "-U", "-p", mnt()).lines()).containsExactlyInAnyOrder(high, middle, low);
        fails("MOD_QUOTA_RULE ioctl failed: File exists (17)", "quota-add", "-p", mnt(), "-r", high);
        isSilent("quota-del", "-p", mnt(), "-r", high);
        fails("MOD_QUOTA_RULE ioctl failed: No such file or directory (2)", "quota-del", "-p", mnt(), "-r", high);

        isSilent("quota-wipe", "-p", mnt());
        assertThat(shows("quota-list", "-p", mnt())).isEmpty();
    }

    @Test
    void sizesAreTakenDownToBlocks() {
        InProcess.Result result = InProcess.run("resize-devices", "-m", "65537", "-d", "4097", "-p", mnt());

        assertThat(result.out()).isEqualTo("""
            metadata device size 65537 is not a multiple of 65536 metadata block size, truncating down to 65536 byte size
            data device size 4097 is not a multiple of 4096 data block size, truncating down to 4096 byte size
            """);
        assertThat(result.err()).startsWith("resize_devices ioctl failed: Invalid argument (22)\n");
        isSilent("resize-devices", "-m", "64G", "-d", "64G", "-p", mnt());
    }

    @Test
    void filesOpenByNumberAndGetTheirNameLate(TestInfo test) throws Exception {
        Path parent = directory(test);
        Path name = parent.resolve("late");
        try (IoctlFile mount = IoctlFile.open(mnt(), OpenFlags.O_RDONLY);
                IoctlFile part = IoctlFile.temporary(parent.toString(), 0600);
                Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocateFrom("contents");
            assertThat(part.write(0, bytes)).isEqualTo(9);
            part.fsync();
            part.link(name.toString());

            MemorySegment found = arena.allocate(9);
            try (IoctlFile again = mount.openInode(Long.parseLong(ino(name)), OpenFlags.O_RDONLY)) {
                assertThat(again.size()).isEqualTo(9);
                assertThat(again.read(0, found)).isEqualTo(9);
            }
            assertThat(found.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(bytes.toArray(ValueLayout.JAVA_BYTE));
            assertThatThrownBy(() -> mount.openInode(999_999, OpenFlags.O_RDONLY))
                    .isInstanceOfSatisfying(
                            FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ESTALE));
        }
    }
}
