package org.scoutfs.btree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.scoutfs.block.BlockAllocator;
import org.scoutfs.block.TestAllocator;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.Le;

/** Log trees into the fs tree, against a model: newest wins, deletions remove, totals add up. */
class BtreeMergeTest {
    private static final BtreeMerge.Limits TIGHT = new BtreeMerge.Limits(1 << 20, 2, 64 << 10);

    @RepeatedTest(4)
    void randomLogsMergeAsTheModelSays() throws FsException {
        long seed = Seeds.next("BtreeMergeTest.randomLogsMergeAsTheModelSays");
        SplittableRandom random = new SplittableRandom(seed);
        try (Fixture f = new Fixture(seed)) {
            int keys = 20 << random.nextInt(8);
            for (int round = 0; round < 8; round++) {
                f.makeInputs(random, 1 + random.nextInt(6), keys, 1 + random.nextInt(400));
                BtreeMerge.Limits limits = random.nextBoolean() ? TIGHT : BtreeMerge.Limits.REQUEST;
                Key at = Key.ZERO;
                for (int step = 0; ; step++) {
                    assertThat(step).isLessThan(1000);
                    if (random.nextInt(3) == 0) {
                        f.t.triggers.arm(BtreeMerge.TRIGGER_FORCE_PARTIAL);
                    }
                    BtreeMerge.Result result = f.merge(f.t.tree.root(), at, Key.MAX, false, limits);
                    f.t.tree.setRoot(result.root());
                    f.t.commit();
                    if (result.complete()) {
                        break;
                    }
                    assertThat(result.next()).isGreaterThanOrEqualTo(at);
                    at = result.next();
                }
                f.t.triggers.disarm(BtreeMerge.TRIGGER_FORCE_PARTIAL);
                f.verifyMerged();
            }
        }
    }

    /** As a server does it: parent by parent, with splices and rebalancing in between. */
    @Test
    void subtreesKeepTheirHeightAndBecomeTheTree() throws FsException {
        long seed = Seeds.next("BtreeMergeTest.subtreesKeepTheirHeightAndBecomeTheTree");
        SplittableRandom random = new SplittableRandom(seed);
        try (Fixture f = new Fixture(seed)) {
            List<BtreeItem> items = new ArrayList<>();
            for (int i = 0; i < 120_000; i += 2) {
                items.add(new BtreeItem(TestTree.key(i), 1, 0, TestTree.value(800, i)));
            }
            f.t.insertList(items);
            f.t.commit();
            assertThat(f.t.tree.root().height()).isEqualTo(3);
            // Thick and thin: one part is deleted almost whole, one grows a lot.
            f.makeRun(30_000, 80_000, true);
            f.makeRun(100_001, 119_999, false);
            f.makeInputs(random, 2, 120_000, 2000);
            int partials = 0;
            Key at = Key.ZERO;
            for (int step = 0; ; step++) {
                assertThat(step).isLessThan(3000);
                BtreeRoot whole = f.t.tree.root();
                LeafRange range = f.t.reader.parentRange(whole, at);
                BtreeRoot parent = f.t.reader.getParent(whole, at);
                boolean subtree = whole.height() > 2;
                BtreeMerge.Result result =
                        f.merge(parent, at, range.end(), subtree, new BtreeMerge.Limits(16 << 20, 2, 1 << 20));
                if (subtree) {
                    assertThat(result.root().height()).isEqualTo(2);
                }
                f.t.tree.setParent(at, result.root());
                Key next = result.complete() ? range.end().increment() : result.next();
                if (!result.complete()) {
                    partials++;
                    f.t.tree.rebalance(at);
                    f.t.tree.rebalance(next);
                }
                f.t.commit();
                at = next;
                if (result.complete() && range.end().equals(Key.MAX)) {
                    break;
                }
            }
            assertThat(partials).isPositive();
            f.verifyMerged();
        }
    }

    @Test
    void sumsTakeTheGreatestSeqAndDisappearAtZero() throws FsException {
        try (Fixture f = new Fixture(1)) {
            Key a = Keys.totl(1, 2, 3);
            Key b = Keys.totl(1, 2, 4);
            Key c = Keys.totl(1, 2, 5);
            f.t.insertList(List.of(total(a, 5, 10, 2), total(b, 6, 7, 1)));
            f.t.commit();
            f.addInput(List.of(total(a, 20, 5, 1), total(b, 21, -7, -1), total(c, 22, 1, 1)));
            f.addInput(List.of(total(a, 19, -1, 0), total(c, 30, -1, -1)));
            BtreeMerge.Result result = f.merge(f.t.tree.root(), Key.ZERO, Key.MAX, false, BtreeMerge.Limits.REQUEST);
            assertThat(result.complete()).isTrue();
            assertThat(f.t.reader.lookup(result.root(), a)).isEqualTo(total(a, 20, 14, 3));
            assertThat(f.t.reader.lookup(result.root(), b)).isNull();
            assertThat(f.t.reader.lookup(result.root(), c)).isNull();
            assertThat(f.t.counters.get("btree_merge_delta_null").get()).isEqualTo(1);
            assertThat(f.t.counters.get("btree_merge_delta_combined").get()).isEqualTo(1);
            f.t.tree.setRoot(result.root());
        }
    }

