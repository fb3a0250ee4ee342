package org.scoutfs.item;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.scoutfs.client.RootsService;
import org.scoutfs.counter.Counters;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.Types;
import org.scoutfs.format.wire.LockMessage;
import org.scoutfs.format.wire.Roots;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockInvalidator;
import org.scoutfs.lock.LockMode;
import org.scoutfs.lock.LockRange;
import org.scoutfs.trans.DirtyData;
import org.scoutfs.trans.Hold;
import org.scoutfs.trans.TestServer;
import org.scoutfs.trans.Transactions;

/**
 * Locks, transactions, item cache and forest of one mount together, on real blocks: a few threads change items while commits come by,
 * memory is short and locks are lost. Another mount that looks at the end sees exactly what they left.
 */
class MountedItemsTest {
    private static final int THREADS = 3;
    private static final int STEPS = 2500;
    private static final long CACHE_BYTES = 200_000;

    private final long seed = Seeds.next("MountedItemsTest");
    private final TestForest trees = new TestForest(seed);
    private final TestServer server = new TestServer(trees.volume, 2000);
    private final Counters counters = new Counters();
    private final GrantedLocks locks = new GrantedLocks(trees.volume.host);
    private final Transactions transactions =
            new Transactions(server, trees.volume.cache, () -> 1L << 20, trees.volume.host, counters);
    private final RootsService roots = this::roots;
    private final Forest forest = new Forest(
            roots, trees.volume.cache, trees.volume.host.clock(), locks.client::lastRefreshGeneration, counters);
    private final ItemCache cache = new ItemCache(forest, transactions, CACHE_BYTES, counters);

    MountedItemsTest() throws FsException {}

    /** What the server's stable super block would have. */
    private synchronized Roots roots() throws FsException {
        trees.putLog(server.stable());
        return trees.getRoots();
    }

    private static final class NoData implements DirtyData {
        @Override
        public void startWriteback() {}

        @Override
        public void finishWriteback() {}
    }

    @Test
    void anotherMountSeesWhatWasCommitted() throws Exception {
        locks.client.setTransactions(transactions);
        locks.client.setInvalidator(new LockInvalidator() {
            @Override
            public void invalidate(ClusterLock lock, LockMode oldMode, LockMode newMode) {
                if (newMode == LockMode.NULL) {
                    cache.invalidate(lock.range());
                }
            }

            @Override
            public void granted(ClusterLock lock, LockMode oldMode, LockMode newMode) {
                assertThat(cache.isSoundGrant(lock, oldMode, newMode)).isTrue();
            }
        });
        transactions.setParticipants(cache, new NoData());
        transactions.start();
        TreeMap<Key, byte[]> expected = new TreeMap<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            List<Future<Map<Key, byte[]>>> results = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                long dir = 1024L * (i + 1) + 1;
                Random random = new Random(seed + i);
                results.add(threads.submit(() -> work(dir, random)));
            }
            for (Future<Map<Key, byte[]>> result : results) {
                expected.putAll(result.get(120, TimeUnit.SECONDS));
            }
        }
        transactions.close();
        assertThat(cache.dirtyBytes()).isZero();
        lookFromAnotherMount(expected);
        assertThat(counters.get("item_page_shrink").get()).isPositive();
        assertThat(trees.volume.host.failures()).isEmpty();
        locks.close();
        trees.close();
    }

    private Map<Key, byte[]> work(long dir, Random random) throws Exception {
        Map<Key, byte[]> mine = new TreeMap<>();
        for (int step = 0; step < STEPS; step++) {
            int dice = random.nextInt(1000);
            if (dice < 4) {
                transactions.sync();
            } else if (dice < 8) {
                loseLock(LockRange.inodeGroup(dir));
            } else if (dice < 10) {
                loseLock(LockRange.index(Types.META_SEQ, 0));
            } else {
                change(dir, random, mine);
            }
        }
        return mine;
    }

    private void change(long dir, Random random, Map<Key, byte[]> mine) throws FsException {
        Key key = Keys.dirent(dir, random.nextInt(3000) * 0x9e3779b97f4a7c15L, 1);
        byte[] value = new byte[random.nextInt(90)];
        random.nextBytes(value);
        ClusterLock group = locks.client.lockInode(dir, LockMode.WRITE);
        ClusterLock index = locks.client.lockIndex(Types.META_SEQ, 0, LockMode.WRITE_ONLY);
        try (Hold hold = transactions.hold(true)) {
            assertThat(hold).isNotNull();
            byte[] present = cache.lookup(key, group);
            if (!Arrays.equals(present, mine.get(key))) {
                throw new AssertionError("step of " + dir + " sees another value of " + key);
            }
            cache.createForce(Keys.metaSeqIndex(random.nextInt(500), dir), value, index, group);
            if (present == null) {
                cache.create(key, value, group);
                mine.put(key, value);
            } else if (random.nextInt(3) == 0) {
                cache.delete(key, group);
                mine.remove(key);
            } else {
                cache.update(key, value, group);
                mine.put(key, value);
            }
        } finally {
            index.unlock(LockMode.WRITE_ONLY);
            group.unlock(LockMode.WRITE);
        }
    }

    private void loseLock(LockRange range) throws FsException {
        locks.client.messages().invalidate(new LockMessage(range.start(), 0, LockMode.WRITE.number(), 0), () -> {});
    }

    private void lookFromAnotherMount(Map<Key, byte[]> expected) throws FsException {
        try (GrantedLocks others = new GrantedLocks(trees.volume.host)) {
            Forest otherForest = new Forest(
                    roots,
                    trees.volume.cache,
                    trees.volume.host.clock(),
                    others.client::lastRefreshGeneration,
                    new Counters());
            TreeMap<Key, byte[]> seen = new TreeMap<>();
            for (int i = 0; i < THREADS; i++) {
                ClusterLock lock = others.lock(LockRange.inodeGroup(1024L * (i + 1)), LockMode.READ);
                Key at = lock.range().start();
                while (true) {
                    ReadItems read = otherForest.read(at, lock, 0);
                    for (int n = read.firstAtOrAfter(at); n < read.count(); n++) {
                        seen.put(read.key(n), read.value(n));
                    }
                    if (read.end().equals(lock.range().end())) {
                        break;
                    }
                    at = read.end().increment();
                }
            }
            assertThat(seen.keySet()).isEqualTo(expected.keySet());
            for (Map.Entry<Key, byte[]> item : expected.entrySet()) {
                assertThat(seen.get(item.getKey())).isEqualTo(item.getValue());
            }
        }
    }
}
