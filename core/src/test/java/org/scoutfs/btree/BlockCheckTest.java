package org.scoutfs.btree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.scoutfs.block.Block;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockHeader;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.Le;
import org.scoutfs.format.Magic;
import org.scoutfs.format.VolumeLayout;

/** Blocks whose checksum is right and whose contents are not. */
class BlockCheckTest {
    private final MemorySegment block = Arena.ofAuto().allocate(VolumeLayout.LARGE_BLOCK_SIZE);
    private final MemorySegment scratch = Arena.ofAuto().allocate(VolumeLayout.LARGE_BLOCK_SIZE);

    @Test
    void everyFieldIsLookedAt() {
        fill(0, 20);
        assertThat(BlockCheck.problem(block)).isNull();
        int item3 = BtreeBlock.itemOffset(3);
        problem(BtreeBlock.NR_ITEMS, 2000, "nr_items 2000");
        problem(BtreeBlock.NR_ITEMS, 19, "item");
        problem(BtreeBlock.ITEM_ROOT, 17, "item_root 17");
        problem(BtreeBlock.ITEM_ROOT, 0, "item_root");
        problem(BtreeBlock.TOTAL_ITEM_BYTES, 5, "total_item_bytes is 5");
        problem(BtreeBlock.MID_FREE_LEN, 65000, "mid_free_len is 65000");
        problem(BtreeBlock.LEVEL, 20, "level is 20");
        problem(item3 + BtreeBlock.ITEM_VAL_OFF, 100, "item 3: val_off 100");
        problem(item3 + BtreeBlock.ITEM_VAL_OFF, 62505, "item 3: val_off 62505");
        problem(item3 + BtreeBlock.ITEM_VAL_LEN, 897, "item 3: val_len is 897");
        problem(item3 + BtreeBlock.ITEM_VAL_LEN, 0, "item 3: val_off");
        problem(item3 + BtreeBlock.ITEM_LEFT, 5000, "left 5000");
        problem(item3 + BtreeBlock.ITEM_KEY + 28, 1, "pad");
        problem(BtreeBlock.LEAF_HASH, 49, "hash bucket 0: offset 49");
        problem(BtreeBlock.LEAF_HASH, 48, "in another bucket too");
        int named = bucketOf(Node.link(3));
        problem(BtreeBlock.LEAF_HASH + 2 * named, 0, "hash table has 19 items");
    }

    @Test
    void cyclesAndWrongOrderAreFound() {
        fill(0, 20);
        // Two items that are each other's parents, apart from the tree.
        int a = Node.link(3);
        int b = Node.link(4);
        List<Integer> saved = List.of(Node.left(block, a), Node.right(block, a));
        assertThat(saved).isNotNull();
        Key key = Node.key(block, a);
        Node.setKey(block, a, Node.key(block, b));
        Node.setKey(block, b, key);
        assertThat(BlockCheck.problem(block)).contains("stands before");
    }

    @Test
    void parentsHaveReferencesAsValuesAndAtLeastOneChild() {
        fill(1, 10);
        assertThat(BlockCheck.problem(block)).isNull();
        problem(BtreeBlock.itemOffset(3) + BtreeBlock.ITEM_VAL_LEN, 17, "item 3: val_len is 17");
        fill(1, 0);
        assertThat(BlockCheck.problem(block)).contains("no items");
    }

    /** Whatever passes the check can be worked with: nothing is out of bounds and nothing loops. */
    @Test
    void damagedBlocksAreRefusedOrHarmless() {
        long seed = Seeds.next("BlockCheckTest.damagedBlocksAreRefusedOrHarmless");
        SplittableRandom random = new SplittableRandom(seed);
        int passed = 0;
        for (int round = 0; round < 3000; round++) {
            int items = 1 + random.nextInt(60);
            fill(0, items);
            int damages = 1 + random.nextInt(3);
            for (int i = 0; i < damages; i++) {
                damage(random, items);
            }
            if (BlockCheck.problem(block) == null) {
                passed++;
                workWith(random);
            }
        }
        assertThat(passed).isPositive();
    }

