package org.scoutfs.alloc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.block.BlockAllocator;
import org.scoutfs.btree.BtreeItem;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocExtentRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;

class ExtentTreeTest {
    private static final Extent.Range RANGE = new Extent.Range(64, 1_000_000);

    private final TestVolume volume = new TestVolume(2);
    private ListAllocator alloc;
    private ExtentTree tree;

    @BeforeEach
    void begin() throws FsException {
        alloc = volume.allocator(8000);
        tree = tree(alloc, AllocExtentRoot.EMPTY);
    }

    @AfterEach
    void close() {
        alloc.prepareCommit();
        volume.close();
    }

    @Test
    void mergesNeighboursOnBothSides() throws FsException {
        tree.insert(100, 10);
        tree.insert(120, 10);
        assertExtents(new Extent(100, 10), new Extent(120, 10));
        tree.insert(110, 10);
        assertExtents(new Extent(100, 30));
        tree.insert(131, 1);
        tree.insert(130, 1);
        tree.insert(98, 2);
        assertExtents(new Extent(98, 34));
        assertThat(tree.totalLen()).isEqualTo(34);
    }

    @Test
    void noticesADoubleFreeAndChangesNothing() throws FsException {
        tree.insert(100, 10);
        tree.insert(200, 10);
        AllocExtentRoot before = tree.root();
        for (long[] overlap : new long[][] {
            {100, 10}, {100, 1}, {109, 1}, {95, 6}, {109, 5}, {90, 30}, {104, 2}, {110, 91}, {64, 1000}
        }) {
            assertThatThrownBy(() -> tree.insert(overlap[0], overlap[1]))
                    .isInstanceOf(CorruptionException.class)
                    .hasMessageContaining("double free");
        }
        assertThat(tree.root()).isEqualTo(before);
        assertExtents(new Extent(100, 10), new Extent(200, 10));
    }

    @Test
    void refusesBlocksOutsideOfTheDevice() throws FsException {
        for (long[] outside :
                new long[][] {{63, 1}, {0, 100}, {999_999, 2}, {1_000_000, 1}, {64, 0}, {100, -5}, {-1, 2}}) {
            assertErrno(() -> tree.insert(outside[0], outside[1]), Errno.EINVAL);
            assertErrno(() -> tree.remove(outside[0], outside[1]), Errno.EINVAL);
        }
        tree.insert(64, 999_936);
        assertThat(tree.totalLen()).isEqualTo(999_936);
    }

    @Test
    void removesFromTheFrontTheEndAndTheMiddle() throws FsException {
        tree.insert(100, 100);
        tree.remove(100, 10);
        tree.remove(190, 10);
        tree.remove(150, 1);
        assertExtents(new Extent(110, 40), new Extent(151, 39));
        tree.remove(110, 40);
        assertExtents(new Extent(151, 39));
        assertThatThrownBy(() -> tree.remove(150, 2)).isInstanceOf(CorruptionException.class);
        assertThatThrownBy(() -> tree.remove(180, 20)).isInstanceOf(CorruptionException.class);
        assertThatThrownBy(() -> tree.remove(300, 1)).isInstanceOf(CorruptionException.class);
        tree.remove(151, 39);
        assertExtents();
        assertThat(tree.root().root().isEmpty()).isTrue();
    }

    @Test
    void allocatesFromTheLargestOrderClassAndThereTheLowest() throws FsException {
        tree.insert(1000, 7);
        tree.insert(2000, 60);
        tree.insert(3000, 10);
        tree.insert(4000, 63);
        // 10, 60 and 63 blocks are of one class: the lowest of them is taken, not the longest.
        assertThat(tree.allocate(20)).isEqualTo(new Extent(2000, 20));
        assertThat(tree.allocate(100)).isEqualTo(new Extent(2020, 40));
        assertThat(tree.allocate(9)).isEqualTo(new Extent(3000, 9));
        assertThat(tree.allocate(63)).isEqualTo(new Extent(4000, 63));
        // A block and seven are of one class again.
        assertThat(tree.allocate(100)).isEqualTo(new Extent(1000, 7));
        assertThat(tree.allocate(100)).isEqualTo(new Extent(3009, 1));
        assertThat(tree.allocate(100)).isNull();
    }

