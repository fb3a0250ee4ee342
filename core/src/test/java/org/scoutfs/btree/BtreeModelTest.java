package org.scoutfs.btree;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;

/** Random operations on a tree and a {@link TreeMap}, with a look at everything in between. */
class BtreeModelTest {
    private static final int MAX_VALUE = BtreeBlock.MAX_VALUE_LEN;

    @RepeatedTest(4)
    void randomOperationsMatchModel() throws FsException {
        long seed = Seeds.next("BtreeModelTest.randomOperationsMatchModel");
        SplittableRandom random = new SplittableRandom(seed);
        try (TestTree t = new TestTree(seed)) {
            int keys = 50 << random.nextInt(6);
            for (int step = 0; step < 1500; step++) {
                step(t, random, keys, step);
                if (random.nextInt(4) == 0 || t.model.size() < 50) {
                    t.verify();
                }
                if (random.nextInt(40) == 0) {
                    t.commit();
                    t.verify();
                }
            }
            drain(t, random);
        }
    }

    /** Some 1200 leaves under three levels, so that parents split and join too. */
    @Test
    void tallTreeGrowsAndShrinks() throws FsException {
        long seed = Seeds.next("BtreeModelTest.tallTreeGrowsAndShrinks");
        SplittableRandom random = new SplittableRandom(seed);
        try (TestTree t = new TestTree(seed)) {
            int keys = 200_000;
            while (t.tree.root().height() < 3) {
                t.insertList(bigItems(random, keys, 4000));
                t.commit();
            }
            t.verify();
            for (int step = 0; step < 300; step++) {
                step(t, random, keys, step);
            }
            t.verify();
            t.commit();
            List<Key> all = new ArrayList<>(t.model.keySet());
            for (int i = 0; i < all.size(); i++) {
                Key key = all.get(i);
                t.tree.delete(key);
                t.model.remove(key);
                if (i % 16000 == 9000) {
                    t.verify();
                    t.commit();
                }
            }
            assertThat(t.tree.root()).isEqualTo(BtreeRoot.EMPTY);
            t.verify();
        }
    }

    private static void step(TestTree t, SplittableRandom random, int keys, int step) throws FsException {
        Key key = TestTree.key(random.nextInt(keys));
        boolean present = t.model.containsKey(key);
        int length = random.nextInt(3) == 0 ? random.nextInt(MAX_VALUE + 1) : MAX_VALUE - random.nextInt(200);
        BtreeItem there = t.model.get(key);
        // Updates keep the flags, and a deletion has no value.
        byte[] value = TestTree.value(there != null && there.isDeletion() ? 0 : length, step);
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> {
                if (present) {
                    fails(Errno.EEXIST, () -> t.tree.insert(key, value));
                } else {
                    t.insert(key, value);
                }
            }
            case 3, 4 -> {
                if (present) {
                    t.tree.update(key, value);
                    BtreeItem old = t.model.get(key);
                    t.model.put(key, new BtreeItem(key, old.seq(), old.flags(), value));
                } else {
                    fails(Errno.ENOENT, () -> t.tree.update(key, value));
                }
            }
            case 5, 6, 7 -> {
                if (present) {
                    t.tree.delete(key);
                    t.model.remove(key);
                } else {
                    fails(Errno.ENOENT, () -> t.tree.delete(key));
                }
            }
            case 8 -> {
                t.tree.force(key, value);
                BtreeItem old = t.model.get(key);
                t.model.put(
                        key,
                        old == null
                                ? new BtreeItem(key, 0, 0, value)
                                : new BtreeItem(key, old.seq(), old.flags(), value));
            }
            case 9 -> t.insertList(randomItems(random, keys, 1 + random.nextInt(1 << random.nextInt(9)), length));
            case 10 -> {
                if (random.nextBoolean()) {
                    t.tree.rebalance(key);
                } else if (present) {
                    t.tree.dirty(key);
                } else {
                    fails(Errno.ENOENT, () -> t.tree.dirty(key));
                }
            }
            default -> {
                assertThat(t.tree.lookup(key)).isEqualTo(t.model.get(key));
                assertThat(t.tree.next(key)).isEqualTo(value(t.model.ceilingEntry(key)));
                assertThat(t.tree.prev(key)).isEqualTo(value(t.model.floorEntry(key)));
            }
        }
    }

    private static void drain(TestTree t, SplittableRandom random) throws FsException {
        List<Key> keys = new ArrayList<>(t.model.keySet());
        while (!keys.isEmpty()) {
            Key key = keys.remove(random.nextInt(keys.size()));
            t.tree.delete(key);
            t.model.remove(key);
            if (keys.size() % 16 == 0) {
                t.verify();
            }
        }
        assertThat(t.tree.root()).isEqualTo(BtreeRoot.EMPTY);
        assertThat(t.allocator.used()).isEmpty();
    }

    private static List<BtreeItem> randomItems(SplittableRandom random, int keys, int count, int maxLength) {
        TreeMap<Key, BtreeItem> items = new TreeMap<>();
        boolean run = random.nextBoolean();
        int first = random.nextInt(keys);
        for (int i = 0; i < count; i++) {
            Key key = TestTree.key(run ? (first + i) % keys : random.nextInt(keys));
            boolean deletion = random.nextInt(8) == 0;
            byte[] value = TestTree.value(deletion ? 0 : random.nextInt(maxLength + 1), i);
            items.put(
                    key,
                    new BtreeItem(key, random.nextLong(1000), deletion ? BtreeBlock.ITEM_FLAG_DELETION : 0, value));
        }
        return new ArrayList<>(items.values());
    }

    private static List<BtreeItem> bigItems(SplittableRandom random, int keys, int count) {
        TreeMap<Key, BtreeItem> items = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            Key key = TestTree.key(random.nextInt(keys));
            items.put(key, new BtreeItem(key, i, 0, TestTree.value(MAX_VALUE - random.nextInt(50), i)));
        }
        return new ArrayList<>(items.values());
    }

    private static BtreeItem value(Map.Entry<Key, BtreeItem> entry) {
        return entry == null ? null : entry.getValue();
    }

    private interface Operation {
        void run() throws FsException;
    }

    private static void fails(Errno errno, Operation operation) {
        try {
            operation.run();
        } catch (FsException e) {
            assertThat(e.errno()).isEqualTo(errno);
            return;
        }
        throw new AssertionError("expected " + errno);
    }
}
