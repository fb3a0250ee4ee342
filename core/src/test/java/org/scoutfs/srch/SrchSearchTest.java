package org.scoutfs.srch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.alloc.ListAllocator;
import org.scoutfs.alloc.TestVolume;
import org.scoutfs.block.Block;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.btree.BtreeWriter;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.SrchBlock;
import org.scoutfs.format.SrchEntry;
import org.scoutfs.format.SrchFile;

class SrchSearchTest {
    private static final long HASH = 0xfeedL << 40;
    private static final int ALL = Integer.MAX_VALUE;

    private final TestVolume volume = new TestVolume(15);
    private ListAllocator alloc;
    private BtreeWriter srch;
    private BtreeWriter logs;
    private long nextRid = 1;

    @BeforeEach
    void begin() throws FsException {
        alloc = volume.allocator(4000);
        srch = new BtreeWriter(volume.cache, alloc, volume.writer, BtreeRoot.EMPTY);
        logs = new BtreeWriter(volume.cache, alloc, volume.writer, BtreeRoot.EMPTY);
    }

    @AfterEach
    void close() {
        alloc.prepareCommit();
        volume.close();
    }

    private SrchSearch search(int maxTracked) {
        return new SrchSearch(
                volume.cache,
                new BtreeReader(volume.cache),
                () -> new SrchSearch.Roots(srch.root(), logs.root()),
                volume.counters,
                maxTracked);
    }

    private static SrchEntry entry(long ino, long id) {
        return new SrchEntry(HASH, ino, id);
    }

    private void addLog(SrchFile file) throws FsException {
        srch.insert(SrchItems.logKey(file), SrchItems.value(file));
    }

    private void addSorted(List<SrchEntry> entries, int perLeaf) throws FsException {
        SrchFile file = SrchFiles.write(volume, alloc, entries, perLeaf);
        srch.insert(SrchItems.sortedKey(file), SrchItems.value(file));
    }

    private void addOpenLog(SrchFile file) throws FsException {
        LogTrees trees =
                new LogTrees.Builder().rid(nextRid++).nr(1).srchFile(file).build();
        byte[] value = new byte[LogTrees.SIZE];
        trees.write(MemorySegment.ofArray(value), 0);
        logs.insert(trees.key(), value);
    }

    private static void assertFound(SrchSearch.Result result, boolean complete, long... inos) {
        assertThat(result.inos()).containsExactly(inos);
        assertThat(result.complete()).isEqualTo(complete);
    }

    @Test
    void findsNothingInAnEmptyVolume() throws FsException {
        assertFound(search(10).search(HASH, 0, -1, ALL), true);
        assertFound(search(10).search(HASH, 5, 4, ALL), true);
    }

    @Test
    void cancelsPairsWithinAndAcrossAllKindsOfFiles() throws FsException {
        addSorted(List.of(entry(1, 1), entry(1, 1), entry(2, 1), entry(3, 1), entry(4, 1), entry(4, 2)), 2);
        addLog(SrchFiles.write(
                volume, alloc, List.of(entry(9, 1), entry(3, 1), entry(5, 1), entry(5, 1), entry(6, 1)), 2));
        addOpenLog(SrchFiles.write(
                volume, alloc, List.of(entry(6, 1), entry(4, 2), entry(7, 7), entry(2, 1), entry(2, 1))));
        addOpenLog(SrchFile.EMPTY);
        // 1, 5: within a file. 3, 6: across files. 2: three times. 4: one of two attributes.
        assertFound(search(100).search(HASH, 0, -1, ALL), true, 2, 4, 7, 9);
        assertFound(search(100).search(HASH, 3, 7, ALL), true, 4, 7);
        assertFound(search(100).search(HASH + 1, 0, -1, ALL), true);
        assertFound(search(100).search(HASH - 1, 0, -1, ALL), true);
    }

    @Test
    void remembersLittleWhereLittleIsWanted() throws FsException {
        int many = 3 * SrchSearch.MIN_TRACKED;
        List<SrchEntry> entries = new ArrayList<>();
        for (int ino = 1; ino <= many; ino++) {
            entries.add(entry(ino, 1));
        }
        addSorted(entries, 2000);
        SrchSearch.Result first = search(SrchSearch.MAX_TRACKED).search(HASH, 0, -1, 5);
        assertThat(first.inos()).hasSize(SrchSearch.MIN_TRACKED).startsWith(1, 2, 3);
        assertThat(first.complete()).isFalse();
        // all that such a search remembers is cancelled, and more than it would remember again
        addLog(SrchFiles.write(volume, alloc, entries.subList(0, many - 3), 2000));
        assertFound(search(SrchSearch.MAX_TRACKED).search(HASH, 0, -1, 5), true, many - 2, many - 1, many);
        assertThat(volume.counters.snapshot().get("srch_search_retry_empty")).isEqualTo(1);
    }

