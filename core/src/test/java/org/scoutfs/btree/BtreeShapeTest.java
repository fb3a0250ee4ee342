package org.scoutfs.btree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.scoutfs.block.Block;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.Magic;

/** How full blocks are after splits and joins, and how parents are replaced. */
class BtreeShapeTest {
    private static final int VALUE = 800;

    @Test
    void itemsAppendedOneByOneLeaveLeavesNearlyFull() throws FsException {
        try (TestTree t = new TestTree(1)) {
            for (int i = 0; i < 3000; i++) {
                t.insert(TestTree.key(i), new byte[VALUE]);
            }
            t.verify();
            assertThat(fill(t)).isGreaterThan(0.88);
        }
    }

    @Test
    void listsAppendedLeaveLeavesNearlyFull() throws FsException {
        try (TestTree t = new TestTree(1)) {
            for (int from = 0; from < 3000; from += 100) {
                t.insertList(items(from, from + 100, 1));
            }
            t.verify();
            assertThat(fill(t)).isGreaterThan(0.88);
        }
    }

    /** Inode indexes grow like that: always before the first item of the next type. */
    @Test
    void listsAppendedInTheMiddleLeaveLeavesNearlyFull() throws FsException {
        try (TestTree t = new TestTree(1)) {
            t.insertList(items(1_000_000, 1_000_030, 1));
            for (int from = 0; from < 3000; from += 100) {
                t.insertList(items(from, from + 100, 1));
            }
            t.verify();
            assertThat(fill(t)).isGreaterThan(0.85);
        }
    }

    @Test
    void randomListsLeaveLeavesMoreThanHalfFull() throws FsException {
        try (TestTree t = new TestTree(1)) {
            for (int offset : new int[] {0, 4, 2, 6, 1, 5, 3, 7}) {
                List<BtreeItem> items = new ArrayList<>();
                for (int i = offset; i < 4000; i += 8) {
                    items.add(new BtreeItem(TestTree.key(i), 1, 0, new byte[VALUE]));
                }
                t.insertList(items);
            }
            t.verify();
            assertThat(fill(t)).isGreaterThan(0.5);
        }
    }

    @Test
    void deletesJoinBlocksThatAreLow() throws FsException {
        try (TestTree t = new TestTree(1)) {
            t.insertList(items(0, 3000, 1));
            for (int i = 0; i < 3000; i++) {
                if (i % 10 != 0) {
                    t.tree.delete(TestTree.key(i));
                    t.model.remove(TestTree.key(i));
                }
            }
            t.verify();
            assertThat(fill(t)).isGreaterThan(0.25);
        }
    }

    @Test
    void lastDeleteEmptiesTheTree() throws FsException {
        try (TestTree t = new TestTree(1)) {
            t.insert(TestTree.key(1), new byte[3]);
            t.tree.delete(TestTree.key(1));
            assertThat(t.tree.root()).isEqualTo(BtreeRoot.EMPTY);
            assertThat(t.allocator.used()).isEmpty();
            assertThat(t.tree.next(Key.ZERO)).isNull();
            assertThat(t.tree.prev(Key.MAX)).isNull();
            t.tree.rebalance(Key.ZERO);
            assertThatThrownBy(() -> t.tree.delete(TestTree.key(1)))
                    .satisfies(e -> assertThat(((FsException) e).errno()).isEqualTo(Errno.ENOENT));
        }
    }

    @Test
    void tooLongValuesAreRefused() throws FsException {
        try (TestTree t = new TestTree(1)) {
            t.insert(TestTree.key(1), new byte[3]);
            byte[] tooLong = new byte[BtreeBlock.MAX_VALUE_LEN + 1];
            for (Call call : List.<Call>of(
                    () -> t.tree.insert(TestTree.key(2), tooLong),
                    () -> t.tree.update(TestTree.key(1), tooLong),
                    () -> t.tree.force(TestTree.key(1), tooLong))) {
                assertThatThrownBy(call::run)
                        .satisfies(e -> assertThat(((FsException) e).errno()).isEqualTo(Errno.EINVAL));
            }
            t.verify();
        }
    }

    private interface Call {
        void run() throws FsException;
    }

    @Test
    void unchangedPathStaysStableForReaders() throws FsException {
        try (TestTree t = new TestTree(1)) {
            t.insertList(items(0, 1000, 1));
            t.commit();
            BtreeRoot before = t.tree.root();
            List<BtreeItem> seen = all(t, before);
            Set<Long> numbers = t.allocator.used();
            t.tree.update(TestTree.key(500), new byte[5]);
            t.tree.delete(TestTree.key(100));
            assertThat(all(t, before)).isEqualTo(seen);
            Set<Long> fresh = new HashSet<>(t.allocator.used());
            fresh.removeAll(numbers);
            assertThat(fresh).as("root and two leaves").hasSize(3);
        }
    }

