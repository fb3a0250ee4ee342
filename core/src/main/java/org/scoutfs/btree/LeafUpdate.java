package org.scoutfs.btree;

import static org.scoutfs.format.BtreeBlock.ITEM_SIZE;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.Key;

/**
 * A run of changes, sorted by key, to one leaf (spec 2 sections 3.8 and 3.9): first planned without touching anything, then applied without
 * anything that can fail.
 *
 * <p>The plan is what the leaf's items will be, in key order: each is an old item, a change, or both. From it follow the bytes needed,
 * whether they fit in the leaf as it is, in the leaf laid out anew, or in how many leaves; and the one who walks the tree makes room
 * first. Applying costs one pass over old items and changes, whatever their number. So a delta that was added to an item is never added
 * again, because nothing is ever applied in part.
 *
 * <p>Belongs to one writer of trees and is used again for each leaf.
 */
final class LeafUpdate {
    /** What a change does. */
    enum Policy {
        /** Into a log tree: deletions are items, deltas add up and stay when they cancel. */
        INSERT,
        /** Into the merged tree: deletions remove, deltas add up and disappear when they cancel. */
        MERGE
    }

    /** Bytes of a leaf that is filled in one go, about 90 %: some room for what comes later. */
    private static final int FILL_BYTES = BtreeBlock.LEAF_SPACE / 10 * 9;

    /** As much of a leaf as may be filled where it saves a leaf. */
    private static final int FULL_BYTES = BtreeBlock.LEAF_SPACE / 100 * 97;

    /** Measured: below one change for so many items, single changes are cheaper. */
    private static final int SPARSE_FACTOR = 8;

    private final Policy policy;
    private final int[] oldLinks = new int[BtreeBlock.MAX_LEAF_ITEMS];

    /** The planned items: link of the old item or 0, and index of the change or -1. */
    private int[] links = new int[BtreeBlock.MAX_LEAF_ITEMS];

    private int[] changes = new int[BtreeBlock.MAX_LEAF_ITEMS];
    private int count;
    /** Of all planned items with their values. */
    private int bytes;

    /** Room that new items and longer values take from the gap if the leaf is changed in place. */
    private int gapBytes;

    private int removed;
    private int consumed;
    private boolean joinFirst;
    /** Hardly any old items stand between the first and the last change. */
    private boolean sequential;
    /** Old items come after the last change. */
    private boolean tail;

    private int inserted;
    private int updated;
    private int combined;
    private int cancelled;

    LeafUpdate(Policy policy) {
        this.policy = policy;
    }

    /**
     * Plans changes {@code from} up to {@code to}, all within the leaf's range, as far as {@code maxLeaves} leaves can hold the result.
     * With two or more leaves, some changes are always planned.
     *
     * @param mayJoin the leaf has siblings: the plan stops before a deletion that finds the leaf below the low water mark
     * @param small 16 bytes of memory to look at deltas
     */
    void plan(MemorySegment leaf, ItemList items, int from, int to, int maxLeaves, boolean mayJoin, MemorySegment small)
            throws CorruptionException {
        reset();
        int oldCount = Node.order(leaf, oldLinks);
        long limit = (long) maxLeaves * FILL_BYTES;
        bytes = Node.totalBytes(leaf);
        int old = 0;
        int oldBefore = 0;
        int oldWithin = 0;
        int i = from;
        for (; i < to; i++) {
            Key key = items.key(i);
            boolean present = false;
            while (old < oldCount && !present) {
                int c = Key.compare(leaf, Node.keyOffset(oldLinks[old]), key);
                if (c > 0) {
                    break;
                }
                present = c == 0;
                if (!present) {
                    put(oldLinks[old++], -1);
                }
            }
            if (i == from) {
                oldBefore = old;
            }
            oldWithin = old - oldBefore;
            int length = checkedLength(items, i);
            int itemBytes = BtreeBlock.itemBytes(length);
            if (bytes + itemBytes > limit) {
                break;
            }
            boolean deletion = (items.flags(i) & BtreeBlock.ITEM_FLAG_DELETION) != 0;
            if (policy == Policy.MERGE && deletion) {
                if (present) {
                    if (mayJoin && bytes < BtreeBlock.JOIN_LOW_BYTES) {
                        joinFirst = true;
                        break;
                    }
                    bytes -= Node.itemBytes(leaf, oldLinks[old++]);
                    removed++;
                }
                continue;
            }
            if (!present) {
                put(0, i);
                gapBytes += itemBytes;
                bytes += itemBytes;
                inserted++;
                continue;
            }
            int link = oldLinks[old++];
            if (!deletion && Deltas.isDelta(key)) {
                checkDeltas(leaf, link, items, i);
                items.copyValue(i, small, 0);
                if (policy == Policy.MERGE && Deltas.cancel(leaf, Node.valueOffset(leaf, link), small, 0)) {
                    bytes -= Node.itemBytes(leaf, link);
                    removed++;
                    cancelled++;
                } else {
                    put(link, i);
                    combined++;
                }
                continue;
            }
            put(link, i);
            bytes += itemBytes - Node.itemBytes(leaf, link);
            if (itemBytes > Node.itemBytes(leaf, link)) {
                gapBytes += itemBytes - ITEM_SIZE;
            }
            updated++;
        }
        consumed = i - from;
        sequential = oldWithin * 8 <= consumed;
        tail = old < oldCount;
        while (old < oldCount) {
            put(oldLinks[old++], -1);
        }
    }