    private void damage(SplittableRandom random, int items) {
        int offset = switch (random.nextInt(4)) {
            case 0 -> 32 + random.nextInt(8);
            case 1, 2 -> BtreeBlock.ITEMS + random.nextInt(BtreeBlock.ITEM_SIZE * items);
            default -> BtreeBlock.LEAF_HASH + random.nextInt(BtreeBlock.LEAF_HASH_BYTES);
        };
        if (random.nextBoolean()) {
            Le.put8(block, offset, random.nextInt(256));
        } else {
            Le.put16(block, offset & ~1, Node.link(random.nextInt(70)) + (random.nextBoolean() ? 32 : 0));
        }
    }

    private void workWith(SplittableRandom random) {
        for (int i = 0; i < 20; i++) {
            Key key = TestTree.key(random.nextInt(100));
            int link = LeafHash.find(block, key);
            Node.ceiling(block, key);
            Node.floor(block, key);
            if (link != 0) {
                Node.item(block, link);
                Node.delete(block, link);
            } else if (Node.midFree(block) >= 200) {
                Node.insert(block, key, 1, 0, new byte[random.nextInt(100)]);
            }
        }
        Node.compact(block, scratch);
        scratch.copyFrom(block);
        NodeBuilder builder = new NodeBuilder(block, 0);
        for (int link = Node.first(scratch); link != 0; link = Node.next(scratch, link)) {
            builder.copy(scratch, link);
        }
        builder.finish();
    }

    @Test
    void readersAndWritersNameBlockAndField() throws Exception {
        try (TestTree t = new TestTree(1)) {
            for (int i = 0; i < 10; i++) {
                t.insert(TestTree.key(i), new byte[10]);
            }
            t.commit();
            BtreeRoot root = t.tree.root();
            BlockReference copy;
            try (Block good = t.cache.read(root.ref(), Magic.BTREE);
                    Block bad = t.cache.dirtyGiven(5000, t.writer, BlockReference.ZERO, Magic.BTREE)) {
                MemorySegment.copy(good.data(), BlockHeader.SIZE, bad.data(), BlockHeader.SIZE, 65536 - 32);
                Le.put16(bad.data(), BtreeBlock.MID_FREE_LEN, 65535);
                copy = bad.reference();
            }
            t.cache.writeAll(t.writer);
            BtreeRoot corrupt = new BtreeRoot(copy, 1);
            corrupt(() -> t.reader.lookup(corrupt, TestTree.key(1)), "btree block 5000: mid_free_len is 65535");
            corrupt(() -> t.reader.next(corrupt, Key.ZERO), "btree block 5000");
            BtreeWriter writer = new BtreeWriter(t.cache, t.allocator, t.writer, corrupt);
            t.allocator.adopt(5000);
            corrupt(() -> writer.insert(TestTree.key(50), new byte[1]), "mid_free_len is 65535");
            corrupt(() -> t.reader.lookup(new BtreeRoot(root.ref(), 2), Key.ZERO), "level is 0, expected 1");
            corrupt(() -> t.reader.lookup(new BtreeRoot(root.ref(), 21), Key.ZERO), "height is 21");
            corrupt(() -> t.reader.lookup(new BtreeRoot(BlockReference.ZERO, 1), Key.ZERO), "height is 1");
        }
    }

    private static void corrupt(Call call, String message) {
        assertThatThrownBy(call::run).isInstanceOf(CorruptionException.class).hasMessageContaining(message);
    }

    private interface Call {
        void run() throws FsException;
    }

    private void problem(int offset, int value, String message) {
        MemorySegment saved = MemorySegment.ofArray(new byte[VolumeLayout.LARGE_BLOCK_SIZE]);
        saved.copyFrom(block);
        if (offset == BtreeBlock.LEVEL) {
            Le.put8(block, offset, value);
        } else {
            Le.put16(block, offset, value);
        }
        assertThat(BlockCheck.problem(block)).as("offset " + offset).contains(message);
        block.copyFrom(saved);
    }

    private int bucketOf(int link) {
        for (int bucket = 0; bucket < BtreeBlock.LEAF_BUCKETS; bucket++) {
            if (LeafHash.get(block, bucket) == link + BtreeBlock.LINK_BASE) {
                return bucket;
            }
        }
        throw new AssertionError("no bucket");
    }

    private void fill(int level, int items) {
        block.fill((byte) 0);
        Node.init(block, level);
        List<Key> keys = new ArrayList<>();
        for (int i = 0; i < items; i++) {
            keys.add(TestTree.key((i * 37) % 101));
        }
        for (Key key : keys) {
            Node.insert(block, key, 1, 0, new byte[level == 0 ? 40 : 16]);
        }
    }
}
