package org.scoutfs.format;

/**
 * Layout of a btree block ({@code struct scoutfs_btree_block}), 65536 bytes, spec 1 section 8. Offsets are in bytes. Items
 * ({@code struct scoutfs_btree_item}) are 56 bytes each; item {@code i} stands at {@code ITEMS + ITEM_SIZE * i}.
 *
 * <pre>
 * off   len field
 *   0    32 header
 *  32     2 item_root          root of the item search tree, a link; 0 = no items
 *  34     2 nr_items
 *  36     2 total_item_bytes   sum over items of 56 + round_up(val_len, 8)
 *  38     2 mid_free_len       recorded gap between items and values
 *  40     1 level              0 leaf
 *  41     7 pad
 *  48 56*nr items              dense, in no order
 *           gap, then values downwards from the value end
 * 62512 3024 leaf hash         leaves only: 1512 u16 buckets, each 0 or an item offset
 *
 * item:
 *   0     2 parent             links: item offset - 32, 0 = none
 *   2     2 left
 *   4     2 right
 *   6     1 height             of the subtree; not to be trusted
 *   7     1 pad
 *   8    32 key
 *  40     8 seq
 *  48     2 val_off            from the start of the block, 0 if no value
 *  50     2 val_len            0..896
 *  52     1 flags              bit 0 deletion
 *  53     3 pad
 * </pre>
 */
public final class BtreeBlock {
    public static final int ITEM_ROOT = 32;
    public static final int NR_ITEMS = 34;
    public static final int TOTAL_ITEM_BYTES = 36;
    public static final int MID_FREE_LEN = 38;
    public static final int LEVEL = 40;
    public static final int LEVEL_PAD = 41;
    /** Offset of the item array, and size of everything before it. */
    public static final int ITEMS = 48;

    public static final int ITEM_SIZE = 56;
    public static final int ITEM_PARENT = 0;
    public static final int ITEM_LEFT = 2;
    public static final int ITEM_RIGHT = 4;
    public static final int ITEM_HEIGHT = 6;
    public static final int ITEM_NODE_PAD = 7;
    public static final int ITEM_KEY = 8;
    public static final int ITEM_SEQ = 40;
    public static final int ITEM_VAL_OFF = 48;
    public static final int ITEM_VAL_LEN = 50;
    public static final int ITEM_FLAGS = 52;
    public static final int ITEM_PAD = 53;

    /** Item flag: the key does not exist as of the item's seq. */
    public static final int ITEM_FLAG_DELETION = 1;

    /** Links are item offsets minus this. */
    public static final int LINK_BASE = 32;

    /** Values start at multiples of this. */
    public static final int VALUE_ALIGN = 8;

    public static final int LEAF_BUCKETS = 1512;
    public static final int LEAF_HASH_BYTES = LEAF_BUCKETS * 2;
    /** Offset of the leaf hash table; the end of values in a leaf. */
    public static final int LEAF_HASH = VolumeLayout.LARGE_BLOCK_SIZE - LEAF_HASH_BYTES;

    /** Bytes that items and values of a leaf share. */
    public static final int LEAF_SPACE = LEAF_HASH - ITEMS;
    /** Bytes that items and values of a parent share. */
    public static final int PARENT_SPACE = VolumeLayout.LARGE_BLOCK_SIZE - ITEMS;

    public static final int MAX_LEAF_ITEMS = LEAF_SPACE / ITEM_SIZE;
    /** Items of a parent, each with a {@link BlockReference} as value. */
    public static final int MAX_PARENT_ITEMS = PARENT_SPACE / (ITEM_SIZE + BlockReference.SIZE);

    public static final int MAX_HEIGHT = 20;
    public static final int MAX_VALUE_LEN = Limits.ITEM_VALUE_MAX;

    /** A block other than the root with fewer item bytes than this is joined with a sibling (section 8.7). */
    public static final int JOIN_LOW_BYTES = PARENT_SPACE / 4;
    /** A block without room whose items fill less than this share of a parent's space is compacted, else split. */
    public static final int SPLIT_PERCENT = 80;

    private BtreeBlock() {}

    /** End of the values of a block at {@code level}. */
    public static int valueEnd(int level) {
        return level == 0 ? LEAF_HASH : VolumeLayout.LARGE_BLOCK_SIZE;
    }

    /** Bytes that items and values of a block at {@code level} share; mid_free_len of an empty block. */
    public static int space(int level) {
        return valueEnd(level) - ITEMS;
    }

    /** Block offset of item {@code index}. */
    public static int itemOffset(int index) {
        return ITEMS + ITEM_SIZE * index;
    }

    /** Bytes an item with a value of {@code valLen} bytes takes: the item and its padded value. */
    public static int itemBytes(int valLen) {
        return ITEM_SIZE + paddedLength(valLen);
    }

    /** {@code valLen} rounded up to a multiple of 8. */
    public static int paddedLength(int valLen) {
        return (valLen + VALUE_ALIGN - 1) & -VALUE_ALIGN;
    }
}
