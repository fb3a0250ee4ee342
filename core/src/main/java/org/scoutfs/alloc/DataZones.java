package org.scoutfs.alloc;

import java.util.BitSet;
import org.scoutfs.error.FsException;
import org.scoutfs.format.DataAllocZones;
import org.scoutfs.format.LogTrees;

/**
 * Which zones of the data device a mount should be given space from (spec 2 section 4.7), so that mounts write to different parts of
 * it. A preference only: when these are used up, space comes from anywhere.
 *
 * @param exclusive zones that this mount has space in and no other
 * @param vacant zones that no mount has space in
 */
public record DataZones(DataAllocZones exclusive, DataAllocZones vacant) {
    /** No zones. */
    public static final DataZones NONE = new DataZones(DataAllocZones.EMPTY, DataAllocZones.EMPTY);

    /**
     * Zones for mount {@code rid}, from all log trees items.
     *
     * @param zoneBlocks zone size now, above 0; bitmaps recorded with another size count for all zones their blocks touch
     */
    public static DataZones of(long zoneBlocks, long totalDataBlocks, long rid, Iterable<LogTrees> logTrees) {
        int zones = (int) Math.min(DataAllocZones.MAX_ZONES, (totalDataBlocks + zoneBlocks - 1) / zoneBlocks);
        BitSet ours = new BitSet(zones);
        BitSet others = new BitSet(zones);
        for (LogTrees trees : logTrees) {
            if (trees.dataAllocZoneBlocks() != 0) {
                convert(trees, zoneBlocks, zones, trees.rid() == rid ? ours : others);
            }
        }
        BitSet vacant = new BitSet(zones);
        vacant.set(0, zones);
        vacant.andNot(ours);
        vacant.andNot(others);
        ours.andNot(others);
        return new DataZones(DataAllocZones.of(ours), DataAllocZones.of(vacant));
    }

    /** The zones that a tree's extents touch, as recorded with data_avail. */
    public static DataAllocZones touched(ExtentTree tree, long zoneBlocks) throws FsException {
        BitSet touched = new BitSet();
        tree.forEach((start, len) -> set(touched, start / zoneBlocks, (start + len - 1) / zoneBlocks));
        return DataAllocZones.of(touched);
    }

    private static void convert(LogTrees trees, long zoneBlocks, int zones, BitSet to) {
        long from = trees.dataAllocZoneBlocks();
        BitSet recorded = trees.dataAllocZones().toBitSet();
        for (int zone = recorded.nextSetBit(0); zone >= 0; zone = recorded.nextSetBit(zone + 1)) {
            // Sizes come from other implementations' items too: an absurd one must not wrap into low zones.
            if (Math.multiplyHigh(zone, from) != 0 || zone * from < 0) {
                break;
            }
            long first = zone * from / zoneBlocks;
            if (first < zones) {
                set(to, first, Math.min(zones - 1L, (zone * from + from - 1) / zoneBlocks));
            }
        }
    }

    private static void set(BitSet bits, long first, long last) {
        int limit = DataAllocZones.MAX_ZONES - 1;
        bits.set((int) Math.min(first, limit), (int) Math.min(last, limit) + 1);
    }
}
