package org.scoutfs.btree;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.Seeds;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.Hashes;
import org.scoutfs.format.Key;
import org.scoutfs.format.Le;
import org.scoutfs.format.VolumeLayout;

/** Items within one block. */
class NodeTest {
    private final MemorySegment block = Arena.ofAuto().allocate(VolumeLayout.LARGE_BLOCK_SIZE);
    private final MemorySegment scratch = Arena.ofAuto().allocate(VolumeLayout.LARGE_BLOCK_SIZE);
    private final TreeMap<Key, byte[]> model = new TreeMap<>();

    @RepeatedTest(3)
    void randomChangesKeepBlockInOrder() {
        SplittableRandom random = new SplittableRandom(Seeds.next("NodeTest"));
        Node.init(block, 0);
        int maxValue = 1 + random.nextInt(200);
        for (int step = 0; step < 4000; step++) {
            Key key = TestTree.key(random.nextInt(600));
            byte[] value = TestTree.value(random.nextInt(maxValue), step);
            int link = LeafHash.find(block, key);
            assertThat(link != 0).isEqualTo(model.containsKey(key));
            if (link == 0) {
                if (Node.midFree(block) < BtreeBlock.itemBytes(value.length)) {
                    Node.compact(block, scratch);
                }
                if (Node.midFree(block) >= BtreeBlock.itemBytes(value.length)) {
                    Node.insert(block, key, step, 0, value);
                    model.put(key, value);
                }
            } else if (random.nextBoolean()) {
                Node.delete(block, link);
                model.remove(key);
            } else if (Node.canResize(block, link, value.length)) {
                Le.putBytes(block, Node.resizeValue(block, link, value.length), value);
                model.put(key, value);
            }
            if (step % 16 == 0) {
                check();
            }
            if (random.nextInt(200) == 0) {
                rebuild();
                check();
            }
        }
        while (!model.isEmpty()) {
            Key key = model.firstKey();
            Node.delete(block, LeafHash.find(block, key));
            model.remove(key);
            check();
        }
        assertThat(Node.root(block)).isZero();
    }

    @Test
    void fullestLeafHoldsAllItemsWithoutValues() {
        Node.init(block, 0);
        for (int i = 0; i < BtreeBlock.MAX_LEAF_ITEMS; i++) {
            Node.insert(block, TestTree.key(i), 0, 0, new byte[0]);
            model.put(TestTree.key(i), new byte[0]);
        }
        check();
        assertThat(Node.midFree(block)).isLessThan(BtreeBlock.ITEM_SIZE);
        rebuild();
        check();
        for (int i = 0; i < BtreeBlock.MAX_LEAF_ITEMS; i += 2) {
            Node.delete(block, LeafHash.find(block, TestTree.key(i)));
            model.remove(TestTree.key(i));
        }
        check();
    }

    /** Two items as mkfs writes them: the root's height is 0 although it has a child (spec 1 section 16.2). */
    @Test
    void leafOfMkfsWithStaleHeightIsChangedIntoARightOne() {
        for (int first = 0; first < 6; first++) {
            for (int second = 0; second < 6; second++) {
                block.fill((byte) 0);
                model.clear();
                mkfsLeaf();
                assertThat(BlockCheck.problem(block)).isNull();
                if (model.containsKey(TestTree.key(first)) && model.containsKey(TestTree.key(second))) {
                    continue;
                }
                put(first);
                put(second);
                check();
                assertThat(heightsAreRight(Node.root(block))).isTrue();
            }
        }
        mkfsLeaf();
        Node.delete(block, LeafHash.find(block, TestTree.key(1)));
        model.clear();
        model.put(TestTree.key(4), new byte[168]);
        check();
    }

    private void mkfsLeaf() {
        Node.init(block, 0);
        Le.put16(block, BtreeBlock.NR_ITEMS, 0);
        Le.put16(block, BtreeBlock.TOTAL_ITEM_BYTES, 0);
        Le.put16(block, BtreeBlock.ITEM_ROOT, 0);
        Le.zero(block, BtreeBlock.LEAF_HASH, BtreeBlock.LEAF_HASH_BYTES);
        for (int i : new int[] {1, 4}) {
            byte[] value = new byte[i == 1 ? 0 : 168];
            int link = Node.append(block, TestTree.key(i), 1, 0, value.length);
            LeafHash.insert(block, link, LeafHash.home(TestTree.key(i)));
            model.put(TestTree.key(i), value);
        }
        Le.put16(block, BtreeBlock.ITEM_ROOT, 72);
        Le.put64(block, 48, 72 | 1L << 48);
        Le.put64(block, 104, 16L << 16);
    }

