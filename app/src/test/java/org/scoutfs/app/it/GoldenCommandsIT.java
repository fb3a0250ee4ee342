package org.scoutfs.app.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.scoutfs.app.InProcess;
import org.scoutfs.app.output.ByteText;
import org.scoutfs.mount.GoldenVolume;
import org.scoutfs.mount.GoldenVolume.Row;

/** Commands that only look, on the volume that the reference made, compared with its manifest and its dump. */
class GoldenCommandsIT {
    @TempDir
    private static Path dir;

    @SuppressWarnings("NullAway.Init") // set before all tests
    private static TestVolume volume;

    @SuppressWarnings("NullAway.Init")
    private static List<Row> rows;

    @BeforeAll
    static void mount() throws Exception {
        Programs.require("tar", "xz", "umount");
        GoldenVolume.unpack(dir);
        rows = GoldenVolume.manifest();
        volume = TestVolume.existing(dir);
        volume.mount("");
    }

    @AfterAll
    static void unmount() throws Exception {
        if (volume != null) {
            try (TestVolume last = volume) {
                last.unmount();
                last.check();
            }
        }
    }

    private static String shows(String... words) {
        InProcess.Result result = InProcess.run(words);
        assertThat(result.err()).as("scoutfs %s", String.join(" ", words)).isEmpty();
        assertThat(result.exitCode()).isZero();
        return result.out();
    }

    private static String onMount(String command, String... words) {
        return shows(Stream.concat(Stream.of(command, "-p", volume.mountPoint().toString()), Stream.of(words))
                .toArray(String[]::new));
    }

    private static String at(String path) {
        return volume.mountPoint() + path;
    }

    private static Row row(String path) {
        return rows.stream().filter(row -> row.path().equals(path)).findFirst().orElseThrow();
    }

    @Test
    void everyInodeLeadsToItsPaths() {
        Map<Long, List<String>> paths = rows.stream()
                .filter(row -> row.ino() != 1)
                .collect(Collectors.groupingBy(
                        Row::ino,
                        TreeMap::new,
                        Collectors.mapping(
                                row -> row.names().stream()
                                        .map(ByteText::decode)
                                        .collect(Collectors.joining("/")),
                                Collectors.toList())));

        paths.forEach((ino, expected) -> {
            String[] lines = expected.stream().map(path -> path + "\n").toArray(String[]::new);
            assertThat(onMount("ino-path", ino.toString()))
                    .as("inode %d", ino)
                    .contains(lines)
                    .hasSize(String.join("", lines).length());
            String[] names = expected.stream()
                    .map(path -> " name " + path.substring(path.lastIndexOf('/') + 1) + "\n")
                    .toArray(String[]::new);
            assertThat(onMount("get-referring-entries", ino.toString()))
                    .as("inode %d", ino)
                    .contains(names);
        });
    }

    @Test
    void changeIndexesHoldEveryInode() {
        List<String> inos =
                rows.stream().map(row -> Long.toString(row.ino())).distinct().toList();
        List<String> files = rows.stream()
                .filter(row -> row.type().equals("reg"))
                .map(row -> Long.toString(row.ino()))
                .distinct()
                .toList();

        assertThat(walked("meta_seq")).containsAll(inos).doesNotHaveDuplicates();
        assertThat(walked("data_seq")).containsAll(files).doesNotHaveDuplicates();
    }

