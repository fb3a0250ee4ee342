package org.scoutfs.mount;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.fs.AttributeChanges;
import org.scoutfs.fs.Attributes;
import org.scoutfs.fs.Modes;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.vfs.ArchiveQueries;
import org.scoutfs.vfs.Vfs;

/**
 * Two mounts change files at random while a third one and one of the two follow what changed, log trees are merged, and search files are
 * rotated and compacted. Whoever remembers the greatest seq that it was shown misses no committed change (spec 4 section 4.3), a search
 * finds each committed attribute and none that was removed (spec 2 section 10), and totals are right at any time of a merge (section
 * 8.1). Row 138 of spec 4 section 15: whoever changes an inode, it has one place in each index.
 */
class FollowedIndexesTest {
    private static final int STEPS = 150;
    private static final int SHARED_FILES = 5;
    private static final int TAGS = 3;
    private static final ArchiveQueries.SeqEntry FIRST = new ArchiveQueries.SeqEntry(0, 0);
    private static final ArchiveQueries.SeqEntry LAST = new ArchiveQueries.SeqEntry(-1L, -1L);

    private final long seed = Seeds.next("FollowedIndexesTest");
    private volatile int working;

    /** One who follows an index: what it was shown last of each inode. */
    private final class Follower {
        private final Cluster.Node node;
        private final int index;
        private final Map<Long, Long> latest = new HashMap<>();
        private ArchiveQueries.SeqEntry next = FIRST;
        private int shown;

        Follower(Cluster.Node node, int index) {
            this.node = node;
            this.index = index;
        }

        boolean follow(Random random) throws Exception {
            while (working > 0) {
                catchUp(1 + random.nextInt(60));
                node.host.clock().sleep(TimeUnit.MILLISECONDS.toNanos(random.nextInt(2000)));
            }
            return true;
        }

        void catchUp(int limit) throws FsException {
            ArchiveQueries.SeqEntries found;
            do {
                found = node.vfs().archiveQueries().walkInodes(index, next, LAST, limit);
                for (int i = 0; i < found.count(); i++) {
                    long seq = found.seqs()[i];
                    long ino = found.inos()[i];
                    boolean behind = seq > next.seq() || (seq == next.seq() && ino >= next.ino());
                    assertThat(behind)
                            .as("entry %d %d from %s on", seq, ino, next)
                            .isTrue();
                    latest.put(ino, seq);
                    next = new ArchiveQueries.SeqEntry(seq, ino + 1);
                    shown++;
                }
            } while (found.count() > 0);
        }
    }

    /** Changes files of its own and those that all share. */
    private final class Worker {
        private final int nr;
        private final Cluster.Node node;
        private final Vfs vfs;
        private final List<Cluster.Node> all;
        private final Random random;
        private final Map<String, Long> files = new HashMap<>();
        /** Inodes of this worker by tag, as of now. */
        private final Map<Integer, TreeSet<Long>> tagged = new HashMap<>();
        /** Those of them with a total, and their values. */
        private final Map<Long, Long> values = new HashMap<>();

        private int made;

        Worker(int nr, Cluster.Node node, List<Cluster.Node> all) {
            this.nr = nr;
            this.node = node;
            this.vfs = node.vfs();
            this.all = all;
            this.random = new Random(seed + nr);
            for (int tag = 0; tag < TAGS; tag++) {
                tagged.put(tag, new TreeSet<>());
            }
        }

        boolean work() throws Exception {
            for (int step = 0; step < STEPS; step++) {
                switch (random.nextInt(14)) {
                    case 0, 1, 2 -> create();
                    case 3, 4 -> tag(pick());
                    case 5 -> untag(pick());
                    case 6 -> contribute(pick());
                    case 7 -> unlink();
                    case 8 -> rename();
                    case 9 -> write(pick());
                    case 10, 11 -> share();
                    case 12 -> searchOwn();
                    default -> vfs.syncfs();
                }
                node.host.clock().sleep(TimeUnit.MILLISECONDS.toNanos(random.nextInt(400)));
                if (step % 50 == 49) {
                    checkTotal();
                }
            }
            synchronized (FollowedIndexesTest.this) {
                working--;
            }
            return true;
        }

        private void create() throws FsException {
            String name = "w" + nr + "-" + made++;
            files.put(name, Cluster.write(vfs, 1, name, new byte[random.nextInt(5000)]));
        }

