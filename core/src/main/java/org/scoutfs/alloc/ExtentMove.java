package org.scoutfs.alloc;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;

/**
 * Moves free extents from one tree to another in bounded steps (spec 2 sections 3.11, 4.7, 4.9): a mount's freed data back to the
 * volume, the volume's free data to a mount.
 *
 * <p>A failed or unfinished move leaves every block in exactly one of the trees; both roots are to be stored in either case (spec 3,
 * race R49). Not safe for threads.
 */
public final class ExtentMove {
    /** Blocks that must be left besides those for the next step. */
    private static final int SPARE = 50;

    /** How a move ended. */
    public enum Result {
        /** As many blocks as wanted were moved, or all there are. */
        COMPLETE,
        /** The budget or the allocator's room is used up: go on in another commit (EINPROGRESS). */
        IN_PROGRESS
    }

    private final ListAllocator using;
    private final Counter moves;
    private final Counter movedExtents;

    /** Moves with the allocator that both trees were opened with. */
    public ExtentMove(ListAllocator using, Counters counters) {
        this.using = using;
        this.moves = counters.get("alloc_move");
        this.movedExtents = counters.get("alloc_moved_extent");
    }

    /** Moves everything. */
    public Result moveAll(ExtentTree src, ExtentTree dst, int budget) throws FsException {
        return move(src, dst, Long.MAX_VALUE, budget);
    }

    /** Moves {@code totalBlocks} blocks, the largest extents first, or all there are. */
    public Result move(ExtentTree src, ExtentTree dst, long totalBlocks, int budget) throws FsException {
        return new Step(budget).run(src, dst, totalBlocks, null, 0);
    }

    /**
     * Moves {@code totalBlocks} blocks from the client's exclusive zones, then from vacant ones, then from anywhere (spec 2 section 4.7).
     *
     * @param zoneBlocks zone size, 0 for no zones
     */
    public Result moveFromZones(
            ExtentTree src, ExtentTree dst, long totalBlocks, DataZones zones, long zoneBlocks, int budget)
            throws FsException {
        Step step = new Step(budget);
        long target = dst.totalLen() + totalBlocks;
        Result result = Result.COMPLETE;
        if (zoneBlocks > 0) {
            result = step.run(
                    src, dst, target - dst.totalLen(), zones.exclusive().toBitSet(), zoneBlocks);
            if (result == Result.COMPLETE) {
                result = step.run(
                        src, dst, target - dst.totalLen(), zones.vacant().toBitSet(), zoneBlocks);
            }
        }
        return result == Result.COMPLETE ? step.run(src, dst, target - dst.totalLen(), null, 0) : result;
    }

    /** One move's consumption of blocks since it began. */
    private final class Step {
        private final ListAllocator.Remaining began = using.remaining();
        private final int budget;
        private boolean movedOne;

        Step(int budget) {
            this.budget = budget;
            moves.increment();
        }

        Result run(ExtentTree src, ExtentTree dst, long totalBlocks, @Nullable BitSet zones, long zoneBlocks)
                throws FsException {
            long left = totalBlocks;
            while (left > 0 && src.totalLen() > 0) {
                int cost = src.blocksPerChange() + dst.blocksPerChange() + SPARE;
                // The first extent is moved whatever the budget says: very tall trees would otherwise never get on.
                if (using.low(cost) || (movedOne && using.lowSince(began, budget, cost))) {
                    return Result.IN_PROGRESS;
                }
                Extent extent = zones == null ? src.allocate(left) : src.allocateInZones(zones, zoneBlocks, left);
                if (extent == null) {
                    break;
                }
                insertOrGiveBack(src, dst, extent);
                movedExtents.increment();
                movedOne = true;
                left -= extent.len();
            }
            return Result.COMPLETE;
        }
    }

    private static void insertOrGiveBack(ExtentTree src, ExtentTree dst, Extent extent) throws FsException {
        try {
            dst.insert(extent.start(), extent.len());
        } catch (FsException | RuntimeException e) {
            try {
                src.insert(extent.start(), extent.len());
            } catch (FsException | RuntimeException again) {
                e.addSuppressed(again);
                src.breakDown(new FsException(
                        Errno.EIO, "extent " + extent + " was taken and could not be given back", again));
            }
            throw e;
        }
    }
}
