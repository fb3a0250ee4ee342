package org.scoutfs.item;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.scoutfs.counter.Counters;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.TotlValue;
import org.scoutfs.format.Types;
import org.scoutfs.host.TestHost;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockMode;
import org.scoutfs.lock.LockRange;

/**
 * Random operations under a few locks against maps: what readers see while nothing is committed, and what commits write, over splits,
 * merges, sweeps of a tiny budget, fills in random pieces and lost locks.
 */
class ItemCacheModelTest {
    private static final int STEPS = 12_000;

    private final long seed = Seeds.next("ItemCacheModelTest");
    private final Random random = new Random(seed);
    private final TestHost host = TestHost.create(seed);
    private final GrantedLocks locks = new GrantedLocks(host);
    private final CommittedItems committed = new CommittedItems(random);
    private long transSeq = 10;
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
            30_000,
            new Counters());

    /** What should be, for all keys under readable locks. */
    private final TreeMap<Key, byte[]> expected = new TreeMap<>();
    /** Blind writes since the last commit; null is a deletion. */
    private final Map<Key, byte @Nullable []> blind = new HashMap<>();
    /** All that was ever added to each total. */
    private final Map<Key, TotlValue> totals = new HashMap<>();

    private final Map<LockRange, ClusterLock> held = new HashMap<>();

    private ClusterLock lock(LockRange range, LockMode mode) throws FsException {
        ClusterLock lock = held.get(range);
        if (lock == null) {
            lock = locks.lock(range, mode);
            held.put(range, lock);
        }
        return lock;
    }

    private Key randomKey() {
        return switch (random.nextInt(4)) {
            case 0 -> Keys.dirent(1030, random.nextLong(400) * 0x9e3779b97f4a7c15L, 3);
            case 1 -> Keys.inode(1024 + random.nextLong(300));
            case 2 -> Keys.xattr(1031, random.nextLong(20), 7, random.nextInt(20));
            default -> Keys.readdir(2048 + random.nextLong(2), random.nextLong(300));
        };
    }

    private byte[] randomValue() {
        byte[] value = new byte[random.nextInt(10) == 0 ? random.nextInt(897) : random.nextInt(60)];
        random.nextBytes(value);
        return value;
    }

    @Test
    void agreesWithMaps() throws Exception {
        for (int step = 0; step < STEPS; step++) {
            int dice = random.nextInt(1000);
            if (dice < 2) {
                commit();
            } else if (dice < 4) {
                loseALock();
            } else if (dice < 60) {
                writeBlindly();
            } else if (dice < 90) {
                addToTotal();
            } else {
                changeOrRead();
            }
        }
        commit();
        assertThat(cache.dirtyBytes()).isZero();
        assertThat(cache.dirtyRanges()).isZero();
        for (LockRange range : held.keySet()) {
            cache.invalidate(range);
        }
        assertThat(cache.usedBytes()).isZero();
        locks.close();
        assertThat(host.failures()).isEmpty();
    }

    private void changeOrRead() throws Exception {
        Key key = randomKey();
        ClusterLock lock = lock(LockRange.of(key), LockMode.WRITE);
        byte[] present = expected.get(key);
        byte[] value = randomValue();
        switch (random.nextInt(9)) {
            case 0, 1 -> {
                Errno failed = tryTo(() -> cache.create(key, value, lock));
                assertThat(failed).isEqualTo(present == null ? null : Errno.EEXIST);
                expected.putIfAbsent(key, value);
            }
            case 2 -> {
                Errno failed = tryTo(() -> cache.update(key, value, lock));
                assertThat(failed).isEqualTo(present == null ? Errno.ENOENT : null);
                expected.computeIfPresent(key, (k, old) -> value);
            }
            case 3 -> {
                Errno failed = tryTo(() -> cache.delete(key, lock));
                assertThat(failed).isEqualTo(present == null ? Errno.ENOENT : null);
                expected.remove(key);
            }
            case 4 -> {
                Errno failed = tryTo(() -> cache.dirty(key, lock));
                assertThat(failed).isEqualTo(present == null ? Errno.ENOENT : null);
            }
            case 5 -> {
                if (random.nextInt(10) == 0) {
                    cache.createForce(key, value, lock, null);
                    expected.put(key, value);
                } else if (random.nextInt(10) == 0) {
                    cache.deleteForce(key, lock, null);
                    expected.remove(key);
                }
            }
            case 6 -> assertThat(cache.lookup(key, lock)).isEqualTo(present);
            case 7 -> {
                byte[] into = new byte[20];
                int length = cache.lookup(key, lock, into);
                assertThat(length).isEqualTo(present == null ? -1 : present.length);
                for (int i = 0; i < Math.min(length, into.length); i++) {
                    assertThat(into[i]).isEqualTo(present == null ? 0 : present[i]);
                }
            }
            default -> iterate(key, lock);
        }
    }

    private void iterate(Key from, ClusterLock lock) throws FsException {
        Key last = random.nextBoolean() ? Key.MAX : randomKey();
        Key end = Key.min(last, lock.range().end());
        Key at = from;
        for (int n = 0; n < 30; n++) {
            Item next = cache.next(at, last, lock);
            Map.Entry<Key, byte[]> should = expected.ceilingEntry(at);
            if (should == null || should.getKey().compareTo(end) > 0) {
                assertThat(next).isNull();
                return;
            }
            assertThat(next).isNotNull();
            if (next == null) {
                return;
            }
            assertThat(next.key()).isEqualTo(should.getKey());
            assertThat(next.value()).isEqualTo(should.getValue());
            at = next.key().increment();
        }
    }

    private void writeBlindly() throws FsException {
        Key key = random.nextBoolean()
                ? Keys.inodeIndex(Types.META_SEQ, random.nextLong(3000), random.nextLong(20))
                : Keys.orphan(random.nextLong(50));
        ClusterLock lock = lock(LockRange.of(key), LockMode.WRITE_ONLY);
        if (random.nextBoolean()) {
            byte[] value = randomValue();
            cache.createForce(key, value, lock, null);
            blind.put(key, value);
        } else {
            cache.deleteForce(key, lock, null);
            blind.put(key, null);
        }
    }

    private void addToTotal() throws FsException {
        Key key = Keys.totl(1, 2, random.nextLong(30));
        ClusterLock lock = lock(LockRange.totl(), LockMode.WRITE_ONLY);
        TotlValue value = new TotlValue(random.nextInt(5) - 2, random.nextInt(3) - 1);
        cache.delta(key, CommittedItems.total(value.total(), value.count()), lock);
        totals.merge(key, value, TotlValue::plus);
    }

    private void commit() throws FsException {
        committed.commit(cache.dirtyItems());
        cache.cleaned();
        transSeq++;
        blind.forEach((key, value) -> assertThat(committed.items.get(key)).isEqualTo(value));
        blind.clear();
        totals.forEach((key, total) -> assertThat(committed.items.getOrDefault(key, CommittedItems.total(0, 0)))
                .isEqualTo(CommittedItems.total(total.total(), total.count())));
        for (ClusterLock lock : held.values()) {
            if (lock.mode() == LockMode.WRITE) {
                LockRange range = lock.range();
                assertThat(committed.items.subMap(range.start(), true, range.end(), true))
                        .hasSameSizeAs(expected.subMap(range.start(), true, range.end(), true));
            }
        }
        expected.forEach((key, value) -> {
            if (!Arrays.equals(committed.items.get(key), value)) {
                throw new AssertionError("commit lost or damaged " + key);
            }
        });
    }

    private void loseALock() throws Exception {
        if (held.isEmpty()) {
            return;
        }
        commit();
        LockRange range = held.keySet().stream()
                .skip(random.nextInt(held.size()))
                .findFirst()
                .orElseThrow();
        ClusterLock lock = held.remove(range);
        LockMode mode = lock.mode();
        cache.invalidate(range);
        locks.revoke(lock, mode);
    }

    @FunctionalInterface
    private interface Change {
        void run() throws FsException;
    }

    private static @Nullable Errno tryTo(Change change) {
        try {
            change.run();
            return null;
        } catch (FsException e) {
            return e.errno();
        }
    }
}
