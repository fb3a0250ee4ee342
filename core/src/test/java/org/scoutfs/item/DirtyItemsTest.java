package org.scoutfs.item;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.alloc.TestVolume;
import org.scoutfs.block.TestAllocator;
import org.scoutfs.btree.BtreeItem;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.btree.BtreeWriter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockMode;
import org.scoutfs.lock.LockRange;

/** Dirty items on their way into a real log tree. */
class DirtyItemsTest {
    private final TestVolume volume = new TestVolume(1);
    private final GrantedLocks locks = new GrantedLocks(volume.host);
    private final TestAllocator alloc = new TestAllocator(1000);
    private long transSeq = 50;
    private final ItemCache cache = new ItemCache(
            new CommittedItems(new Random(1)),
            new ItemTransaction() {
                @Override
                public long transSeq() {
                    return transSeq;
                }

                @Override
                public void coverRange(ClusterLock lock) {}

                @Override
                public int touchLeaf(Key key, int hint) {
                    return -1;
                }

                @Override
                public boolean heldByThisThread() {
                    return true;
                }
            },
            1 << 20,
            new Counters());

    @AfterEach
    void close() {
        locks.close();
        volume.close();
    }

    private BtreeRoot commit(BtreeRoot root) throws FsException {
        BtreeWriter tree = new BtreeWriter(volume.cache, alloc, volume.writer, root);
        cache.writeDirty(tree);
        volume.cache.writeAll(volume.writer);
        cache.cleaned();
        alloc.commit();
        transSeq++;
        return tree.root();
    }

    /**
     * A write that ran out of blocks half-way is repeated on the same tree: what was added then must not be added twice, also not to what
     * earlier transactions have left in the tree.
     */
    @Test
    void deltasCountOnceHoweverOftenTheWriteFails() throws Exception {
        ClusterLock totals = locks.lock(LockRange.totl(), LockMode.WRITE_ONLY);
        ClusterLock group = locks.lock(LockRange.inodeGroup(1), LockMode.WRITE);
        int count = 3000;
        BtreeRoot root = BtreeRoot.EMPTY;
        for (int round = 1; round <= 2; round++) {
            for (int i = 0; i < count; i++) {
                cache.delta(Keys.totl(1, 2, i), CommittedItems.total(i, 1), totals);
                cache.update(created(Keys.dirent(1, i, i), group), new byte[round * 40], group);
            }
            BtreeWriter tree = new BtreeWriter(volume.cache, alloc, volume.writer, root);
            int failures = 0;
            long maxSeq = 0;
            for (int blocks = 1; maxSeq == 0; blocks++) {
                alloc.limit(blocks);
                try {
                    maxSeq = cache.writeDirty(tree);
                } catch (FsException e) {
                    failures++;
                }
            }
            alloc.limit(Long.MAX_VALUE);
            assertThat(failures).isGreaterThan(2);
            assertThat(maxSeq).isEqualTo(transSeq);
            volume.cache.writeAll(volume.writer);
            cache.cleaned();
            alloc.commit();
            transSeq++;
            root = tree.root();
            BtreeReader reader = new BtreeReader(volume.cache);
            for (int i = 0; i < count; i++) {
                BtreeItem total = reader.lookup(root, Keys.totl(1, 2, i));
                assertThat(total).isNotNull();
                if (total != null) {
                    assertThat(total.value()).isEqualTo(CommittedItems.total((long) i * round, round));
                }
                BtreeItem dirent = reader.lookup(root, Keys.dirent(1, i, i));
                assertThat(dirent).isNotNull();
                if (dirent != null) {
                    assertThat(dirent.value()).hasSize(round * 40);
                }
            }
        }
    }

    private Key created(Key key, ClusterLock lock) throws FsException {
        if (cache.lookup(key, lock) == null) {
            cache.create(key, new byte[3], lock);
        }
        return key;
    }

    /** Two deltas that cancel in different transactions leave a zero in the log tree; within one nothing. */
    @Test
    void nullDeltasFollowTheTableOfSpec2Section63() throws Exception {
        ClusterLock totals = locks.lock(LockRange.totl(), LockMode.WRITE_ONLY);
        Key key = Keys.totl(1, 1, 1);
        cache.delta(key, CommittedItems.total(5, 1), totals);
        cache.delta(key, CommittedItems.total(-5, -1), totals);
        BtreeRoot root = commit(BtreeRoot.EMPTY);
        assertThat(root.isEmpty()).isTrue();

        cache.delta(key, CommittedItems.total(5, 1), totals);
        root = commit(root);
        cache.delta(key, CommittedItems.total(-5, -1), totals);
        root = commit(root);
        BtreeItem zero = new BtreeReader(volume.cache).lookup(root, key);
        assertThat(zero).isNotNull();
        if (zero != null) {
            assertThat(zero.value()).isEqualTo(CommittedItems.total(0, 0));
            assertThat(zero.isDeletion()).isFalse();
            assertThat(zero.seq()).isEqualTo(transSeq - 1);
        }
    }

    @Test
    void deletionsAreItemsInTheTree() throws Exception {
        ClusterLock orphans = locks.lock(LockRange.orphans(), LockMode.WRITE_ONLY);
        cache.createForce(Keys.orphan(5), new byte[0], orphans, null);
        BtreeRoot root = commit(BtreeRoot.EMPTY);
        cache.deleteForce(Keys.orphan(5), orphans, null);
        cache.deleteForce(Keys.orphan(6), orphans, null);
        root = commit(root);
        BtreeReader reader = new BtreeReader(volume.cache);
        for (long ino = 5; ino <= 6; ino++) {
            BtreeItem item = reader.lookup(root, Keys.orphan(ino));
            assertThat(item).isNotNull();
            if (item != null) {
                assertThat(item.isDeletion()).isTrue();
                assertThat(item.seq()).isEqualTo(51);
            }
        }
        cache.createForce(Keys.orphan(6), new byte[1], orphans, null);
        assertThatThrownBy(() -> cache.createForce(Keys.orphan(6), new byte[900], orphans, null))
                .isInstanceOf(FsException.class);
        root = commit(root);
        BtreeItem back = reader.lookup(root, Keys.orphan(6));
        assertThat(back).isNotNull();
        if (back != null) {
            assertThat(back.isDeletion()).isFalse();
        }
    }
}
