package org.scoutfs.btree;

import java.lang.foreign.MemorySegment;
import org.scoutfs.format.BtreeBlock;

/** Items that go from one block to its neighbour, both laid out anew. {@code scratch} is a block's worth of memory. */
final class ItemMoves {
    private ItemMoves() {}

    /** Moves at least {@code bytes} of items from the start of {@code block} to the empty {@code left}; at least one stays. */
    static void split(MemorySegment left, MemorySegment block, int bytes, int level, MemorySegment scratch) {
        scratch.copyFrom(block);
        int last = Node.last(scratch);
        int link = Node.first(scratch);
        NodeBuilder lower = new NodeBuilder(left, level);
        while (link != last && lower.totalBytes() < bytes) {
            lower.copy(scratch, link);
            link = Node.next(scratch, link);
        }
        lower.finish();
        rebuild(block, scratch, link, level);
    }

    /** Puts items of the left sibling before those of {@code block}: all of them, or what a join moves from its end. */
    static void takeFromLeft(MemorySegment block, MemorySegment left, boolean all, int level, MemorySegment scratch) {
        int first = all ? Node.first(left) : Node.last(left);
        if (!all) {
            for (int moved = Node.itemBytes(left, first); moved < BtreeBlock.JOIN_LOW_BYTES; ) {
                first = Node.prev(left, first);
                moved += Node.itemBytes(left, first);
            }
        }
        scratch.copyFrom(block);
        NodeBuilder joined = new NodeBuilder(block, level);
        copyAll(joined, left, first);
        copyAll(joined, scratch, Node.first(scratch));
        joined.finish();
        if (!all) {
            scratch.copyFrom(left);
            NodeBuilder rest = new NodeBuilder(left, level);
            for (int link = Node.first(scratch); link != first; link = Node.next(scratch, link)) {
                rest.copy(scratch, link);
            }
            rest.finish();
        }
    }

    /** Puts items of the right sibling behind those of {@code block}: all of them, or what a join moves from its start. */
    static void takeFromRight(MemorySegment block, MemorySegment right, boolean all, int level, MemorySegment scratch) {
        scratch.copyFrom(block);
        NodeBuilder joined = new NodeBuilder(block, level);
        copyAll(joined, scratch, Node.first(scratch));
        int before = joined.totalBytes();
        int link = Node.first(right);
        while (link != 0 && (all || joined.totalBytes() - before < BtreeBlock.JOIN_LOW_BYTES)) {
            joined.copy(right, link);
            link = Node.next(right, link);
        }
        joined.finish();
        if (!all) {
            scratch.copyFrom(right);
            rebuild(right, scratch, link, level);
        }
    }

    /** Makes the items of {@code from} from {@code first} on the contents of {@code block}. */
    private static void rebuild(MemorySegment block, MemorySegment from, int first, int level) {
        NodeBuilder builder = new NodeBuilder(block, level);
        copyAll(builder, from, first);
        builder.finish();
    }

    private static void copyAll(NodeBuilder builder, MemorySegment from, int first) {
        for (int link = first; link != 0; link = Node.next(from, link)) {
            builder.copy(from, link);
        }
    }
}
