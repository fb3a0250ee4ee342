package org.scoutfs.alloc;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;
import org.scoutfs.block.BlockAllocator;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.BlockWriter;
import org.scoutfs.btree.BtreeItem;
import org.scoutfs.btree.BtreeWriter;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocExtentRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.Zones;

/**
 * Free extents in a btree (spec 1 section 9.2, spec 2 section 4.1). Each extent is two items without values: one found by location,
 * one found by size. Extents of a tree never overlap and never touch.
 *
 * <p>Every operation changes both items of all its extents and {@code total_len}, or fails and has changed nothing; a change that
 * fails half-way is undone step by step. If even that fails, the tree refuses everything, {@link #root()} included, so that nothing
 * inconsistent is committed.
 *
 * <p>A number that is freed twice is noticed here, as an overlap, and never merged away.
 *
 * <p>Not safe for threads: guarded by whatever serialises the writer. One change needs up to {@link #blocksPerChange()} blocks in each
 * direction from the allocator; callers check the room before.
 */
public final class ExtentTree {
    private static final System.Logger LOG = System.getLogger("org.scoutfs.alloc");

    private static final byte[] NO_VALUE = {};
    /** Items that {@link #replace} adds before it removes some. */
    private static final int ADDS = 4;

    private final Extent.Range range;
    private final BtreeWriter tree;
    private long totalLen;
    private int flags;
    private @Nullable FsException broken;

    /** What {@link #forEach} calls. */
    @FunctionalInterface
    public interface Visitor {
        void extent(long start, long len) throws FsException;
    }

    /**
     * A tree to be changed through {@code writer} with blocks of {@code alloc}.
     *
     * @param range what the tree may contain
     */
    public ExtentTree(
            BlockCache cache, BlockAllocator alloc, BlockWriter writer, AllocExtentRoot initial, Extent.Range range) {
        this.range = range;
        this.tree = new BtreeWriter(cache, alloc, writer, initial.root());
        this.totalLen = initial.totalLen();
        this.flags = initial.flags();
    }

    /**
     * The root to store. It moves with every change, also with failed ones.
     *
     * @throws FsException if a failed change could not be undone
     */
    public AllocExtentRoot root() throws FsException {
        checkUsable();
        return new AllocExtentRoot(totalLen, flags, tree.root());
    }

    /** Blocks in all extents. */
    public long totalLen() {
        return totalLen;
    }

    /** Whether the LOW flag is set. */
    public boolean isLow() {
        return (flags & AllocExtentRoot.FLAG_LOW) != 0;
    }

    /** Sets or clears the LOW flag. */
    public void setLow(boolean low) {
        flags = low ? flags | AllocExtentRoot.FLAG_LOW : flags & ~AllocExtentRoot.FLAG_LOW;
    }

    /** Most blocks one insert, remove or allocate takes from, and most it gives back to, the allocator (spec 2 section 3.11). */
    public int blocksPerChange() {
        return 15 * (1 + tree.root().height());
    }

    /**
     * Adds free blocks, merged with the extents that end right before or begin right after them.
     *
     * @throws CorruptionException if one of the blocks is free already
     * @throws FsException EINVAL if a block is outside of the range
     */
    public void insert(long start, long len) throws FsException {
        checkRange(start, len);
        Extent left = endingAtOrAfter(start - 1);
        Extent right = left;
        if (left != null && left.last() == start - 1) {
            right = endingAtOrAfter(start);
        } else {
            left = null;
        }
        if (right != null && right.start() < start + len) {
            throw corrupt(
                    "double free: blocks " + start + " to " + (start + len - 1) + " overlap free extent " + right);
        }
        if (right != null && right.start() != start + len) {
            right = null;
        }
        long newStart = left == null ? start : left.start();
        long newEnd = right == null ? start + len : right.end();
        replace(left, right, new Extent(newStart, newEnd - newStart), null);
        totalLen += len;
    }

