package org.scoutfs.alloc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocExtentRoot;
import org.scoutfs.format.DataAllocZones;
import org.scoutfs.format.LogTrees;

class DataZonesTest {
    private static final long ZONE = 1000;

    @Test
    void sharedZonesAreNeitherExclusiveNorVacant() {
        DataZones zones = DataZones.of(
                ZONE,
                9500,
                1,
                List.of(trees(1, ZONE, 0, 1, 2), trees(2, ZONE, 2, 3), trees(1, ZONE, 5), trees(3, ZONE, 3)));
        assertThat(zones.exclusive()).isEqualTo(zones(0, 1, 5));
        assertThat(zones.vacant()).isEqualTo(zones(4, 6, 7, 8, 9));
    }

    @Test
    void anItemOfOursBehindAnothersDoesNotMakeAZoneExclusive() {
        DataZones zones = DataZones.of(ZONE, 3000, 5, List.of(trees(2, ZONE, 0), trees(5, ZONE, 0, 1)));
        assertThat(zones.exclusive()).isEqualTo(zones(1));
        assertThat(zones.vacant()).isEqualTo(zones(2));
    }

    @Test
    void bitmapsOfAnotherSizeCountForTheBlocksTheyStandFor() {
        DataZones zones = DataZones.of(ZONE, 20_000, 1, List.of(trees(1, 2500, 1), trees(2, 400, 10, 30)));
        // Blocks 2500 to 4999; 4000 to 4399 and 12000 to 12399.
        assertThat(zones.exclusive()).isEqualTo(zones(2, 3));
        assertThat(zones.vacant().get(4)).isFalse();
        assertThat(zones.vacant().get(12)).isFalse();
        assertThat(zones.vacant().toBitSet().cardinality()).isEqualTo(20 - 4);
    }

    @Test
    void bitmapsWithoutASizeAndZonesBehindTheDeviceCountForNothing() {
        DataZones zones = DataZones.of(
                ZONE, 3000, 1, List.of(trees(1, 0, 1), trees(2, ZONE, 900), trees(3, Long.MAX_VALUE, 0, 5)));
        assertThat(zones.exclusive().isEmpty()).isTrue();
        // Of the absurd size only zone 0 can be meant, which is everything.
        assertThat(zones.vacant().isEmpty()).isTrue();
        assertThat(DataZones.of(ZONE, 3000, 1, List.of(trees(1, 0, 1), trees(2, ZONE, 900)))
                        .vacant())
                .isEqualTo(zones(0, 1, 2));
    }

    @Test
    void recordsTheZonesThatExtentsTouch() throws FsException {
        try (TestVolume volume = new TestVolume(5)) {
            ListAllocator alloc = volume.allocator(100);
            ExtentTree tree = new ExtentTree(
                    volume.cache, alloc, volume.writer, AllocExtentRoot.EMPTY, Extent.Range.data(1 << 20));
            assertThat(DataZones.touched(tree, ZONE)).isEqualTo(DataAllocZones.EMPTY);
            tree.insert(100, 10);
            tree.insert(2999, 1);
            tree.insert(4999, 1002);
            assertThat(DataZones.touched(tree, ZONE)).isEqualTo(zones(0, 2, 4, 5, 6));
            alloc.prepareCommit();
        }
    }

    private static LogTrees trees(long rid, long zoneBlocks, int... zones) {
        return new LogTrees.Builder()
                .rid(rid)
                .dataAllocZoneBlocks(zoneBlocks)
                .dataAllocZones(zones(zones))
                .build();
    }

    private static DataAllocZones zones(int... zones) {
        BitSet bits = new BitSet();
        for (int zone : zones) {
            bits.set(zone);
        }
        return DataAllocZones.of(bits);
    }
}
