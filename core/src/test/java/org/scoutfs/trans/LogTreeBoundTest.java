package org.scoutfs.trans;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.scoutfs.alloc.TestVolume;
import org.scoutfs.btree.BtreeItem;
import org.scoutfs.btree.ItemList;
import org.scoutfs.device.Seeds;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;

/**
 * Holds commit first when the dirty items might not fit: the bound they go by must never be less than what inserting really takes, whatever
 * the tree looks like.
 */
class LogTreeBoundTest {
    private static final int TRANSACTIONS = 20;

    @Test
    void insertingTakesNoMoreBlocksThanTheBound() throws Exception {
        long seed = Seeds.next("LogTreeBoundTest");
        Random random = new Random(seed);
        try (TestVolume volume = new TestVolume(seed)) {
            TestServer server = new TestServer(volume, 8185);
            LogTreeWriter logTree = new LogTreeWriter(volume.cache, () -> 1L << 20, volume.counters);
            for (int n = 0; n < TRANSACTIONS; n++) {
                logTree.open(server.getLogTrees());
                List<BtreeItem> dirty = dirtyItems(random, logTree.transSeq());
                long bytes = 0;
                int hint = -1;
                for (BtreeItem item : dirty) {
                    hint = logTree.touchLeaf(item.key(), hint);
                    bytes += BtreeBlock.itemBytes(item.value().length);
                }
                long bound = logTree.blocksBound(dirty.size(), bytes);
                long before = volume.counters.get("alloc_alloc_meta").get();
                long freedBefore = volume.counters.get("alloc_free_meta").get();
                logTree.items().insertList(ItemList.of(dirty));
                long taken = volume.counters.get("alloc_alloc_meta").get() - before;
                long freed = volume.counters.get("alloc_free_meta").get() - freedBefore;
                assertThat(Math.max(taken, freed))
                        .as("transaction %d, %d items", n, dirty.size())
                        .isLessThanOrEqualTo(bound);
                if (dirty.size() > 3000) {
                    assertThat(bound).as("of use").isLessThan(dirty.size());
                }
                logTree.prepareCommit();
                logTree.writeBlocks();
                server.commitLogTrees(logTree.toCommit(logTree.transSeq()));
            }
        }
    }

    /** Spread or dense, small or large values, few or many, grown in place or new. */
    private static List<BtreeItem> dirtyItems(Random random, long seq) {
        TreeMap<Key, BtreeItem> items = new TreeMap<>();
        int count = random.nextInt(4) == 0 ? 1 + random.nextInt(10) : 1 + random.nextInt(5000);
        int space = random.nextBoolean() ? 10_000 : 1_000_000;
        int largest = random.nextBoolean() ? 60 : BtreeBlock.MAX_VALUE_LEN + 1;
        for (int i = 0; i < count; i++) {
            Key key = Keys.dirent(1, random.nextInt(space), 1);
            items.put(key, new BtreeItem(key, seq, 0, new byte[random.nextInt(largest)]));
        }
        return List.copyOf(((Map<Key, BtreeItem>) items).values());
    }
}
