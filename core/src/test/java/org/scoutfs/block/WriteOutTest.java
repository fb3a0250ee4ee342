package org.scoutfs.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.FaultDisk;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.VolumeLayout;

class WriteOutTest {
    @Test
    void contiguousNumbersGoInTransfersOfOneMebibyte() throws FsException {
        try (TestCache t = new TestCache()) {
            List<Long> lengths = Collections.synchronizedList(new ArrayList<>());
            t.disk.inject(request -> {
                if (request.operation() == FaultDisk.Operation.WRITE) {
                    lengths.add(request.lengthBytes());
                }
                return null;
            });
            for (int i = 0; i < 40; i++) {
                t.dirty(BlockReference.ZERO, i);
            }
            try (Block apart = t.cache.dirtyGiven(900, t.writer, BlockReference.ZERO, TestCache.MAGIC)) {
                TestCache.fill(apart, 9);
            }
            t.commit();
            long mebibyte = 1 << 20;
            assertThat(lengths).containsExactlyInAnyOrder(mebibyte, mebibyte, mebibyte / 2, mebibyte / 16);
            assertThat(t.flushes()).isEqualTo(1);
            assertThat(t.disk.unflushedWrites()).isZero();
            assertThat(t.disk.violations()).isEmpty();
        }
    }

    @Test
    void orderOfDirtyingDoesNotMatter() throws FsException {
        try (TestCache t = new TestCache()) {
            for (long blkno : new long[] {12, 10, 13, 11}) {
                t.cache
                        .dirtyGiven(blkno, t.writer, BlockReference.ZERO, TestCache.MAGIC)
                        .close();
            }
            t.cache.writeAll(t.writer);
            assertThat(t.writes()).isEqualTo(1);
        }
    }

    @Test
    void failedWriteLeavesEverythingDirtyAndCanBeRepeated() throws FsException {
        for (FaultDisk.Operation operation : List.of(FaultDisk.Operation.WRITE, FaultDisk.Operation.FLUSH)) {
            try (TestCache t = new TestCache()) {
                List<BlockReference> refs = new ArrayList<>();
                for (int i = 0; i < 50; i++) {
                    refs.add(t.dirty(BlockReference.ZERO, i));
                }
                t.disk.inject(request -> request.operation() == operation ? Errno.EIO : null);
                assertThatThrownBy(() -> t.cache.writeAll(t.writer))
                        .satisfies(e -> assertThat(((FsException) e).errno()).isEqualTo(Errno.EIO));
                assertThat(t.writer.dirtyCount()).isEqualTo(50);
                t.disk.repair();
                // Still in this transaction: changed in place.
                assertThat(t.dirty(refs.getFirst(), 100)).isEqualTo(refs.getFirst());
                t.commit();
                assertThat(t.writer.dirtyCount()).isZero();
                t.evictAll();
                assertThat(t.read(refs.getFirst())).isEqualTo(100);
                for (int i = 1; i < 50; i++) {
                    assertThat(t.read(refs.get(i))).isEqualTo(i);
                }
            }
        }
    }

    @Test
    void writtenBlocksSurvivePowerLoss() throws FsException {
        try (TestCache t = new TestCache()) {
            List<BlockReference> refs = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                refs.add(t.dirty(BlockReference.ZERO, i));
            }
            t.commit();
            t.dirty(refs.getFirst(), 99);
            FaultDisk after = new FaultDisk(t.disk.crash(), 2);
            MetaDevice device = new MetaDevice(after.open("later"), t.host, 1);
            try (BlockCache cache = new BlockCache(
                    device,
                    TestCache.FSID,
                    TestCache.BLOCKS,
                    new CacheLimits(4 << 20, 4 << 20, 1, true),
                    t.counters,
                    t.triggers)) {
                for (int i = 0; i < 30; i++) {
                    try (Block block = cache.read(refs.get(i), TestCache.MAGIC)) {
                        assertThat(TestCache.fillOf(block)).isEqualTo(i);
                    }
                }
            }
            device.close();
        }
    }

    @Test
    void virtualThreadsWriteAndReadThroughWorkers() throws Exception {
        try (TestCache t = new TestCache()) {
            Thread thread = t.host.threads().virtual("committer", () -> {
                try {
                    BlockReference ref = t.write(BlockReference.ZERO, 5);
                    t.evictAll();
                    assertThat(t.read(ref)).isEqualTo(5);
                } catch (FsException e) {
                    throw new IllegalStateException(e);
                }
            });
            thread.join();
            assertThat(t.host.failures()).isEmpty();
        }
    }

    @Test
    void nothingDirtyWritesNothing() throws FsException {
        try (TestCache t = new TestCache()) {
            t.commit();
            assertThat(t.flushes()).isZero();
        }
    }

    @Test
    void onlyOwnNumbersAreWritten() throws FsException {
        try (TestCache t = new TestCache()) {
            BlockReference ref = t.write(BlockReference.ZERO, 1);
            t.disk.inject(request -> {
                if (request.operation() == FaultDisk.Operation.WRITE
                        && request.overlaps(VolumeLayout.largeOffset(ref.blkno()), TestCache.SIZE)) {
                    throw new AssertionError("a stable block was overwritten");
                }
                return null;
            });
            BlockReference next = ref;
            for (int i = 0; i < 5; i++) {
                next = t.dirty(next, i);
                t.cache.writeAll(t.writer);
            }
            assertThat(t.read(ref)).isEqualTo(1);
        }
    }
}
