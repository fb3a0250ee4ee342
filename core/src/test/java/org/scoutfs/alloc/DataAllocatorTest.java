package org.scoutfs.alloc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocExtentRoot;

class DataAllocatorTest {
    private static final long TOTAL = 1 << 24;

    private final TestVolume volume = new TestVolume(6);
    private final DataAllocator data = new DataAllocator(volume.cache, volume.counters);
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

    private void begin(AllocExtentRoot avail, AllocExtentRoot freed) {
        data.begin(alloc, volume.writer, avail, freed, TOTAL);
    }

    private AllocExtentRoot free(long start, long len) throws FsException {
        ExtentTree tree =
                new ExtentTree(volume.cache, alloc, volume.writer, AllocExtentRoot.EMPTY, Extent.Range.data(TOTAL));
        tree.insert(start, len);
        return tree.root();
    }

    @Test
    void cutsSmallRequestsFromOneExtentAndLargeOnesFromTheTree() throws FsException {
        begin(free(1000, 100_000), AllocExtentRoot.EMPTY);
        assertThat(data.allocate(1)).isEqualTo(new Extent(1000, 1));
        assertThat(data.allocate(16)).isEqualTo(new Extent(1001, 16));
        assertThat(data.allocate(2048)).isEqualTo(new Extent(3048, 2048));
        assertThat(data.allocate(2047)).isEqualTo(new Extent(1017, 2031));
        assertThat(data.allocate(2047)).isEqualTo(new Extent(5096, 2047));
        assertThat(data.allocate(1)).isEqualTo(new Extent(7143, 1));
        assertThat(data.availableBlocks()).isEqualTo(100_000 - (1 + 16 + 2048 + 2031 + 2047 + 1));
        assertThat(volume.counters.get("alloc_alloc_data").get()).isEqualTo(6144);
    }

    @Test
    void aLargeRequestTakesTheCachedRestWhenTheTreeIsEmpty() throws FsException {
        begin(free(1000, 100), AllocExtentRoot.EMPTY);
        data.allocate(1);
        assertThat(data.allocate(5000)).isEqualTo(new Extent(1001, 99));
        assertErrno(() -> data.allocate(5000), Errno.ENOBUFS);
    }

    @Test
    void putsTheCachedExtentBackBeforeTheCommit() throws FsException {
        begin(free(1000, 5000), AllocExtentRoot.EMPTY);
        data.allocate(10);
        assertThatThrownBy(data::avail).isInstanceOf(IllegalStateException.class);
        data.prepareCommit();
        assertThat(data.avail().totalLen()).isEqualTo(4990).isEqualTo(data.availableBlocks());
        // A repeated attempt to commit finds nothing to do.
        AllocExtentRoot root = data.avail();
        data.prepareCommit();
        assertThat(data.avail()).isEqualTo(root);
    }

    @Test
    void saysWhetherRunningOutIsFinal() throws FsException {
        begin(AllocExtentRoot.EMPTY, AllocExtentRoot.EMPTY);
        assertErrno(() -> data.allocate(1), Errno.ENOBUFS);
        assertThat(data.needsRefill()).isTrue();
        begin(AllocExtentRoot.EMPTY.withLow(true), AllocExtentRoot.EMPTY);
        assertErrno(() -> data.allocate(1), Errno.ENOSPC);
        assertThat(data.isLow()).isTrue();
        assertThat(data.needsRefill()).isFalse();
    }

    @Test
    void asksForARefillBelowTheThreshold() throws FsException {
        begin(free(1000, AllocLevels.DATA_REFILL), AllocExtentRoot.EMPTY);
        assertThat(data.needsRefill()).isFalse();
        data.allocate(1);
        assertThat(data.needsRefill()).isTrue();
    }

    @Test
    void neverHandsOutWhatWasFreedInTheSameTransaction() throws FsException {
        begin(free(1000, 30), AllocExtentRoot.EMPTY);
        Extent taken = data.allocate(30);
        data.free(taken.start(), taken.len());
        data.free(5000, 7);
        assertErrno(() -> data.allocate(1), Errno.ENOBUFS);
        assertThat(data.freed().totalLen()).isEqualTo(37);
        assertThatThrownBy(() -> data.free(5003, 1)).isInstanceOf(CorruptionException.class);
    }

    @Test
    void refusesToWorkBeforeTheFirstTransaction() {
        assertThatThrownBy(() -> data.allocate(1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> data.free(100, 1)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void everyBlockIsInOnePlaceOverManyTransactions() throws FsException {
        long seed = Seeds.next("DataAllocatorTest.everyBlock");
        Random random = new Random(seed);
        AllocExtentRoot avail = free(64, 60_000);
        AllocExtentRoot freed = AllocExtentRoot.EMPTY;
        Map<Long, Long> files = new HashMap<>();
        for (int transaction = 0; transaction < 15; transaction++) {
            begin(avail, freed);
            for (int i = 0; i < 60; i++) {
                if (files.isEmpty() || random.nextInt(5) > 0) {
                    // Large ones are few enough that all of them together fit.
                    Extent taken = data.allocate(random.nextInt(20) == 0 ? 300 : 1 + random.nextInt(40));
                    assertThat(files.put(taken.start(), taken.len())).isNull();
                } else {
                    long start = files.keySet().iterator().next();
                    data.free(start, files.remove(start));
                }
            }
            data.prepareCommit();
            avail = data.avail();
            freed = data.freed();
            alloc = volume.commit(alloc);
            BitSet all = new BitSet();
            files.forEach((start, len) -> add(all, start, len));
            for (AllocExtentRoot root : new AllocExtentRoot[] {avail, freed}) {
                new ExtentTree(volume.cache, alloc, volume.writer, root, Extent.Range.data(TOTAL))
                        .forEach((start, len) -> add(all, start, len));
            }
            assertThat(all.nextSetBit(0)).isEqualTo(64);
            assertThat(all.cardinality()).isEqualTo(60_000);
            assertThat(all.length()).isEqualTo(60_064);
            if (freed.totalLen() > avail.totalLen() / 4) {
                // What the server does in between.
                begin(freed, avail);
                AllocExtentRoot swapped = avail;
                avail = freed;
                freed = swapped;
            }
        }
    }

    private static void add(BitSet all, long start, long len) {
        assertThat(all.get((int) start, (int) (start + len)).isEmpty()).isTrue();
        all.set((int) start, (int) (start + len));
    }

    private static void assertErrno(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, Errno errno) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
