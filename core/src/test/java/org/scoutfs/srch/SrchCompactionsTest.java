package org.scoutfs.srch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.alloc.AllocLists;
import org.scoutfs.alloc.AllocatorList;
import org.scoutfs.alloc.ListAllocator;
import org.scoutfs.alloc.TestVolume;
import org.scoutfs.btree.BtreeItem;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.btree.BtreeWriter;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.SrchCompact;
import org.scoutfs.format.SrchCompactInput;
import org.scoutfs.format.SrchEntry;
import org.scoutfs.format.SrchFile;
import org.scoutfs.format.SrchParent;
import org.scoutfs.format.Types;

class SrchCompactionsTest {
    private static final long RID = -77;
    private static final SrchCompactions.ListExchange NO_EXCHANGE = (avail, freed) -> {};
    private static final SrchCompactions.ListExchange TAKE_BOTH = (avail, freed) -> {
        avail.setLow(false);
        freed.setLow(false);
    };

    private final TestVolume volume = new TestVolume(14);
    private final SrchCompactions compactions = new SrchCompactions(volume.counters, volume.triggers);
    private ListAllocator alloc;
    private BtreeWriter tree;

    @BeforeEach
    void begin() throws FsException {
        alloc = volume.allocator(3000);
        tree = new BtreeWriter(volume.cache, alloc, volume.writer, BtreeRoot.EMPTY);
    }

    @AfterEach
    void close() {
        alloc.prepareCommit();
        volume.close();
    }

    private static SrchFile file(long blkno, long blocks) {
        return new SrchFile(
                new SrchEntry(1, 2, 3),
                new SrchEntry(4, 5, 6),
                new BlockReference(blkno, blkno * 3),
                blocks,
                blocks * 100,
                SrchParent.heightFor(blocks));
    }

    private void addLog(long blkno) throws FsException {
        assertThat(compactions.rotate(tree, file(blkno, 20), false)).isEqualTo(SrchFile.EMPTY);
    }

    private void addSorted(long blkno, long blocks) throws FsException {
        tree.insert(Keys.srchSorted(blocks, blkno), SrchItems.value(file(blkno, blocks)));
    }

    private List<Key> keys() throws FsException {
        List<Key> keys = new ArrayList<>();
        for (BtreeItem item = tree.next(Key.ZERO);
                item != null;
                item = tree.next(item.key().increment())) {
            keys.add(item.key());
        }
        return keys;
    }

    private static List<Long> inputs(SrchCompact compact) {
        return compact.in().subList(0, compact.nr()).stream()
                .map(input -> input.file().ref().blkno())
                .toList();
    }

    @Test
    void rotatesALogThatHasGrownOrMustGo() throws FsException {
        SrchFile small = file(10, 15);
        assertThat(compactions.rotate(tree, small, false)).isEqualTo(small);
        assertThat(compactions.rotate(tree, SrchFile.EMPTY, true)).isEqualTo(SrchFile.EMPTY);
        assertThat(tree.root().isEmpty()).isTrue();
        assertThat(compactions.rotate(tree, file(11, 16), false)).isEqualTo(SrchFile.EMPTY);
        assertThat(compactions.rotate(tree, small, true)).isEqualTo(SrchFile.EMPTY);
        volume.triggers.arm(SrchCompactions.TRIGGER_FORCE_ROTATE);
        assertThat(compactions.rotate(tree, file(12, 1), false)).isEqualTo(SrchFile.EMPTY);
        assertThat(compactions.rotate(tree, file(13, 1), false)).isEqualTo(file(13, 1));
        assertThat(keys()).containsExactly(Keys.srchLog(10), Keys.srchLog(11), Keys.srchLog(12));
        assertThat(volume.counters.get("srch_rotate_log").get()).isEqualTo(3);
        // A commit whose answer was lost is sent again.
        assertThat(compactions.rotate(tree, small, true)).isEqualTo(SrchFile.EMPTY);
        assertThat(keys()).hasSize(3);
    }

    @Test
    void hasNoWorkForLessThanFourFiles() throws FsException {
        assertThat(compactions.begin(tree, RID, NO_EXCHANGE)).isNull();
        for (int i = 0; i < 3; i++) {
            addLog(100 + i);
            addSorted(200 + i, 1);
            addSorted(300 + i, 5);
        }
        assertThat(compactions.begin(tree, RID, NO_EXCHANGE)).isNull();
    }

