package org.scoutfs.app.print;

import static org.scoutfs.app.print.PrintOutput.u;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.scoutfs.format.BlockHeader;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Hashes;
import org.scoutfs.format.Key;
import org.scoutfs.format.Le;
import org.scoutfs.format.VolumeLayout;

/** Prints a btree level by level from its root, each block with its items in key order. */
final class BtreePrinter {
    /** Prints what a tree's items mean. */
    @FunctionalInterface
    interface ItemPrinter {
        /** @param value the item's value; of a parent's item the reference, which the tree printer shows itself */
        void item(Item item, MemorySegment value, boolean isParent) throws IOException;
    }

    /** An item as stored. */
    record Item(Key key, long seq, int flags) {
        boolean isDeletion() {
            return (flags & BtreeBlock.ITEM_FLAG_DELETION) != 0;
        }
    }

    private final PrintOutput out;
    private final BlockReader blocks;

    BtreePrinter(PrintOutput out, BlockReader blocks) {
        this.out = out;
        this.blocks = blocks;
    }

    void print(String title, BtreeRoot root, ItemPrinter printer) throws IOException {
        List<Long> level = new ArrayList<>();
        Set<Long> seen = new HashSet<>();
        if (!root.isEmpty()) {
            level.add(root.ref().blkno());
        }
        while (!level.isEmpty()) {
            List<Long> below = new ArrayList<>();
            for (long blkno : level) {
                if (!blocks.holds(blkno) || !seen.add(blkno)) {
                    out.format("%s btree blkno %s is not on the device or was printed already%n", title, u(blkno));
                    continue;
                }
                printBlock(title, blkno, printer, below);
            }
            level = below;
        }
    }

    private void printBlock(String title, long blkno, ItemPrinter printer, List<Long> below) throws IOException {
        MemorySegment block = blocks.large(blkno);
        BlockHeader header = BlockHeader.read(block, 0);
        int level = Le.u8(block, BtreeBlock.LEVEL);
        int nr = Le.u16(block, BtreeBlock.NR_ITEMS);
        out.format("%s btree blkno %s%n", title, u(blkno));
        out.format(
                "  crc %08x %sfsid %x seq %s blkno %s %n",
                header.crc(), wrongCrc(block, header), header.fsid(), u(header.seq()), u(header.blkno()));
        out.format(
                "  total_item_bytes %d mid_free_len %d%n",
                Le.u16(block, BtreeBlock.TOTAL_ITEM_BYTES), Le.u16(block, BtreeBlock.MID_FREE_LEN));
        out.format("  level %d nr_items %d item_root.node %d%n", level, nr, Le.u16(block, BtreeBlock.ITEM_ROOT));
        if (level == 0) {
            printHash(block);
        }
        int index = 0;
        for (int off : itemsInOrder(block, nr)) {
            printItem(block, index++, off, level, printer, below);
        }
    }

    static String wrongCrc(MemorySegment block, BlockHeader header) {
        int crc = Hashes.blockCrc(block, 0, (int) block.byteSize());
        return crc == header.crc() ? "" : String.format("(!= %08x) ", crc);
    }

    private void printHash(MemorySegment block) throws IOException {
        PrintOutput.WrappedList list = out.new WrappedList("  item hash: ", "   ");
        int populated = 0;
        for (int bucket = 0; bucket < BtreeBlock.LEAF_BUCKETS; bucket++) {
            int off = Le.u16(block, BtreeBlock.LEAF_HASH + 2L * bucket);
            if (off != 0) {
                list.add(bucket + "," + off + " ");
                populated++;
            }
        }
        list.end();
        out.format(
                "    (%d / %d populated, %d%% load)%n",
                populated, BtreeBlock.LEAF_BUCKETS, populated * 100 / BtreeBlock.LEAF_BUCKETS);
    }

    /** Offsets of the items in key order by the search tree's links; stops where links leave the item array or loop. */
    private static List<Integer> itemsInOrder(MemorySegment block, int nr) {
        List<Integer> order = new ArrayList<>(nr);
        Deque<Integer> path = new ArrayDeque<>();
        int node = Le.u16(block, BtreeBlock.ITEM_ROOT);
        while ((node != 0 || !path.isEmpty()) && order.size() + path.size() <= nr) {
            if (node != 0) {
                int off = node + BtreeBlock.LINK_BASE;
                if (off + BtreeBlock.ITEM_SIZE > VolumeLayout.LARGE_BLOCK_SIZE) {
                    break;
                }
                path.push(off);
                node = Le.u16(block, off + BtreeBlock.ITEM_LEFT);
            } else {
                int off = path.pop();
                order.add(off);
                node = Le.u16(block, off + BtreeBlock.ITEM_RIGHT);
            }
        }
        return order;
    }

    private void printItem(MemorySegment block, int index, int off, int level, ItemPrinter printer, List<Long> below)
            throws IOException {
        int valOff = Le.u16(block, off + BtreeBlock.ITEM_VAL_OFF);
        int valLen = Le.u16(block, off + BtreeBlock.ITEM_VAL_LEN);
        out.format(
                "  [%d] off %d par %d l %d r %d h %d vo %d vl %d%n",
                index,
                off,
                Le.u16(block, off + BtreeBlock.ITEM_PARENT),
                Le.u16(block, off + BtreeBlock.ITEM_LEFT),
                Le.u16(block, off + BtreeBlock.ITEM_RIGHT),
                Le.u8(block, off + BtreeBlock.ITEM_HEIGHT),
                valOff,
                valLen);
        if (valOff + valLen > VolumeLayout.LARGE_BLOCK_SIZE) {
            out.format("    value beyond the end of the block%n");
            return;
        }
        Item item = new Item(
                Key.read(block, off + BtreeBlock.ITEM_KEY),
                Le.u64(block, off + BtreeBlock.ITEM_SEQ),
                Le.u8(block, off + BtreeBlock.ITEM_FLAGS));
        MemorySegment value = block.asSlice(valOff, valLen);
        try {
            printer.item(item, value, level > 0);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            out.format("    value of %d bytes does not have the form of this item%n", valLen);
        }
        if (level > 0 && valLen == BlockReference.SIZE) {
            BlockReference ref = BlockReference.read(value, 0);
            out.format("    ref blkno %s seq %s%n", u(ref.blkno()), u(ref.seq()));
            below.add(ref.blkno());
        }
    }
}
