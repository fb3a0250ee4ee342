package org.scoutfs.btree;

import static org.scoutfs.format.BtreeBlock.ITEMS;
import static org.scoutfs.format.BtreeBlock.ITEM_FLAGS;
import static org.scoutfs.format.BtreeBlock.ITEM_KEY;
import static org.scoutfs.format.BtreeBlock.ITEM_LEFT;
import static org.scoutfs.format.BtreeBlock.ITEM_PARENT;
import static org.scoutfs.format.BtreeBlock.ITEM_RIGHT;
import static org.scoutfs.format.BtreeBlock.ITEM_SEQ;
import static org.scoutfs.format.BtreeBlock.ITEM_SIZE;
import static org.scoutfs.format.BtreeBlock.ITEM_VAL_LEN;
import static org.scoutfs.format.BtreeBlock.ITEM_VAL_OFF;
import static org.scoutfs.format.BtreeBlock.LINK_BASE;

import java.lang.foreign.MemorySegment;
import org.scoutfs.block.Block;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.Key;
import org.scoutfs.format.Le;

/**
 * The items of one btree block: fields, search, and changes of single items (spec 2 section 3.2).
 *
 * <p>An item is named by its <em>link</em>, as in the block's own search tree: item offset minus 32, and 0 for none. A link is valid
 * until an item of the block is deleted, which moves the last item of the array. Blocks that come here have passed {@link BlockCheck} or were made
 * by this package, so offsets in them are trusted.
 */
final class Node {
    private static final int KEY = LINK_BASE + ITEM_KEY;
    private static final int SEQ = LINK_BASE + ITEM_SEQ;
    private static final int VAL_OFF = LINK_BASE + ITEM_VAL_OFF;
    private static final int VAL_LEN = LINK_BASE + ITEM_VAL_LEN;
    private static final int FLAGS = LINK_BASE + ITEM_FLAGS;
    private static final int LEFT = LINK_BASE + ITEM_LEFT;
    private static final int RIGHT = LINK_BASE + ITEM_RIGHT;
    private static final int PARENT = LINK_BASE + ITEM_PARENT;

    private Node() {}

    /** Makes the zeros after the header of a new block an empty block of {@code level}. */
    static void init(MemorySegment block, int level) {
        Le.put8(block, BtreeBlock.LEVEL, level);
        Le.put16(block, BtreeBlock.MID_FREE_LEN, BtreeBlock.space(level));
    }

    static int level(MemorySegment block) {
        return Le.u8(block, BtreeBlock.LEVEL);
    }

    static int count(MemorySegment block) {
        return Le.u16(block, BtreeBlock.NR_ITEMS);
    }

    /** Bytes of all items with their padded values. */
    static int totalBytes(MemorySegment block) {
        return Le.u16(block, BtreeBlock.TOTAL_ITEM_BYTES);
    }

    static int midFree(MemorySegment block) {
        return Le.u16(block, BtreeBlock.MID_FREE_LEN);
    }

    static int root(MemorySegment block) {
        return Le.u16(block, BtreeBlock.ITEM_ROOT);
    }

    /** Link of item {@code index} of the array. */
    static int link(int index) {
        return ITEMS - LINK_BASE + ITEM_SIZE * index;
    }

    static int left(MemorySegment block, int link) {
        return Le.u16(block, link + LEFT);
    }

    static int right(MemorySegment block, int link) {
        return Le.u16(block, link + RIGHT);
    }

    static int parent(MemorySegment block, int link) {
        return Le.u16(block, link + PARENT);
    }

    /** Offset of the item's key. */
    static int keyOffset(int link) {
        return link + KEY;
    }

    static Key key(MemorySegment block, int link) {
        return Key.read(block, link + KEY);
    }

    static void setKey(MemorySegment block, int link, Key key) {
        key.write(block, link + KEY);
    }

    static long seq(MemorySegment block, int link) {
        return Le.u64(block, link + SEQ);
    }

    static int flags(MemorySegment block, int link) {
        return Le.u8(block, link + FLAGS);
    }

    static void setSeqAndFlags(MemorySegment block, int link, long seq, int flags) {
        Le.put64(block, link + SEQ, seq);
        Le.put8(block, link + FLAGS, flags);
    }

    static int valueOffset(MemorySegment block, int link) {
        return Le.u16(block, link + VAL_OFF);
    }

    static int valueLength(MemorySegment block, int link) {
        return Le.u16(block, link + VAL_LEN);
    }

    /** Bytes the item takes with its padded value. */
    static int itemBytes(MemorySegment block, int link) {
        return BtreeBlock.itemBytes(valueLength(block, link));
    }

