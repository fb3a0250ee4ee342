package org.scoutfs.srch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.alloc.ListAllocator;
import org.scoutfs.alloc.TestVolume;
import org.scoutfs.block.Block;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.SrchBlock;
import org.scoutfs.format.SrchCompact;
import org.scoutfs.format.SrchCompactInput;
import org.scoutfs.format.SrchEntry;
import org.scoutfs.format.SrchFile;
import org.scoutfs.format.SrchParent;

class SrchCompactorTest {
    private final TestVolume volume = new TestVolume(13);
    private final SrchCompactor compactor = new SrchCompactor(volume.cache, volume.counters, volume.triggers);
    private ListAllocator alloc;

    @BeforeEach
    void begin() throws FsException {
        alloc = volume.allocator(4000);
    }

    @AfterEach
    void close() {
        alloc.prepareCommit();
        volume.close();
    }

    private static boolean goOn() {
        return false;
    }

    private SrchCompactor compactor(long dirtyBytes, int sortEntries) {
        return new SrchCompactor(
                volume.cache, volume.counters, volume.triggers, new SrchCompactor.Limits(dirtyBytes, sortEntries));
    }

    private SrchFile file(List<SrchEntry> entries, int perLeaf) throws FsException {
        SrchFile file = SrchFiles.write(volume, alloc, entries, perLeaf);
        alloc = volume.commit(alloc);
        return file;
    }

    private SrchCompact request(int flags, int blocks, SrchFile... files) throws FsException {
        List<SrchCompactInput> inputs = new ArrayList<>();
        for (SrchFile file : files) {
            inputs.add(new SrchCompactInput(file, 0, 0));
        }
        return new SrchCompact(
                volume.freshList(blocks),
                AllocListHead.EMPTY,
                files[0].ref().blkno(),
                files.length,
                flags,
                SrchFile.EMPTY,
                inputs);
    }

    private List<SrchEntry> concat(List<List<SrchEntry>> lists) {
        return lists.stream().flatMap(List::stream).toList();
    }