        private Long pick() {
            if (files.isEmpty()) {
                return 0L;
            }
            List<Long> inos = new ArrayList<>(new TreeSet<>(files.values()));
            return inos.get(random.nextInt(inos.size()));
        }

        private String name() {
            List<String> names = new ArrayList<>(new TreeSet<>(files.keySet()));
            return names.get(random.nextInt(names.size()));
        }

        private void tag(long ino) throws FsException {
            int tag = random.nextInt(TAGS);
            if (ino != 0) {
                vfs.setxattr(Cluster.ROOT, ino, tagName(tag), new byte[random.nextInt(20)], 0, false);
                tagged.get(tag).add(ino);
            }
        }

        private void untag(long ino) throws FsException {
            int tag = random.nextInt(TAGS);
            if (tagged.get(tag).remove(ino)) {
                vfs.removexattr(Cluster.ROOT, ino, tagName(tag));
            }
        }

        private void contribute(long ino) throws FsException {
            if (ino != 0) {
                long value = random.nextInt(1000);
                byte[] name = Cluster.name("scoutfs.totl.hide.7.7." + nr);
                vfs.setxattr(Cluster.ROOT, ino, name, Cluster.name(Long.toString(value)), 0, false);
                values.put(ino, value);
            }
        }

        private void unlink() throws FsException {
            if (!files.isEmpty()) {
                String name = name();
                vfs.unlink(Cluster.ROOT, 1, Cluster.name(name));
                long ino = files.remove(name);
                values.remove(ino);
                tagged.values().forEach(inos -> inos.remove(ino));
            }
        }

        private void rename() throws FsException {
            if (!files.isEmpty()) {
                String name = name();
                String to = "w" + nr + "-" + made++;
                vfs.rename(Cluster.ROOT, 1, Cluster.name(name), 1, Cluster.name(to), 0);
                files.put(to, files.remove(name));
            }
        }

        private void write(long ino) throws FsException {
            if (ino != 0) {
                OpenFile file = vfs.open(Cluster.ROOT, ino, Modes.O_RDWR);
                vfs.write(file, random.nextInt(9000), MemorySegment.ofArray(new byte[100]), false);
                vfs.release(file);
            }
        }

        private void share() throws FsException {
            Attributes shared = vfs.lookup(Cluster.ROOT, 1, Cluster.name("s" + random.nextInt(SHARED_FILES)));
            if (random.nextBoolean()) {
                vfs.setattr(Cluster.ROOT, shared.ino(), AttributeChanges.NONE.withMode(random.nextInt(0777)));
            } else {
                write(shared.ino());
            }
            vfs.forget(shared.ino(), 1);
        }

        /** What this worker has committed is found on all mounts, and what it took back is not. */
        private void searchOwn() throws Exception {
            vfs.syncfs();
            Cluster.Node asked = all.get(random.nextInt(all.size()));
            for (int tag = 0; tag < TAGS; tag++) {
                ArchiveQueries.SearchResult found =
                        asked.vfs().archiveQueries().searchXattrs(Cluster.ROOT, tagName(tag), 0, -1L, 100_000);
                assertThat(found.complete()).isTrue();
                TreeSet<Long> own = new TreeSet<>();
                for (long ino : found.inos()) {
                    own.add(ino);
                }
                assertThat(own).as("tag %d on %s", tag, asked.name).containsAll(tagged.get(tag));
                TreeSet<Long> untagged = new TreeSet<>(files.values());
                untagged.removeAll(tagged.get(tag));
                own.retainAll(untagged);
                assertThat(own).as("tag %d that was removed", tag).isEmpty();
            }
        }

        private void checkTotal() throws Exception {
            vfs.syncfs();
            node.host.clock().sleep(TimeUnit.SECONDS.toNanos(11));
            Cluster.Node asked = all.get(random.nextInt(all.size()));
            List<ArchiveQueries.XattrTotal> totals =
                    asked.vfs().archiveQueries().xattrTotals(Cluster.ROOT, 7, 7, nr, 1);
            long sum = values.values().stream().mapToLong(Long::longValue).sum();
            ArchiveQueries.XattrTotal expected = new ArchiveQueries.XattrTotal(7, 7, nr, sum, values.size());
            if (values.isEmpty()) {
                assertThat(totals).doesNotContain(expected);
            } else {
                assertThat(totals).as("on " + asked.name).containsExactly(expected);
            }
        }
    }

