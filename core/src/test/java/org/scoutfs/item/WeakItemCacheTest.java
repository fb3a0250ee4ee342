package org.scoutfs.item;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.scoutfs.item.CommittedItems.total;
import static org.scoutfs.item.TestForest.deletion;
import static org.scoutfs.item.TestForest.item;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.btree.BtreeItem;
import org.scoutfs.error.FsException;
import org.scoutfs.error.StaleException;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.TotlValue;

/** Totals over merges, ages, and iterations from one set of roots. */
class WeakItemCacheTest {
    private static final Key TOTAL = Keys.totl(1, 2, 3);

    private final TestForest trees = new TestForest(1);
    private final WeakItemCache cache = new WeakItemCache(
            trees.superBlockFile, trees.volume.cache, trees.volume.host.clock(), 1 << 20, trees.volume.counters);

    WeakItemCacheTest() throws FsException {}

    @AfterEach
    void close() {
        trees.close();
    }

    private void expire() {
        trees.volume.host.advance(WeakItemCache.LIFE_NANOS);
    }

    private static List<BtreeItem> totalItem(long sum, long count, long seq) {
        return List.of(item(TOTAL, seq, total(sum, count)));
    }

    /** The table of spec 2 section 8.1: which bins count in each phase of a merge. */
    @Test
    void binsAreResolvedByExistenceAndSeq() {
        record Row(long fs, long fsSeq, long input, long inputCount, long inputSeq, long log, long result) {}
        List<Row> table = List.of(
                // nothing merged yet: no fs item, or one older than the inputs
                new Row(0, 0, 5, 1, 20, 0, 5),
                new Row(100, 10, 5, 1, 20, 0, 105),
                new Row(100, 10, 5, 1, 20, 3, 108),
                // the merge has added the inputs and raised the seq
                new Row(105, 20, 5, 1, 20, 0, 105),
                new Row(105, 20, 5, 1, 20, 3, 108),
                // the merge has deleted the fs item: the inputs took the last one away
                new Row(0, 0, -5, -1, 20, 0, 0),
                new Row(0, 0, -5, -1, 20, 2, 2),
                // only logs
                new Row(0, 0, 0, 0, 0, 4, 4));
        for (Row row : table) {
            TotalBins bins = new TotalBins();
            if (row.fsSeq != 0) {
                bins.addMerged(new TotlValue(row.fs, 1), row.fsSeq);
            }
            if (row.inputSeq != 0) {
                bins.add(new TotlValue(row.input, row.inputCount), row.inputSeq, true);
            }
            if (row.log != 0) {
                bins.add(new TotlValue(row.log, 1), 99, false);
            }
            assertThat(bins.resolve().total()).as("%s", row).isEqualTo(row.result);
        }
    }

    @Test
    void totalsAddUpOverTreesBeforeDuringAndAfterAMerge() throws Exception {
        trees.addToFsTree(totalItem(100, 10, 5));
        trees.addLog(1, 1, 30, totalItem(7, 1, 20));
        trees.addLog(1, 2, 0, totalItem(1, 1, 41));
        trees.addLog(2, 1, 50, totalItem(2, 1, 45));
        // no merge: every finalized tree is an input of the next
        assertThat(cache.lookup(TOTAL)).isEqualTo(total(110, 13));
        expire();
        // a merge of what was finalized before 40; the tree finalized at 50 waits for the next
        trees.setMerge(40);
        assertThat(cache.lookup(TOTAL)).isEqualTo(total(110, 13));
        expire();
        // partly merged: the input of rid 1 was added to the fs item, which has its seq now
        trees.addToFsTree(totalItem(7, 1, 20));
        assertThat(cache.lookup(TOTAL)).isEqualTo(total(110, 13));
        expire();
        trees.removeLog(1, 1);
        trees.setMerge(0);
        assertThat(cache.lookup(TOTAL)).isEqualTo(total(110, 13));
    }

    @Test
    void totalsThatAreZeroDoNotExist() throws Exception {
        trees.addToFsTree(totalItem(5, 1, 5));
        trees.addLog(1, 1, 0, totalItem(-5, -1, 20));
        assertThat(cache.lookup(TOTAL)).isNull();
        assertThat(allTotals()).isEmpty();
    }

    @Test
    void valuesAreUpToTenSecondsOld() throws Exception {
        trees.addToFsTree(totalItem(1, 1, 5));
        assertThat(cache.lookup(TOTAL)).isEqualTo(total(1, 1));
        trees.addLog(1, 1, 0, totalItem(1, 1, 20));
        trees.volume.host.advance(WeakItemCache.LIFE_NANOS - 1);
        assertThat(cache.lookup(TOTAL)).isEqualTo(total(1, 1));
        trees.volume.host.advance(1);
        assertThat(cache.lookup(TOTAL)).isEqualTo(total(2, 2));
    }

    @Test
    void indexEntriesAreTheNewestOfAllTrees() throws Exception {
        trees.addToFsTree(
                List.of(item(Keys.indx(1, 5, 10, 1), 5, new byte[0]), item(Keys.indx(1, 6, 11, 1), 5, new byte[0])));
        trees.addLog(
                1, 1, 0, List.of(deletion(Keys.indx(1, 5, 10, 1), 9), item(Keys.indx(2, 0, 12, 1), 9, new byte[0])));
        List<Key> seen = new ArrayList<>();
        cache.forEach(Keys.indx(0, 0, 0, 0), Keys.indx(255, -1, -1, -1), (key, value) -> seen.add(key));
        assertThat(seen).containsExactly(Keys.indx(1, 6, 11, 1), Keys.indx(2, 0, 12, 1));
    }

    /** Enough totals for several leaves; the roots change between two of them. */
    @Test
    void stableIterationNoticesThatRootsChanged() throws Exception {
        List<BtreeItem> many = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            many.add(item(Keys.totl(1, 2, i), 5, total(i + 1, 1)));
        }
        trees.addToFsTree(many);
        int[] seen = new int[1];
        cache.forEachStable(Keys.totl(0, 0, 0), Keys.totl(-1, -1, -1), (key, value) -> {
            seen[0]++;
            return true;
        });
        assertThat(seen[0]).isEqualTo(3000);

        assertThatThrownBy(() -> {
                    expire();
                    cache.forEachStable(Keys.totl(0, 0, 0), Keys.totl(-1, -1, -1), (key, value) -> {
                        if (key.equals(Keys.totl(1, 2, 10))) {
                            expire();
                        }
                        return true;
                    });
                })
                .isInstanceOf(StaleException.class);
        assertThat(allTotals()).hasSize(3000);
    }

    private List<Key> allTotals() throws Exception {
        return cache.collectStable(
                Keys.totl(0, 0, 0),
                Keys.totl(-1, -1, -1),
                () -> new ArrayList<Key>(),
                (keys, key, value) -> keys.add(key));
    }

    @Test
    void otherZonesNeedLocks() {
        assertThatThrownBy(() -> cache.lookup(Keys.inode(1))).isInstanceOf(FsException.class);
    }
}
