package org.scoutfs.btree;

import org.scoutfs.block.Block;
import org.scoutfs.counter.Corruption;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.Key;

/** What trees count, under the reference's names, and the two corruptions that only a walk can see. */
final class BtreeCounters {
    final Counter compactValues;
    final Counter walk;
    final Counter walkRestart;
    final Counter split;
    final Counter join;
    private final Counters counters;

    BtreeCounters(Counters counters) {
        compactValues = counters.get("btree_compact_values");
        walk = counters.get("btree_walk");
        walkRestart = counters.get("btree_walk_restart");
        split = counters.get("btree_split");
        join = counters.get("btree_join");
        this.counters = counters;
    }

    /** @throws CorruptionException if no tree can have this root */
    static void checkRoot(long blkno, int height) throws CorruptionException {
        if (height > BtreeBlock.MAX_HEIGHT || (height == 0) != (blkno == 0)) {
            throw new CorruptionException("btree root: height is " + height + " with block " + blkno
                    + ", expected 0 without and 1.." + BtreeBlock.MAX_HEIGHT + " with a block");
        }
    }

    CorruptionException wrongLevel(Block block, int expected) {
        return Corruption.SC_BTREE_BLOCK_LEVEL.found(
                counters,
                "btree block " + block.blkno() + ": level is " + Node.level(block.data()) + ", expected " + expected);
    }

    CorruptionException noChild(long blkno, int level, Key key) {
        return Corruption.SC_BTREE_NO_CHILD_REF.found(
                counters, "btree block " + blkno + " of level " + level + ": no child for key " + key);
    }
}