    @Test
    void prefersLogsAndThenFourSortedFilesOfOneClass() throws FsException {
        for (long[] sorted :
                new long[][] {{50, 1}, {51, 1}, {52, 1}, {53, 2}, {54, 7}, {55, 8}, {56, 31}, {57, 8}, {58, 30}}) {
            addSorted(sorted[0], sorted[1]);
        }
        for (int i = 0; i < 5; i++) {
            addLog(100 + i);
        }
        SrchCompact logs = compactions.begin(tree, 1, NO_EXCHANGE);
        assertThat(logs).isNotNull();
        assertThat(logs.flags()).isEqualTo(SrchCompact.FLAG_LOG);
        assertThat(logs.id()).isEqualTo(100);
        assertThat(inputs(logs)).containsExactly(100L, 101L, 102L, 103L);
        SrchCompact sorted = compactions.begin(tree, 2, NO_EXCHANGE);
        assertThat(sorted).isNotNull();
        assertThat(sorted.flags()).isEqualTo(SrchCompact.FLAG_SORTED);
        assertThat(inputs(sorted)).containsExactly(55L, 57L, 58L, 56L);
        assertThat(compactions.begin(tree, 3, NO_EXCHANGE)).isNull();
        assertThat(keys()).contains(Keys.srchBusy(1, 100), Keys.srchBusy(2, 55));
    }

    @Test
    void classesArePowersOfFour() {
        long[] firsts = {1, 2, 8, 32, 128, 512};
        for (int i = 1; i < firsts.length; i++) {
            assertThat(SrchCompactions.sizeClass(file(1, firsts[i]))).isEqualTo(i);
            assertThat(SrchCompactions.sizeClass(file(1, firsts[i] - 1))).isEqualTo(i - 1);
        }
    }

    @Test
    void answersARepeatedRequestWithWhatTheMountHas() throws FsException {
        for (int i = 0; i < 8; i++) {
            addLog(100 + i);
        }
        SrchCompact first = compactions.begin(tree, RID, NO_EXCHANGE);
        assertThat(compactions.begin(tree, RID, NO_EXCHANGE)).isEqualTo(first);
        assertThat(compactions.begin(tree, RID + 1, NO_EXCHANGE)).isNotEqualTo(first);
    }

    @Test
    void storesTheListsAlsoWhenFillingThemFailed() throws FsException {
        for (int i = 0; i < 4; i++) {
            addLog(100 + i);
        }
        AllocListHead list = volume.freshList(5);
        assertThatThrownBy(() -> compactions.begin(tree, RID, (avail, freed) -> {
                    splice(avail, list);
                    throw new FsException(Errno.ENOSPC);
                }))
                .isInstanceOf(FsException.class);
        SrchCompact stored = compactions.begin(tree, RID, NO_EXCHANGE);
        assertThat(stored).isNotNull();
        assertThat(stored.metaAvail()).isEqualTo(list);
    }

    private void splice(AllocatorList to, AllocListHead head) throws FsException {
        new AllocLists(volume.cache, volume.writer, alloc).spliceList(to, new AllocatorList(head));
    }

    @Test
    void anUnfinishedRoundBecomesPendingWithItsProgress() throws FsException {
        for (int i = 0; i < 4; i++) {
            addSorted(100 + i, 5);
        }
        SrchCompact busy = compactions.begin(tree, RID, NO_EXCHANGE);
        assertThat(busy).isNotNull();
        SrchCompact progress = busy.withIn(
                        busy.in().stream().map(input -> input.at(2, 40)).toList())
                .withOut(file(999, 3));
        compactions.commit(tree, RID, progress, NO_EXCHANGE);
        assertThat(keys()).contains(Keys.srchPending(100)).doesNotContain(Keys.srchBusy(RID, 100));
        // Somebody else goes on, before anything new is begun.
        for (int i = 0; i < 4; i++) {
            addLog(200 + i);
        }
        assertThat(compactions.begin(tree, 5, NO_EXCHANGE)).isEqualTo(progress);
        assertErrno(() -> compactions.commit(tree, RID, progress, NO_EXCHANGE), Errno.ENOENT);
    }

