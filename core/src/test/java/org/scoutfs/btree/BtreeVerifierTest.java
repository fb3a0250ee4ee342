package org.scoutfs.btree;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.block.Block;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.Le;
import org.scoutfs.format.Magic;

/** Damages that the verifier is to name. */
class BtreeVerifierTest {
    private TestTree t;

    @BeforeEach
    void makeTree() throws FsException {
        t = new TestTree(1);
        List<BtreeItem> items = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            items.add(new BtreeItem(TestTree.key(i), 1, 0, new byte[800]));
        }
        t.insertList(items);
    }

    @AfterEach
    void close() {
        t.close();
    }

    @Test
    void soundTreeHasNoProblems() {
        assertThat(problems(t.tree.root())).isEmpty();
        assertThat(problems(BtreeRoot.EMPTY)).isEmpty();
    }

    @Test
    void damagesAreNamed() throws FsException {
        found("height 9 above", 0, leaf -> Le.put8(leaf, Node.root(leaf) + 32 + 6, 9));
        found("pad at 45", 0, leaf -> Le.put8(leaf, 45, 1));
        found("a pad is not zero", 0, leaf -> Le.put8(leaf, BtreeBlock.itemOffset(2) + 7, 1));
        found("a pad is not zero", 0, leaf -> Le.put8(leaf, BtreeBlock.itemOffset(2) + 54, 1));
        found("flags 2", 0, leaf -> Le.put8(leaf, BtreeBlock.itemOffset(2) + BtreeBlock.ITEM_FLAGS, 2));
        found("flags 1", 0, leaf -> Le.put8(leaf, BtreeBlock.itemOffset(2) + BtreeBlock.ITEM_FLAGS, 1));
        found(
                "values overlap",
                0,
                leaf -> Le.put16(
                        leaf,
                        BtreeBlock.itemOffset(2) + BtreeBlock.ITEM_VAL_OFF,
                        Node.valueOffset(leaf, Node.link(3)) + 8));
        found("not found through the hash table", 0, BtreeVerifierTest::swapHash);
        found("is outside of", 0, leaf -> Node.setKey(leaf, Node.last(leaf), Key.MAX));
        found("mid_free_len", 0, leaf -> Le.put16(leaf, BtreeBlock.MID_FREE_LEN, 65535));
        found("level is 1, expected 0", 0, leaf -> Le.put8(leaf, BtreeBlock.LEVEL, 1));
        found("seq or flags", 1, parent -> Node.setSeqAndFlags(parent, Node.first(parent), 5, 0));
        found("last key is", 1, parent -> Node.setKey(parent, Node.last(parent), TestTree.key(100_000)));
        found(
                "metadata block number 77777777777 is not within",
                1,
                parent -> Node.setChild(parent, Node.first(parent), 77777777777L, 1));
        found(
                "seq is",
                1,
                parent -> Node.setChild(parent, Node.first(parent), Node.childBlkno(parent, Node.first(parent)), 1));
    }

    @Test
    void parentWithOneChildIsNamed() throws FsException {
        BlockReference child;
        try (Block root = t.cache.read(t.tree.root().ref(), Magic.BTREE)) {
            int link = Node.last(root.data());
            child = new BlockReference(Node.childBlkno(root.data(), link), Node.childSeq(root.data(), link));
        }
        try (Block parent = t.cache.dirty(t.allocator, t.writer, BlockReference.ZERO, Magic.BTREE)) {
            Node.init(parent.data(), 1);
            int link = Node.append(parent.data(), Key.MAX, 0, 0, BlockReference.SIZE);
            Node.setChild(parent.data(), link, child.blkno(), child.seq());
            ItemTree.insert(parent.data(), link, Key.MAX);
            assertThat(problems(new BtreeRoot(parent.reference(), 2)))
                    .singleElement()
                    .asString()
                    .contains("parent with one child");
        }
    }

    @Test
    void impossibleRootsAreNamed() {
        assertThat(problems(new BtreeRoot(t.tree.root().ref(), 0))).hasSize(1);
        assertThat(problems(new BtreeRoot(t.tree.root().ref(), 21))).hasSize(1);
        assertThat(problems(new BtreeRoot(BlockReference.ZERO, 1))).hasSize(1);
    }

    private static void swapHash(MemorySegment leaf) {
        int filled = 0;
        while (LeafHash.get(leaf, filled) == 0) {
            filled++;
        }
        int empty = (filled + BtreeBlock.LEAF_BUCKETS / 2) % BtreeBlock.LEAF_BUCKETS;
        while (LeafHash.get(leaf, empty) != 0) {
            empty++;
        }
        Le.put16(leaf, BtreeBlock.LEAF_HASH + 2 * empty, LeafHash.get(leaf, filled));
        Le.put16(leaf, BtreeBlock.LEAF_HASH + 2 * filled, 0);
    }

    /** Damages the root, or the leftmost leaf, and repairs it afterwards. */
    private void found(String problem, int level, Consumer<MemorySegment> damage) throws FsException {
        MemorySegment block = block(level);
        byte[] saved = Le.bytes(block, 0, 65536);
        damage.accept(block);
        assertThat(problems(t.tree.root()))
                .as(problem)
                .anySatisfy(text -> assertThat(text).startsWith("btree block").contains(problem));
        Le.putBytes(block, 0, saved);
        assertThat(problems(t.tree.root())).isEmpty();
    }

    /** All blocks are dirty, and stay where they are. */
    private MemorySegment block(int level) throws FsException {
        try (Block root = t.cache.read(t.tree.root().ref(), Magic.BTREE)) {
            if (level == 1) {
                return root.data();
            }
            int first = Node.first(root.data());
            try (Block leaf =
                    t.cache.read(Node.childBlkno(root.data(), first), Node.childSeq(root.data(), first), Magic.BTREE)) {
                return leaf.data();
            }
        }
    }

    private List<String> problems(BtreeRoot root) {
        List<String> problems = new ArrayList<>();
        new BtreeVerifier(t.cache, false, new BtreeVerifier.Visitor() {}, problems::add).verify(root);
        return problems;
    }
}
