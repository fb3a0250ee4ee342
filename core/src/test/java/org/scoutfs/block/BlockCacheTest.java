package org.scoutfs.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.FaultDisk;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.error.StaleException;
import org.scoutfs.format.BlockHeader;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.Magic;
import org.scoutfs.format.VolumeLayout;

class BlockCacheTest {
    @Test
    void writtenBlockIsReadFromCacheAndFromDevice() throws FsException {
        try (TestCache t = new TestCache()) {
            BlockReference ref = t.write(BlockReference.ZERO, 7);
            assertThat(t.read(ref)).isEqualTo(7);
            assertThat(t.reads()).isZero();
            t.evictAll();
            assertThat(t.read(ref)).isEqualTo(7);
            assertThat(t.reads()).isEqualTo(1);
            assertThat(t.read(ref)).isEqualTo(7);
            assertThat(t.reads()).isEqualTo(1);
        }
    }

    @Test
    void newBlockIsZeroBehindItsHeader() throws FsException {
        try (TestCache t = new TestCache()) {
            // Frames are used again, so that there is something to be zeroed.
            for (int i = 0; i < 300; i++) {
                t.write(BlockReference.ZERO, 0xff);
            }
            try (Block block = t.cache.dirty(t.allocator, t.writer, BlockReference.ZERO, TestCache.MAGIC)) {
                assertThat(TestCache.fillOf(block)).isZero();
                BlockHeader header = BlockHeader.read(block.data(), 0);
                assertThat(header)
                        .isEqualTo(new BlockHeader(0, TestCache.MAGIC, TestCache.FSID, header.seq(), block.blkno()));
                assertThat(block.reference()).isEqualTo(new BlockReference(block.blkno(), header.seq()));
            }
        }
    }

    @Test
    void dirtyingCopiesToNewNumberOnceInTransaction() throws FsException {
        try (TestCache t = new TestCache()) {
            BlockReference stable = t.write(BlockReference.ZERO, 1);
            try (Block reader = t.cache.read(stable, TestCache.MAGIC);
                    Block dirty = t.cache.dirty(t.allocator, t.writer, stable, TestCache.MAGIC)) {
                assertThat(dirty.blkno()).isNotEqualTo(stable.blkno());
                assertThat(dirty.seq()).isNotEqualTo(stable.seq());
                assertThat(dirty.isDirty()).isTrue();
                TestCache.fill(dirty, 2);
                assertThat(TestCache.fillOf(reader)).isEqualTo(1);
                try (Block again = t.cache.dirty(t.allocator, t.writer, dirty.reference(), TestCache.MAGIC)) {
                    assertThat(again).isSameAs(dirty);
                }
                assertThat(t.allocator.used()).containsExactly(dirty.blkno());
                assertThat(t.writer.dirtyCount()).isEqualTo(1);
                assertThat(t.writer.dirtyBytes()).isEqualTo(TestCache.SIZE);
            }
        }
    }

    @Test
    void givenNumberIsUsedAndOldOneNotFreed() throws FsException {
        try (TestCache t = new TestCache()) {
            BlockReference stable = t.write(BlockReference.ZERO, 1);
            try (Block dirty = t.cache.dirtyGiven(999, t.writer, stable, TestCache.MAGIC)) {
                assertThat(dirty.blkno()).isEqualTo(999);
                assertThat(TestCache.fillOf(dirty)).isEqualTo(1);
            }
            assertThat(t.allocator.used()).containsExactly(stable.blkno());
        }
    }