    /**
     * Whether so few changes, compared to the items there are, that {@link #applySingly} is cheaper than a plan, which goes through all of
     * the leaf.
     */
    static boolean isSparse(MemorySegment leaf, int changes) {
        return changes * SPARSE_FACTOR < Node.count(leaf);
    }

    /**
     * Applies changes one after the other as long as the leaf has room as it is; the parameters are those of {@link #plan}. {@link
     * #consumed()} says how many, maybe none.
     */
    void applySingly(MemorySegment leaf, ItemList items, int from, int to, boolean mayJoin, MemorySegment small)
            throws CorruptionException {
        reset();
        for (int i = from; i < to; i++) {
            Key key = items.key(i);
            int length = checkedLength(items, i);
            boolean deletion = (items.flags(i) & BtreeBlock.ITEM_FLAG_DELETION) != 0;
            int link = LeafHash.find(leaf, key);
            if (policy == Policy.MERGE && deletion) {
                if (link != 0) {
                    if (mayJoin && Node.totalBytes(leaf) < BtreeBlock.JOIN_LOW_BYTES) {
                        joinFirst = true;
                        return;
                    }
                    Node.delete(leaf, link);
                    removed++;
                }
            } else if (link == 0) {
                if (Node.midFree(leaf) < BtreeBlock.itemBytes(length)) {
                    return;
                }
                link = Node.append(leaf, key, items.seq(i), items.flags(i), length);
                if (length > 0) {
                    items.copyValue(i, leaf, Node.valueOffset(leaf, link));
                }
                LeafHash.insert(leaf, link, LeafHash.home(key));
                ItemTree.insert(leaf, link, key);
                inserted++;
            } else if (!deletion && Deltas.isDelta(key)) {
                checkDeltas(leaf, link, items, i);
                items.copyValue(i, small, 0);
                if (policy == Policy.MERGE && Deltas.cancel(leaf, Node.valueOffset(leaf, link), small, 0)) {
                    Node.delete(leaf, link);
                    removed++;
                    cancelled++;
                } else {
                    overwrite(leaf, link, items, i, small);
                    combined++;
                }
            } else {
                if (!Node.canResize(leaf, link, length)) {
                    return;
                }
                overwrite(leaf, link, items, i, small);
                updated++;
            }
            consumed++;
        }
    }

    /** Changes that were planned or applied, the first of those given. */
    int consumed() {
        return consumed;
    }

    /** Whether the plan ends before a deletion because the leaf is to be joined with a sibling first. */
    boolean joinFirst() {
        return joinFirst;
    }

    boolean fitsInOneLeaf() {
        return bytes <= BtreeBlock.LEAF_SPACE;
    }

    boolean fitsInPlace(MemorySegment leaf) {
        return removed == 0 && gapBytes <= Node.midFree(leaf);
    }

    int inserted() {
        return inserted;
    }

    int updated() {
        return updated;
    }

    int removed() {
        return removed - cancelled;
    }

    int combined() {
        return combined;
    }

    int cancelled() {
        return cancelled;
    }

    /** Changes the leaf, which has room: new items go to the end of the array, and the search tree is linked anew. */
    void applyInPlace(MemorySegment leaf, ItemList items, MemorySegment small) {
        for (int i = 0; i < count; i++) {
            int change = changes[i];
            if (change < 0) {
                continue;
            }
            Key key = items.key(change);
            int length = items.valueLength(change);
            int link = links[i];
            if (link == 0) {
                link = Node.append(leaf, key, items.seq(change), items.flags(change), length);
                if (length > 0) {
                    items.copyValue(change, leaf, Node.valueOffset(leaf, link));
                }
                LeafHash.insert(leaf, link, LeafHash.home(key));
                links[i] = link;
                continue;
            }
            overwrite(leaf, link, items, change, small);
        }
        ItemTree.rebuild(leaf, links, count);
    }