    @Test
    void afterAnErrorTheStoredStateCounts() throws FsException {
        for (int i = 0; i < 4; i++) {
            addSorted(100 + i, 5);
        }
        SrchCompact busy = compactions.begin(tree, RID, NO_EXCHANGE);
        assertThat(busy).isNotNull();
        compactions.commit(
                tree,
                RID,
                busy.withOut(file(999, 3)).withFlags(busy.flags() | SrchCompact.FLAG_ERROR | SrchCompact.FLAG_DONE),
                NO_EXCHANGE);
        assertThat(keys()).contains(Keys.srchPending(100));
        assertThat(compactions.begin(tree, RID, NO_EXCHANGE)).isEqualTo(busy);
    }

    @Test
    void aFinishedMergeReplacesItsInputsAndThenDeletesThem() throws FsException {
        for (int i = 0; i < 4; i++) {
            addLog(100 + i);
        }
        SrchCompact busy = compactions.begin(tree, RID, NO_EXCHANGE);
        assertThat(busy).isNotNull();
        SrchFile out = file(999, 40);
        compactions.commit(
                tree,
                RID,
                busy.withOut(out)
                        .withIn(busy.in().stream().map(input -> input.at(7, 7)).toList())
                        .withFlags(SrchCompact.FLAG_LOG | SrchCompact.FLAG_DONE),
                NO_EXCHANGE);
        assertThat(keys()).containsExactly(Keys.srchSorted(40, 999), Keys.srchPending(100));
        SrchCompact delete = compactions.begin(tree, RID, NO_EXCHANGE);
        assertThat(delete).isNotNull();
        assertThat(delete.flags()).isEqualTo(SrchCompact.FLAG_DELETE);
        assertThat(delete.out()).isEqualTo(out);
        assertThat(inputs(delete)).isEqualTo(inputs(busy));
        assertThat(delete.in()).allMatch(input -> input.blk() == 0 && input.pos() == 0);

        SrchCompact deleted = delete.withLists(volume.freshList(3), volume.freshList(4))
                .withFlags(SrchCompact.FLAG_DELETE | SrchCompact.FLAG_DONE);
        List<AllocListHead> released = new ArrayList<>();
        compactions.commit(tree, RID, deleted, (avail, freed) -> {
            released.add(avail.head());
            released.add(freed.head());
        });
        assertThat(released).containsExactly(deleted.metaAvail(), deleted.metaFreed());
        assertThat(keys()).containsExactly(Keys.srchSorted(40, 999));
    }

    @Test
    void aMergeOfNothingLeavesNoFile() throws FsException {
        for (int i = 0; i < 4; i++) {
            addSorted(100 + i, 3);
        }
        SrchCompact busy = compactions.begin(tree, RID, NO_EXCHANGE);
        assertThat(busy).isNotNull();
        compactions.commit(tree, RID, busy.withFlags(SrchCompact.FLAG_SORTED | SrchCompact.FLAG_DONE), NO_EXCHANGE);
        assertThat(keys()).containsExactly(Keys.srchPending(100));
    }

    @Test
    void aReleaseThatFailsIsRepeatedWithWhatIsLeft() throws FsException {
        for (int i = 0; i < 4; i++) {
            addLog(100 + i);
        }
        SrchCompact busy = compactions.begin(tree, RID, NO_EXCHANGE);
        assertThat(busy).isNotNull();
        compactions.commit(tree, RID, busy.withFlags(SrchCompact.FLAG_LOG | SrchCompact.FLAG_DONE), NO_EXCHANGE);
        SrchCompact delete = compactions.begin(tree, RID, NO_EXCHANGE);
        assertThat(delete).isNotNull();
        SrchCompact deleted = delete.withLists(volume.freshList(3), volume.freshList(4))
                .withFlags(SrchCompact.FLAG_DELETE | SrchCompact.FLAG_DONE);
        AllocatorList taken = new AllocatorList(AllocListHead.EMPTY);
        assertErrno(
                () -> compactions.commit(tree, RID, deleted, (avail, freed) -> {
                    new AllocLists(volume.cache, volume.writer, alloc).spliceList(taken, avail);
                    throw new FsException(Errno.ENOSPC);
                }),
                Errno.ENOSPC);
        // The same message again releases nothing twice.
        assertErrno(() -> compactions.commit(tree, RID, deleted, TAKE_BOTH), Errno.ENOENT);
        SrchCompact again = compactions.begin(tree, 9, NO_EXCHANGE);
        assertThat(again).isNotNull();
        assertThat(again.metaAvail()).isEqualTo(AllocListHead.EMPTY);
        assertThat(again.metaFreed()).isEqualTo(deleted.metaFreed());
    }