    /** Number of the child block that an item of a parent refers to. */
    static long childBlkno(MemorySegment block, int link) {
        return Le.u64(block, valueOffset(block, link));
    }

    /** Seq of the child block that an item of a parent refers to. */
    static long childSeq(MemorySegment block, int link) {
        return Le.u64(block, valueOffset(block, link) + (long) Long.BYTES);
    }

    static void setChild(MemorySegment block, int link, long blkno, long seq) {
        int off = valueOffset(block, link);
        Le.put64(block, off, blkno);
        Le.put64(block, off + (long) Long.BYTES, seq);
    }

    static BtreeItem item(MemorySegment block, int link) {
        return new BtreeItem(
                key(block, link),
                seq(block, link),
                flags(block, link),
                Le.bytes(block, valueOffset(block, link), valueLength(block, link)));
    }

    /** The item with the least key; 0 if there are none. */
    static int first(MemorySegment block) {
        int link = root(block);
        if (link != 0) {
            for (int l; (l = left(block, link)) != 0; ) {
                link = l;
            }
        }
        return link;
    }

    /** The item with the greatest key; 0 if there are none. */
    static int last(MemorySegment block) {
        int link = root(block);
        if (link != 0) {
            for (int r; (r = right(block, link)) != 0; ) {
                link = r;
            }
        }
        return link;
    }

    /** The item after {@code link} in key order, or 0. */
    static int next(MemorySegment block, int link) {
        int at = right(block, link);
        if (at != 0) {
            for (int l; (l = left(block, at)) != 0; ) {
                at = l;
            }
            return at;
        }
        int from = link;
        at = parent(block, from);
        while (at != 0 && right(block, at) == from) {
            from = at;
            at = parent(block, from);
        }
        return at;
    }

    /** The item before {@code link} in key order, or 0. */
    static int prev(MemorySegment block, int link) {
        int at = left(block, link);
        if (at != 0) {
            for (int r; (r = right(block, at)) != 0; ) {
                at = r;
            }
            return at;
        }
        int from = link;
        at = parent(block, from);
        while (at != 0 && left(block, at) == from) {
            from = at;
            at = parent(block, from);
        }
        return at;
    }

    /** The first item whose key is at or after {@code key}, or 0. */
    static int ceiling(MemorySegment block, Key key) {
        int found = 0;
        for (int link = root(block); link != 0; ) {
            int c = Key.compare(block, link + KEY, key);
            if (c == 0) {
                return link;
            }
            if (c > 0) {
                found = link;
                link = left(block, link);
            } else {
                link = right(block, link);
            }
        }
        return found;
    }

    /** The last item whose key is at or before {@code key}, or 0. */
    static int floor(MemorySegment block, Key key) {
        int found = 0;
        for (int link = root(block); link != 0; ) {
            int c = Key.compare(block, link + KEY, key);
            if (c == 0) {
                return link;
            }
            if (c < 0) {
                found = link;
                link = right(block, link);
            } else {
                link = left(block, link);
            }
        }
        return found;
    }

    /** Fills {@code links} with all items in key order; returns their number. */
    static int order(MemorySegment block, int[] links) {
        int n = 0;
        for (int link = first(block); link != 0; link = next(block, link)) {
            links[n++] = link;
        }
        return n;
    }

    /**
     * Adds an item that the block does not have and has room for: {@code midFree >= itemBytes(value.length)}.
     */
    static void insert(MemorySegment block, Key key, long seq, int flags, byte[] value) {
        int link = append(block, key, seq, flags, value.length);
        Le.putBytes(block, valueOffset(block, link), value);
        ItemTree.insert(block, link, key);
        if (level(block) == 0) {
            LeafHash.insert(block, link, LeafHash.home(key));
        }
    }

    /** Adds a child to a parent that has room, under its last key. */
    static void insertChild(MemorySegment parent, Block child) {
        MemorySegment data = child.data();
        insertChild(parent, key(data, last(data)), child.blkno(), child.seq());
    }

    static void insertChild(MemorySegment parent, Key last, long blkno, long seq) {
        int link = append(parent, last, 0, 0, BlockReference.SIZE);
        setChild(parent, link, blkno, seq);
        ItemTree.insert(parent, link, last);
    }

