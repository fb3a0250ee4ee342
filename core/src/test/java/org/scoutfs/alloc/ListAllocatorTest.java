package org.scoutfs.alloc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.block.Block;
import org.scoutfs.block.BlockWriter;
import org.scoutfs.block.CacheLimits;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocListBlock;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.Magic;

class ListAllocatorTest {
    private static final int CAPACITY = AllocListBlock.CAPACITY;

    private TestVolume volume = new TestVolume(1);

    @AfterEach
    void close() {
        volume.close();
    }

    @Test
    void handsOutAscendingNumbersOfAnUnsortedList() throws FsException {
        AllocListHead list = volume.list(CAPACITY, 900, 700, 800, 500, 600);
        ListAllocator alloc = new ListAllocator(volume.cache, volume.writer, list, AllocListHead.EMPTY);
        // 900 and 700 become the homes of the two list blocks.
        assertThat(List.of(alloc.allocate(), alloc.allocate(), alloc.allocate()))
                .containsExactly(500L, 600L, 800L);
        assertErrno(alloc::allocate, Errno.ENOSPC);
        alloc.prepareCommit();
        assertThat(alloc.avail().totalNr()).isZero();
        assertThat(volume.numbers(alloc.freed(), false))
                .containsExactly(list.ref().blkno());
    }