    @Test
    void cancellingMakesEverythingPendingAgain() throws FsException {
        for (int i = 0; i < 8; i++) {
            addLog(100 + i);
        }
        SrchCompact first = compactions.begin(tree, RID, NO_EXCHANGE);
        SrchCompact other = compactions.begin(tree, RID + 1, NO_EXCHANGE);
        assertThat(compactions.cancel(tree, RID)).isEqualTo(1);
        assertThat(compactions.cancel(tree, RID)).isZero();
        assertThat(keys()).contains(Keys.srchPending(100), Keys.srchBusy(RID + 1, 104));
        assertThat(compactions.begin(tree, RID + 2, NO_EXCHANGE)).isEqualTo(first);
        assertThat(compactions.begin(tree, RID + 1, NO_EXCHANGE)).isEqualTo(other);
    }

    @Test
    void aFileUnderTheNumberOfABusyIdWaits() throws FsException {
        for (int i = 0; i < 4; i++) {
            addLog(100 + i);
        }
        SrchCompact busy = compactions.begin(tree, RID, NO_EXCHANGE);
        assertThat(busy).isNotNull();
        compactions.commit(tree, RID, busy.withFlags(SrchCompact.FLAG_LOG | SrchCompact.FLAG_DONE), NO_EXCHANGE);
        assertThat(compactions.begin(tree, RID, NO_EXCHANGE)).isNotNull();
        // Block 100 was freed by the delete and is the root of another log already.
        for (int i = 0; i < 4; i++) {
            addLog(100 + 10 * i);
        }
        assertThat(compactions.begin(tree, RID + 1, NO_EXCHANGE)).isNull();
        addLog(150);
        SrchCompact next = compactions.begin(tree, RID + 1, NO_EXCHANGE);
        assertThat(next).isNotNull();
        assertThat(inputs(next)).containsExactly(110L, 120L, 130L, 150L);
    }

    @Test
    void refusesResultsOfOtherWork() throws FsException {
        for (int i = 0; i < 4; i++) {
            addLog(100 + i);
        }
        SrchCompact busy = compactions.begin(tree, RID, NO_EXCHANGE);
        assertThat(busy).isNotNull();
        assertErrno(() -> compactions.commit(tree, RID, SrchCompact.EMPTY, NO_EXCHANGE), Errno.ENOENT);
        List<Key> before = keys();
        SrchCompact wrongKind = busy.withFlags(SrchCompact.FLAG_DELETE | SrchCompact.FLAG_DONE);
        assertErrno(() -> compactions.commit(tree, RID, wrongKind, TAKE_BOTH), Errno.EINVAL);
        SrchCompact wrongFiles = busy.withIn(List.of(new SrchCompactInput(file(5, 5), 0, 0)));
        assertErrno(() -> compactions.commit(tree, RID, wrongFiles, TAKE_BOTH), Errno.EINVAL);
        assertThat(keys()).isEqualTo(before);
    }

    @Test
    void aStepThatFailsUndoesTheOnesBefore() throws FsException {
        for (int i = 0; i < 4; i++) {
            addLog(100 + i);
        }
        SrchCompact busy = compactions.begin(tree, RID, NO_EXCHANGE);
        assertThat(busy).isNotNull();
        tree.delete(Keys.srchLog(102));
        List<Key> before = keys();
        SrchCompact done = busy.withOut(file(999, 2)).withFlags(SrchCompact.FLAG_LOG | SrchCompact.FLAG_DONE);
        assertThatThrownBy(() -> compactions.commit(tree, RID, done, NO_EXCHANGE))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("missing");
        assertThat(keys()).isEqualTo(before);
    }

    /** Logs, merges of all sizes, deletes, errors and departures; what is found in all files is always the same. */
    @Test
    void neitherEntriesNorBlocksGetLostOverManyCompactions() throws FsException {
        long seed = Seeds.next("SrchCompactionsTest.neitherEntries");
        Random random = new Random(seed);
        SrchCompactor compactor = new SrchCompactor(volume.cache, volume.counters, volume.triggers);
        AllocatorList taken = new AllocatorList(AllocListHead.EMPTY);
        List<SrchEntry> all = new ArrayList<>();
        for (int step = 0; step < 250; step++) {
            if (random.nextInt(3) == 0) {
                List<SrchEntry> log = SrchFiles.random(random, 1 + random.nextInt(60), 40);
                all.addAll(log);
                compactions.rotate(tree, SrchFiles.write(volume, alloc, log, 1 + random.nextInt(20)), true);
            } else {
                round(compactor, random, 1 + random.nextInt(3), taken);
            }
            commit();
            if (step % 25 == 0) {
                assertThat(SrchFiles.odd(searchable())).isEqualTo(SrchFiles.odd(all));
                assertNoBlockIsLost(taken);
            }
        }
        assertThat(SrchFiles.odd(searchable())).isEqualTo(SrchFiles.odd(all));
        assertNoBlockIsLost(taken);
        assertThat(keys().stream().filter(key -> key.type() == Types.SRCH_SORTED))
                .isNotEmpty();
    }

