package org.scoutfs.alloc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocExtentRoot;
import org.scoutfs.format.AllocListBlock;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.BlockReference;

class AllocListsTest {
    private static final int CAPACITY = AllocListBlock.CAPACITY;

    private final TestVolume volume = new TestVolume(3);
    private ListAllocator alloc;
    private AllocLists lists;
    private ExtentTree tree;

    @BeforeEach
    void begin() throws FsException {
        alloc = volume.allocator(6000);
        open(AllocExtentRoot.EMPTY);
    }

    @AfterEach
    void close() {
        alloc.prepareCommit();
        volume.close();
    }

    private void open(AllocExtentRoot root) {
        lists = new AllocLists(volume.cache, volume.writer, alloc);
        tree = new ExtentTree(volume.cache, alloc, volume.writer, root, TestVolume.META);
    }

    @Test
    void fillsAnEmptyListInOneBlockUpToTheTarget() throws FsException {
        tree.insert(volume.takeFresh(20_000), 20_000);
        AllocatorList list = new AllocatorList(AllocListHead.EMPTY.withLow(true));
        lists.fillList(list, tree, AllocLevels.META_FILL_LOW, AllocLevels.META_FILL_TARGET);
        assertThat(list.head().firstNr()).isEqualTo(CAPACITY);
        assertThat(list.head().totalNr()).isEqualTo(CAPACITY);
        assertThat(list.head().isLow()).isTrue();
        assertThat(tree.totalLen()).isEqualTo(20_000 - CAPACITY);
        assertThat(volume.numbers(list.head(), false)).doesNotHaveDuplicates().hasSize(CAPACITY);
    }

    @Test
    void leavesAListAloneThatHasEnough() throws FsException {
        tree.insert(volume.takeFresh(20_000), 20_000);
        AllocListHead head = volume.freshList(AllocLevels.META_FILL_LOW);
        AllocatorList list = new AllocatorList(head);
        lists.fillList(list, tree, AllocLevels.META_FILL_LOW, AllocLevels.META_FILL_TARGET);
        assertThat(list.head()).isEqualTo(head);
    }

    @Test
    void keepsWhatItGotWhenTheTreeRunsOut() throws FsException {
        tree.insert(volume.takeFresh(100), 30);
        AllocatorList list = new AllocatorList(volume.freshList(5));
        assertErrno(() -> lists.fillList(list, tree, 100, 200), Errno.ENOSPC);
        assertThat(tree.totalLen()).isZero();
        assertThat(volume.numbers(list.head(), false)).hasSize(35);
    }

    @Test
    void stopsWithoutErrorWhenItsOwnBlocksRunLow() throws FsException {
        alloc.prepareCommit();
        alloc = volume.allocator(60);
        open(AllocExtentRoot.EMPTY);
        long first = volume.takeFresh(4000);
        // 15 blocks per change of a tree, and one for the list.
        for (int i = 0; i < 2000; i++) {
            tree.insert(first + 2L * i, 1);
        }
        AllocatorList list = new AllocatorList(AllocListHead.EMPTY);
        while (!alloc.low(1 + tree.blocksPerChange())) {
            alloc.allocate();
        }
        lists.fillList(list, tree, 1, 1000);
        assertThat(list.head()).isEqualTo(AllocListHead.EMPTY);
        assertThat(lists.emptyList(tree, new AllocatorList(volume.freshList(10))))
                .isFalse();
    }

    @Test
    void emptiesAListOfManyBlocksIntoExtents() throws FsException {
        long first = volume.takeFresh(3000);
        long[] numbers =
                LongStream.range(first, first + 3000).filter(n -> n % 7 != 0).toArray();
        shuffle(numbers, new Random(5));
        AllocListHead head = volume.list(400, numbers);
        List<Long> before = volume.numbers(head, true);
        AllocatorList list = new AllocatorList(head);
        assertThat(lists.emptyList(tree, list)).isTrue();
        assertThat(list.head()).isEqualTo(AllocListHead.EMPTY);
        assertThat(tree.totalLen()).isEqualTo(numbers.length);
        alloc.prepareCommit();
        List<Long> freed = volume.numbers(alloc.freed(), false);
        // The list's blocks were freed, those they were moved to before too.
        before.removeAll(LongStream.of(numbers).boxed().toList());
        assertThat(freed).containsAll(before);
    }