    private static byte[] tagName(int tag) {
        return Cluster.name("scoutfs.srch.hide.tag" + tag);
    }

    @Test
    void nothingCommittedIsMissed() throws Exception {
        Random random = new Random(seed);
        try (Cluster cluster = new Cluster(seed, 1)) {
            Cluster.Node first = cluster.member(0);
            Cluster.Node second = cluster.client();
            Cluster.Node third = cluster.client();
            List<Cluster.Node> nodes = List.of(first, second, third);
            cluster.mountAll(nodes);
            for (Cluster.Node node : nodes) {
                node.get().setSrchCompactDelayMs(1000);
            }
            cluster.run(() -> {
                for (int i = 0; i < SHARED_FILES; i++) {
                    Cluster.write(first.vfs(), 1, "s" + i, new byte[100]);
                }
            });
            List<Worker> workers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                workers.add(new Worker(i, nodes.get(i % 2), nodes));
            }
            working = workers.size();
            List<Follower> followers = List.of(
                    new Follower(third, ArchiveQueries.INDEX_META_SEQ),
                    new Follower(third, ArchiveQueries.INDEX_DATA_SEQ),
                    new Follower(second, ArchiveQueries.INDEX_META_SEQ));
            List<Callable<Boolean>> bodies = new ArrayList<>();
            workers.forEach(worker -> bodies.add(worker::work));
            followers.forEach(follower -> bodies.add(() -> follower.follow(new Random(seed + bodies.size()))));
            bodies.add(() -> {
                while (working > 0) {
                    first.get().triggers().arm("log_merge_force_finalize_ours");
                    first.get().triggers().arm("srch_force_log_rotate");
                    first.host.clock().sleep(TimeUnit.MILLISECONDS.toNanos(random.nextInt(3000)));
                }
                return true;
            });
            cluster.together(bodies, 1200);
            cluster.run(() -> {
                for (Cluster.Node node : nodes) {
                    node.vfs().syncfs();
                }
            });
            cluster.run(() -> checkWalks(third, followers));
            checkSearches(cluster, third, workers);
            assertThat(count(nodes, "log_merge_complete")).as("merges").isPositive();
            assertThat(count(nodes, "srch_compact_removed_entry"))
                    .as("pairs that compaction removed")
                    .isPositive();
            assertThat(cluster.check().problems()).isEmpty();
            assertThat(cluster.fenced).isEmpty();
        }
    }

    /** Everything that exists, and nothing else, is where its last change put it, and was shown to those who followed. */
    private static void checkWalks(Cluster.Node node, List<Follower> followers) throws Exception {
        Map<Long, Long> metaSeqs = new HashMap<>();
        Map<Long, Long> dataSeqs = new HashMap<>();
        put(node, 1, metaSeqs, dataSeqs);
        OpenFile root = node.vfs().open(Cluster.ROOT, 1, 0);
        List<Long> inos = new ArrayList<>();
        node.vfs().readdir(root, 2, false, (name, ino, mode, next, attributes) -> inos.add(ino));
        node.vfs().release(root);
        for (long ino : inos) {
            put(node, ino, metaSeqs, dataSeqs);
        }
        // the first walk has everybody commit what deletions are still under way
        node.vfs().archiveQueries().walkInodes(0, FIRST, LAST, 1);
        assertThat(walk(node, ArchiveQueries.INDEX_META_SEQ)).isEqualTo(metaSeqs);
        assertThat(walk(node, ArchiveQueries.INDEX_DATA_SEQ)).isEqualTo(dataSeqs);
        for (Follower follower : followers) {
            follower.catchUp(50);
            assertThat(follower.shown).isGreaterThan(100);
            Map<Long, Long> expected = follower.index == ArchiveQueries.INDEX_META_SEQ ? metaSeqs : dataSeqs;
            for (Map.Entry<Long, Long> inode : expected.entrySet()) {
                assertThat(follower.latest.get(inode.getKey()))
                        .as("inode %d, index %d", inode.getKey(), follower.index)
                        .isEqualTo(inode.getValue());
            }
        }
    }

    private static void put(Cluster.Node node, long ino, Map<Long, Long> metaSeqs, Map<Long, Long> dataSeqs)
            throws FsException {
        Attributes attributes = node.vfs().getattr(ino);
        metaSeqs.put(ino, attributes.metaSeq());
        if (Modes.isRegular(attributes.mode())) {
            dataSeqs.put(ino, attributes.dataSeq());
        }
    }

    private static Map<Long, Long> walk(Cluster.Node node, int index) throws FsException {
        ArchiveQueries.SeqEntries found = node.vfs().archiveQueries().walkInodes(index, FIRST, LAST, 100_000);
        Map<Long, Long> seqs = new HashMap<>();
        for (int i = 0; i < found.count(); i++) {
            assertThat(seqs.put(found.inos()[i], found.seqs()[i]))
                    .as("inode " + found.inos()[i] + " is in the index twice")
                    .isNull();
        }
        return seqs;
    }

    /** After what is left was compacted too. */
    private static void checkSearches(Cluster cluster, Cluster.Node node, List<Worker> workers) throws Exception {
        for (int round = 0; round < 3; round++) {
            for (int tag = 0; tag < TAGS; tag++) {
                int which = tag;
                TreeSet<Long> expected = new TreeSet<>();
                workers.forEach(worker -> expected.addAll(worker.tagged.get(which)));
                long[] found = cluster.call(() -> node.vfs()
                        .archiveQueries()
                        .searchXattrs(Cluster.ROOT, tagName(which), 0, -1L, 100_000)
                        .inos());
                assertThat(found)
                        .as("tag %d, round %d", tag, round)
                        .containsExactly(
                                expected.stream().mapToLong(Long::longValue).toArray());
            }
            cluster.mergeAll();
        }
    }

    private static long count(List<Cluster.Node> nodes, String counter) {
        return nodes.stream()
                .mapToLong(node -> node.get().counters().snapshot().getOrDefault(counter, 0L))
                .sum();
    }

    /** While directories above move and vanish a path is asked for: it leads somewhere or there is none. */
    @Test
    void pathsAreAskedForWhileDirectoriesMove() throws Exception {
        Random random = new Random(seed);
        Map<Errno, Integer> failures = new ConcurrentHashMap<>();
        try (Cluster cluster = new Cluster(seed, 1)) {
            Cluster.Node first = cluster.member(0);
            Cluster.Node second = cluster.client();
            cluster.mountAll(List.of(first, second));
            long[] dirs = new long[4];
            long file = cluster.call(() -> {
                for (int i = 0; i < dirs.length; i++) {
                    dirs[i] = first.vfs()
                            .mkdir(Cluster.ROOT, 1, Cluster.name("d" + i), 0755)
                            .ino();
                }
                return Cluster.write(first.vfs(), dirs[0], "f", new byte[1]);
            });
            working = 1;
            cluster.together(
                    List.of(
                            () -> {
                                // the second directory wanders through the others, and the first one with the file
                                // after it
                                long under = 1;
                                for (int i = 0; i < 200; i++) {
                                    long to = random.nextBoolean() ? 1 : dirs[2 + random.nextInt(2)];
                                    if (to != under) {
                                        first.vfs()
                                                .rename(
                                                        Cluster.ROOT,
                                                        under,
                                                        Cluster.name("d0"),
                                                        to,
                                                        Cluster.name("d0"),
                                                        0);
                                        under = to;
                                    }
                                    first.host.clock().sleep(random.nextInt(20_000_000));
                                }
                                working = 0;
                                return true;
                            },
                            () -> {
                                while (working > 0) {
                                    ask(second, file, failures);
                                    second.host.clock().sleep(1_000_000);
                                }
                                return true;
                            }),
                    600);
            assertThat(failures).isEmpty();
            cluster.run(() -> {
                ArchiveQueries.InoPath path = second.vfs().archiveQueries().inoPath(Cluster.ROOT, file, 0, 0);
                assertThat(new String(path.path(), StandardCharsets.UTF_8)).endsWith("d0/f");
            });
        }
    }

    private static void ask(Cluster.Node node, long file, Map<Errno, Integer> failures) {
        try {
            ArchiveQueries.InoPath path = node.vfs().archiveQueries().inoPath(Cluster.ROOT, file, 0, 0);
            assertThat(new String(path.path(), StandardCharsets.UTF_8)).matches("(d[23]/)?d0/f");
        } catch (FsException e) {
            failures.merge(e.errno(), 1, Integer::sum);
        }
    }
}