    private void commit() throws FsException {
        alloc = volume.commit(alloc);
        tree = new BtreeWriter(volume.cache, alloc, volume.writer, tree.root());
    }

    private void round(SrchCompactor compactor, Random random, long rid, AllocatorList taken) throws FsException {
        SrchCompact request = compactions.begin(tree, rid, (avail, freed) -> {
            if (avail.head().firstNr() < 30) {
                splice(avail, volume.freshList(60));
            }
            take(taken, freed);
        });
        if (request == null) {
            return;
        }
        commit();
        switch (random.nextInt(6)) {
            case 0 -> compactions.cancel(tree, rid);
            case 1 ->
                compactions.commit(
                        tree,
                        rid,
                        compactor.run(request, () -> false).withFlags(request.flags() | SrchCompact.FLAG_ERROR),
                        NO_EXCHANGE);
            default -> {
                SrchCompact answer = compactor.run(request, () -> false);
                assertThat(answer.has(SrchCompact.FLAG_ERROR)).isFalse();
                compactions.commit(tree, rid, answer, (avail, freed) -> {
                    take(taken, avail);
                    take(taken, freed);
                });
            }
        }
    }

    private void take(AllocatorList taken, AllocatorList from) throws FsException {
        new AllocLists(volume.cache, volume.writer, alloc).spliceList(taken, from);
    }

    /** Every number there is, is in one list or file, or in the tree. */
    private void assertNoBlockIsLost(AllocatorList taken) throws FsException {
        long end = volume.takeFresh(0);
        Set<Long> missing = LongStream.range(2, end).boxed().collect(Collectors.toCollection(HashSet::new));
        alloc.prepareCommit();
        for (AllocListHead head : List.of(alloc.avail(), alloc.freed(), taken.head())) {
            takeOut(missing, volume.numbers(head, true));
        }
        for (BtreeItem item = tree.next(Key.ZERO);
                item != null;
                item = tree.next(item.key().increment())) {
            if (item.key().type() == Types.SRCH_LOG || item.key().type() == Types.SRCH_SORTED) {
                takeOut(missing, SrchFiles.blocks(volume, SrchItems.file(item)));
                continue;
            }
            SrchCompact compact = SrchItems.compact(item);
            takeOut(missing, volume.numbers(compact.metaAvail(), true));
            takeOut(missing, volume.numbers(compact.metaFreed(), true));
            if (compact.has(SrchCompact.FLAG_DELETE)) {
                // Each round here gets through, so an input has all its blocks or none.
                for (SrchCompactInput input : compact.in().subList(0, compact.nr())) {
                    assertThat(input.pos()).isZero();
                    takeOut(missing, SrchFiles.blocks(volume, input.file()));
                }
            } else {
                assertThat(compact.out()).isEqualTo(SrchFile.EMPTY);
            }
        }
        assertThat(missing).hasSize((int) new BtreeReader(volume.cache).countBlocks(tree.root()));
    }

    private static void takeOut(Set<Long> missing, List<Long> found) {
        found.forEach(blkno -> assertThat(missing.remove(blkno)).isTrue());
    }

    private List<SrchEntry> searchable() throws FsException {
        List<SrchEntry> entries = new ArrayList<>();
        BtreeReader reader = new BtreeReader(volume.cache);
        for (Key key : keys()) {
            if (key.type() == Types.SRCH_LOG || key.type() == Types.SRCH_SORTED) {
                BtreeItem item = reader.lookup(tree.root(), key);
                assertThat(item).isNotNull();
                entries.addAll(SrchFiles.read(volume, SrchItems.file(item)));
            }
        }
        return entries;
    }

    private static void assertErrno(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, Errno errno) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
