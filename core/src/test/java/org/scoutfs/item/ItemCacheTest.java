package org.scoutfs.item;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.Types;
import org.scoutfs.host.TestHost;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockMode;
import org.scoutfs.lock.LockRange;

/** Single rules of the item cache. */
class ItemCacheTest {
    private final TestHost host = TestHost.create(1);
    private final GrantedLocks locks = new GrantedLocks(host);
    private final CommittedItems committed = new CommittedItems(new Random(1));
    private final Counters counters = new Counters();
    private long transSeq = 50;
    private final ItemCache cache = new ItemCache(
            committed,
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
            counters);

    @AfterEach
    void close() {
        locks.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void assertErrno(ThrowingCallable call, Errno errno) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    private void commit() {
        committed.commit(cache.dirtyItems());
        cache.cleaned();
        transSeq++;
    }

    /**
     * A reader takes its roots, then an item is changed, committed, and its clean page dropped; the reader must not put the old item
     * into the hole.
     */
    @Test
    void readThatSpansACommitIsRepeated() throws Exception {
        Key key = Keys.inode(5000);
        committed.items.put(key, bytes("old"));
        ClusterLock lock = locks.lock(LockRange.of(key), LockMode.WRITE);
        committed.whileReading = () -> {
            try {
                cache.update(key, bytes("new"), lock);
            } catch (FsException e) {
                throw new AssertionError(e);
            }
            commit();
            // the clean page is dropped, as when memory is short
            RangeItems items = (RangeItems) lock.items();
            if (items == null) {
                throw new AssertionError();
            }
            while (items.pageCount() > 0) {
                items.sweep(100);
            }
        };
        assertThat(cache.lookup(key, lock)).isEqualTo(bytes("new"));
        assertThat(counters.get("item_read_pages_barrier").get()).isEqualTo(1);
        assertThat(committed.reads).isEqualTo(3);
    }

    /** What is cached wins over what was read at the same time. */
    @Test
    void readDoesNotOverwriteWhatIsCached() throws Exception {
        Key key = Keys.inode(5000);
        committed.items.put(key, bytes("old"));
        ClusterLock lock = locks.lock(LockRange.of(key), LockMode.WRITE);
        committed.whileReading = () -> {
            try {
                cache.update(key, bytes("changed"), lock);
            } catch (FsException e) {
                throw new AssertionError(e);
            }
        };
        assertThat(cache.lookup(key, lock)).isEqualTo(bytes("changed"));
        assertThat(cache.dirtyItems().size()).isEqualTo(1);
    }

    @Test
    void absenceIsCachedForAllThatWasRead() throws Exception {
        ClusterLock lock = locks.lock(LockRange.inodeGroup(2048), LockMode.WRITE);
        for (long ino = 2048; ino < 3072; ino++) {
            assertThat(cache.lookup(Keys.inode(ino), lock)).isNull();
            cache.create(Keys.inode(ino), new byte[168], lock);
        }
        assertThat(committed.reads).isEqualTo(1);
    }

    @Test
    void modesAndRangesAreEnforced() throws Exception {
        ClusterLock reader = locks.lock(LockRange.inodeGroup(1), LockMode.READ);
        ClusterLock blind = locks.lock(LockRange.orphans(), LockMode.WRITE_ONLY);
        Key key = Keys.inode(1);
        assertErrno(() -> cache.create(key, bytes(""), reader), Errno.EINVAL);
        assertErrno(() -> cache.createForce(key, bytes(""), reader, null), Errno.EINVAL);
        assertErrno(() -> cache.lookup(Keys.orphan(1), blind), Errno.EINVAL);
        assertErrno(() -> cache.next(Keys.orphan(1), Key.MAX, blind), Errno.EINVAL);
        assertErrno(() -> cache.create(Keys.orphan(1), bytes(""), blind), Errno.EINVAL);
        assertErrno(() -> cache.delete(Keys.orphan(1), blind), Errno.EINVAL);
        assertErrno(() -> cache.lookup(Keys.inode(1024), reader), Errno.EINVAL);
        assertErrno(() -> cache.delta(key, new byte[16], reader), Errno.EINVAL);
        reader.unlock(LockMode.READ);
        ClusterLock writer = locks.lock(LockRange.inodeGroup(1), LockMode.WRITE);
        assertErrno(() -> cache.create(key, new byte[897], writer), Errno.EINVAL);
        cache.create(key, new byte[896], writer);
    }

    @Test
    void deletionIsWrittenOnlyForWhatMayBeInATree() throws Exception {
        ClusterLock lock = locks.lock(LockRange.inodeGroup(1), LockMode.WRITE);
        Key key = Keys.inode(2);
        cache.create(key, bytes("a"), lock);
        cache.delete(key, lock);
        assertThat(cache.dirtyItems().size()).isZero();

        cache.create(key, bytes("b"), lock);
        commit();
        cache.delete(key, lock);
        assertThat(cache.lookup(key, lock)).isNull();
        DirtyItemList dirty = cache.dirtyItems();
        assertThat(dirty.size()).isEqualTo(1);
        assertThat(dirty.flags(0)).isEqualTo(BtreeBlock.ITEM_FLAG_DELETION);

        // created again over its deletion: still needs one when it goes
        cache.create(key, bytes("c"), lock);
        assertThat(cache.dirtyItems().flags(0)).isZero();
        cache.delete(key, lock);
        assertThat(cache.dirtyItems().flags(0)).isEqualTo(BtreeBlock.ITEM_FLAG_DELETION);
        commit();
        assertThat(committed.items).isEmpty();
        int reads = committed.reads;
        assertThat(cache.lookup(key, lock)).isNull();
        assertThat(committed.reads).isEqualTo(reads);
    }

    /** Spec 2 section 6.2, and R87 for the primary lock. */
    @Test
    void seqIsTheGreatestOfTransactionAndLocks() throws Exception {
        locks.writeSeq.set(7);
        ClusterLock old = locks.lock(LockRange.inodeGroup(1), LockMode.WRITE);
        locks.writeSeq.set(90);
        ClusterLock young = locks.lock(LockRange.inodeGroup(2048), LockMode.WRITE);
        locks.writeSeq.set(60);
        ClusterLock index = locks.lock(LockRange.index(Types.META_SEQ, 0), LockMode.WRITE_ONLY);

        cache.create(Keys.inode(3), bytes("x"), old);
        cache.create(Keys.inode(2050), bytes("x"), young);
        cache.createForce(Keys.metaSeqIndex(1, 3), bytes(""), index, old);
        cache.createForce(Keys.metaSeqIndex(1, 2050), bytes(""), index, young);
        cache.deleteForce(Keys.metaSeqIndex(0, 2050), index, young);
        cache.createForce(Keys.metaSeqIndex(1, 4), bytes(""), index, null);
        DirtyItemList dirty = cache.dirtyItems();
        assertThat(dirty.size()).isEqualTo(6);
        assertThat(dirty.maxSeq()).isEqualTo(90);
        for (int i = 0; i < dirty.size(); i++) {
            Key key = dirty.key(i);
            long should;
            if (key.zone() == 4) {
                should = key.third() == 2050 ? 90 : 60;
            } else {
                should = key.first() == 3 ? 50 : 90;
            }
            assertThat(dirty.seq(i)).as("%s", key).isEqualTo(should);
        }
    }

    /** Spec 2 section 6.3, the part of the item cache. */
    @Test
    void deltasAddUpAndVanishWhenTheyCancel() throws Exception {
        ClusterLock lock = locks.lock(LockRange.totl(), LockMode.WRITE_ONLY);
        Key key = Keys.totl(1, 2, 3);
        cache.delta(key, CommittedItems.total(10, 1), lock);
        transSeq = 51;
        cache.delta(key, CommittedItems.total(-4, 1), lock);
        DirtyItemList dirty = cache.dirtyItems();
        assertThat(dirty.size()).isEqualTo(1);
        assertThat(dirty.seq(0)).isEqualTo(51);
        assertThat(dirty.flags(0)).isZero();
        cache.delta(key, CommittedItems.total(-6, -2), lock);
        assertThat(cache.dirtyItems().size()).isZero();
        assertThat(cache.dirtyBytes()).isZero();

        // the same total in the next transaction starts from nothing
        cache.delta(key, CommittedItems.total(5, 1), lock);
        commit();
        cache.delta(key, CommittedItems.total(1, 0), lock);
        commit();
        assertThat(committed.items.get(key)).isEqualTo(CommittedItems.total(6, 1));

        cache.createForce(key, bytes("no delta"), lock, null);
        assertThatThrownBy(() -> cache.delta(key, CommittedItems.total(1, 1), lock))
                .isInstanceOf(CorruptionException.class);
        assertErrno(() -> cache.delta(key, new byte[15], lock), Errno.EINVAL);
    }

    @Test
    void grantsAreJudgedByWhatIsCached() throws Exception {
        ClusterLock lock = locks.lock(LockRange.inodeGroup(1), LockMode.WRITE);
        assertThat(cache.isSoundGrant(lock, LockMode.NULL, LockMode.READ)).isTrue();
        cache.lookup(Keys.inode(1), lock);
        assertThat(cache.isSoundGrant(lock, LockMode.READ, LockMode.WRITE)).isTrue();
        assertThat(cache.isSoundGrant(lock, LockMode.NULL, LockMode.READ)).isFalse();
        assertThat(cache.isSoundGrant(lock, LockMode.WRITE_ONLY, LockMode.READ)).isFalse();
        cache.create(Keys.inode(1), bytes("x"), lock);
        assertThat(cache.isSoundGrant(lock, LockMode.READ, LockMode.WRITE)).isFalse();
        commit();
        cache.invalidate(lock.range());
        assertThat(cache.isSoundGrant(lock, LockMode.NULL, LockMode.READ)).isTrue();
        assertThat(cache.usedBytes()).isZero();
    }

    @Test
    void cleanPagesStayWithinTheBudgetAndDirtyOnesStay() throws Exception {
        ClusterLock lock = locks.lock(LockRange.inodeGroup(1), LockMode.WRITE);
        committed.wholeRanges = false;
        Random random = new Random(2);
        int items = 20_000;
        for (int i = 0; i < items; i++) {
            cache.create(Keys.dirent(1, random.nextLong(), i), new byte[60], lock);
            assertThat(cache.usedBytes() > (1 << 20) && cache.dirtyRanges() == 0)
                    .isFalse();
        }
        assertThat(cache.usedBytes()).isGreaterThan(2 << 20);
        commit();
        int seen = 0;
        for (Item next = cache.next(Keys.dirent(1, 0, 0), Key.MAX, lock);
                next != null;
                next = cache.next(next.key().increment(), Key.MAX, lock)) {
            seen++;
        }
        assertThat(seen).isEqualTo(items);
        assertThat(cache.usedBytes()).isLessThan((1 << 20) + (1 << 18));
    }
}