    private List<List<SrchEntry>> randomLogs(Random random, int count) {
        List<List<SrchEntry>> logs = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            logs.add(SrchFiles.random(random, count, 300));
        }
        return logs;
    }

    private SrchFile[] files(List<List<SrchEntry>> lists, int perLeaf) throws FsException {
        SrchFile[] files = new SrchFile[lists.size()];
        for (int i = 0; i < files.length; i++) {
            files[i] = file(lists.get(i), perLeaf);
        }
        return files;
    }

    @Test
    void sortsFourLogsIntoOneFileWithoutPairs() throws FsException {
        long seed = Seeds.next("SrchCompactorTest.sortsFourLogs");
        List<List<SrchEntry>> logs = randomLogs(new Random(seed), 3000);
        SrchCompact request = request(SrchCompact.FLAG_LOG, 500, files(logs, 400));
        SrchCompact answer = compactor.run(request, SrchCompactorTest::goOn);
        assertThat(answer.flags()).isEqualTo(SrchCompact.FLAG_LOG | SrchCompact.FLAG_DONE);
        List<SrchEntry> expected = SrchFiles.odd(concat(logs));
        assertSorted(answer.out(), expected);
        assertThat(volume.counters.get("srch_compact_entry").get()).isEqualTo(expected.size());
        assertThat(volume.counters.get("srch_compact_removed_entry").get()).isEqualTo(12_000 - expected.size());
        assertConserved(request, answer, List.of());
    }

    @Test
    void sortsLogsThatDoNotFitInMemoryInSeveralPassesAndWritesOutInBetween() throws FsException {
        long seed = Seeds.next("SrchCompactorTest.severalPasses");
        Random random = new Random(seed);
        List<List<SrchEntry>> logs = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            List<SrchEntry> log = new ArrayList<>();
            for (int e = 0; e < 12_000; e++) {
                log.add(new SrchEntry(random.nextLong(), random.nextInt(1000), 0));
            }
            log.addAll(SrchFiles.random(random, 500, 20));
            logs.add(log);
        }
        SrchCompact request = request(SrchCompact.FLAG_LOG, 500, files(logs, 5000));
        SrchCompact answer = compactor(3 << 16, 7000).run(request, SrchCompactorTest::goOn);
        assertThat(answer.flags()).isEqualTo(SrchCompact.FLAG_LOG | SrchCompact.FLAG_DONE);
        assertSorted(answer.out(), SrchFiles.odd(concat(logs)));
        assertThat(volume.counters.get("srch_compact_flush").get()).isGreaterThan(2);
        assertConserved(request, answer, List.of());
    }

    @Test
    void leavesNoFileWhenEverythingCancels() throws FsException {
        List<SrchEntry> entries = SrchFiles.random(new Random(3), 500, 200);
        SrchFile one = file(entries, 100);
        SrchFile other = file(entries, 70);
        SrchCompact answer = compactor.run(request(SrchCompact.FLAG_LOG, 100, one, other), SrchCompactorTest::goOn);
        assertThat(answer.flags()).isEqualTo(SrchCompact.FLAG_LOG | SrchCompact.FLAG_DONE);
        assertThat(answer.out()).isEqualTo(SrchFile.EMPTY);

        List<SrchEntry> sorted = SrchFiles.odd(entries);
        SrchCompact merged = compactor.run(
                request(SrchCompact.FLAG_SORTED, 100, file(sorted, 3), file(sorted, 50)), SrchCompactorTest::goOn);
        assertThat(merged.flags()).isEqualTo(SrchCompact.FLAG_SORTED | SrchCompact.FLAG_DONE);
        assertThat(merged.out()).isEqualTo(SrchFile.EMPTY);
    }

    @Test
    void mergesSortedFilesInAsManyRoundsAsItsLimitsAsk() throws FsException {
        long seed = Seeds.next("SrchCompactorTest.mergesSorted");
        Random random = new Random(seed);
        List<List<SrchEntry>> sorted = new ArrayList<>();
        List<SrchEntry> common = SrchFiles.odd(SrchFiles.random(random, 4000, 800));
        for (int i = 0; i < 4; i++) {
            List<SrchEntry> entries = new ArrayList<>(common.subList(i * 300, i * 300 + 900));
            for (int e = 0; e < 15_000; e++) {
                entries.add(new SrchEntry(random.nextLong(), random.nextInt(1000), 0));
            }
            sorted.add(SrchFiles.odd(entries));
        }
        SrchCompact compact = request(SrchCompact.FLAG_SORTED, 1000, files(sorted, 3000));
        int rounds = 0;
        while (!compact.has(SrchCompact.FLAG_DONE)) {
            SrchCompact answer = compactor(3 << 16, 1000).run(compact, SrchCompactorTest::goOn);
            assertThat(answer.has(SrchCompact.FLAG_ERROR)).isFalse();
            assertThat(answer.has(SrchCompact.FLAG_SORTED)).isTrue();
            assertConserved(
                    compact, answer, compact.out().isEmpty() ? List.of() : SrchFiles.blocks(volume, compact.out()));
            compact = answer;
            rounds++;
        }
        assertThat(rounds).isGreaterThan(3);
        assertSorted(compact.out(), SrchFiles.odd(concat(sorted)));
        for (SrchCompactInput input : compact.in()) {
            assertThat(input.blk()).isEqualTo(input.file().blocks());
            assertThat(input.pos()).isZero();
        }
    }

    @Test
    void endsARoundWhereAnInputStandsAtTheLastSafePositionAndGoesOnThere() throws FsException {
        List<List<SrchEntry>> logs = new ArrayList<>();
        for (int i = 1; i <= 2; i++) {
            // The first takes 24 bytes: then an even number of two byte entries ends at the last safe position.
            logs.add(List.of(new SrchEntry(1L << 62, 1L << 62, (long) i << 45), new SrchEntry((1L << 62) + i, 5, 6)));
        }
        List<SrchFile> padded = new ArrayList<>();
        for (List<SrchEntry> log : logs) {
            volume.triggers.arm(SrchCompactor.TRIGGER_PAD_SAFE);
            SrchCompact answer =
                    compactor.run(request(SrchCompact.FLAG_LOG, 100, file(log, 10)), SrchCompactorTest::goOn);
            assertThat(answer.has(SrchCompact.FLAG_DONE)).isTrue();
            assertThat(volume.triggers.isArmed(SrchCompactor.TRIGGER_PAD_SAFE)).isFalse();
            assertThat(answer.out().blocks()).isEqualTo(2);
            assertThat(SrchFiles.odd(SrchFiles.read(volume, answer.out()))).isEqualTo(log);
            padded.add(answer.out());
        }
        try (Block block = SrchRadix.readLeaf(volume.cache, padded.getFirst(), 0, false)) {
            assertThat(SrchBlock.entryBytes(block.data(), 0)).isEqualTo(SrchBlock.SAFE_POS + 2);
        }
        volume.triggers.arm(SrchCompactor.TRIGGER_STOP_SAFE);
        SrchCompact request = request(SrchCompact.FLAG_SORTED, 100, padded.toArray(SrchFile[]::new));
        SrchCompact half = compactor.run(request, SrchCompactorTest::goOn);
        assertThat(half.flags()).isEqualTo(SrchCompact.FLAG_SORTED);
        assertThat(half.in().getFirst().pos()).isEqualTo(SrchBlock.SAFE_POS);
        SrchCompact whole = compactor.run(half, SrchCompactorTest::goOn);
        assertThat(whole.flags()).isEqualTo(SrchCompact.FLAG_SORTED | SrchCompact.FLAG_DONE);
        // What the stop tore apart is in two leaves now; readers cancel it as before.
        assertThat(SrchFiles.odd(SrchFiles.read(volume, whole.out()))).isEqualTo(SrchFiles.odd(concat(logs)));
    }

    @Test
    void freesEveryBlockOfItsInputs() throws FsException {
        List<List<SrchEntry>> logs = randomLogs(new Random(4), 100);
        SrchFile[] files = files(logs, 7);
        Set<Long> expected = new HashSet<>();
        for (SrchFile file : files) {
            expected.addAll(SrchFiles.blocks(volume, file));
        }
        SrchCompact request = request(SrchCompact.FLAG_DELETE, 100, files);
        SrchCompact answer = compactor.run(request, SrchCompactorTest::goOn);
        assertThat(answer.flags()).isEqualTo(SrchCompact.FLAG_DELETE | SrchCompact.FLAG_DONE);
        List<Long> freed = volume.numbers(answer.metaFreed(), false);
        // Besides, only the place where the avail list was before.
        assertThat(freed).containsAll(expected).hasSize(expected.size() + 1);
        for (SrchCompactInput input : answer.in()) {
            assertThat(input.pos()).isGreaterThan(input.file().height());
        }
    }

    @Test
    void freesLargeFilesInRoundsThatStartWhereTheLastOneStopped() throws FsException {
        // Height 3. All references name the same blocks, so numbers are freed over and over; nothing reads the leaves.
        SrchFile large = SrchFileWriterTest.sameLeafFile(volume, alloc, 2L * SrchParent.CAPACITY + 50);
        alloc = volume.commit(alloc);
        SrchFile small = file(SrchFiles.random(new Random(5), 10, 5), 10);
        SrchCompact compact = request(SrchCompact.FLAG_DELETE, 100, large, small);
        long freed = 0;
        int rounds = 0;
        while (!compact.has(SrchCompact.FLAG_DONE)) {
            SrchCompact answer = compactor.run(compact, SrchCompactorTest::goOn);
            assertThat(answer.has(SrchCompact.FLAG_ERROR)).isFalse();
            assertOnlyUnfreedIsLeft(answer.in().getFirst());
            freed += answer.metaFreed().totalNr();
            rounds++;
            // What the server does: takes the freed ones away, fills up the others.
            compact = answer.withLists(volume.freshList(100), AllocListHead.EMPTY);
        }
        assertThat(rounds).isEqualTo(2);
        long leaves = 2L * SrchParent.CAPACITY + 50;
        assertThat(freed).isEqualTo(leaves + 3 + 1 + 1 + rounds);
    }

    private static void assertOnlyUnfreedIsLeft(SrchCompactInput input) {
        assertThat(input.pos()).isBetween(1L, 4L);
        assertThat(input.blk()).isBetween(0L, input.file().blocks() - 1);
        if (input.pos() >= 1 && input.pos() <= input.file().height()) {
            assertThat(input.blk() % SrchRadix.leavesPerRef((int) input.pos())).isZero();
        }
    }

    @Test
    void goesOnWithPositionsOfOtherWriters() throws FsException {
        SrchFile file = file(SrchFiles.random(new Random(6), 10, 5), 1);
        List<Long> blocks = SrchFiles.blocks(volume, file);
        // Level 0 means the leaves as well; leaves 0 to 3 are gone.
        SrchCompact request =
                request(SrchCompact.FLAG_DELETE, 100, file).withIn(List.of(new SrchCompactInput(file, 4, 0)));
        SrchCompact answer = compactor.run(request, SrchCompactorTest::goOn);
        assertThat(answer.has(SrchCompact.FLAG_DONE)).isTrue();
        assertThat(volume.numbers(answer.metaFreed(), false))
                .containsAll(blocks.subList(4, 11))
                .doesNotContainAnyElementsOf(blocks.subList(0, 4));
        // Completely deleted.
        SrchCompact nothing = request.withIn(List.of(new SrchCompactInput(file, 0, 3)));
        SrchCompact done = compactor.run(nothing, SrchCompactorTest::goOn);
        assertThat(done.has(SrchCompact.FLAG_DONE)).isTrue();
        assertThat(done.metaFreed()).isEqualTo(AllocListHead.EMPTY);
    }

    @Test
    void answersWithTheRequestAndAnErrorWhenBlocksDoNotSuffice() throws FsException {
        List<List<SrchEntry>> logs = randomLogs(new Random(7), 2000);
        SrchFile[] files = files(logs, 500);
        for (int flags : new int[] {SrchCompact.FLAG_LOG, SrchCompact.FLAG_SORTED, SrchCompact.FLAG_DELETE}) {
            for (int blocks : new int[] {0, 1, 2, 3}) {
                if (flags == SrchCompact.FLAG_DELETE && blocks >= 2) {
                    continue;
                }
                assertError(request(flags, blocks, files));
            }
        }
        assertThat(volume.counters.get("srch_compact_error").get()).isEqualTo(4 + 4 + 2);
    }

    @Test
    void answersWithAnErrorWhenWritingFails() throws FsException {
        SrchCompact request = request(SrchCompact.FLAG_LOG, 100, files(randomLogs(new Random(8), 50), 10));
        volume.device.forceUnmount();
        assertError(request);
    }

    @Test
    void answersWithAnErrorWhenItIsStoppedOrAskedForNonsense() throws FsException {
        SrchCompact request = request(SrchCompact.FLAG_LOG, 100, files(randomLogs(new Random(9), 50), 10));
        SrchCompact stopped = compactor.run(request, () -> true);
        assertThat(stopped).isEqualTo(request.withFlags(SrchCompact.FLAG_LOG | SrchCompact.FLAG_ERROR));
        assertError(request.withFlags(SrchCompact.FLAG_LOG | SrchCompact.FLAG_DELETE));
        assertError(request.withFlags(0));
        assertError(request.withOut(request.in().getFirst().file()));
        assertError(SrchCompact.EMPTY);
    }

    private void assertError(SrchCompact request) {
        SrchCompact answer = compactor.run(request, SrchCompactorTest::goOn);
        assertThat(answer).isEqualTo(request.withFlags(request.flags() | SrchCompact.FLAG_ERROR));
    }

    private void assertSorted(SrchFile out, List<SrchEntry> expected) throws FsException {
        List<SrchEntry> found = SrchFiles.read(volume, out);
        assertThat(found).isSorted();
        assertThat(SrchFiles.odd(found)).isEqualTo(expected);
        assertThat(out.first()).isEqualTo(found.getFirst());
        assertThat(out.last()).isEqualTo(found.getLast());
        assertThat(out.entries()).isEqualTo(found.size());
        for (long leaf = 0; leaf < out.blocks(); leaf++) {
            try (Block block = SrchRadix.readLeaf(volume.cache, out, leaf, false)) {
                assertThat(SrchBlock.entryNr(block.data(), 0)).isPositive();
            }
        }
    }

    /** Every number that came with the request is in the answer's lists or in the output, and nothing else is. */
    private void assertConserved(SrchCompact request, SrchCompact answer, List<Long> outBefore) throws FsException {
        List<Long> before = new ArrayList<>(outBefore);
        before.addAll(volume.numbers(request.metaAvail(), true));
        before.addAll(volume.numbers(request.metaFreed(), true));
        List<Long> after = new ArrayList<>(SrchFiles.blocks(volume, answer.out()));
        after.addAll(volume.numbers(answer.metaAvail(), true));
        after.addAll(volume.numbers(answer.metaFreed(), true));
        before.sort(null);
        after.sort(null);
        assertThat(after).doesNotHaveDuplicates().isEqualTo(before);
    }
}