    @Test
    void wrongDeltaIsCorruption() throws FsException {
        try (Fixture f = new Fixture(1)) {
            Key key = Keys.totl(1, 2, 3);
            f.addInput(List.of(new BtreeItem(key, 1, 0, new byte[8])));
            assertThatThrownBy(() -> f.merge(BtreeRoot.EMPTY, Key.ZERO, Key.MAX, false, TIGHT))
                    .isInstanceOf(CorruptionException.class)
                    .hasMessageContaining(key.toString());
        }
    }

    @Test
    void deletionsInAnEmptyTreeLeaveItEmpty() throws FsException {
        try (Fixture f = new Fixture(1)) {
            f.addInput(List.of(new BtreeItem(TestTree.key(1), 1, BtreeBlock.ITEM_FLAG_DELETION, new byte[0])));
            assertThat(f.merge(BtreeRoot.EMPTY, Key.ZERO, Key.MAX, false, TIGHT))
                    .isEqualTo(new BtreeMerge.Result(BtreeRoot.EMPTY, true, Key.MAX));
        }
    }

    /** The root leaf may end up without items; readers and writers take it. */
    @Test
    void emptiedRootLeafIsLegal() throws FsException {
        try (Fixture f = new Fixture(1)) {
            f.t.insert(TestTree.key(1), new byte[5]);
            f.t.commit();
            f.addInput(List.of(new BtreeItem(TestTree.key(1), 1, BtreeBlock.ITEM_FLAG_DELETION, new byte[0])));
            BtreeMerge.Result result = f.merge(f.t.tree.root(), Key.ZERO, Key.MAX, false, TIGHT);
            f.t.tree.setRoot(result.root());
            f.t.model.clear();
            f.t.commit();
            assertThat(result.root().height()).isEqualTo(1);
            f.t.verify();
            assertThat(f.t.tree.next(Key.ZERO)).isNull();
            f.t.insert(TestTree.key(2), new byte[5]);
            f.t.verify();
        }
    }

