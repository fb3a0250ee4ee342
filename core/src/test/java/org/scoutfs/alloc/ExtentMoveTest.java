package org.scoutfs.alloc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocExtentRoot;
import org.scoutfs.format.DataAllocZones;

class ExtentMoveTest {
    private static final Extent.Range DATA = Extent.Range.data(1 << 30);

    private final TestVolume volume = new TestVolume(4);
    private ListAllocator alloc;
    private ExtentTree src;
    private ExtentTree dst;
    private ExtentMove move;

    @BeforeEach
    void begin() throws FsException {
        open(volume.allocator(8000), AllocExtentRoot.EMPTY, AllocExtentRoot.EMPTY);
    }

    @AfterEach
    void close() {
        alloc.prepareCommit();
        volume.close();
    }

    private void open(ListAllocator newAlloc, AllocExtentRoot srcRoot, AllocExtentRoot dstRoot) {
        alloc = newAlloc;
        src = new ExtentTree(volume.cache, alloc, volume.writer, srcRoot, DATA);
        dst = new ExtentTree(volume.cache, alloc, volume.writer, dstRoot, DATA);
        move = new ExtentMove(alloc, volume.counters);
    }

    private void commit() throws FsException {
        AllocExtentRoot srcRoot = src.root();
        AllocExtentRoot dstRoot = dst.root();
        open(volume.commit(alloc), srcRoot, dstRoot);
    }

    @Test
    void movesAsManyBlocksAsWantedFromTheLargestExtents() throws FsException {
        src.insert(1000, 5);
        src.insert(2000, 500);
        src.insert(4000, 70);
        assertThat(move.move(src, dst, 530, AllocLevels.MOVE_BUDGET)).isEqualTo(ExtentMove.Result.COMPLETE);
        assertThat(extents(dst)).containsExactly(new Extent(2000, 500), new Extent(4000, 30));
        assertThat(src.totalLen()).isEqualTo(45);
        assertThat(move.moveAll(src, dst, AllocLevels.MOVE_BUDGET)).isEqualTo(ExtentMove.Result.COMPLETE);
        assertThat(src.totalLen()).isZero();
        assertThat(dst.totalLen()).isEqualTo(575);
        assertThat(volume.counters.get("alloc_moved_extent").get()).isEqualTo(4);
    }

    @Test
    void takesWhatThereIs() throws FsException {
        src.insert(1000, 5);
        assertThat(move.move(src, dst, 100, AllocLevels.MOVE_BUDGET)).isEqualTo(ExtentMove.Result.COMPLETE);
        assertThat(dst.totalLen()).isEqualTo(5);
    }

    @Test
    void goesOnInAnotherCommitWhenItsBudgetIsUsedUp() throws FsException {
        for (int i = 0; i < 3000; i++) {
            src.insert(1000 + 20L * i, 3);
            if (i % 500 == 0) {
                commit();
            }
        }
        commit();
        int rounds = 1;
        // Small enough for every round to stop after its first extent, as very tall trees would.
        while (rounds < 20 && move.moveAll(src, dst, 60) == ExtentMove.Result.IN_PROGRESS) {
            assertThat(src.totalLen() + dst.totalLen()).isEqualTo(9000);
            commit();
            rounds++;
        }
        assertThat(rounds).isEqualTo(20);
        ListAllocator.Remaining before = alloc.remaining();
        while (move.moveAll(src, dst, AllocLevels.MOVE_BUDGET) == ExtentMove.Result.IN_PROGRESS) {
            assertThat(alloc.lowSince(before, AllocLevels.MOVE_BUDGET, 0)).isFalse();
            commit();
            before = alloc.remaining();
        }
        assertThat(extents(dst)).hasSize(3000);
    }

    @Test
    void stopsBeforeItsAllocatorRunsOut() throws FsException {
        open(volume.allocator(20), AllocExtentRoot.EMPTY, AllocExtentRoot.EMPTY);
        src.insert(1000, 10);
        assertThat(move.moveAll(src, dst, AllocLevels.MOVE_BUDGET)).isEqualTo(ExtentMove.Result.IN_PROGRESS);
        assertThat(src.totalLen()).isEqualTo(10);
        alloc.prepareCommit();
    }

    @Test
    void givesAnExtentBackThatTheOtherTreeRefuses() throws FsException {
        src.insert(1000, 10);
        dst.insert(1005, 1);
        assertThatThrownBy(() -> move.moveAll(src, dst, AllocLevels.MOVE_BUDGET))
                .isInstanceOf(CorruptionException.class);
        assertThat(extents(src)).containsExactly(new Extent(1000, 10));
        assertThat(extents(dst)).containsExactly(new Extent(1005, 1));
    }

    @Test
    void prefersExclusiveThenVacantZones() throws FsException {
        src.insert(1000, 9000);
        DataZones zones = new DataZones(zones(4), zones(2, 7));
        assertThat(move.moveFromZones(src, dst, 2500, zones, 1000, AllocLevels.MOVE_BUDGET))
                .isEqualTo(ExtentMove.Result.COMPLETE);
        // What was left behind zone 4 is of a larger order class than what was left before it.
        assertThat(extents(dst)).containsExactly(new Extent(2000, 500), new Extent(4000, 1000), new Extent(7000, 1000));
        assertThat(move.moveFromZones(src, dst, 1000, zones, 1000, AllocLevels.MOVE_BUDGET))
                .isEqualTo(ExtentMove.Result.COMPLETE);
        // The rest of the vacant zone, then anything.
        assertThat(extents(dst))
                .containsExactly(
                        new Extent(1000, 500), new Extent(2000, 1000), new Extent(4000, 1000), new Extent(7000, 1000));
        assertThat(move.moveFromZones(src, dst, 10, DataZones.NONE, 0, AllocLevels.MOVE_BUDGET))
                .isEqualTo(ExtentMove.Result.COMPLETE);
        assertThat(dst.totalLen()).isEqualTo(3510);
    }

    private static DataAllocZones zones(int... zones) {
        BitSet bits = new BitSet();
        for (int zone : zones) {
            bits.set(zone);
        }
        return DataAllocZones.of(bits);
    }

    private static List<Extent> extents(ExtentTree tree) throws FsException {
        List<Extent> extents = new ArrayList<>();
        tree.forEach((start, len) -> extents.add(new Extent(start, len)));
        return extents;
    }
}