    /**
     * Takes out given free blocks.
     *
     * @throws CorruptionException if they are not all inside one extent
     * @throws FsException EINVAL if a block is outside of the range
     */
    public void remove(long start, long len) throws FsException {
        checkRange(start, len);
        Extent from = endingAtOrAfter(start);
        if (from == null || from.start() > start || from.end() < start + len) {
            throw corrupt("blocks " + start + " to " + (start + len - 1) + " are to be taken but are not free"
                    + (from == null ? "" : ", nearest free extent is " + from));
        }
        cut(from, start, len);
    }

    /**
     * Takes up to {@code maxLen} blocks from the front of an extent of the largest order class present, the one at the lowest location.
     *
     * @return null if the tree is empty
     */
    public @Nullable Extent allocate(long maxLen) throws FsException {
        checkUsable();
        Extent from = byOrder(Long.MAX_VALUE, 0);
        return from == null ? null : cut(from, from.start(), Math.min(maxLen, from.len()));
    }

    /**
     * Takes up to {@code maxLen} blocks that lie in some of the wanted zones: searched from the largest order class downwards, in each
     * the lowest extent that reaches into a wanted zone, from where it does.
     *
     * @param zones zone n is blocks n * zoneBlocks to (n + 1) * zoneBlocks - 1
     * @return null if no extent reaches into a wanted zone
     */
    public @Nullable Extent allocateInZones(BitSet zones, long zoneBlocks, long maxLen) throws FsException {
        checkUsable();
        if (zones.isEmpty()) {
            return null;
        }
        Extent largest = byOrder(Long.MAX_VALUE, 0);
        if (largest == null) {
            return null;
        }
        for (int order = AllocExtentRoot.order(largest.len()); order >= 0; order--) {
            Extent found = inZones(zones, zoneBlocks, order);
            if (found != null) {
                Extent from = endingAtOrAfter(found.start());
                if (from == null || from.start() > found.start() || from.end() < found.end()) {
                    throw corrupt("free extent " + found + " is known by size but not by location");
                }
                return cut(from, found.start(), Math.min(maxLen, found.len()));
            }
        }
        return null;
    }

    /** The first extent that ends at or after a block, null if there is none. */
    public @Nullable Extent endingAtOrAfter(long blkno) throws FsException {
        checkUsable();
        BtreeItem item = tree.next(new Key(Zones.FREE_EXTENT_BLKNO, blkno, 0, 1, 0, 0));
        if (item == null || item.key().zone() != Zones.FREE_EXTENT_BLKNO) {
            return null;
        }
        return extent(item.key(), item.key().first(), item.key().second());
    }

    /** Visits all extents in order of location. The visitor changes nothing here. */
    public void forEach(Visitor visitor) throws FsException {
        Extent extent = endingAtOrAfter(range.first());
        while (extent != null) {
            visitor.extent(extent.start(), extent.len());
            extent = endingAtOrAfter(extent.end());
        }
    }

    /** The part of the first extent of this order class in some wanted zones that lies in the first run of such zones it meets. */
    private @Nullable Extent inZones(BitSet zones, long zoneBlocks, int order) throws FsException {
        int zone = zones.nextSetBit(0);
        while (zone >= 0) {
            long minLast = zone * zoneBlocks;
            Extent extent = byOrder(order, minLast);
            if (extent == null || AllocExtentRoot.order(extent.len()) != order) {
                return null;
            }
            long firstZone = Math.max(zone, extent.start() / zoneBlocks);
            int wanted = firstZone >= zones.length() ? -1 : zones.nextSetBit((int) firstZone);
            if (wanted < 0) {
                return null;
            }
            long start = Math.max(extent.start(), wanted * zoneBlocks);
            if (start <= extent.last()) {
                long end = Math.min(extent.end(), zones.nextClearBit(wanted) * zoneBlocks);
                return new Extent(start, end - start);
            }
            zone = wanted;
        }
        return null;
    }

    /** The first extent of at most this order class, in it at or after this last block. Any order above the greatest will do. */
    private @Nullable Extent byOrder(long maxOrder, long minLast) throws FsException {
        long first = maxOrder == Long.MAX_VALUE ? 0 : -1L - maxOrder;
        BtreeItem item = tree.next(new Key(Zones.FREE_EXTENT_ORDER, first, 0, minLast, 0, 0));
        if (item == null) {
            return null;
        }
        Key key = item.key();
        if (key.zone() != Zones.FREE_EXTENT_ORDER) {
            throw corrupt("item " + key + " in a tree of free extents");
        }
        Extent extent = extent(key, key.second(), key.third());
        if (key.first() != -1L - AllocExtentRoot.order(extent.len())) {
            throw corrupt("free extent item " + key + " has the order of another length");
        }
        return extent;
    }