    @Test
    void parentsAreFoundAndReplaced() throws FsException {
        try (TestTree t = new TestTree(1)) {
            assertThat(t.reader.parentRange(BtreeRoot.EMPTY, Key.ZERO)).isEqualTo(LeafRange.ALL);
            assertThat(t.reader.getParent(BtreeRoot.EMPTY, Key.ZERO)).isEqualTo(BtreeRoot.EMPTY);
            t.insertList(items(0, 1000, 1));
            BtreeRoot low = t.tree.root();
            assertThat(low.height()).isEqualTo(2);
            assertThat(t.reader.getParent(low, Key.ZERO)).isEqualTo(low);
            assertThat(t.reader.parentRange(low, Key.ZERO)).isEqualTo(LeafRange.ALL);

            t.insertList(items(0, 120_000, 1));
            BtreeRoot high = t.tree.root();
            assertThat(high.height()).isEqualTo(3);
            LeafRange whole = null;
            for (Key at = Key.ZERO; ; at = whole.end().increment()) {
                LeafRange range = t.reader.parentRange(high, at);
                assertThat(range.start()).isEqualTo(at);
                BtreeRoot parent = t.reader.getParent(high, range.end());
                assertThat(parent.height()).isEqualTo(2);
                assertThat(t.reader.lookup(parent, TestTree.key(0)) != null).isEqualTo(range.contains(TestTree.key(0)));
                whole = range;
                if (range.end().equals(Key.MAX)) {
                    break;
                }
            }
            assertThatThrownBy(() -> t.tree.setParent(Key.ZERO, low.height() == 2 ? new BtreeRoot(low.ref(), 1) : low))
                    .satisfies(e -> assertThat(((FsException) e).errno()).isEqualTo(Errno.EINVAL));

            // A changed copy of the first parent takes its place.
            BtreeRoot parent = t.reader.getParent(high, Key.ZERO);
            BtreeWriter copy = new BtreeWriter(t.cache, t.allocator, t.writer, parent);
            t.commit();
            copy.update(TestTree.key(5), new byte[] {1, 2, 3});
            assertThat(copy.root().ref()).isNotEqualTo(parent.ref());
            t.tree.setParent(TestTree.key(0), copy.root());
            t.model.put(TestTree.key(5), new BtreeItem(TestTree.key(5), 1, 0, new byte[] {1, 2, 3}));
            t.verify();
        }
    }

    @Test
    void blocksAreCounted() throws FsException {
        try (TestTree t = new TestTree(1)) {
            for (int size : new int[] {0, 10, 1000, 90_000}) {
                t.insertList(items(0, size, 1));
                assertThat(t.reader.countBlocks(t.tree.root()))
                        .isEqualTo(t.allocator.used().size());
            }
        }
    }

    @Test
    void readItemsNarrowsToOneLeaf() throws FsException {
        try (TestTree t = new TestTree(1)) {
            List<BtreeItem> seen = new ArrayList<>();
            ItemVisitor collect =
                    (key, seq, flags, block, off, len) -> seen.add(new BtreeItem(key, seq, flags, new byte[len]));
            Key start = TestTree.key(100);
            Key end = TestTree.key(900);
            assertThat(t.reader.readItems(BtreeRoot.EMPTY, start, start, end, collect))
                    .isEqualTo(new LeafRange(start, end));
            t.insertList(items(0, 1000, 1));
            BtreeRoot root = t.tree.root();
            int leaves = 0;
            for (Key at = start; ; ) {
                LeafRange range = t.reader.readItems(root, at, start, end, collect);
                leaves++;
                assertThat(range.contains(at)).isTrue();
                if (range.end().equals(end)) {
                    break;
                }
                at = range.end().increment();
            }
            assertThat(leaves).isGreaterThan(10);
            assertThat(seen).hasSize(801);
            assertThat(seen.getFirst().key()).isEqualTo(start);
            assertThat(seen.getLast().key()).isEqualTo(end);
            List<Key> few = new ArrayList<>();
            t.reader.forEach(root, start, end, (key, seq, flags, block, off, len) -> {
                few.add(key);
                return few.size() < 3;
            });
            assertThat(few).containsExactly(TestTree.key(100), TestTree.key(101), TestTree.key(102));
            boolean[] shown = new boolean[1];
            assertThat(t.reader.lookup(root, end, (key, seq, flags, block, off, len) -> shown[0] = len == VALUE))
                    .isTrue();
            assertThat(shown[0]).isTrue();
            assertThat(t.reader.lookup(root, TestTree.key(5000), collect)).isFalse();
        }
    }

    private static List<BtreeItem> all(TestTree t, BtreeRoot root) throws FsException {
        List<BtreeItem> items = new ArrayList<>();
        t.reader.forEach(
                root,
                Key.ZERO,
                Key.MAX,
                (key, seq, flags, block, off, len) -> items.add(new BtreeItem(key, seq, flags, new byte[len])));
        return items;
    }

    private static List<BtreeItem> items(int from, int to, long seq) {
        List<BtreeItem> items = new ArrayList<>();
        for (int i = from; i < to; i++) {
            items.add(new BtreeItem(TestTree.key(i), seq, 0, new byte[VALUE]));
        }
        return items;
    }

    /** Share of the space of all leaves that items take. */
    private static double fill(TestTree t) throws FsException {
        long[] sum = new long[2];
        List<BlockReference> leaves = new ArrayList<>();
        new BtreeVerifier(
                        t.cache,
                        true,
                        new BtreeVerifier.Visitor() {
                            @Override
                            public boolean block(BlockReference ref, int level, Key end) {
                                if (level == 0) {
                                    leaves.add(ref);
                                }
                                return true;
                            }
                        },
                        problem -> {
                            throw new AssertionError(problem);
                        })
                .verify(t.tree.root());
        for (BlockReference ref : leaves) {
            try (Block leaf = t.cache.read(ref, Magic.BTREE)) {
                sum[0] += Node.totalBytes(leaf.data());
                sum[1] += BtreeBlock.LEAF_SPACE;
            }
        }
        return (double) sum[0] / sum[1];
    }
}
