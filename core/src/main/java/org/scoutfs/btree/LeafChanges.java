package org.scoutfs.btree;

import java.lang.foreign.MemorySegment;
import org.scoutfs.block.Block;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BtreeBlock;

/**
 * Applies runs of sorted changes to the leaves a {@link DirtyTree} walks to: singly where they are few, by a {@link LeafUpdate} plan where
 * they are many or the leaf has to be laid out anew. Keeps the memory of plans; belongs to one writer.
 */
final class LeafChanges {
    private final DirtyTree tree;
    private final LeafUpdate update;
    private final int maxLeaves;

    /** @param maxLeaves most leaves that come of one, at least 2 */
    LeafChanges(DirtyTree tree, LeafUpdate.Policy policy, int maxLeaves) {
        this.tree = tree;
        this.update = new LeafUpdate(policy);
        this.maxLeaves = maxLeaves;
    }

    /** What was done last, and whether a join is to come before the next change. */
    LeafUpdate update() {
        return update;
    }

    /**
     * Applies the changes from index {@code from} on that belong into the leaf of the last walk, in as many leaves as it takes.
     *
     * @param leaf of the last walk, which made room for a child in each parent
     * @param scratch a block's worth of memory
     * @return how many changes were applied, the first of those given; none only if a join is to come first
     * @throws FsException whatever allocator and cache throw: the changes before were applied
     */
    int apply(MemorySegment leaf, ItemList items, int from, MemorySegment scratch) throws FsException {
        // The copy of a leaf in scratch never needs its hash table.
        MemorySegment small = scratch.asSlice(BtreeBlock.LEAF_HASH, Deltas.VALUE_SIZE);
        // What is low after a walk that joins has no sibling.
        boolean mayJoin = tree.leafHasParent() && Node.totalBytes(leaf) >= BtreeBlock.JOIN_LOW_BYTES;
        int to = endOfLeaf(items, from);
        if (LeafUpdate.isSparse(leaf, to - from)) {
            update.applySingly(leaf, items, from, to, mayJoin, small);
            if (update.consumed() > 0 || update.joinFirst()) {
                return update.consumed();
            }
        }
        update.plan(leaf, items, from, to, Math.min(maxLeaves, 1 + tree.roomForLeaves()), mayJoin, small);
        if (update.fitsInPlace(leaf)) {
            update.applyInPlace(leaf, items, small);
        } else {
            layOut(leaf, items, scratch, small);
        }
        return update.consumed();
    }

    /** Lays the planned items out in the leaf and new ones to its left. What can fail comes first. */
    private void layOut(MemorySegment leaf, ItemList items, MemorySegment scratch, MemorySegment small)
            throws FsException {
        int start = 0;
        if (update.fitsInOneLeaf()) {
            scratch.copyFrom(leaf);
        } else {
            int[] cuts = update.cuts(leaf, items);
            Block[] fresh = tree.createAll(cuts.length + (tree.leafHasParent() ? 0 : 1), 0);
            MemorySegment parent = tree.parentOfLeaf(fresh);
            scratch.copyFrom(leaf);
            for (int i = 0; i < cuts.length; i++) {
                MemorySegment left = fresh[i].data();
                update.build(left, scratch, items, start, cuts[i], small);
                Node.insertChild(parent, fresh[i]);
                start = cuts[i];
                tree.counters().split.increment();
            }
        }
        update.build(leaf, scratch, items, start, update.count(), small);
    }

    /** Index of the first item after {@code from} that does not belong into the leaf. Gallops, since a leaf takes few of many. */
    private int endOfLeaf(ItemList items, int from) {
        int within = from;
        int beyond = items.size();
        for (int step = 1; within + step < beyond; step <<= 1) {
            if (items.key(within + step).compareTo(tree.leafEnd()) > 0) {
                beyond = within + step;
            } else {
                within += step;
            }
        }
        while (beyond - within > 1) {
            int middle = (within + beyond) >>> 1;
            if (items.key(middle).compareTo(tree.leafEnd()) > 0) {
                beyond = middle;
            } else {
                within = middle;
            }
        }
        return beyond;
    }
}