    private Extent cut(Extent from, long start, long len) throws FsException {
        if (Long.compareUnsigned(len, totalLen) > 0) {
            throw corrupt("total_len " + totalLen + " is less than the " + len + " blocks of " + from + " to be taken");
        }
        Extent before = start == from.start() ? null : new Extent(from.start(), start - from.start());
        Extent behind = start + len == from.end() ? null : new Extent(start + len, from.end() - start - len);
        replace(from, null, before, behind);
        totalLen -= len;
        return new Extent(start, len);
    }

    /**
     * Replaces up to two extents by up to two: all items or none. Adds come first: a tree of one extent would otherwise become empty
     * in between, and give up and take a root block with every change.
     */
    private void replace(
            @Nullable Extent remove1, @Nullable Extent remove2, @Nullable Extent add1, @Nullable Extent add2)
            throws FsException {
        @Nullable
        Key[] keys = {
            byBlkno(add1), byOrder(add1), byBlkno(add2), byOrder(add2),
            byBlkno(remove1), byOrder(remove1), byBlkno(remove2), byOrder(remove2)
        };
        int step = 0;
        try {
            for (; step < keys.length; step++) {
                change(keys[step], step < ADDS);
            }
        } catch (FsException | RuntimeException e) {
            undo(keys, step, e);
            if (e instanceof FsException failed && (failed.errno() == Errno.ENOENT || failed.errno() == Errno.EEXIST)) {
                throw corrupt("the two items of a free extent disagree at " + keys[step]);
            }
            throw e;
        }
    }

    private void undo(@Nullable Key[] keys, int failedStep, Exception cause) {
        try {
            for (int step = failedStep - 1; step >= 0; step--) {
                change(keys[step], step >= ADDS);
            }
        } catch (FsException | RuntimeException again) {
            FsException failure = new FsException(
                    Errno.EIO,
                    "a change of free extents failed and could not be undone: " + cause.getMessage() + "; then "
                            + again.getMessage(),
                    cause);
            breakDown(failure);
        }
    }

    /** Refuses everything from now on: blocks are in no tree or in two. */
    void breakDown(FsException failure) {
        LOG.log(System.Logger.Level.ERROR, failure.getMessage());
        broken = failure;
    }

    private void change(@Nullable Key key, boolean add) throws FsException {
        if (key == null) {
            return;
        }
        if (add) {
            tree.insert(key, NO_VALUE);
        } else {
            tree.delete(key);
        }
    }

    private static @Nullable Key byBlkno(@Nullable Extent extent) {
        return extent == null ? null : Keys.freeExtentByBlkno(extent.last(), extent.len());
    }

    private static @Nullable Key byOrder(@Nullable Extent extent) {
        return extent == null ? null : Keys.freeExtentByOrder(extent.last(), extent.len());
    }

    private Extent extent(Key key, long last, long len) throws CorruptionException {
        long start = last - len + 1;
        if (!range.contains(start, len)) {
            throw corrupt("free extent item " + key + " is outside of " + range);
        }
        return new Extent(start, len);
    }

    private void checkRange(long start, long len) throws FsException {
        checkUsable();
        if (!range.contains(start, len)) {
            throw new FsException(
                    Errno.EINVAL,
                    Long.toUnsignedString(len) + " blocks from " + Long.toUnsignedString(start) + " are outside of "
                            + range);
        }
    }

    private void checkUsable() throws FsException {
        if (broken != null) {
            throw broken;
        }
    }

    /** Space that is wrongly free destroys files, so this is said loudly besides failing. */
    private CorruptionException corrupt(String message) {
        String text = "free extents in btree " + tree.root().ref().blkno() + ": " + message;
        LOG.log(System.Logger.Level.ERROR, text);
        return new CorruptionException(text);
    }
}