    @Test
    void emptiesAListWithBlocksThatHaveNoNumbers() throws FsException {
        AllocListHead head = volume.freshList(3);
        ListAllocator drained = new ListAllocator(volume.cache, volume.writer, volume.list(10), head);
        assertErrno(drained::allocate, Errno.ENOSPC);
        drained.prepareCommit();
        AllocListHead empty = volume.list(1, volume.takeFresh(1));
        ListAllocator one = new ListAllocator(
                volume.cache, volume.writer, volume.list(CAPACITY, volume.takeFresh(1), volume.takeFresh(1)), empty);
        assertErrno(one::allocate, Errno.ENOSPC);
        one.prepareCommit();
        AllocatorList list = new AllocatorList(one.avail());
        assertThat(list.head().ref()).isNotEqualTo(BlockReference.ZERO);
        assertThat(list.head().totalNr()).isZero();
        assertThat(lists.emptyList(tree, list)).isTrue();
        assertThat(list.head()).isEqualTo(AllocListHead.EMPTY);
        assertThat(tree.totalLen()).isZero();
    }

    @Test
    void findsANumberThatWasFreedTwice() throws FsException {
        AllocatorList twice = new AllocatorList(volume.list(CAPACITY, 50_000, 50_001, 50_000, 50_002));
        assertThatThrownBy(() -> lists.emptyList(tree, twice))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("freed twice");
        AllocatorList again = new AllocatorList(volume.list(2, 60_000, 60_001, 60_001, 60_002));
        assertThatThrownBy(() -> lists.emptyList(tree, again))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("double free");
        // The first block went over whole, the second not at all.
        assertThat(tree.totalLen()).isEqualTo(2);
        assertThat(again.head().totalNr()).isEqualTo(2);
    }

    @Test
    void splicesOneListInFrontOfAnother() throws FsException {
        AllocListHead src = volume.list(10, LongStream.range(70_000, 70_035).toArray());
        AllocListHead dst =
                volume.list(10, LongStream.range(80_000, 80_012).toArray()).withLow(true);
        AllocatorList from = new AllocatorList(src.withLow(true));
        AllocatorList to = new AllocatorList(dst);
        ListAllocator.Remaining before = alloc.remaining();
        lists.spliceList(to, from);
        assertThat(before.avail() - alloc.remaining().avail()).isEqualTo(4 + 2);
        assertThat(from.head()).isEqualTo(AllocListHead.EMPTY.withLow(true));
        assertThat(to.head().firstNr()).isEqualTo(10);
        assertThat(to.head().totalNr()).isEqualTo(47);
        assertThat(to.head().isLow()).isTrue();
        List<Long> all = new ArrayList<>();
        LongStream.range(70_000, 70_035).forEach(all::add);
        LongStream.range(80_000, 80_012).forEach(all::add);
        assertThat(volume.numbers(to.head(), false)).containsExactlyElementsOf(all);
    }

    @Test
    void splicesForNothingWhereOneOfTheListsIsEmpty() throws FsException {
        AllocListHead head = volume.list(10, LongStream.range(70_000, 70_035).toArray());
        AllocatorList list = new AllocatorList(head);
        AllocatorList empty = new AllocatorList(AllocListHead.EMPTY);
        lists.spliceList(list, empty);
        assertThat(list.head()).isEqualTo(head);
        lists.spliceList(empty, list);
        assertThat(empty.head()).isEqualTo(head);
        assertThat(list.head()).isEqualTo(AllocListHead.EMPTY);
        assertThat(volume.writer.dirtyCount()).isZero();
    }

