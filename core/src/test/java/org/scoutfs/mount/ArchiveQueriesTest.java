package org.scoutfs.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.scoutfs.fs.FsErrors.assertFails;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.QuotaRule;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.fs.AttributeChanges;
import org.scoutfs.host.Simulation;
import org.scoutfs.vfs.ArchiveQueries;
import org.scoutfs.vfs.SimpleCredentials;
import org.scoutfs.vfs.Vfs;

/**
 * What archive agents ask of one mount: results, privileges and arguments of spec 5 section 2.5, and rows 2, 36 to 38, 134 to 137 and 139 of
 * the table of edge cases in spec 4 section 15.
 */
class ArchiveQueriesTest {
    private static final SimpleCredentials ROOT = Cluster.ROOT;
    private static final SimpleCredentials USER = SimpleCredentials.user(1000, 1000, Set.of(), 022);
    private static final int MANY = 1_000_000;
    private static final ArchiveQueries.SeqEntry FIRST = new ArchiveQueries.SeqEntry(0, 0);
    private static final ArchiveQueries.SeqEntry LAST = new ArchiveQueries.SeqEntry(-1L, -1L);
    private static final ArchiveQueries.XattrPosition START = new ArchiveQueries.XattrPosition(0, 0);
    private static final ArchiveQueries.XattrIndexEntry FIRST_INDX = new ArchiveQueries.XattrIndexEntry(0, 0, 0);
    private static final ArchiveQueries.XattrIndexEntry LAST_INDX = new ArchiveQueries.XattrIndexEntry(255, -1L, -1L);

    private final long seed = Seeds.next("ArchiveQueriesTest");
    private Cluster cluster;
    private Cluster.Node node;
    private Vfs vfs;
    private ArchiveQueries queries;

    @BeforeEach
    void mount() throws Exception {
        cluster = new Cluster(seed, 1);
        node = cluster.member(0);
        cluster.mountAll(List.of(node));
        vfs = node.vfs();
        queries = vfs.archiveQueries();
    }

    @AfterEach
    void checkAndClose() {
        cluster.close();
    }

    private void run(Simulation.Body body) throws Exception {
        cluster.run(body);
    }

    private long file(long dir, String name) throws FsException {
        return Cluster.write(vfs, dir, name, new byte[10]);
    }

    private long mkdir(long dir, String name) throws FsException {
        long ino = vfs.mkdir(ROOT, dir, Cluster.name(name), 0755).ino();
        vfs.forget(ino, 1);
        return ino;
    }

    private void link(long ino, long dir, String name) throws FsException {
        vfs.link(ROOT, ino, dir, Cluster.name(name));
        vfs.forget(ino, 1);
    }

    private void set(long ino, String name, String value) throws FsException {
        vfs.setxattr(ROOT, ino, Cluster.name(name), Cluster.name(value), 0, false);
    }

    private List<Long> walk(int index) throws FsException {
        ArchiveQueries.SeqEntries found = queries.walkInodes(index, FIRST, LAST, MANY);
        List<Long> inos = new ArrayList<>();
        for (long ino : found.inos()) {
            inos.add(ino);
        }
        return inos;
    }

    // ---- the indexes of inodes

    @Test
    void dataSeqIsOfRegularFilesOnly134() throws Exception {
        run(() -> {
            long dir = mkdir(1, "d");
            long link =
                    vfs.symlink(ROOT, dir, Cluster.name("l"), Cluster.name("x")).ino();
            long file = file(dir, "f");
            vfs.syncfs();
            assertThat(walk(ArchiveQueries.INDEX_DATA_SEQ)).containsExactly(file);
            assertThat(walk(ArchiveQueries.INDEX_META_SEQ)).containsExactlyInAnyOrder(1L, dir, link, file);
        });
    }

