package org.scoutfs.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.scoutfs.fs.FsErrors.assertFails;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.fs.AttributeChanges;
import org.scoutfs.fs.Attributes;
import org.scoutfs.fs.Modes;
import org.scoutfs.host.Simulation;
import org.scoutfs.vfs.ArchiveQueries;
import org.scoutfs.vfs.SimpleCredentials;
import org.scoutfs.vfs.Vfs;

/** Extended attributes and what their tags entail: rows 103 to 118 and 152 of the edge cases in spec 4 section 15. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class XattrsTest {
    private static final SimpleCredentials ROOT = Cluster.ROOT;
    private static final SimpleCredentials USER = SimpleCredentials.user(1000, 1000, Set.of(), 022);
    private static final ArchiveQueries.XattrIndexEntry FIRST_INDX = new ArchiveQueries.XattrIndexEntry(0, 0, 0);
    private static final ArchiveQueries.XattrIndexEntry LAST_INDX = new ArchiveQueries.XattrIndexEntry(255, -1L, -1L);

    private final long seed = Seeds.next("XattrsTest");
    private Cluster cluster;
    private Cluster.Node node;
    private Vfs vfs;
    private ArchiveQueries queries;
    private int files;

    @BeforeAll
    void mount() throws Exception {
        cluster = new Cluster(seed, 1);
        node = cluster.member(0);
        cluster.mountAll(List.of(node));
        vfs = node.vfs();
        queries = vfs.archiveQueries();
    }

    @AfterAll
    void checkAndClose() throws Exception {
        cluster.run(node::unmount);
        assertThat(cluster.check().problems()).isEmpty();
        cluster.close();
    }

    private void run(Simulation.Body body) throws Exception {
        cluster.simulation.call(TimeUnit.HOURS.toNanos(1), () -> {
            body.run();
            return true;
        });
    }

    private String newName() {
        return "f" + files++;
    }

    private long file() throws FsException {
        return Cluster.write(vfs, 1, newName(), new byte[10]);
    }

    private void set(long ino, String name, String value) throws FsException {
        set(ino, name, value, 0);
    }

    private void set(long ino, String name, String value, int flags) throws FsException {
        vfs.setxattr(ROOT, ino, Cluster.name(name), Cluster.name(value), flags, false);
    }

    private void remove(long ino, String name) throws FsException {
        vfs.removexattr(ROOT, ino, Cluster.name(name));
    }

    private String get(long ino, String name) throws FsException {
        return new String(vfs.getxattr(ROOT, ino, Cluster.name(name)), StandardCharsets.UTF_8);
    }

    private List<String> names(long ino) throws FsException {
        List<String> names = new ArrayList<>();
        vfs.listxattr(ROOT, ino).forEach(name -> names.add(new String(name, StandardCharsets.UTF_8)));
        return names;
    }

    /** Commits, and waits until totals and index entries read before are not used any more. */
    private void commitAndAge() throws Exception {
        vfs.syncfs();
        node.host.clock().sleep(TimeUnit.SECONDS.toNanos(11));
    }

    private String total(long a, long b, long c) throws FsException {
        List<ArchiveQueries.XattrTotal> totals = queries.xattrTotals(ROOT, a, b, c, 1);
        if (totals.isEmpty() || totals.getFirst().a() != a || totals.getFirst().c() != c) {
            return "none";
        }
        ArchiveQueries.XattrTotal total = totals.getFirst();
        return Long.toUnsignedString(total.total()) + "," + total.count();
    }

    private long[] found(String name) throws FsException {
        return queries.searchXattrs(ROOT, Cluster.name(name), 0, -1L, 1000).inos();
    }

    @Test
    void flags103() throws Exception {
        run(() -> {
            long file = file();
            assertFails(Errno.EINVAL, () -> set(file, "user.a", "1", 3));
            assertFails(Errno.EINVAL, () -> set(file, "user.a", "1", 4));
            assertFails(Errno.ENODATA, () -> set(file, "user.a", "1", Vfs.XATTR_REPLACE));
            set(file, "user.a", "1", Vfs.XATTR_CREATE);
            assertFails(Errno.EEXIST, () -> set(file, "user.a", "2", Vfs.XATTR_CREATE));
            set(file, "user.a", "3", Vfs.XATTR_REPLACE);
            assertThat(get(file, "user.a")).isEqualTo("3");
        });
    }

    @Test
    void limits104() throws Exception {
        run(() -> {
            long file = file();
            String longest = "user." + "x".repeat(250);
            set(file, longest, "1");
            assertThat(get(file, longest)).isEqualTo("1");
            assertFails(Errno.ERANGE, () -> set(file, longest + "x", "1"));
            assertFails(Errno.ENODATA, () -> get(file, longest + "x"));
            set(file, "user.v", "v".repeat(65535));
            assertThat(get(file, "user.v")).hasSize(65535);
            assertFails(Errno.E2BIG, () -> set(file, "user.v", "v".repeat(65536)));
        });
    }

    /** Random sizes near where the number of parts changes, against a map; in between with and without a commit. */
    @Test
    void valuesOfAllSizesStayIntact105() throws Exception {
        Random random = new Random(seed);
        run(() -> {
            long file = file();
            String name = "user.parts";
            int header = 8 + name.length();
            TreeMap<String, String> model = new TreeMap<>();
            for (int step = 0; step < 300; step++) {
                int size = Math.max(0, random.nextInt(6) * 896 - header + random.nextInt(5) - 2);
                String which = name.substring(0, name.length() - random.nextInt(3));
                if (random.nextInt(8) == 0) {
                    if (model.remove(which) != null) {
                        remove(file, which);
                    } else {
                        assertFails(Errno.ENODATA, () -> remove(file, which));
                    }
                } else {
                    String value =
                            String.valueOf((char) ('a' + random.nextInt(26))).repeat(size);
                    set(file, which, value);
                    model.put(which, value);
                }
                if (random.nextInt(20) == 0) {
                    vfs.syncfs();
                    node.get().vfs().fileSystem().context().locks().purge();
                }
                for (String key : model.keySet()) {
                    assertThat(get(file, key)).isEqualTo(model.get(key));
                }
                assertThat(names(file)).containsExactlyInAnyOrderElementsOf(model.keySet());
            }
        });
    }

    @Test
    void shortNamesArePlain106And109() throws Exception {
        run(() -> {
            String name = newName();
            Vfs.Created created = vfs.create(ROOT, 1, Cluster.name(name), 0666, 2);
            long file = created.attributes().ino();
            vfs.release(created.file());
            vfs.setattr(ROOT, file, AttributeChanges.NONE.withMode(0666));
            for (String plain : List.of("scoutfs.a", "scoutfs.abcde", "scoutfs.hide.", "scoutfs.srch")) {
                vfs.setxattr(USER, file, Cluster.name(plain), new byte[1], 0, false);
                assertThat(names(file)).contains(plain);
                assertThat(vfs.getxattr(USER, file, Cluster.name(plain))).hasSize(1);
            }
            assertThat(queries.listHidden(ROOT, file, new ArchiveQueries.XattrPosition(0, 0), 1000)
                            .names())
                    .isEmpty();
            vfs.removexattr(USER, file, Cluster.name("scoutfs.hide."));
        });
    }

    @Test
    void malformedTags107And108() throws Exception {
        run(() -> {
            long file = file();
            for (String bad : List.of(
                    "scoutfs.",
                    "scoutfs.abcdef",
                    "scoutfs.HIDE.x",
                    "scoutfs.hide.hide.x",
                    "scoutfs.srch.hide.srch.x",
                    "scoutfs.unknowntag")) {
                assertFails(Errno.EINVAL, () -> set(file, bad, "1"));
            }
            set(file, "scoutfs.hide.foo.hide.x", "1");
            set(file, "scoutfs.hide.srch.", "1");
            assertThat(names(file)).isEmpty();
            assertThat(get(file, "scoutfs.hide.srch.")).isEqualTo("1");
            assertFails(Errno.EOPNOTSUPP, () -> set(file, "other.x", "1"));
            assertFails(Errno.EOPNOTSUPP, () -> set(file, "system.x", "1"));
            assertFails(Errno.EINVAL, () -> set(file, "user.", "1"));
        });
    }

    @Test
    void tagsNeedPrivilege110() throws Exception {
        run(() -> {
            long file = file();
            vfs.setattr(ROOT, file, AttributeChanges.NONE.withOwner(1000, 1000));
            byte[] name = Cluster.name("scoutfs.hide.totl.1.2.3");
            assertFails(Errno.EPERM, () -> vfs.setxattr(USER, file, name, Cluster.name("1"), 0, false));
            // the same with numbers or a value that are none
            assertFails(Errno.EPERM, () -> vfs.setxattr(USER, file, name, Cluster.name("x"), 0, false));
            assertFails(
                    Errno.EPERM,
                    () -> vfs.setxattr(USER, file, Cluster.name("scoutfs.hide.totl.x"), Cluster.name("1"), 0, false));
            // but not where the tags contradict each other
            assertFails(
                    Errno.EINVAL,
                    () -> vfs.setxattr(USER, file, Cluster.name("scoutfs.totl.indx.1.2.3"), new byte[0], 0, false));
            set(file, "scoutfs.hide.totl.1.2.3", "1");
            assertThat(vfs.getxattr(USER, file, name)).isEqualTo(Cluster.name("1"));
            assertFails(Errno.EPERM, () -> vfs.removexattr(USER, file, name));
            vfs.setattr(ROOT, file, AttributeChanges.NONE.withOwner(0, 0));
            // whoever may not write hears of that first
            assertFails(Errno.EACCES, () -> vfs.setxattr(USER, file, name, Cluster.name("1"), 0, false));
            remove(file, "scoutfs.hide.totl.1.2.3");
        });
    }

    @Test
    void totlNames111() throws Exception {
        run(() -> {
            long file = file();
            for (String bad : List.of(
                    "test...", "test..2.3", "test.1..3", "test.1.2.", "test", "test.1", "test.1.2", "1", "1.2")) {
                assertFails(Errno.EINVAL, () -> set(file, "scoutfs.totl." + bad, "1"));
            }
            set(file, "scoutfs.totl.1.2.3", "1");
            set(file, "scoutfs.totl.te.st.1.2.3", "1");
            set(file, "scoutfs.totl.0x1.0x2.03", "0x10");
            assertThat(names(file)).hasSize(3);
            commitAndAge();
            assertThat(total(1, 2, 3)).isEqualTo("18,3");
            vfs.setattr(ROOT, file, AttributeChanges.NONE.withMode(0));
            remove(file, "scoutfs.totl.te.st.1.2.3");
            remove(file, "scoutfs.totl.1.2.3");
            remove(file, "scoutfs.totl.0x1.0x2.03");
            commitAndAge();
            assertThat(total(1, 2, 3)).isEqualTo("none");
        });
    }

    @Test
    void totlValues112() throws Exception {
        run(() -> {
            long file = file();
            String name = "scoutfs.totl.112.0.0";
            for (String bad : List.of(
                    "+1",
                    "10.",
                    "-",
                    "junk10",
                    "10junk",
                    "",
                    "-1",
                    "18446744073709551616",
                    "1\n",
                    " 1",
                    "08",
                    "0x",
                    "0".repeat(24))) {
                assertFails(Errno.EINVAL, () -> set(file, name, bad));
            }
            long sum = 0;
            int count = 0;
            for (String good : List.of("0x10", "010", "18446744073709551615", "0", "0XfF", "1")) {
                set(file, "scoutfs.totl.t" + count++ + ".112.0.0", good);
                sum += Long.parseUnsignedLong(
                        switch (good) {
                            case "0x10" -> "16";
                            case "010" -> "8";
                            case "0XfF" -> "255";
                            default -> good;
                        });
            }
            commitAndAge();
            assertThat(total(112, 0, 0)).isEqualTo(Long.toUnsignedString(sum) + "," + count);
        });
    }

    @Test
    void totalsFollowValuesAndDeletions113And116() throws Exception {
        run(() -> {
            String name = "scoutfs.totl.srch.113.1.0xffffffffffffffff";
            long a = file();
            String aName = "f" + (files - 1);
            long b = file();
            String bName = "f" + (files - 1);
            set(a, name, "1");
            set(b, name, "1");
            set(b, "scoutfs.indx.hide.113.7", "");
            commitAndAge();
            assertThat(total(113, 1, -1L)).isEqualTo("2,2");
            set(a, name, "10");
            commitAndAge();
            assertThat(total(113, 1, -1L)).isEqualTo("11,2");
            assertThat(found(name)).containsExactly(a, b);
            assertThat(indexAt(113)).hasSize(1);
            vfs.unlink(ROOT, 1, Cluster.name(aName));
            commitAndAge();
            assertThat(total(113, 1, -1L)).isEqualTo("1,1");
            vfs.unlink(ROOT, 1, Cluster.name(bName));
            commitAndAge();
            assertThat(total(113, 1, -1L)).isEqualTo("none");
            assertThat(found(name)).isEmpty();
            assertThat(indexAt(113)).isEmpty();
        });
    }

    private List<ArchiveQueries.XattrIndexEntry> indexAt(int major) throws FsException {
        return queries.xattrIndex(
                ROOT,
                new ArchiveQueries.XattrIndexEntry(major, 0, 0),
                new ArchiveQueries.XattrIndexEntry(major, -1L, -1L),
                1000);
    }

    @Test
    void indxNames114() throws Exception {
        run(() -> {
            long file = file();
            for (String bad : List.of(
                    "1", "256.1", "t.256.1", "abc", "abc.1", "1.abc", "1.-1", "1.18446744073709551616", "1.", ".1")) {
                assertFails(Errno.EINVAL, () -> set(file, "scoutfs.indx." + bad, ""));
            }
            set(file, "scoutfs.indx.255.18446744073709551615", "");
            set(file, "scoutfs.indx.x.0xff.1", "");
            commitAndAge();
            assertThat(indexAt(255))
                    .containsExactly(
                            new ArchiveQueries.XattrIndexEntry(255, 1, file),
                            new ArchiveQueries.XattrIndexEntry(255, -1L, file));
        });
    }

    @Test
    void indxValuesAndDuplicates115And152() throws Exception {
        run(() -> {
            long file = file();
            assertFails(Errno.EINVAL, () -> set(file, "scoutfs.indx.115.1", "v"));
            set(file, "scoutfs.indx.115.1", "");
            vfs.syncfs();
            Attributes before = vfs.getattr(file);
            set(file, "scoutfs.indx.115.1", "");
            Attributes after = vfs.getattr(file);
            assertThat(after.ctime()).isEqualTo(before.ctime());
            assertThat(after.metaSeq()).isGreaterThan(before.metaSeq());
            assertFails(Errno.EINVAL, () -> set(file, "scoutfs.indx.115.1", "v"));
            set(file, "scoutfs.indx.hide.srch.115.1", "");
            set(file, "scoutfs.indx.115.2", "");
            commitAndAge();
            assertThat(indexAt(115))
                    .containsExactly(
                            new ArchiveQueries.XattrIndexEntry(115, 1, file),
                            new ArchiveQueries.XattrIndexEntry(115, 2, file));
            remove(file, "scoutfs.indx.115.1");
            commitAndAge();
            assertThat(indexAt(115)).hasSize(2);
            remove(file, "scoutfs.indx.hide.srch.115.1");
            commitAndAge();
            assertThat(indexAt(115)).containsExactly(new ArchiveQueries.XattrIndexEntry(115, 2, file));
        });
    }

    @Test
    void indexRangesAreInclusive() throws Exception {
        run(() -> {
            long a = file();
            long b = file();
            set(a, "scoutfs.indx.7.5", "");
            set(b, "scoutfs.indx.7.5", "");
            set(a, "scoutfs.indx.8.0", "");
            commitAndAge();
            ArchiveQueries.XattrIndexEntry first = new ArchiveQueries.XattrIndexEntry(7, 5, a);
            ArchiveQueries.XattrIndexEntry second = new ArchiveQueries.XattrIndexEntry(7, 5, b);
            ArchiveQueries.XattrIndexEntry third = new ArchiveQueries.XattrIndexEntry(8, 0, a);
            assertThat(queries.xattrIndex(ROOT, first, third, 10)).containsExactly(first, second, third);
            assertThat(queries.xattrIndex(ROOT, second, second, 10)).containsExactly(second);
            assertThat(queries.xattrIndex(ROOT, FIRST_INDX, LAST_INDX, 2)).hasSize(2);
        });
    }

    /** All sixteen sets of tags in all orders behave as the sum of their tags. */
    @Test
    void everyCombinationOfTags() throws Exception {
        run(() -> {
            List<String> tags = List.of("hide.", "srch.", "totl.", "indx.");
            for (int set = 1; set < 16; set++) {
                List<String> chosen = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    if ((set & 1 << i) != 0) {
                        chosen.add(tags.get(i));
                    }
                }
                java.util.Collections.shuffle(chosen, new Random(seed + set));
                String name = "scoutfs." + String.join("", chosen) + "t." + (40 + set) + ".41.42";
                if (chosen.contains("indx.") && chosen.contains("totl.")) {
                    long file = file();
                    assertFails(Errno.EINVAL, () -> set(file, name, ""));
                    continue;
                }
                checkCombination(chosen, name, 40 + set);
            }
        });
    }

    private void checkCombination(List<String> tags, String name, long a) throws Exception {
        long file = file();
        String fileName = "f" + (files - 1);
        boolean indx = tags.contains("indx.");
        set(file, name, indx ? "" : "5");
        commitAndAge();
        assertThat(names(file).isEmpty()).as(name).isEqualTo(tags.contains("hide."));
        if (tags.contains("srch.")) {
            assertThat(found(name)).as(name).containsExactly(file);
        } else {
            assertFails(Errno.EINVAL, () -> found(name));
        }
        assertThat(total(a, 41, 42)).as(name).isEqualTo(tags.contains("totl.") ? "5,1" : "none");
        assertThat(indexAt(41).contains(new ArchiveQueries.XattrIndexEntry(41, 42, file)))
                .as(name)
                .isEqualTo(indx);
        vfs.unlink(ROOT, 1, Cluster.name(fileName));
        commitAndAge();
        if (tags.contains("srch.")) {
            assertThat(found(name)).as(name).isEmpty();
        }
        assertThat(total(a, 41, 42)).as(name).isEqualTo("none");
        assertThat(indexAt(41)).as(name).doesNotContain(new ArchiveQueries.XattrIndexEntry(41, 42, file));
    }

    @Test
    void removalOfAMissingName117() throws Exception {
        run(() -> {
            long file = file();
            assertFails(Errno.ENODATA, () -> remove(file, "user.x"));
            assertFails(Errno.ENODATA, () -> remove(file, "scoutfs.hide.srch.x"));
            assertFails(Errno.ENODATA, () -> remove(file, "scoutfs.totl.1.1.1"));
        });
    }

    @Test
    void otherTypesHaveNoUserAttributes118() throws Exception {
        run(() -> {
            long link = vfs.symlink(ROOT, 1, Cluster.name(newName()), Cluster.name("x"))
                    .ino();
            long fifo = vfs.mknod(ROOT, 1, Cluster.name(newName()), Modes.S_IFIFO | 0600, 0)
                    .ino();
            for (long ino : new long[] {link, fifo}) {
                assertFails(Errno.EPERM, () -> set(ino, "user.x", "1"));
                set(ino, "trusted.x", "1");
                set(ino, "scoutfs.x", "1");
                set(ino, "scoutfs.hide.srch.x", "1");
                assertThat(names(ino)).containsExactlyInAnyOrder("trusted.x", "scoutfs.x");
            }
        });
    }
}