    /**
     * Where the leaves that hold the result end: for each but the last, the number of planned items up to its end. None is empty.
     */
    int[] cuts(MemorySegment leaf, ItemList items) {
        int leaves = (bytes + FILL_BYTES - 1) / FILL_BYTES;
        // Sequential changes fill leaves for good and go on in the last one; others may hit any leaf next time.
        int rest = bytes - (leaves - 1) * FILL_BYTES;
        boolean greedy = sequential && (!tail || rest >= BtreeBlock.JOIN_LOW_BYTES);
        if (sequential && !greedy && leaves > 2 && bytes / (leaves - 1) <= FULL_BYTES) {
            // Otherwise a few old items behind the changes would be split off again and again.
            leaves--;
        }
        int target = greedy ? FILL_BYTES : bytes / leaves;
        int[] cuts = new int[leaves - 1];
        int end = 0;
        int sum = 0;
        for (int cut = 0; cut < cuts.length; cut++) {
            int until = (cut + 1) * target;
            while (sum < until) {
                sum += plannedBytes(leaf, items, end++);
            }
            if (end == count) {
                return Arrays.copyOf(cuts, cut);
            }
            cuts[cut] = end;
        }
        return cuts;
    }

    /** Lays planned items {@code start} up to {@code end} out in {@code to}; {@code old} has the leaf's old items. */
    void build(MemorySegment to, MemorySegment old, ItemList items, int start, int end, MemorySegment small) {
        NodeBuilder builder = new NodeBuilder(to, 0);
        for (int i = start; i < end; i++) {
            int change = changes[i];
            if (change < 0) {
                builder.copy(old, links[i]);
                continue;
            }
            Key key = items.key(change);
            int flags = items.flags(change);
            if (links[i] != 0 && (flags & BtreeBlock.ITEM_FLAG_DELETION) == 0 && Deltas.isDelta(key)) {
                int link = builder.copy(old, links[i]);
                items.copyValue(change, small, 0);
                Deltas.add(to, builder.valueOffset(), small, 0);
                Node.setSeqAndFlags(to, link, items.seq(change), flags);
                continue;
            }
            int length = items.valueLength(change);
            builder.add(key, items.seq(change), flags, length);
            if (length > 0) {
                items.copyValue(change, to, builder.valueOffset());
            }
        }
        builder.finish();
    }

    int count() {
        return count;
    }

    /** Gives an item of the leaf what a change says: adds a delta up, replaces anything else, in room that is there. */
    private static void overwrite(MemorySegment leaf, int link, ItemList items, int change, MemorySegment small) {
        Key key = items.key(change);
        int flags = items.flags(change);
        if ((flags & BtreeBlock.ITEM_FLAG_DELETION) == 0 && Deltas.isDelta(key)) {
            items.copyValue(change, small, 0);
            Deltas.add(leaf, Node.valueOffset(leaf, link), small, 0);
        } else {
            int length = items.valueLength(change);
            int valueOffset = Node.resizeValue(leaf, link, length);
            if (length > 0) {
                items.copyValue(change, leaf, valueOffset);
            }
        }
        Node.setSeqAndFlags(leaf, link, items.seq(change), flags);
    }

    private static void checkDeltas(MemorySegment leaf, int link, ItemList items, int change)
            throws CorruptionException {
        Key key = items.key(change);
        Deltas.check(key, items.flags(change), items.valueLength(change));
        Deltas.check(key, Node.flags(leaf, link), Node.valueLength(leaf, link));
    }

    private static int checkedLength(ItemList items, int change) {
        int length = items.valueLength(change);
        if (length > BtreeBlock.MAX_VALUE_LEN) {
            throw new IllegalArgumentException("value of item " + items.key(change) + " has " + length + " bytes");
        }
        return length;
    }

    private int plannedBytes(MemorySegment leaf, ItemList items, int i) {
        return changes[i] < 0 ? Node.itemBytes(leaf, links[i]) : BtreeBlock.itemBytes(items.valueLength(changes[i]));
    }

    private void put(int link, int change) {
        if (count == links.length) {
            links = Arrays.copyOf(links, count * 2);
            changes = Arrays.copyOf(changes, count * 2);
        }
        links[count] = link;
        changes[count++] = change;
    }

    private void reset() {
        count = 0;
        bytes = 0;
        gapBytes = 0;
        removed = 0;
        consumed = 0;
        joinFirst = false;
        sequential = false;
        tail = false;
        inserted = 0;
        updated = 0;
        combined = 0;
        cancelled = 0;
    }
}