    @Test
    void laterCommitHasTheGreaterSeq135() throws Exception {
        run(() -> {
            long first = file(1, "b");
            vfs.syncfs();
            long second = file(1, "a");
            vfs.syncfs();
            ArchiveQueries.SeqEntries found = queries.walkInodes(ArchiveQueries.INDEX_DATA_SEQ, FIRST, LAST, MANY);
            assertThat(found.inos()).containsExactly(first, second);
            assertThat(found.seqs()[1]).isGreaterThan(found.seqs()[0]);
            assertThat(queries.walkInodes(ArchiveQueries.INDEX_DATA_SEQ, FIRST, LAST, 1)
                            .inos())
                    .containsExactly(first);
            assertThat(queries.walkInodes(
                                    ArchiveQueries.INDEX_DATA_SEQ,
                                    new ArchiveQueries.SeqEntry(found.seqs()[0], first + 1),
                                    LAST,
                                    MANY)
                            .inos())
                    .containsExactly(second);
            assertThat(queries.walkInodes(
                                    ArchiveQueries.INDEX_DATA_SEQ,
                                    FIRST,
                                    new ArchiveQueries.SeqEntry(found.seqs()[1], second - 1),
                                    MANY)
                            .inos())
                    .containsExactly(first);
        });
    }

    @Test
    void dirtyInodeIsNotListedWithItsDirtySeq136() throws Exception {
        run(() -> {
            long file = file(1, "f");
            vfs.syncfs();
            long committed = vfs.details().statfsMore().committedSeq();
            Vfs.Created other = vfs.create(ROOT, 1, Cluster.name("g"), 0644, 1);
            vfs.release(other.file());
            ArchiveQueries.SeqEntries found = queries.walkInodes(ArchiveQueries.INDEX_META_SEQ, FIRST, LAST, MANY);
            assertThat(found.inos()).containsExactly(file);
            assertThat(found.seqs()[0]).isLessThanOrEqualTo(committed);
            // the walk has made this mount commit: the next one sees more
            assertThat(walk(ArchiveQueries.INDEX_META_SEQ))
                    .contains(other.attributes().ino(), file, 1L);
        });
    }

    @Test
    void changesMoveTheirIndexes137And139() throws Exception {
        run(() -> {
            long file = file(1, "f");
            long other = file(1, "g");
            vfs.syncfs();
            assertThat(walk(ArchiveQueries.INDEX_DATA_SEQ)).containsExactly(file, other);
            vfs.setxattr(ROOT, file, Cluster.name("user.x"), new byte[0], 0, false);
            vfs.syncfs();
            assertThat(walk(ArchiveQueries.INDEX_META_SEQ)).endsWith(file);
            assertThat(walk(ArchiveQueries.INDEX_DATA_SEQ)).containsExactly(file, other);
            vfs.setattr(ROOT, file, AttributeChanges.NONE.withSize(5));
            vfs.syncfs();
            assertThat(walk(ArchiveQueries.INDEX_DATA_SEQ)).containsExactly(other, file);
            vfs.unlink(ROOT, 1, Cluster.name("f"));
            vfs.syncfs();
            // its deletion is a change of its own, after the removal of the name
            vfs.syncfs();
            assertThat(walk(ArchiveQueries.INDEX_DATA_SEQ)).containsExactly(other);
            assertThat(walk(ArchiveQueries.INDEX_META_SEQ)).doesNotContain(file);
        });
    }