    @Test
    void everyMismatchIsStaleAfterOneReread() throws Exception {
        try (TestCache t = new TestCache()) {
            BlockReference ref = t.write(BlockReference.ZERO, 1);
            staleAfterTwoReads(t, new BlockReference(ref.blkno(), ref.seq() + 1), TestCache.MAGIC, "seq");
            staleAfterTwoReads(t, ref, Magic.BTREE, "type");
            staleAfterTwoReads(t, new BlockReference(ref.blkno() + 1000, 1), TestCache.MAGIC, "checksum");
            MemorySegment moved = MemorySegment.ofArray(new byte[TestCache.SIZE]);
            t.opened.read(VolumeLayout.largeOffset(ref.blkno()), moved);
            t.opened.write(VolumeLayout.largeOffset(2000), moved);
            staleAfterTwoReads(t, new BlockReference(2000, ref.seq()), TestCache.MAGIC, "says it is block");
            new BlockHeader(0, TestCache.MAGIC, 5, ref.seq(), 2000).write(moved, 0);
            BlockHeader.seal(moved, 0, TestCache.SIZE);
            t.opened.write(VolumeLayout.largeOffset(2000), moved);
            staleAfterTwoReads(t, new BlockReference(2000, ref.seq()), TestCache.MAGIC, "fsid");
            t.disk.corrupt(VolumeLayout.largeOffset(ref.blkno()) + 512, 512);
            staleAfterTwoReads(t, ref, TestCache.MAGIC, "checksum");
            assertThat(t.counters.get("block_cache_remove_stale").get()).isEqualTo(6);
            assertThat(t.cache.pinnedBlocks()).isZero();
        }
    }

    private static void staleAfterTwoReads(TestCache t, BlockReference ref, int magic, String why) throws FsException {
        t.evictAll();
        long before = t.reads();
        assertThatThrownBy(() -> t.cache.read(ref, magic))
                .isInstanceOf(StaleException.class)
                .hasMessageContaining(why)
                .hasMessageContaining(Long.toString(ref.blkno()));
        assertThat(t.reads() - before).isEqualTo(2);
    }

    @Test
    void cachedCopyThatTheDeviceHasOutlivedIsReadAgain() throws FsException {
        try (TestCache mine = new TestCache()) {
            BlockReference old = mine.write(BlockReference.ZERO, 1);
            // Another mount of the volume writes the number again.
            MetaDevice device = new MetaDevice(mine.disk.open("other"), mine.host, 1);
            BlockCache other = new BlockCache(
                    device,
                    TestCache.FSID,
                    TestCache.BLOCKS,
                    new CacheLimits(1 << 20, 1 << 20, 1, true),
                    mine.counters,
                    mine.triggers);
            BlockWriter writer = new BlockWriter();
            BlockReference now;
            try (Block block = other.dirtyGiven(old.blkno(), writer, BlockReference.ZERO, TestCache.MAGIC)) {
                TestCache.fill(block, 2);
                now = block.reference();
            }
            other.writeAll(writer);
            other.close();
            device.close();
            assertThat(mine.read(old)).isEqualTo(1);
            assertThat(mine.read(now)).isEqualTo(2);
            assertThatThrownBy(() -> mine.read(old)).isInstanceOf(StaleException.class);
        }
    }

    @Test
    void dirtyBlockIsNotDisturbedByOldReference() throws FsException {
        try (TestCache t = new TestCache()) {
            BlockReference old = t.write(BlockReference.ZERO, 1);
            t.write(old, 2);
            BlockReference now = t.dirty(BlockReference.ZERO, 3);
            assertThat(now.blkno()).as("number used again").isEqualTo(old.blkno());
            assertThatThrownBy(() -> t.read(old)).isInstanceOf(StaleException.class);
            assertThat(t.reads()).isZero();
            assertThat(t.read(now)).isEqualTo(3);
        }
    }

    @Test
    void readerKeepsBytesOfNumberThatIsUsedAgain() throws FsException {
        try (TestCache t = new TestCache()) {
            BlockReference old = t.write(BlockReference.ZERO, 1);
            try (Block reader = t.cache.read(old, TestCache.MAGIC)) {
                t.write(old, 2);
                BlockReference now = t.write(BlockReference.ZERO, 3);
                assertThat(now.blkno()).isEqualTo(old.blkno());
                t.evictAll();
                assertThat(TestCache.fillOf(reader)).isEqualTo(1);
                assertThat(t.read(now)).isEqualTo(3);
            }
        }
    }