    @Test
    void allocatesInWantedZonesOnly() throws FsException {
        tree.insert(100, 4000);
        tree.insert(5500, 10);
        tree.insert(9000, 20);
        BitSet zones = new BitSet();
        assertThat(tree.allocateInZones(zones, 1000, 10)).isNull();
        zones.set(3);
        zones.set(5);
        zones.set(6);
        // Clipped to begin in its zone and not to leave the wanted ones.
        assertThat(tree.allocateInZones(zones, 1000, 10)).isEqualTo(new Extent(3000, 10));
        assertThat(tree.allocateInZones(zones, 1000, 5000)).isEqualTo(new Extent(3010, 990));
        assertThat(tree.allocateInZones(zones, 1000, 5000)).isEqualTo(new Extent(5500, 10));
        assertThat(tree.allocateInZones(zones, 1000, 5000)).isNull();
        assertExtents(new Extent(100, 2900), new Extent(4000, 100), new Extent(9000, 20));
        zones.set(9);
        assertThat(tree.allocateInZones(zones, 1000, 5)).isEqualTo(new Extent(9000, 5));
    }

    @Test
    void keepsTheLowFlag() throws FsException {
        tree = tree(alloc, AllocExtentRoot.EMPTY.withLow(true));
        tree.insert(100, 1);
        assertThat(tree.isLow()).isTrue();
        assertThat(tree.root().isLow()).isTrue();
        tree.setLow(false);
        assertThat(tree.root().isLow()).isFalse();
    }

    @Test
    void doesNotTakeANewRootForEachChangeOfASingleExtent() throws FsException {
        tree.insert(100, 1000);
        long root = tree.root().root().ref().blkno();
        for (int i = 0; i < 50; i++) {
            tree.allocate(1);
        }
        assertThat(tree.root().root().ref().blkno()).isEqualTo(root);
    }

    @Test
    void behavesAsAMapOfExtents() throws FsException {
        long seed = Seeds.next("ExtentTreeTest.behavesAsAMapOfExtents");
        Random random = new Random(seed);
        Extent.Range small = new Extent.Range(64, 20_000);
        tree = new ExtentTree(volume.cache, alloc, volume.writer, AllocExtentRoot.EMPTY, small);
        BitSet free = new BitSet();
        for (int step = 0; step < 3000; step++) {
            int start = 64 + random.nextInt(19_936);
            int len = Math.min(1 + random.nextInt(random.nextInt(10) == 0 ? 600 : 12), 20_000 - start);
            switch (random.nextInt(4)) {
                case 0, 1 -> insert(free, start, len);
                case 2 -> remove(free, start, len);
                default -> allocate(free, len, random);
            }
            assertThat(tree.totalLen()).isEqualTo(free.cardinality());
            if (step % 250 == 0) {
                assertItems(free);
                alloc = volume.commit(alloc);
                tree = new ExtentTree(volume.cache, alloc, volume.writer, tree.root(), small);
            }
        }
        assertItems(free);
    }

    private void insert(BitSet free, int start, int len) throws FsException {
        if (free.get(start, start + len).isEmpty()) {
            tree.insert(start, len);
            free.set(start, start + len);
        } else {
            assertThatThrownBy(() -> tree.insert(start, len)).isInstanceOf(CorruptionException.class);
        }
    }

    private void remove(BitSet free, int start, int len) throws FsException {
        if (free.get(start, start + len).cardinality() == len) {
            tree.remove(start, len);
            free.clear(start, start + len);
        } else {
            assertThatThrownBy(() -> tree.remove(start, len)).isInstanceOf(CorruptionException.class);
        }
    }

    private void allocate(BitSet free, int len, Random random) throws FsException {
        Extent taken;
        if (random.nextBoolean()) {
            taken = tree.allocate(len);
            assertThat(taken == null).isEqualTo(free.isEmpty());
        } else {
            BitSet zones = BitSet.valueOf(new long[] {random.nextLong() & 0xfffff});
            taken = tree.allocateInZones(zones, 1000, len);
            BitSet wanted = new BitSet();
            zones.stream().forEach(zone -> wanted.set(zone * 1000, zone * 1000 + 1000));
            assertThat(taken == null).isEqualTo(!wanted.intersects(free));
            if (taken != null) {
                assertThat(wanted.get((int) taken.start(), (int) taken.end()).cardinality())
                        .isEqualTo((int) taken.len());
            }
        }
        if (taken != null) {
            assertThat(taken.len()).isBetween(1L, (long) len);
            assertThat(free.get((int) taken.start(), (int) taken.end()).cardinality())
                    .isEqualTo((int) taken.len());
            free.clear((int) taken.start(), (int) taken.end());
        }
    }

