package org.scoutfs.btree;

import static org.scoutfs.format.BtreeBlock.ITEMS;
import static org.scoutfs.format.BtreeBlock.ITEM_SIZE;

import java.lang.foreign.MemorySegment;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.Key;
import org.scoutfs.format.Le;

/**
 * Lays out a block from scratch out of items that come in key order: a dense array in key order, values packed from the end downwards, a
 * perfectly balanced search tree with right heights, and the hash table. The header stays as it is. One block at a time.
 */
final class NodeBuilder {
    /** Links of an array in key order: link i is item i's. Never changed. */
    private static final int[] DENSE = new int[BtreeBlock.PARENT_SPACE / ITEM_SIZE];

    static {
        for (int i = 0; i < DENSE.length; i++) {
            DENSE[i] = Node.link(i);
        }
    }

    private static final int COPY_BY_WORDS = 64;

    private final MemorySegment block;
    private final int level;
    private int count;
    private int valueStart;
    private int totalBytes;

    /** The block's items are lost; whoever needs them has copied the block. */
    NodeBuilder(MemorySegment block, int level) {
        this.block = block;
        this.level = level;
        valueStart = BtreeBlock.valueEnd(level);
    }

    int totalBytes() {
        return totalBytes;
    }

    /** Adds a copy of an item of another block; returns its link here. */
    int copy(MemorySegment from, int fromLink) {
        int valueLength = Node.valueLength(from, fromLink);
        int link = place(valueLength);
        long src = Node.keyOffset(fromLink);
        long dst = Node.keyOffset(link);
        for (int word = 0; word < Key.SIZE + Long.BYTES; word += Long.BYTES) {
            Le.put64(block, dst + word, Le.u64(from, src + word));
        }
        writeValueFields(link, valueLength, Node.flags(from, fromLink));
        if (valueLength > 0) {
            copyWords(from, Node.valueOffset(from, fromLink), BtreeBlock.paddedLength(valueLength));
        }
        return link;
    }

    /** Adds an item; its value's bytes, with their padding zeroed, are to be stored at {@link #valueOffset()}. Returns its link. */
    int add(Key key, long seq, int flags, int valueLength) {
        int link = place(valueLength);
        key.write(block, Node.keyOffset(link));
        Le.put64(block, Node.keyOffset(link) + (long) Key.SIZE, seq);
        writeValueFields(link, valueLength, flags);
        if (valueLength > 0) {
            Le.put64(block, valueStart + BtreeBlock.paddedLength(valueLength) - (long) Long.BYTES, 0);
        }
        return link;
    }

    /** Where the value of the item added last is. */
    int valueOffset() {
        return valueStart;
    }

    /** Makes the items added so far the contents of the block. */
    void finish() {
        Le.put16(block, BtreeBlock.NR_ITEMS, count);
        Le.put16(block, BtreeBlock.TOTAL_ITEM_BYTES, totalBytes);
        Le.put16(block, BtreeBlock.MID_FREE_LEN, valueStart - (ITEMS + ITEM_SIZE * count));
        Le.put8(block, BtreeBlock.LEVEL, level);
        ItemTree.rebuild(block, DENSE, count);
        if (level == 0) {
            LeafHash.rebuild(block, count);
        }
    }

    private int place(int valueLength) {
        int padded = BtreeBlock.paddedLength(valueLength);
        if (totalBytes + ITEM_SIZE + padded > BtreeBlock.space(level)) {
            throw new IllegalStateException("block overflows: " + totalBytes + " bytes and a value of " + valueLength);
        }
        valueStart -= padded;
        totalBytes += ITEM_SIZE + padded;
        return DENSE[count++];
    }

    private void writeValueFields(int link, int valueLength, int flags) {
        long offset = valueLength == 0 ? 0 : valueStart;
        Le.put64(
                block,
                Node.keyOffset(link) + (long) Key.SIZE + Long.BYTES,
                offset | (long) valueLength << 16 | (long) flags << 32);
    }

    /** Values are small as a rule: a loop beats the set-up of a bulk copy. Both ends are padded to whole words. */
    private void copyWords(MemorySegment from, int fromOffset, int bytes) {
        if (bytes > COPY_BY_WORDS) {
            MemorySegment.copy(from, fromOffset, block, valueStart, bytes);
            return;
        }
        for (int word = 0; word < bytes; word += Long.BYTES) {
            Le.put64(block, valueStart + (long) word, Le.u64(from, fromOffset + (long) word));
        }
    }
}