    @Test
    void neverHandsOutWhatWasFreedInTheSameTransaction() throws FsException {
        ListAllocator alloc = volume.allocator(50);
        List<Long> freed = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            long blkno = alloc.allocate();
            assertThat(freed).doesNotContain(blkno);
            alloc.free(blkno);
            freed.add(blkno);
        }
        alloc.prepareCommit();
        assertThat(volume.numbers(alloc.freed(), false)).containsAll(freed);
    }

    @Test
    void movesItsListBlocksOncePerTransaction() throws FsException {
        ListAllocator alloc = volume.allocator(100);
        BlockReference before = alloc.avail().ref();
        alloc.allocate();
        BlockReference avail = alloc.avail().ref();
        BlockReference freed = alloc.freed().ref();
        assertThat(avail).isNotEqualTo(before);
        alloc.free(alloc.allocate());
        assertThat(alloc.avail().ref()).isEqualTo(avail);
        assertThat(alloc.freed().ref()).isEqualTo(freed);

        ListAllocator next = volume.commit(alloc);
        assertThat(next.avail().ref()).isEqualTo(avail);
        next.allocate();
        assertThat(next.avail().ref()).isNotEqualTo(avail);
        assertThat(next.freed().ref()).isNotEqualTo(freed);
        next.prepareCommit();
        assertThat(volume.numbers(next.freed(), false)).contains(avail.blkno(), freed.blkno(), before.blkno());
    }

    @Test
    void everyNumberStaysInOnePlaceOverManyTransactions() throws FsException {
        long seed = Seeds.next("ListAllocatorTest");
        Random random = new Random(seed);
        ListAllocator alloc = volume.allocator(3000);
        List<Long> all = new ArrayList<>(volume.numbers(alloc.avail(), true));
        List<Long> used = new ArrayList<>();
        for (int transaction = 0; transaction < 40; transaction++) {
            for (int i = random.nextInt(60); i > 0; i--) {
                if (used.isEmpty() || random.nextInt(3) > 0) {
                    used.add(alloc.allocate());
                } else {
                    alloc.free(used.remove(random.nextInt(used.size())));
                }
            }
            alloc = volume.commit(alloc);
            List<Long> found = new ArrayList<>(used);
            found.addAll(volume.numbers(alloc.avail(), true));
            found.addAll(volume.numbers(alloc.freed(), true));
            assertThat(found).containsExactlyInAnyOrderElementsOf(all);
        }
    }

    @Test
    void startsANewFreedBlockWhenTheOldOneIsNearlyFullAndSaysSoBefore() throws FsException {
        AllocListHead freed = volume.freshList(CAPACITY - ListAllocator.ROTATE_ROOM + 1);
        ListAllocator alloc =
                new ListAllocator(volume.cache, volume.writer, volume.counters, volume.freshList(100), freed);
        assertThat(alloc.remaining()).isEqualTo(new ListAllocator.Remaining(100, CAPACITY - 2));
        assertThat(alloc.low(100)).isFalse();
        alloc.free(volume.takeFresh(1));
        // The number that was freed and the old home of the avail list; the old freed block is still in the list.
        assertThat(alloc.remaining()).isEqualTo(new ListAllocator.Remaining(98, CAPACITY - 2));
        assertThat(alloc.freed().totalNr()).isEqualTo(freed.totalNr() + 2);
        alloc.prepareCommit();
        assertThat(volume.numbers(alloc.freed(), true)).contains(freed.ref().blkno());
    }

    @Test
    void keepsAFreedBlockThatHasRoomLeft() throws FsException {
        AllocListHead freed = volume.freshList(CAPACITY - ListAllocator.ROTATE_ROOM);
        ListAllocator alloc =
                new ListAllocator(volume.cache, volume.writer, volume.counters, volume.freshList(100), freed);
        assertThat(alloc.remaining().freedRoom()).isEqualTo(ListAllocator.ROTATE_ROOM);
        alloc.allocate();
        assertThat(alloc.remaining().freedRoom()).isEqualTo(ListAllocator.ROTATE_ROOM - 2);
        alloc.prepareCommit();
    }

    @Test
    void refusesToFreeIntoAFullBlock() throws FsException {
        ListAllocator alloc = volume.allocator(100);
        for (int i = alloc.remaining().freedRoom() - 1; i > 0; i--) {
            alloc.free(volume.takeFresh(1));
        }
        assertThat(alloc.low(0)).isFalse();
        assertThat(alloc.low(1)).isTrue();
        assertThat(volume.counters.get("alloc_list_freed_hi").get()).isEqualTo(1);
        assertErrno(() -> alloc.free(volume.takeFresh(1)), Errno.EIO);
        alloc.prepareCommit();
    }

    @Test
    void countsWhatWasUsedSince() throws FsException {
        ListAllocator alloc = volume.allocator(1000);
        ListAllocator.Remaining then = alloc.remaining();
        assertThat(alloc.lowSince(then, 250, 250)).isFalse();
        assertThat(alloc.lowSince(then, 250, 251)).isTrue();
        for (int i = 0; i < 98; i++) {
            alloc.allocate();
        }
        assertThat(alloc.lowSince(then, 250, 150)).isFalse();
        assertThat(alloc.lowSince(then, 250, 151)).isTrue();
        for (int i = 0; i < 199; i++) {
            alloc.free(volume.takeFresh(1));
        }
        assertThat(alloc.lowSince(then, 250, 50)).isFalse();
        assertThat(alloc.lowSince(then, 250, 51)).isTrue();
        alloc.prepareCommit();
    }

    @Test
    void takesDirtyListBlocksUpAgainAfterAFailedWriteOut() throws FsException {
        ListAllocator alloc = volume.allocator(4);
        alloc.allocate();
        AllocListHead avail = alloc.avail();
        AllocListHead freed = alloc.freed();
        alloc.prepareCommit();
        // Nothing was written; the repeated attempt needs no further homes for its blocks.
        alloc.allocate();
        assertThat(alloc.avail().ref()).isEqualTo(avail.ref());
        assertThat(alloc.avail().totalNr()).isEqualTo(avail.totalNr() - 1).isZero();
        assertThat(alloc.freed()).isEqualTo(freed);
        alloc.prepareCommit();
    }

    @Test
    void failsToBeginWithoutHomesForItsBlocks() throws FsException {
        ListAllocator one = volume.allocator(1);
        assertErrno(one::allocate, Errno.ENOSPC);
        ListAllocator none = new ListAllocator(volume.cache, volume.writer, AllocListHead.EMPTY, AllocListHead.EMPTY);
        assertErrno(none::allocate, Errno.ENOSPC);
        assertThat(one.avail().totalNr()).isEqualTo(1);
    }

    @Test
    void changesNothingWhenMemoryIsTooShortToBegin() throws FsException {
        volume.close();
        volume = new TestVolume(1, new CacheLimits(16L << 16, 16L << 16, 1, true));
        ListAllocator alloc = volume.allocator(20);
        AllocListHead avail = alloc.avail();
        BlockWriter hog = new BlockWriter();
        List<Block> taken = new ArrayList<>();
        for (boolean full = false; !full; ) {
            try {
                taken.add(volume.cache.dirtyGiven(volume.takeFresh(1), hog, BlockReference.ZERO, Magic.BTREE));
            } catch (FsException e) {
                assertThat(e.errno()).isEqualTo(Errno.ENOMEM);
                full = true;
            }
        }
        int failures = 0;
        for (; ; failures++) {
            try {
                alloc.allocate();
                break;
            } catch (FsException e) {
                assertThat(e.errno()).isEqualTo(Errno.ENOMEM);
                assertThat(alloc.avail()).isEqualTo(avail);
                assertThat(alloc.freed()).isEqualTo(AllocListHead.EMPTY);
                assertThat(volume.writer.dirtyCount()).isZero();
                Block block = taken.removeLast();
                volume.cache.forget(block, hog);
                block.close();
            }
        }
        assertThat(failures).isGreaterThanOrEqualTo(2);
        alloc.prepareCommit();
        taken.forEach(Block::close);
        volume.cache.forgetAll(hog);
        assertThat(volume.numbers(alloc.avail(), false)).hasSize(17);
    }

    @Test
    void reportsStaleAndImpossibleListBlocksAsCorruption() throws FsException {
        AllocListHead good = volume.freshList(10);
        BlockReference wrongSeq =
                new BlockReference(good.ref().blkno(), good.ref().seq() + 1);
        assertCorrupt(good.withList(wrongSeq, 10, 10));
        assertThat(volume.counters.get("alloc_stale_list_block").get()).isEqualTo(1);
        assertCorrupt(good.withList(good.ref(), 9, 9));
        assertCorrupt(volume.list(CAPACITY, 100, 101, 1));
    }

    private void assertCorrupt(AllocListHead avail) {
        ListAllocator alloc =
                new ListAllocator(volume.cache, volume.writer, volume.counters, avail, AllocListHead.EMPTY);
        assertThatThrownBy(alloc::allocate).isInstanceOf(CorruptionException.class);
        alloc.prepareCommit();
    }

    @Test
    void servesManyThreadsAndShowsEachLevelFromOneMoment() throws Exception {
        ListAllocator alloc = volume.allocator(6000);
        alloc.free(alloc.allocate());
        int sum = alloc.remaining().avail() + alloc.remaining().freedRoom();
        int threads = 4;
        int each = 1000;
        CountDownLatch done = new CountDownLatch(threads);
        try (ExecutorService pool = Executors.newFixedThreadPool(threads + 1)) {
            List<Future<List<Long>>> workers = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                workers.add(pool.submit(() -> {
                    List<Long> taken = new ArrayList<>();
                    try {
                        for (int i = 0; i < each; i++) {
                            long blkno = alloc.allocate();
                            taken.add(blkno);
                            alloc.free(blkno);
                        }
                    } finally {
                        done.countDown();
                    }
                    return taken;
                }));
            }
            Future<Integer> sampler = pool.submit(() -> {
                int samples = 0;
                int lastSum = sum;
                do {
                    ListAllocator.Remaining now = alloc.remaining();
                    int nowSum = now.avail() + now.freedRoom();
                    assertThat(nowSum).isLessThanOrEqualTo(lastSum).isGreaterThanOrEqualTo(sum - 2 * threads * each);
                    assertThat(Math.abs(now.avail() - 5997 - (now.freedRoom() - (CAPACITY - 2))))
                            .isLessThanOrEqualTo(threads);
                    lastSum = nowSum;
                    samples++;
                } while (done.getCount() > 0);
                return samples;
            });
            HashSet<Long> distinct = new HashSet<>();
            for (Future<List<Long>> worker : workers) {
                distinct.addAll(worker.get());
            }
            assertThat(distinct).hasSize(threads * each);
            assertThat(sampler.get()).isPositive();
        }
        alloc.prepareCommit();
    }

    private static void assertErrno(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, Errno errno) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