    private void put(int n) {
        Key key = TestTree.key(n);
        if (!model.containsKey(key)) {
            Node.insert(block, key, 5, 0, new byte[3]);
            model.put(key, new byte[3]);
        }
    }

    @Test
    void homesAgreeWithTheHashOfTheFormat() {
        SplittableRandom random = new SplittableRandom(Seeds.next("NodeTest.homes"));
        Node.init(block, 0);
        for (int i = 0; i < 500; i++) {
            Key key = new Key(
                    random.nextInt(256),
                    random.nextLong(),
                    random.nextInt(256),
                    random.nextLong(),
                    random.nextLong(),
                    random.nextInt(256));
            int link = Node.append(block, key, 0, 0, 0);
            assertThat(LeafHash.home(key)).isEqualTo(Hashes.leafBucket(key));
            assertThat(LeafHash.home(block, link)).isEqualTo(Hashes.leafBucket(key));
        }
        LeafHash.rebuild(block, 500);
        for (int i = 0; i < 500; i++) {
            assertThat(LeafHash.find(block, Node.key(block, Node.link(i)))).isEqualTo(Node.link(i));
        }
    }

    @Test
    void searchesAgreeWithModel() {
        SplittableRandom random = new SplittableRandom(Seeds.next("NodeTest.searches"));
        Node.init(block, 0);
        assertThat(Node.first(block)).isZero();
        assertThat(Node.last(block)).isZero();
        assertThat(Node.ceiling(block, Key.ZERO)).isZero();
        for (int i = 0; i < 300; i++) {
            put(random.nextInt(1000));
        }
        for (int n = -1; n < 1002; n++) {
            Key key = n < 0 ? Key.ZERO : TestTree.key(n);
            assertThat(keyOf(Node.ceiling(block, key))).isEqualTo(model.ceilingKey(key));
            assertThat(keyOf(Node.floor(block, key))).isEqualTo(model.floorKey(key));
        }
        List<Key> backwards = new ArrayList<>();
        for (int link = Node.last(block); link != 0; link = Node.prev(block, link)) {
            backwards.add(Node.key(block, link));
        }
        assertThat(backwards).containsExactlyElementsOf(model.descendingKeySet());
    }

    private Key keyOf(int link) {
        return link == 0 ? null : Node.key(block, link);
    }

    private void rebuild() {
        scratch.copyFrom(block);
        NodeBuilder builder = new NodeBuilder(block, 0);
        for (int link = Node.first(scratch); link != 0; link = Node.next(scratch, link)) {
            builder.copy(scratch, link);
        }
        builder.finish();
    }

    private void check() {
        assertThat(BlockCheck.problem(block)).isNull();
        assertThat(heightsAreRight(Node.root(block))).isTrue();
        Map<Key, byte[]> items = new TreeMap<>();
        for (int link = Node.first(block); link != 0; link = Node.next(block, link)) {
            BtreeItem item = Node.item(block, link);
            items.put(item.key(), item.value());
            assertThat(LeafHash.find(block, item.key())).isEqualTo(link);
        }
        assertThat(items.keySet()).isEqualTo(model.keySet());
        model.forEach((key, value) -> assertThat(items.get(key)).isEqualTo(value));
    }

    private boolean heightsAreRight(int link) {
        if (link == 0) {
            return true;
        }
        int left = Node.left(block, link);
        int right = Node.right(block, link);
        return height(link) == 1 + Math.max(height(left), height(right))
                && Math.abs(height(left) - height(right)) <= 1
                && heightsAreRight(left)
                && heightsAreRight(right);
    }

    private int height(int link) {
        return link == 0 ? 0 : Le.u8(block, link + BtreeBlock.LINK_BASE + BtreeBlock.ITEM_HEIGHT);
    }
}
