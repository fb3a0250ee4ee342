package org.scoutfs.trans;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.Key;

/**
 * Which leaves of the log tree the dirty items of a transaction will go into: so that a commit is not made before the blocks it takes
 * run short. Without this only the number of dirty key ranges is known, and a large tree with entries of a large directory all over it would
 * be committed, and rewritten, many times as often as it must.
 *
 * <p>Belongs to one transaction; safe for all threads.
 */
final class TouchedLeaves {
    /** Greatest key of each leaf; the last is at or after all keys. */
    private final Key[] ends;

    private final AtomicLongArray touched;
    private final AtomicInteger count = new AtomicInteger();

    /** @param leafEnds of the tree as the transaction found it; one leaf if it is empty */
    TouchedLeaves(List<Key> leafEnds) {
        ends = leafEnds.isEmpty() ? new Key[] {Key.MAX} : leafEnds.toArray(Key[]::new);
        touched = new AtomicLongArray((ends.length + Long.SIZE - 1) / Long.SIZE);
    }

    /**
     * An item of this key is dirty.
     *
     * @param hint what this returned for a key nearby, or -1
     * @return number of the leaf
     */
    int touch(Key key, int hint) {
        if (hint >= 0 && contains(hint, key)) {
            return hint;
        }
        int leaf = find(key);
        int word = leaf / Long.SIZE;
        long bit = 1L << (leaf % Long.SIZE);
        if ((touched.get(word) & bit) == 0 && (touched.getAndUpdate(word, bits -> bits | bit) & bit) == 0) {
            count.incrementAndGet();
        }
        return leaf;
    }

    /**
     * Blocks that inserting the dirty items takes at the most: each touched leaf is moved and may be split once, and so is each parent;
     * beyond that leaves split only as far as the items fill them, each half being more than a third of a block.
     *
     * @param bytes of the dirty items
     */
    long blocksBound(long bytes) {
        long leaves = count.get();
        long parents = 2 + leaves / BtreeBlock.MAX_PARENT_ITEMS + Math.min(leaves, parents());
        long grown = bytes / (BtreeBlock.LEAF_SPACE / 3) + 16;
        return 2 * (leaves + parents) + grown + grown / (BtreeBlock.MAX_PARENT_ITEMS / 2);
    }

    /** Parents of the tree at the most: each but a root has a quarter of the children it could have. */
    private long parents() {
        return 2L + ends.length / (BtreeBlock.MAX_PARENT_ITEMS / 4 - 1);
    }

    private boolean contains(int leaf, Key key) {
        return ends[leaf].compareTo(key) >= 0 && (leaf == 0 || ends[leaf - 1].compareTo(key) < 0);
    }

    private int find(Key key) {
        int low = 0;
        int high = ends.length - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ends[middle].compareTo(key) >= 0) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