    @Test
    void limitsStopBeforeTheNextLeaf() throws FsException {
        try (Fixture f = new Fixture(1)) {
            List<BtreeItem> items = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                items.add(new BtreeItem(TestTree.key(i), 1, 0, TestTree.value(800, i)));
            }
            f.addInput(items);
            BtreeMerge.Result full =
                    f.merge(BtreeRoot.EMPTY, Key.ZERO, Key.MAX, false, new BtreeMerge.Limits(0, 1, 1 << 20));
            assertThat(full).isEqualTo(new BtreeMerge.Result(BtreeRoot.EMPTY, false, TestTree.key(0)));
            f.t.allocator.beLowAt(3);
            BtreeMerge.Result low = f.merge(BtreeRoot.EMPTY, Key.ZERO, Key.MAX, false, BtreeMerge.Limits.REQUEST);
            assertThat(low.complete()).isFalse();
            assertThat(low.next()).isGreaterThan(TestTree.key(0));
            assertThat(f.t.counters.get("btree_merge_alloc_low").get()).isEqualTo(1);
            assertThat(f.t.counters.get("btree_merge_dirty_limit").get()).isEqualTo(1);
            assertThat(f.t.reader.prev(low.root(), Key.MAX).key()).isLessThan(low.next());
            BtreeMerge.Result rest = f.merge(low.root(), low.next(), Key.MAX, false, BtreeMerge.Limits.REQUEST);
            assertThat(rest.complete()).isTrue();
            f.t.tree.setRoot(rest.root());
            f.verifyMerged();
        }
    }

    @Test
    void smallSubtreeIsRefusedWithoutAChange() throws FsException {
        try (Fixture f = new Fixture(1)) {
            List<BtreeItem> items = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                items.add(new BtreeItem(TestTree.key(i), 1, 0, TestTree.value(800, i)));
            }
            f.t.insertList(items);
            f.t.commit();
            BtreeRoot root = f.t.tree.root();
            assertThat(root.height()).isEqualTo(2);
            f.addInput(List.of(new BtreeItem(TestTree.key(5), 2, 0, new byte[1])));
            BtreeMerge.Result result = f.merge(root, Key.ZERO, Key.MAX, true, TIGHT);
            assertThat(result.complete()).isFalse();
            assertThat(result.next()).isEqualTo(TestTree.key(5));
            assertThat(f.t.reader.lookup(result.root(), TestTree.key(5)).value())
                    .hasSize(800);
            f.t.tree.setRoot(result.root());
            assertThatThrownBy(() -> f.merge(BtreeRoot.EMPTY, Key.ZERO, Key.MAX, true, TIGHT))
                    .satisfies(e -> assertThat(((FsException) e).errno()).isEqualTo(Errno.EINVAL));
        }
    }

    static BtreeItem total(Key key, long seq, long total, long count) {
        byte[] value = new byte[Deltas.VALUE_SIZE];
        MemorySegment seg = MemorySegment.ofArray(value);
        Le.put64(seg, 0, total);
        Le.put64(seg, 8, count);
        return new BtreeItem(key, seq, 0, value);
    }

    /** A tree to merge into, with its model, and inputs with theirs. */
    private static final class Fixture implements AutoCloseable {
        final TestTree t;
        final List<BtreeRoot> inputs = new ArrayList<>();
        final List<TreeMap<Key, BtreeItem>> inputModels = new ArrayList<>();
        private long seq = 10;

        Fixture(long seed) {
            t = new TestTree(seed);
        }

        void addInput(List<BtreeItem> items) throws FsException {
            BtreeWriter log = new BtreeWriter(t.cache, logAllocator(), t.writer, BtreeRoot.EMPTY);
            log.insertList(ItemList.of(items));
            t.cache.writeAll(t.writer);
            inputs.add(log.root());
            TreeMap<Key, BtreeItem> model = new TreeMap<>();
            items.forEach(item -> model.put(item.key(), item));
            inputModels.add(model);
        }

        /** Far away from the numbers of the tree, and never freed. */
        private BlockAllocator logAllocator() {
            long first = nextLogBlkno;
            nextLogBlkno += 10_000;
            return new TestAllocator(first);
        }

        private long nextLogBlkno = TestTree.TOTAL_META / 2;

        void makeInputs(SplittableRandom random, int count, int keys, int items) throws FsException {
            for (int i = 0; i < count; i++) {
                TreeMap<Key, BtreeItem> log = new TreeMap<>();
                for (int n = 0; n < items; n++) {
                    BtreeItem item = randomItem(random, keys, seq + random.nextInt(50));
                    log.put(item.key(), item);
                }
                addInput(new ArrayList<>(log.values()));
            }
            seq += 50;
        }

        void makeRun(int from, int to, boolean delete) throws FsException {
            List<BtreeItem> items = new ArrayList<>();
            for (int i = from; i < to; i++) {
                items.add(new BtreeItem(
                        TestTree.key(i),
                        seq++,
                        delete ? BtreeBlock.ITEM_FLAG_DELETION : 0,
                        delete ? new byte[0] : TestTree.value(800, i)));
            }
            addInput(items);
        }

        private static BtreeItem randomItem(SplittableRandom random, int keys, long seq) {
            int n = random.nextInt(keys);
            if (random.nextInt(4) == 0) {
                return total(Keys.totl(n % 50, 0, 0), seq, random.nextInt(3) - 1, random.nextInt(3) - 1);
            }
            boolean deletion = random.nextInt(3) == 0;
            return new BtreeItem(
                    TestTree.key(n),
                    seq,
                    deletion ? BtreeBlock.ITEM_FLAG_DELETION : 0,
                    TestTree.value(deletion ? 0 : 896 - random.nextInt(300), seq));
        }

        BtreeMerge.Result merge(BtreeRoot root, Key start, Key end, boolean subtree, BtreeMerge.Limits limits)
                throws FsException {
            return new BtreeMerge(t.cache, t.allocator, t.writer, t.triggers)
                    .merge(root, inputs, start, end, subtree, limits);
        }

        /** All inputs are merged now. */
        void verifyMerged() throws FsException {
            TreeMap<Key, BtreeItem> resolved = new TreeMap<>();
            for (Map<Key, BtreeItem> input : inputModels) {
                input.forEach((key, item) -> resolved.merge(key, item, Fixture::resolve));
            }
            resolved.forEach((key, item) -> {
                BtreeItem old = t.model.get(key);
                if (Deltas.isDelta(key)) {
                    if (Deltas.isNull(item.value())) {
                        return;
                    }
                    if (old != null) {
                        byte[] sum = old.value().clone();
                        Deltas.add(sum, item.value());
                        item = new BtreeItem(key, item.seq(), 0, sum);
                    }
                    if (old != null && Deltas.isNull(item.value())) {
                        t.model.remove(key);
                        return;
                    }
                }
                if (item.isDeletion()) {
                    t.model.remove(key);
                } else {
                    t.model.put(key, item);
                }
            });
            inputs.clear();
            inputModels.clear();
            t.verify(t.tree.root(), t.model, t.allocator.used(), false);
            assertThat(t.cache.pinnedBlocks()).isZero();
        }

        private static BtreeItem resolve(BtreeItem first, BtreeItem second) {
            if (Deltas.isDelta(first.key())) {
                byte[] sum = first.value().clone();
                Deltas.add(sum, second.value());
                return new BtreeItem(first.key(), Math.max(first.seq(), second.seq()), 0, sum);
            }
            return second.seq() > first.seq() ? second : first;
        }

        @Override
        public void close() {
            t.close();
        }
    }
}