    @Test
    void walkSpansGroupsOfSeqsAndCanBeContinued() throws Exception {
        cluster.simulation.call(TimeUnit.HOURS.toNanos(1), () -> {
            List<Long> made = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                made.add(file(1, "f" + i));
                if (i % 20 == 0) {
                    // so many transactions that the seq leaves its group
                    for (int n = 0; n < 360; n++) {
                        vfs.setattr(ROOT, 1, AttributeChanges.NONE.withMode(0700 + n % 8));
                        vfs.syncfs();
                    }
                }
            }
            vfs.syncfs();
            List<Long> found = new ArrayList<>();
            ArchiveQueries.SeqEntry at = FIRST;
            ArchiveQueries.SeqEntries part = queries.walkInodes(ArchiveQueries.INDEX_DATA_SEQ, at, LAST, 7);
            while (part.count() > 0) {
                for (long ino : part.inos()) {
                    found.add(ino);
                }
                int end = part.count() - 1;
                at = new ArchiveQueries.SeqEntry(part.seqs()[end], part.inos()[end] + 1);
                part = queries.walkInodes(ArchiveQueries.INDEX_DATA_SEQ, at, LAST, 7);
            }
            assertThat(found).isEqualTo(made);
            assertThat(at.seq() >>> 10).as("group of seqs").isPositive();
            return true;
        });
    }

    @Test
    void walkArguments() throws Exception {
        run(() -> {
            file(1, "f");
            vfs.syncfs();
            assertFails(Errno.EINVAL, () -> queries.walkInodes(2, FIRST, LAST, 10));
            assertThat(queries.walkInodes(0, LAST, FIRST, 10).count()).isZero();
            assertThat(queries.walkInodes(0, FIRST, LAST, 0).count()).isZero();
        });
    }

    // ---- names of inodes

    @Test
    void pathsOfAllLinksInOrderOfDirectories36() throws Exception {
        run(() -> {
            long d = mkdir(1, "d");
            long id1 = mkdir(d, "id1");
            long x = mkdir(id1, "x");
            long file = file(d, "yl");
            link(file, x, "y");
            ArchiveQueries.InoPath first = queries.inoPath(ROOT, file, 0, 0);
            ArchiveQueries.InoPath second = queries.inoPath(ROOT, file, first.dirIno(), first.dirPos() + 1);
            assertThat(text(first.path())).isEqualTo("d/yl");
            assertThat(text(second.path())).isEqualTo("d/id1/x/y");
            assertThat(second.dirIno()).isEqualTo(x);
            assertFails(Errno.ENOENT, () -> queries.inoPath(ROOT, file, second.dirIno(), second.dirPos() + 1));
            vfs.rename(ROOT, d, Cluster.name("id1"), 1, Cluster.name("top"), 0);
            vfs.rename(ROOT, x, Cluster.name("y"), d, Cluster.name("z"), 0);
            assertThat(text(queries.inoPath(ROOT, x, 0, 0).path())).isEqualTo("top/x");
            ArchiveQueries.InoPath moved = queries.inoPath(ROOT, file, first.dirIno(), first.dirPos() + 1);
            assertThat(text(moved.path())).isEqualTo("d/z");
        });
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void rootAndUnknownInodesHaveNoLinks37And38() throws Exception {
        run(() -> {
            for (long ino : new long[] {0, 1, 0x7fff_ffff_ffff_ffffL, -1L}) {
                assertFails(Errno.ENOENT, () -> queries.inoPath(ROOT, ino, 0, 0));
                assertThat(queries.referringEntries(ROOT, ino, 0, 0, 10)).isEmpty();
            }
        });
    }

    /** Each length of a name, and more links than are read under one lock. */
    @Test
    void allNamesOfAnInodeAreFound2() throws Exception {
        cluster.simulation.call(TimeUnit.HOURS.toNanos(1), () -> {
            long d = mkdir(1, "d");
            long file = file(d, "a");
            for (int length = 2; length <= 255; length++) {
                link(file, d, "a".repeat(length));
            }
            List<ArchiveQueries.ReferringEntry> entries = queries.referringEntries(ROOT, file, 0, 0, MANY);
            assertThat(entries).hasSize(255);
            for (int i = 0; i < 255; i++) {
                ArchiveQueries.ReferringEntry entry = entries.get(i);
                assertThat(entry.name()).hasSize(i + 1);
                assertThat(entry.dirIno()).isEqualTo(d);
                assertThat(entry.ino()).isEqualTo(file);
                assertThat(entry.type()).isEqualTo(8);
                assertThat(entry.last()).isEqualTo(i == 254);
            }
            for (int i = 255; i < 2048; i++) {
                link(file, d, "b" + i);
            }
            assertThat(queries.referringEntries(ROOT, file, 0, 0, MANY))
                    .hasSize(2048)
                    .last()
                    .matches(ArchiveQueries.ReferringEntry::last, "is marked");
            // exactly as many as are left, also where that is a multiple of what is read at once
            List<ArchiveQueries.ReferringEntry> half = queries.referringEntries(ROOT, file, 0, 0, 1024);
            assertThat(half).hasSize(1024).noneMatch(ArchiveQueries.ReferringEntry::last);
            ArchiveQueries.ReferringEntry end = half.getLast();
            assertThat(queries.referringEntries(ROOT, file, end.dirIno(), end.dirPos() + 1, 1024))
                    .hasSize(1024)
                    .last()
                    .matches(ArchiveQueries.ReferringEntry::last, "is marked");
            assertThat(queries.referringEntries(ROOT, file, end.dirIno(), -1L, 10))
                    .isEmpty();
            assertThat(queries.referringEntries(ROOT, file, 0, 0, 0)).isEmpty();
            return true;
        });
    }

    @Test
    void numbersInUseOfOneGroup() throws Exception {
        run(() -> {
            List<Long> made = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                made.add(file(1, "f" + i));
            }
            vfs.unlink(ROOT, 1, Cluster.name("f1"));
            vfs.syncfs();
            long group = made.getFirst() & -1024L;
            assertThat(queries.allocatedInos(ROOT, group, 2000))
                    .containsExactly(made.get(0), made.get(2), made.get(3), made.get(4));
            assertThat(queries.allocatedInos(ROOT, made.get(2), 2)).containsExactly(made.get(2), made.get(3));
            assertThat(queries.allocatedInos(ROOT, made.get(4) + 1, 10)).isEmpty();
            assertThat(queries.allocatedInos(ROOT, 0, 10)).containsExactly(1);
            assertThat(queries.allocatedInos(ROOT, -1L, 10)).isEmpty();
        });
    }

    // ---- extended attributes

    @Test
    void hiddenNamesArePaged() throws Exception {
        run(() -> {
            long file = file(1, "f");
            for (int i = 0; i < 20; i++) {
                set(file, "scoutfs.hide.n" + i, "v");
                set(file, "user.n" + i, "v");
            }
            List<String> all = new ArrayList<>();
            ArchiveQueries.XattrPosition at = START;
            for (; ; ) {
                ArchiveQueries.HiddenNames part = queries.listHidden(ROOT, file, at, 50);
                assertThat(part.names().stream().mapToInt(n -> n.length + 1).sum())
                        .isLessThanOrEqualTo(50);
                if (part.names().isEmpty()) {
                    break;
                }
                part.names().forEach(name -> all.add(text(name)));
                at = part.next();
            }
            assertThat(all).hasSize(20).allMatch(name -> name.startsWith("scoutfs.hide.n"));
            assertThat(new HashSet<>(all)).hasSize(20);
            assertThat(queries.listHidden(ROOT, file, START, 14).names()).isEmpty();
            vfs.setattr(ROOT, file, AttributeChanges.NONE.withMode(0600));
            assertFails(Errno.EACCES, () -> queries.listHidden(USER, file, START, 1000));
            assertFails(Errno.ENOENT, () -> queries.listHidden(ROOT, 999_999, START, 1000));
        });
    }

    @Test
    void searchFindsCommittedAttributes() throws Exception {
        run(() -> {
            long a = file(1, "a");
            long b = file(1, "b");
            byte[] name = Cluster.name("scoutfs.srch.hide.x");
            set(a, "scoutfs.srch.hide.x", "1");
            set(b, "scoutfs.srch.hide.x", "");
            set(b, "scoutfs.srch.hide.y", "");
            vfs.syncfs();
            ArchiveQueries.SearchResult found = queries.searchXattrs(ROOT, name, 0, -1L, 10);
            assertThat(found.inos()).containsExactly(a, b);
            assertThat(found.complete()).isTrue();
            found = queries.searchXattrs(ROOT, name, 0, -1L, 1);
            assertThat(found.inos()).containsExactly(a);
            assertThat(found.complete()).isFalse();
            assertThat(queries.searchXattrs(ROOT, name, a + 1, -1L, 1).inos()).containsExactly(b);
            assertThat(queries.searchXattrs(ROOT, name, 0, a, 1).complete()).isTrue();
            assertThat(queries.searchXattrs(ROOT, name, b, a, 1).inos()).isEmpty();
            assertThat(queries.searchXattrs(ROOT, name, 0, -1L, 0).inos()).isEmpty();
            vfs.removexattr(ROOT, a, name);
            vfs.syncfs();
            assertThat(queries.searchXattrs(ROOT, name, 0, -1L, 10).inos()).containsExactly(b);
            assertFails(Errno.EINVAL, () -> queries.searchXattrs(ROOT, Cluster.name("user.x"), 0, -1L, 10));
            assertFails(Errno.EINVAL, () -> queries.searchXattrs(ROOT, Cluster.name("scoutfs.hide.xyz"), 0, -1L, 10));
            assertFails(
                    Errno.EINVAL, () -> queries.searchXattrs(ROOT, Cluster.name("scoutfs.srch.srch.x"), 0, -1L, 10));
            assertFails(Errno.EINVAL, () -> queries.searchXattrs(ROOT, new byte[256], 0, -1L, 0));
        });
    }

    @Test
    void indexArguments() throws Exception {
        run(() -> {
            assertFails(Errno.EINVAL, () -> queries.xattrIndex(ROOT, LAST_INDX, FIRST_INDX, 10));
            assertFails(Errno.EINVAL, () -> queries.xattrIndex(ROOT, LAST_INDX, FIRST_INDX, 0));
            assertThat(queries.xattrIndex(ROOT, FIRST_INDX, LAST_INDX, 10)).isEmpty();
            assertThat(queries.xattrTotals(ROOT, 0, 0, 0, 10)).isEmpty();
        });
    }

    @Test
    void injectedTotalsCountAsAnyOther() throws Exception {
        run(() -> {
            long file = file(1, "f");
            set(file, "scoutfs.totl.1.2.3", "5");
            queries.injectTotal(ROOT, 1, 2, 3, 10, 1);
            queries.injectTotal(ROOT, 1, 2, 4, -1, 0);
            queries.injectTotal(ROOT, 1, 2, 5, 3, 1);
            queries.injectTotal(ROOT, 1, 2, 5, -3, -1);
            vfs.syncfs();
            assertThat(queries.xattrTotals(ROOT, 0, 0, 0, 10))
                    .containsExactly(
                            new ArchiveQueries.XattrTotal(1, 2, 3, 15, 2),
                            new ArchiveQueries.XattrTotal(1, 2, 4, -1L, 0));
            assertThat(queries.xattrTotals(ROOT, 1, 2, 4, 10)).hasSize(1);
            assertThat(queries.xattrTotals(ROOT, 0, 0, 0, 1)).hasSize(1);
        });
    }

    // ---- the rest

    @Test
    void devicesNeitherShrinkNorOutgrowThemselves() throws Exception {
        long more = Cluster.DATA_BYTES / VolumeLayout.SMALL_BLOCK_SIZE;
        run(() -> {
            long meta = vfs.details().statfsMore().totalMetaBlocks();
            long data = vfs.details().statfsMore().totalDataBlocks();
            assertThat(data).isLessThanOrEqualTo(more);
            queries.resizeDevices(ROOT, 0, 0);
            queries.resizeDevices(ROOT, meta, data);
            assertFails(Errno.EINVAL, () -> queries.resizeDevices(ROOT, meta - 1, 0));
            assertFails(Errno.EINVAL, () -> queries.resizeDevices(ROOT, 0, more + 1));
            assertThat(vfs.details().statfsMore().totalDataBlocks()).isEqualTo(data);
        });
    }

    @Test
    void privileges() throws Exception {
        QuotaRule rule = new QuotaRule(
                1,
                List.of(new QuotaRule.Name(1, 0, 0), new QuotaRule.Name(1, 0, 0), new QuotaRule.Name(1, 0, 0)),
                0,
                1,
                0);
        run(() -> {
            assertFails(Errno.EPERM, () -> queries.inoPath(USER, 1, 0, 0));
            assertFails(Errno.EPERM, () -> queries.referringEntries(USER, 1, 0, 0, 0));
            assertFails(Errno.EPERM, () -> queries.searchXattrs(USER, new byte[300], 0, 0, 0));
            assertFails(Errno.EPERM, () -> queries.xattrTotals(USER, 0, 0, 0, 0));
            assertFails(Errno.EPERM, () -> queries.xattrIndex(USER, LAST_INDX, FIRST_INDX, 0));
            assertFails(Errno.EPERM, () -> queries.allocatedInos(USER, 0, 0));
            assertFails(Errno.EPERM, () -> queries.quotaRules(USER, new ArchiveQueries.RulePosition(0, 0), 0));
            assertFails(Errno.EPERM, () -> queries.addQuotaRule(USER, rule));
            assertFails(Errno.EPERM, () -> queries.deleteQuotaRule(USER, rule));
            assertFails(Errno.EPERM, () -> queries.resizeDevices(USER, 1, 1));
            assertFails(Errno.EPERM, () -> queries.injectTotal(USER, 1, 1, 1, 1, 1));
            assertThat(queries.walkInodes(0, FIRST, LAST, 10).count()).isPositive();
            assertThat(queries.listHidden(USER, 1, START, 10).names()).isEmpty();
        });
    }
}