    @Test
    void aFailureHalfWayLeavesTheTreeAsItWas() throws FsException {
        long seed = Seeds.next("ExtentTreeTest.aFailureHalfWay");
        Random random = new Random(seed);
        FailingAllocator failing = new FailingAllocator(alloc);
        tree = tree(failing, AllocExtentRoot.EMPTY);
        TreeMap<Long, Long> model = new TreeMap<>();
        // More items than one leaf holds.
        for (long start = 64; start < 64 + 10L * 700; start += 10) {
            tree.insert(start, 5);
            model.put(start, 5L);
        }
        int failures = 0;
        for (int step = 0; step < 1500; step++) {
            if (step % 5 == 0) {
                // All blocks are clean again, so that every change needs some.
                alloc = volume.commit(alloc);
                failing.to = alloc;
                tree = tree(failing, tree.root());
            }
            failing.failAfter(random.nextInt(6));
            try {
                long start = 64 + 10L * random.nextInt(90_000);
                Map.Entry<Long, Long> entry = model.ceilingEntry(start);
                if (entry == null || random.nextInt(3) > 0) {
                    if (!model.containsKey(start)) {
                        tree.insert(start, 5);
                        model.put(start, 5L);
                    }
                } else {
                    tree.remove(entry.getKey(), 5);
                    model.remove(entry.getKey());
                }
            } catch (FsException e) {
                assertThat(e.errno()).isEqualTo(Errno.ENOSPC);
                failures++;
            }
            failing.failAfter(Integer.MAX_VALUE);
            assertThat(tree.totalLen()).isEqualTo(5L * model.size());
        }
        assertThat(failures).isGreaterThan(20);
        BitSet free = new BitSet();
        model.forEach((start, len) -> free.set((int) (long) start, (int) (start + len)));
        assertItems(free);
    }

    /** Fails once after so many allocations, so that what was done before can be undone. */
    private static final class FailingAllocator implements BlockAllocator {
        private BlockAllocator to;
        private int left = Integer.MAX_VALUE;

        FailingAllocator(BlockAllocator to) {
            this.to = to;
        }

        void failAfter(int allocations) {
            left = allocations;
        }

        @Override
        public long allocate() throws FsException {
            if (left == 0) {
                left = Integer.MAX_VALUE;
                throw new FsException(Errno.ENOSPC, "injected");
            }
            left--;
            return to.allocate();
        }

        @Override
        public void free(long blkno) throws FsException {
            to.free(blkno);
        }
    }

    @Test
    void refusesEverythingWhenAFailureCouldNotBeUndone() throws FsException {
        tree.insert(100, 10);
        tree.breakDown(new FsException(Errno.EIO, "broken"));
        assertErrno(() -> tree.root(), Errno.EIO);
        assertErrno(() -> tree.insert(200, 10), Errno.EIO);
        assertErrno(() -> tree.allocate(1), Errno.EIO);
    }

    @Test
    void staysWithinTheBlocksItAnnounces() throws FsException {
        for (int i = 0; i < 3000; i++) {
            tree.insert(64 + 10L * i, 5);
        }
        assertThat(tree.root().root().height()).isGreaterThanOrEqualTo(1);
        for (int i = 0; i < 50; i++) {
            alloc = volume.commit(alloc);
            tree = tree(alloc, tree.root());
            alloc.free(volume.takeFresh(1));
            int announced = tree.blocksPerChange();
            ListAllocator.Remaining before = alloc.remaining();
            tree.insert(64 + 10L * (59L * i) + 5, 5);
            assertThat(alloc.lowSince(before, announced, 0)).isFalse();
        }
    }

    private ExtentTree tree(BlockAllocator from, AllocExtentRoot root) {
        return new ExtentTree(volume.cache, from, volume.writer, root, RANGE);
    }

    private void assertExtents(Extent... expected) throws FsException {
        BitSet free = new BitSet();
        for (Extent extent : expected) {
            free.set((int) extent.start(), (int) extent.end());
        }
        assertItems(free);
    }

    /** Both items of each maximal run, no others; and what the tree says about itself. */
    private void assertItems(BitSet free) throws FsException {
        List<Key> keys = new ArrayList<>();
        List<Extent> runs = new ArrayList<>();
        for (int start = free.nextSetBit(0); start >= 0; ) {
            int end = free.nextClearBit(start);
            keys.add(Keys.freeExtentByBlkno(end - 1L, end - start));
            keys.add(Keys.freeExtentByOrder(end - 1L, end - start));
            runs.add(new Extent(start, end - start));
            start = free.nextSetBit(end);
        }
        keys.sort(null);
        List<Key> found = new ArrayList<>();
        BtreeReader reader = new BtreeReader(volume.cache);
        AllocExtentRoot root = tree.root();
        for (BtreeItem item = reader.next(root.root(), Key.ZERO);
                item != null;
                item = reader.next(root.root(), item.key().increment())) {
            assertThat(item.value()).isEmpty();
            assertThat(item.seq()).isZero();
            found.add(item.key());
        }
        assertThat(found).isEqualTo(keys);
        assertThat(root.totalLen()).isEqualTo(free.cardinality());
        List<Extent> visited = new ArrayList<>();
        tree.forEach((start, len) -> visited.add(new Extent(start, len)));
        assertThat(visited).isEqualTo(runs);
    }

    private static void assertErrno(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, Errno errno) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