    @Test
    void goesOnFromWhereItHadToStop() throws FsException {
        long seed = Seeds.next("SrchSearchTest.goesOn");
        Random random = new Random(seed);
        List<SrchEntry> all = new ArrayList<>();
        for (int file = 0; file < 8; file++) {
            List<SrchEntry> entries = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                entries.add(new SrchEntry(HASH + random.nextInt(3) - 1, 1000 + random.nextInt(150), random.nextInt(3)));
            }
            switch (file % 3) {
                case 0 -> {
                    entries = SrchFiles.odd(entries);
                    addSorted(entries, 7 + random.nextInt(60));
                }
                case 1 -> addLog(SrchFiles.write(volume, alloc, entries, 1 + random.nextInt(100)));
                default -> addOpenLog(SrchFiles.write(volume, alloc, entries));
            }
            all.addAll(entries);
        }
        TreeSet<Long> expected = new TreeSet<>();
        SrchFiles.odd(all).stream().filter(e -> e.hash() == HASH).forEach(e -> expected.add(e.ino()));
        for (int maxTracked : new int[] {1, 2, 10, 99, 100_000}) {
            long first = 1000L + random.nextInt(50);
            long last = first + random.nextInt(200);
            List<Long> found = new ArrayList<>();
            int calls = 0;
            for (long from = first; ; ) {
                SrchSearch.Result result = search(maxTracked).search(HASH, from, last, ALL);
                calls++;
                Arrays.stream(result.inos()).forEach(found::add);
                if (result.complete()) {
                    break;
                }
                assertThat(result.inos().length).isBetween(1, maxTracked);
                from = found.getLast() + 1;
            }
            assertThat(found).containsExactlyElementsOf(expected.subSet(first, true, last, true));
            assertThat(calls).isLessThanOrEqualTo(found.size() + 1);
        }
    }

    @Test
    void looksFurtherByItselfWhenAllThatItRememberedCancelled() throws FsException {
        // With room for one entry: 1 is remembered, 2 and 3 are dropped, then the second 1 comes.
        addSorted(List.of(entry(1, 1), entry(2, 1), entry(3, 1)), 10);
        addLog(SrchFiles.write(volume, alloc, List.of(entry(1, 1))));
        assertFound(search(1).search(HASH, 0, -1, ALL), false, 2);
        assertThat(volume.counters.get("srch_search_retry_empty").get()).isEqualTo(1);
        assertFound(search(1).search(HASH, 3, -1, ALL), true, 3);
    }

    @Test
    void readsFewLeavesOfASortedFile() throws FsException {
        List<SrchEntry> entries = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            entries.add(new SrchEntry(HASH + i, 7, 1));
        }
        addSorted(entries, 3);
        assertFound(search(100).search(HASH + 150, 0, -1, ALL), true, 7);
        assertThat(volume.counters.get("srch_search_sorted_block").get()).isLessThanOrEqualTo(9);
        assertFound(search(100).search(HASH + 299, 0, -1, ALL), true, 7);
        assertFound(search(100).search(HASH + 300, 0, -1, ALL), true);
    }

    @Test
    void toleratesAnEmptyLastLeafOfASortedFile() throws FsException {
        SrchFile file = SrchFiles.write(volume, alloc, List.of(entry(1, 1), entry(2, 1), entry(3, 1)), 1);
        try (Block block = SrchRadix.readLeaf(volume.cache, file, 2, false)) {
            SrchBlock.setEntryNr(block.data(), 0, 0);
            SrchBlock.setEntryBytes(block.data(), 0, 0);
        }
        srch.insert(SrchItems.sortedKey(file), SrchItems.value(file));
        assertFound(search(10).search(HASH, 0, -1, ALL), true, 1, 2);
        assertFound(search(10).search(HASH, 3, -1, ALL), true);
    }

    @Test
    void doesNotTrustTheBoundsOfALogOfSeveralLeaves() throws FsException {
        SrchFile file =
                SrchFiles.write(volume, alloc, List.of(entry(50, 1), entry(10, 1), entry(90, 1), entry(60, 1)), 1);
        // As the reference writes them: without the entries that open the later leaves.
        addLog(new SrchFile(entry(50, 1), entry(50, 1), file.ref(), file.blocks(), file.entries(), file.height()));
        assertFound(search(10).search(HASH, 0, 20, ALL), true, 10);
        assertFound(search(10).search(HASH, 70, -1, ALL), true, 90);
    }

    @Test
    void asksForNewRootsUntilTheyDoNotMoveAnyMore() throws FsException {
        addSorted(List.of(entry(1, 1)), 10);
        BtreeRoot good = srch.root();
        BtreeRoot stale =
                new BtreeRoot(new BlockReference(good.ref().blkno(), good.ref().seq() + 1), good.height());
        BtreeRoot older =
                new BtreeRoot(new BlockReference(good.ref().blkno(), good.ref().seq() + 2), good.height());
        List<BtreeRoot> roots = new ArrayList<>(List.of(older, stale, good));
        SrchSearch moving = new SrchSearch(
                volume.cache,
                new BtreeReader(volume.cache),
                () -> new SrchSearch.Roots(roots.removeFirst(), logs.root()),
                volume.counters);
        assertFound(moving.search(HASH, 0, -1, ALL), true, 1);
        assertThat(volume.counters.get("srch_read_stale").get()).isEqualTo(2);

        SrchSearch stuck = new SrchSearch(
                volume.cache,
                new BtreeReader(volume.cache),
                () -> new SrchSearch.Roots(stale, logs.root()),
                volume.counters);
        assertThatThrownBy(() -> stuck.search(HASH, 0, -1, ALL))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO));
    }
}