    @Test
    void aSpliceThatFailsHalfWayLeavesBothListsWhole() throws FsException {
        alloc.prepareCommit();
        alloc = volume.allocator(4);
        open(AllocExtentRoot.EMPTY);
        AllocatorList src = new AllocatorList(
                volume.list(10, LongStream.range(70_000, 70_035).toArray()));
        AllocatorList dst = new AllocatorList(
                volume.list(10, LongStream.range(80_000, 80_012).toArray()));
        AllocListHead dstBefore = dst.head();
        assertErrno(() -> lists.spliceList(dst, src), Errno.ENOSPC);
        assertThat(dst.head()).isEqualTo(dstBefore);
        assertThat(volume.numbers(src.head(), false))
                .containsExactlyElementsOf(
                        LongStream.range(70_000, 70_035).boxed().toList());
    }

    /** The life of a server's lists: every number is somewhere, and only once, after every step. */
    @Test
    void conservesEveryNumber() throws FsException {
        long seed = Seeds.next("AllocListsTest.conservesEveryNumber");
        Random random = new Random(seed);
        long start = volume.takeFresh(4000);
        List<Long> all =
                new ArrayList<>(LongStream.range(start, start + 4000).boxed().toList());
        all.addAll(volume.numbers(alloc.avail(), true));
        tree.insert(start, 4000);
        List<Long> used = new ArrayList<>();
        AllocatorList first = new AllocatorList(AllocListHead.EMPTY);
        AllocatorList second = new AllocatorList(AllocListHead.EMPTY);
        for (int step = 0; step < 400; step++) {
            switch (random.nextInt(8)) {
                case 0 -> fill(first, random.nextInt(300));
                case 1 -> fill(second, random.nextInt(300));
                case 2 -> lists.emptyList(tree, first);
                case 3 -> lists.spliceList(first, second);
                case 4 -> lists.spliceList(second, first);
                case 5 -> {
                    for (int i = random.nextInt(20); i > 0 && !alloc.low(500); i--) {
                        used.add(alloc.allocate());
                    }
                }
                case 6 -> {
                    for (int i = random.nextInt(20); i > 0 && !used.isEmpty() && !alloc.low(500); i--) {
                        alloc.free(used.remove(random.nextInt(used.size())));
                    }
                }
                default -> {
                    alloc = volume.commit(alloc);
                    if (alloc.low(1000)) {
                        // What a server does when it swaps: the freed numbers become somebody's to hand out.
                        alloc = new ListAllocator(
                                volume.cache,
                                volume.writer,
                                volume.counters,
                                /* avail= */ alloc.freed(),
                                /* freed= */ alloc.avail());
                    }
                    open(tree.root());
                }
            }
            if (step % 10 == 0) {
                Set<Long> missing = new HashSet<>(all);
                alloc.prepareCommit();
                for (AllocListHead head : List.of(alloc.avail(), alloc.freed(), first.head(), second.head())) {
                    takeOut(missing, volume.numbers(head, true));
                }
                takeOut(missing, used);
                tree.forEach((from, len) -> takeOut(
                        missing, LongStream.range(from, from + len).boxed().toList()));
                assertThat(missing).hasSize((int)
                        new BtreeReader(volume.cache).countBlocks(tree.root().root()));
            }
        }
    }

    private static void takeOut(Set<Long> missing, List<Long> found) {
        found.forEach(blkno -> assertThat(missing.remove(blkno)).isTrue());
    }

    private void fill(AllocatorList list, int target) throws FsException {
        try {
            lists.fillList(list, tree, target / 2, target);
        } catch (FsException e) {
            assertThat(e.errno()).isEqualTo(Errno.ENOSPC);
            assertThat(tree.totalLen()).isZero();
        }
    }

    private static void shuffle(long[] numbers, Random random) {
        for (int i = numbers.length - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            long saved = numbers[i];
            numbers[i] = numbers[other];
            numbers[other] = saved;
        }
    }

    private static void assertErrno(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, Errno errno) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
