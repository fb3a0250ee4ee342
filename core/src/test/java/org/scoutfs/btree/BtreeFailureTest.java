package org.scoutfs.btree;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.scoutfs.block.CacheLimits;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;

/** An allocator that runs dry, and a cache without memory, at every point of an operation. */
class BtreeFailureTest {
    @Test
    void operationThatRunsOutOfBlocksChangesNothing() throws FsException {
        long seed = Seeds.next("BtreeFailureTest.operationThatRunsOutOfBlocksChangesNothing");
        SplittableRandom random = new SplittableRandom(seed);
        try (TestTree t = new TestTree(seed)) {
            int failures = 0;
            for (int step = 0; step < 1500; step++) {
                if (random.nextInt(3) == 0) {
                    t.allocator.limit(Long.MAX_VALUE);
                    t.commit();
                }
                t.allocator.limit(random.nextInt(4));
                int n = random.nextInt(300);
                Key key = TestTree.key(n);
                byte[] value = TestTree.value(896 - random.nextInt(100), step);
                try {
                    if (!t.model.containsKey(key)) {
                        t.insert(key, value);
                    } else if (random.nextInt(3) == 0) {
                        t.tree.delete(key);
                        t.model.remove(key);
                    } else {
                        t.tree.update(key, value);
                        t.model.put(key, new BtreeItem(key, 0, 0, value));
                    }
                } catch (FsException e) {
                    assertThat(e.errno()).isEqualTo(Errno.ENOSPC);
                    failures++;
                }
                t.verify();
            }
            assertThat(failures).isGreaterThan(100);
        }
    }

    @Test
    void listThatRunsOutOfBlocksLeavesAWholeTreeToGoBackFrom() throws FsException {
        long seed = Seeds.next("BtreeFailureTest.listThatRunsOutOfBlocksLeavesAWholeTreeToGoBackFrom");
        SplittableRandom random = new SplittableRandom(seed);
        try (TestTree t = new TestTree(seed)) {
            t.insertList(items(random, 800, 300));
            t.commit();
            for (int blocks = 0; blocks < 60; blocks++) {
                BtreeRoot before = t.tree.root();
                Set<Long> numbers = t.allocator.used();
                List<BtreeItem> items = items(random, 800, 400);
                t.allocator.limit(blocks);
                try {
                    t.tree.insertList(ItemList.of(items));
                } catch (FsException e) {
                    assertThat(e.errno()).isEqualTo(Errno.ENOSPC);
                }
                TreeMap<Key, BtreeItem> now = new TreeMap<>();
                t.reader.forEach(t.tree.root(), Key.ZERO, Key.MAX, (key, seq, flags, block, off, len) -> {
                    now.put(key, t.reader.lookup(t.tree.root(), key));
                    return true;
                });
                t.verify(t.tree.root(), now, t.allocator.used(), true);
                assertThat(t.cache.pinnedBlocks()).isZero();
                // Back to the stable tree, which is untouched.
                t.cache.forgetAll(t.writer);
                t.tree.setRoot(before);
                t.reader.forEach(before, Key.ZERO, Key.MAX, (key, seq, flags, block, off, len) -> {
                    assertThat(t.reader.lookup(before, key)).isEqualTo(t.model.get(key));
                    return true;
                });
                t.allocator.rollBack(numbers);
            }
        }
    }

    @Test
    void cacheWithoutMemoryFailsAndGoesOnAfterWriteOut() throws FsException {
        try (TestTree t = new TestTree(1, new CacheLimits(32L << 16, 40L << 16, 1, true))) {
            SplittableRandom random = new SplittableRandom(1);
            int failures = 0;
            for (int step = 0; step < 4000; step++) {
                Key key = TestTree.key(random.nextInt(100_000));
                if (t.model.containsKey(key)) {
                    continue;
                }
                try {
                    t.insert(key, TestTree.value(800, step));
                } catch (FsException e) {
                    assertThat(e.errno()).isEqualTo(Errno.ENOMEM);
                    failures++;
                    t.commit();
                    assertThat(t.cache.pinnedBlocks()).isZero();
                }
            }
            t.commit();
            t.verify();
            assertThat(failures).isPositive();
        }
    }

    private static List<BtreeItem> items(SplittableRandom random, int keys, int count) {
        TreeMap<Key, BtreeItem> items = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            Key key = TestTree.key(random.nextInt(keys));
            items.put(key, new BtreeItem(key, i, 0, TestTree.value(random.nextInt(897), i)));
        }
        return new ArrayList<>(items.values());
    }
}