    @Test
    void deviceErrorIsNotSticky() throws FsException {
        try (TestCache t = new TestCache()) {
            BlockReference ref = t.write(BlockReference.ZERO, 1);
            t.evictAll();
            t.disk.inject(FaultDisk.Fault.inRange(
                    FaultDisk.Operation.READ, VolumeLayout.largeOffset(ref.blkno()), 1, Errno.EIO));
            assertThatThrownBy(() -> t.read(ref))
                    .isInstanceOf(FsException.class)
                    .isNotInstanceOf(StaleException.class)
                    .satisfies(e -> assertThat(((FsException) e).errno()).isEqualTo(Errno.EIO));
            t.disk.repair();
            assertThat(t.read(ref)).isEqualTo(1);
        }
    }

    @Test
    void concurrentReadersShareOneReadAndOneError() throws Exception {
        try (TestCache t = new TestCache()) {
            BlockReference ref = t.write(BlockReference.ZERO, 1);
            t.evictAll();
            for (boolean fail : new boolean[] {true, false}) {
                CountDownLatch started = new CountDownLatch(1);
                CountDownLatch go = new CountDownLatch(1);
                t.disk.inject(request -> {
                    if (request.operation() != FaultDisk.Operation.READ) {
                        return null;
                    }
                    started.countDown();
                    await(go);
                    return fail ? Errno.EIO : null;
                });
                long before = t.reads();
                AtomicInteger ok = new AtomicInteger();
                AtomicInteger failed = new AtomicInteger();
                List<Thread> threads = new ArrayList<>();
                for (int i = 0; i < 6; i++) {
                    Runnable body = () -> {
                        try {
                            assertThat(t.read(ref)).isEqualTo(1);
                            ok.incrementAndGet();
                        } catch (FsException e) {
                            failed.incrementAndGet();
                        }
                    };
                    threads.add(
                            i % 2 == 0
                                    ? t.host.threads().virtual("reader", body)
                                    : t.host.threads().platform("reader", body));
                    if (i == 0) {
                        started.await();
                    }
                }
                for (Thread thread : threads.subList(1, 6)) {
                    while (thread.getState() != Thread.State.WAITING) {
                        Thread.onSpinWait();
                    }
                }
                go.countDown();
                for (Thread thread : threads) {
                    thread.join();
                }
                assertThat(t.reads() - before).isEqualTo(1);
                assertThat(fail ? failed : ok).hasValue(6);
                t.disk.repair();
            }
            assertThat(t.host.failures()).isEmpty();
        }
    }

    @Test
    void triggerMakesMatchingBlockReadAgainOnce() throws FsException {
        try (TestCache t = new TestCache()) {
            BlockReference ref = t.write(BlockReference.ZERO, 1);
            t.triggers.arm(BlockCache.TRIGGER_REMOVE_STALE);
            assertThat(t.read(ref)).isEqualTo(1);
            assertThat(t.reads()).isEqualTo(1);
            assertThat(t.read(ref)).isEqualTo(1);
            assertThat(t.reads()).isEqualTo(1);
            assertThat(t.counters.get("block_cache_remove_stale").get()).isEqualTo(1);
        }
    }

    @Test
    void impossibleNumbersAreCorruption() {
        try (TestCache t = new TestCache()) {
            for (long blkno : new long[] {0, 1, TestCache.BLOCKS, -1, Long.MIN_VALUE}) {
                assertThatThrownBy(() -> t.cache.read(blkno, 1, TestCache.MAGIC))
                        .isInstanceOf(CorruptionException.class);
            }
        }
    }