    private static List<String> walked(String index) {
        return onMount("walk-inodes", "--", index, "0", "-1")
                .lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.substring(53).strip())
                .toList();
    }

    @Test
    void allocatedInodesAreThoseOfTheManifest() {
        List<String> expected = rows.stream()
                .filter(row -> row.ino() >= 2560 && row.ino() < 3072)
                .map(row -> Long.toString(row.ino()))
                .distinct()
                .toList();

        assertThat(shows("get-allocated-inos", "-i", "2560", "-p", at("/")).lines())
                .containsAll(expected);
        assertThat(shows("get-allocated-inos", "-s", "-i", "2561", "-p", at("/")))
                .isEqualTo("2561\n");
    }

    @Test
    void tagsAreFound() {
        assertThat(onMount("read-xattr-totals")).isEqualTo("1.2.3 = 351, 3\n4.5.6 = 7, 1\n");
        assertThat(onMount("read-xattr-index"))
                .isEqualTo("0.0 = 2563\n5.1000 = 2561\n255.18446744073709551615 = 2562\n");
        assertThat(onMount("read-xattr-index", "5.0.0", "5.1001.0")).isEqualTo("5.1000 = 2561\n");
        for (Row row : rows) {
            List<String> hidden = row.xattrs().keySet().stream()
                    .filter(name -> name.startsWith("scoutfs.") && name.contains("hide."))
                    .toList();
            if (row.type().equals("reg") && row.path().startsWith("/tags/")) {
                assertThat(shows("list-hidden-xattrs", at(row.path())).lines())
                        .as(row.path())
                        .containsExactlyInAnyOrderElementsOf(hidden);
            }
        }
    }

    @Test
    void searchesFindEveryAttribute() {
        Map<String, List<String>> expected = new TreeMap<>();
        for (Row row : rows) {
            row.xattrs().keySet().stream()
                    .filter(name -> name.startsWith("scoutfs.") && name.contains("srch."))
                    .forEach(name -> expected.computeIfAbsent(name, _ -> new ArrayList<>())
                            .add(Long.toString(row.ino())));
        }
        assertThat(expected).hasSizeGreaterThanOrEqualTo(4);

        expected.forEach((name, inos) -> assertThat(
                        onMount("search-xattrs", name).lines())
                .as(name)
                .containsExactlyElementsOf(inos.stream().sorted().distinct().toList()));
    }

    @Test
    void quotaRulesReadBack() {
        assertThat(onMount("quota-list"))
                .isEqualTo("  7 13,L,- 15,L,- 16,L,- D 33 -\n  1 1,U,S 2,L,- 3,G,- I 1000 C\n");
    }

    @Test
    void extentsAreThoseOfTheDump() {
        assertThat(shows("get-fiemap", at("/data/offline-rel"))).isEqualTo("""
            0: offset: 0 0 length: 32 flags: O..
            1: offset: 32 1341 length: 17 flags: ...
            2: offset: 49 1358 length: 15 flags: .UL
            extents: 3
            """);
        assertThat(shows("get-fiemap", "-L", at("/data/offline-set")))
                .isEqualTo("0: offset: 0 length: 245 flags: O.L\nextents: 1\n");
        assertThat(shows("get-fiemap", "-P", at("/data/falloc-keep")))
                .isEqualTo("0: offset: 969 length: 128 flags: .UL\nextents: 1\n");
    }

    @Test
    void attributesAreThoseOfTheManifest() {
        for (String path : List.of("/data/offline-rel", "/data/retain", "/data/proj", "/hello.txt", "/dirs")) {
            assertThat(shows("get-attr-x", "-s", at(path)))
                    .as(path)
                    .isEqualTo(row(path).size() + "\n");
        }
        assertThat(shows("get-attr-x", "-f", at("/data/offline-set"))).isEqualTo("245\n");
        assertThat(shows("get-attr-x", "-t", at("/data/retain"))).isEqualTo("1\n");
        assertThat(shows("get-attr-x", "-p", at("/data/proj"))).isEqualTo("77\n");
        assertThat(shows("get-attr-x", "-p", at("/data/projdir/inh"))).isEqualTo("88\n");
        assertThat(shows("data-waiting", "-I", "0", "-B", "0", "-p", at("/"))).isEmpty();
        assertThat(shows("statfs", "-s", "total_meta_blocks", "-p", at("/"))).isEqualTo("1048576\n");
    }
}
