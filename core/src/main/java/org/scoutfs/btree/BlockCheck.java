package org.scoutfs.btree;

import static org.scoutfs.format.BtreeBlock.ITEMS;
import static org.scoutfs.format.BtreeBlock.ITEM_SIZE;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.scoutfs.block.Block;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.Key;
import org.scoutfs.format.Le;

/**
 * Looks at a btree block that came from the device before anything in it is believed: afterwards every offset is in bounds, every walk
 * along links ends, and there is as much room as the block says. Done once for each cached object, whose flag remembers it.
 *
 * <p>Not looked at, because nothing breaks by it here: heights, whether values overlap, whether a hash bucket can be reached from an item's
 * home. {@link BtreeVerifier} does that.
 */
final class BlockCheck {
    private static final int BUCKETS_PER_WORD = 4;

    private BlockCheck() {}

    /** What {@link Block#checked} says of a sane block of this level. */
    static int passed(int level) {
        return level + 1;
    }

    /** @throws CorruptionException naming block and field */
    static void check(Block block) throws CorruptionException {
        if (block.checked() == 0) {
            String problem = problem(block.data());
            if (problem != null) {
                throw new CorruptionException("btree block " + block.blkno() + ": " + problem);
            }
            block.setChecked(passed(Node.level(block.data())));
        }
    }

    /** What is wrong with the block, or null. */
    static @Nullable String problem(MemorySegment block) {
        int level = Node.level(block);
        int count = Node.count(block);
        if (level >= BtreeBlock.MAX_HEIGHT) {
            return "level is " + level + ", expected less than " + BtreeBlock.MAX_HEIGHT;
        }
        if (ITEMS + ITEM_SIZE * count > BtreeBlock.valueEnd(level)) {
            return "nr_items " + count + " does not fit in a block of level " + level;
        }
        if (level > 0 && count == 0) {
            return "parent has no items";
        }
        String problem = itemsProblem(block, level, count);
        if (problem == null) {
            problem = treeProblem(block, count);
        }
        if (problem == null && level == 0) {
            problem = hashProblem(block, count);
        }
        return problem;
    }

    private static @Nullable String itemsProblem(MemorySegment block, int level, int count) {
        int arrayEnd = ITEMS + ITEM_SIZE * count;
        int valueEnd = BtreeBlock.valueEnd(level);
        int lowestValue = valueEnd;
        int total = 0;
        for (int i = 0; i < count; i++) {
            int link = Node.link(i);
            int length = Node.valueLength(block, link);
            int offset = Node.valueOffset(block, link);
            if (length > BtreeBlock.MAX_VALUE_LEN || (level > 0 && length != BlockReference.SIZE)) {
                return "item " + i + ": val_len is " + length;
            }
            int padded = BtreeBlock.paddedLength(length);
            if (length == 0) {
                if (offset != 0) {
                    return "item " + i + ": val_off is " + offset + " without a value";
                }
            } else {
                if (offset < arrayEnd || offset + padded > valueEnd || offset % BtreeBlock.VALUE_ALIGN != 0) {
                    return "item " + i + ": val_off " + offset + " with val_len " + length + " is not within "
                            + arrayEnd + ".." + valueEnd;
                }
                lowestValue = Math.min(lowestValue, offset);
            }
            if (Le.u64(block, Node.keyOffset(link) + 24L) >>> 24 != 0) {
                return "item " + i + ": the key's pad is not zero";
            }
            total += ITEM_SIZE + padded;
        }
        if (total != Node.totalBytes(block)) {
            return "total_item_bytes is " + Node.totalBytes(block) + ", the items have " + total;
        }
        if (Node.midFree(block) > lowestValue - arrayEnd) {
            return "mid_free_len is " + Node.midFree(block) + ", the gap has " + (lowestValue - arrayEnd);
        }
        return null;
    }

    /** All links name items, both directions agree, and the walk in key order meets every item once with keys ascending. */
    private static @Nullable String treeProblem(MemorySegment block, int count) {
        int root = Node.root(block);
        if (root == 0) {
            return count == 0 ? null : "item_root is 0 with nr_items " + count;
        }
        if (!isItem(root, count)) {
            return "item_root " + root + " names no item";
        }
        if (Node.parent(block, root) != 0) {
            return "item_root " + root + " has parent " + Node.parent(block, root);
        }
        for (int i = 0; i < count; i++) {
            int link = Node.link(i);
            int left = Node.left(block, link);
            int right = Node.right(block, link);
            if (left != 0 && (!isItem(left, count) || Node.parent(block, left) != link)) {
                return "item " + i + ": left " + left + " is not a child";
            }
            if (right != 0 && (right == left || !isItem(right, count) || Node.parent(block, right) != link)) {
                return "item " + i + ": right " + right + " is not a child";
            }
        }
        // Each item is now the child of one other at most, and the root of none: what hangs below the root is a tree.
        int met = 0;
        int before = 0;
        for (int link = Node.first(block); link != 0; link = Node.next(block, link)) {
            if (before != 0 && Key.compare(block, Node.keyOffset(before), block, Node.keyOffset(link)) >= 0) {
                return "item " + index(before) + ": key " + Node.key(block, before) + " stands before "
                        + Node.key(block, link);
            }
            before = link;
            met++;
        }
        return met == count ? null : "the item tree has " + met + " items, nr_items is " + count;
    }

    /** As many buckets are filled as there are items, and each names another item. */
    private static @Nullable String hashProblem(MemorySegment leaf, int count) {
        long[] named = new long[(BtreeBlock.MAX_LEAF_ITEMS + Long.SIZE - 1) / Long.SIZE];
        int filled = 0;
        for (int bucket = 0; bucket < BtreeBlock.LEAF_BUCKETS; bucket += BUCKETS_PER_WORD) {
            if (Le.u64(leaf, BtreeBlock.LEAF_HASH + 2L * bucket) == 0) {
                continue;
            }
            for (int b = bucket; b < bucket + BUCKETS_PER_WORD; b++) {
                int offset = LeafHash.get(leaf, b);
                if (offset == 0) {
                    continue;
                }
                int link = offset - BtreeBlock.LINK_BASE;
                if (!isItem(link, count)) {
                    return "hash bucket " + b + ": offset " + offset + " names no item";
                }
                int item = index(link);
                if ((named[item >>> 6] & 1L << item) != 0) {
                    return "hash bucket " + b + ": item " + item + " is in another bucket too";
                }
                named[item >>> 6] |= 1L << item;
                filled++;
            }
        }
        return filled == count ? null : "hash table has " + filled + " items, nr_items is " + count;
    }

    static int index(int link) {
        return (link - Node.link(0)) / ITEM_SIZE;
    }

    private static boolean isItem(int link, int count) {
        int fromFirst = link - Node.link(0);
        return fromFirst >= 0 && fromFirst % ITEM_SIZE == 0 && fromFirst / ITEM_SIZE < count;
    }
}