    @Test
    void failedAllocatorLeavesNothingBehind() throws FsException {
        try (TestCache t = new TestCache()) {
            BlockReference stable = t.write(BlockReference.ZERO, 1);
            t.allocator.limit(0);
            assertThatThrownBy(() -> t.dirty(stable, 2))
                    .satisfies(e -> assertThat(((FsException) e).errno()).isEqualTo(Errno.ENOSPC));
            assertThat(t.writer.dirtyCount()).isZero();
            assertThat(t.cache.pinnedBlocks()).isZero();
            BlockAllocator full = new BlockAllocator() {
                private int calls;

                @Override
                public long allocate() {
                    return 77;
                }

                @Override
                public void free(long blkno) throws FsException {
                    if (calls++ == 0) {
                        throw new FsException(Errno.EIO, "full");
                    }
                    assertThat(blkno).as("the new number comes back").isEqualTo(77);
                }
            };
            assertThatThrownBy(() -> t.cache.dirty(full, t.writer, stable, TestCache.MAGIC))
                    .hasMessage("full");
            assertThat(t.writer.dirtyCount()).isZero();
            assertThat(t.cache.pinnedBlocks()).isZero();
            assertThat(t.read(stable)).isEqualTo(1);
        }
    }

    @Test
    void numberHandedOutTwiceIsCorruption() throws FsException {
        try (TestCache t = new TestCache()) {
            BlockReference first = t.dirty(BlockReference.ZERO, 1);
            assertThatThrownBy(() ->
                            t.cache.dirtyGiven(first.blkno(), new BlockWriter(), BlockReference.ZERO, TestCache.MAGIC))
                    .isInstanceOf(CorruptionException.class)
                    .hasMessageContaining("handed out");
            assertThat(t.read(first)).isEqualTo(1);
        }
    }

    @Test
    void forgottenBlocksAreGone() throws FsException {
        try (TestCache t = new TestCache()) {
            BlockReference ref = t.dirty(BlockReference.ZERO, 1);
            t.cache.forgetAll(t.writer);
            assertThat(t.writer.dirtyCount()).isZero();
            assertThatThrownBy(() -> t.read(ref)).isInstanceOf(StaleException.class);
            assertThat(t.writes()).isZero();
        }
    }

    @Test
    void readaheadBringsBlockIn() throws FsException {
        try (TestCache t = new TestCache()) {
            BlockReference ref = t.write(BlockReference.ZERO, 1);
            t.evictAll();
            t.cache.readahead(ref);
            t.cache.readahead(BlockReference.ZERO);
            assertThat(t.read(ref)).isEqualTo(1);
            assertThat(t.reads()).isEqualTo(1);
            t.cache.readahead(new BlockReference(TestCache.BLOCKS + 5, 1));
        }
    }

    @Test
    void nothingIsTransferredAfterForcedUnmount() throws FsException {
        try (TestCache t = new TestCache()) {
            BlockReference ref = t.write(BlockReference.ZERO, 1);
            t.evictAll();
            t.dirty(BlockReference.ZERO, 2);
            long writes = t.writes();
            long reads = t.reads();
            t.cache.forceUnmount();
            for (Call call : List.<Call>of(
                    () -> t.read(ref),
                    () -> t.cache.writeAll(t.writer),
                    () -> t.dirty(BlockReference.ZERO, 3),
                    () -> t.device.flush(),
                    () -> new SuperBlockFile(t.device).read())) {
                assertThatThrownBy(call::run)
                        .satisfies(e -> assertThat(((FsException) e).errno()).isEqualTo(Errno.ENOLINK));
            }
            assertThat(t.writes()).isEqualTo(writes);
            assertThat(t.reads()).isEqualTo(reads);
        }
    }

    private interface Call {
        void run() throws FsException;
    }

    @Test
    void leakedPinIsReportedWithWhereItCameFrom() throws FsException {
        TestCache t = new TestCache();
        BlockReference ref = t.write(BlockReference.ZERO, 1);
        t.cache.read(ref, TestCache.MAGIC);
        assertThat(t.cache.pinnedBlocks()).isEqualTo(1);
        assertThatThrownBy(t::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("1 blocks in use")
                .hasMessageContaining("block " + ref.blkno())
                .hasMessageContaining("TestCache");
    }

    @Test
    void closingPinTwiceIsFound() throws FsException {
        try (TestCache t = new TestCache()) {
            BlockReference ref = t.write(BlockReference.ZERO, 1);
            Block block = t.cache.read(ref, TestCache.MAGIC);
            block.close();
            assertThatThrownBy(block::close).isInstanceOf(IllegalStateException.class);
            block.pin();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