    /**
     * Takes room for an item from the gap and fills it in but for its value's bytes and its place in the indexes; returns its link. The
     * padding of the value is zeroed.
     */
    static int append(MemorySegment block, Key key, long seq, int flags, int valueLength) {
        int count = count(block);
        int link = link(count);
        int padded = BtreeBlock.paddedLength(valueLength);
        int midFree = midFree(block);
        if (midFree < ITEM_SIZE + padded) {
            throw new IllegalStateException("no room for an item: gap " + midFree + " value " + valueLength);
        }
        int valueOffset = 0;
        if (valueLength > 0) {
            valueOffset = link + LINK_BASE + midFree - padded;
            Le.put64(block, valueOffset + padded - (long) Long.BYTES, 0);
        }
        writeItem(block, link, key, seq, flags, valueOffset, valueLength);
        Le.put16(block, BtreeBlock.NR_ITEMS, count + 1);
        Le.put16(block, BtreeBlock.TOTAL_ITEM_BYTES, totalBytes(block) + ITEM_SIZE + padded);
        Le.put16(block, BtreeBlock.MID_FREE_LEN, midFree - ITEM_SIZE - padded);
        return link;
    }

    /** Stores all 56 bytes, pads as zero; links zero, height 1. */
    static void writeItem(
            MemorySegment block, int link, Key key, long seq, int flags, int valueOffset, int valueLength) {
        long item = link + (long) LINK_BASE;
        Le.put64(block, item, 1L << (8 * BtreeBlock.ITEM_HEIGHT));
        key.write(block, item + ITEM_KEY);
        Le.put64(block, item + ITEM_SEQ, seq);
        Le.put64(block, item + ITEM_VAL_OFF, valueOffset | (long) valueLength << 16 | (long) flags << 32);
    }

    /** Whether {@link #resizeValue} has room for a value of this length. */
    static boolean canResize(MemorySegment block, int link, int valueLength) {
        int padded = BtreeBlock.paddedLength(valueLength);
        return padded <= BtreeBlock.paddedLength(valueLength(block, link)) || padded <= midFree(block);
    }

    /**
     * Gives the item a value of another length; returns where its bytes are to be stored, with the padding zeroed. The old place is used
     * if it is big enough, otherwise it becomes a hole that compaction will find.
     */
    static int resizeValue(MemorySegment block, int link, int valueLength) {
        int oldPadded = BtreeBlock.paddedLength(valueLength(block, link));
        int padded = BtreeBlock.paddedLength(valueLength);
        int valueOffset = 0;
        if (valueLength > 0) {
            if (padded <= oldPadded) {
                valueOffset = valueOffset(block, link);
            } else {
                int midFree = midFree(block);
                if (midFree < padded) {
                    throw new IllegalStateException("no room for a value: gap " + midFree + " value " + valueLength);
                }
                valueOffset = ITEMS + ITEM_SIZE * count(block) + midFree - padded;
                Le.put16(block, BtreeBlock.MID_FREE_LEN, midFree - padded);
            }
            Le.put64(block, valueOffset + padded - (long) Long.BYTES, 0);
        }
        Le.put16(block, link + VAL_OFF, valueOffset);
        Le.put16(block, link + VAL_LEN, valueLength);
        Le.put16(block, BtreeBlock.TOTAL_ITEM_BYTES, totalBytes(block) + padded - oldPadded);
        return valueOffset;
    }

    /** Removes an item. The last item of the array takes its place, so that links of others may change. */
    static void delete(MemorySegment block, int link) {
        int bytes = itemBytes(block, link);
        boolean leaf = level(block) == 0;
        if (leaf) {
            LeafHash.remove(block, link);
        }
        ItemTree.remove(block, link);
        int count = count(block) - 1;
        int lastLink = link(count);
        if (lastLink != link) {
            if (leaf) {
                LeafHash.rename(block, lastLink, link);
            }
            ItemTree.move(block, lastLink, link);
        }
        Le.put16(block, BtreeBlock.NR_ITEMS, count);
        Le.put16(block, BtreeBlock.TOTAL_ITEM_BYTES, totalBytes(block) - bytes);
        Le.put16(block, BtreeBlock.MID_FREE_LEN, midFree(block) + ITEM_SIZE);
    }

    /** Packs the values at the end, so that all free bytes are in the gap. {@code scratch} is a block's worth of memory. */
    static void compact(MemorySegment block, MemorySegment scratch) {
        int valueEnd = BtreeBlock.valueEnd(level(block));
        scratch.copyFrom(block);
        int count = count(block);
        int end = valueEnd;
        for (int i = 0; i < count; i++) {
            int link = link(i);
            int padded = BtreeBlock.paddedLength(valueLength(block, link));
            if (padded > 0) {
                end -= padded;
                MemorySegment.copy(scratch, valueOffset(scratch, link), block, end, padded);
                Le.put16(block, link + VAL_OFF, end);
            }
        }
        Le.put16(block, BtreeBlock.MID_FREE_LEN, end - (ITEMS + ITEM_SIZE * count));
    }
}
