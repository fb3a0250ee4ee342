package org.scoutfs.lock;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.junit.jupiter.api.Test;
import org.scoutfs.counter.Counters;
import org.scoutfs.device.Seeds;
import org.scoutfs.format.Key;
import org.scoutfs.host.TestHost;

/**
 * Three mounts count in a few shared cells under cluster locks, each with a cache that is written back by commits only. No count may be
 * lost and no reader may see an old one, whatever order requests, grants, invalidations and idle give-backs come in.
 */
class LockCoherenceTest {
    private static final int MOUNTS = 3;
    private static final int THREADS_PER_MOUNT = 3;
    private static final int CELLS = 4;
    private static final int STEPS = 1500;

    private final long seed = Seeds.next("LockCoherenceTest");
    private final Map<Key, Long> stable = new ConcurrentHashMap<>();

    private record Cached(long value, boolean dirty, long generation) {}

    /** One mount: a lock client, a cache, and transactions that publish it. */
    private final class Mount implements LockTransactions {
        final LockClient client;
        final Map<Key, Cached> cache = new ConcurrentHashMap<>();
        final AtomicLong transSeq = new AtomicLong(1);
        /** Writers hold it shared, a commit exclusively. */
        final ReentrantReadWriteLock transaction = new ReentrantReadWriteLock();

        Mount(ModelLockServer server, TestHost host) {
            int number = server.add();
            client = new LockClient(message -> server.request(number, message), host, new Counters(), 2);
            client.setTransactions(this);
            client.setInvalidator((lock, from, to) -> {
                if (to == LockMode.NULL) {
                    Cached dropped = cache.remove(lock.range().start());
                    assertThat(dropped == null || !dropped.dirty)
                            .as("dropped without commit")
                            .isTrue();
                }
            });
            server.connect(client.messages());
        }

        @Override
        public long transSeq() {
            return transSeq.get();
        }

        @Override
        public boolean heldByThisThread() {
            return transaction.getReadHoldCount() > 0;
        }

        @Override
        public void commitAndWait(long seq) {
            transaction.writeLock().lock();
            try {
                if (transSeq.get() == seq) {
                    cache.replaceAll((key, cached) -> {
                        if (cached.dirty) {
                            stable.put(key, cached.value);
                        }
                        return new Cached(cached.value, false, cached.generation);
                    });
                    transSeq.incrementAndGet();
                }
            } finally {
                transaction.writeLock().unlock();
            }
        }

        private long read(ClusterLock lock) {
            Key key = lock.range().start();
            Cached cached = cache.get(key);
            if (cached != null) {
                assertThat(cached.generation).isEqualTo(lock.refreshGeneration());
                return cached.value;
            }
            long value = stable.getOrDefault(key, 0L);
            cache.put(key, new Cached(value, false, lock.refreshGeneration()));
            return value;
        }

        private synchronized void add(ClusterLock lock) {
            Key key = lock.range().start();
            cache.put(key, new Cached(read(lock) + 1, true, lock.refreshGeneration()));
        }

        int work(Random random) throws Exception {
            int added = 0;
            long[] seen = new long[CELLS];
            for (int step = 0; step < STEPS; step++) {
                int cell = random.nextInt(CELLS);
                boolean write = random.nextInt(3) == 0;
                LockMode mode = write ? LockMode.WRITE : LockMode.READ;
                ClusterLock lock = client.lockInode(cell * 1024L, mode);
                if (write) {
                    transaction.readLock().lock();
                    try {
                        add(lock);
                    } finally {
                        transaction.readLock().unlock();
                    }
                    added++;
                } else {
                    long value;
                    synchronized (this) {
                        value = read(lock);
                    }
                    assertThat(value).as("count went back").isGreaterThanOrEqualTo(seen[cell]);
                    seen[cell] = value;
                }
                if (random.nextInt(50) == 0) {
                    ClusterLock nested = client.lockInode(cell * 1024L + 7, LockMode.READ);
                    nested.unlock(LockMode.READ);
                }
                lock.unlock(mode);
                if (random.nextInt(200) == 0) {
                    commitAndWait(transSeq.get());
                }
            }
            return added;
        }
    }

    @Test
    void noCountIsLostBetweenMounts() throws Exception {
        TestHost host = TestHost.create(seed);
        List<Mount> mounts = new ArrayList<>();
        try (ModelLockServer server = new ModelLockServer();
                ExecutorService threads = Executors.newCachedThreadPool()) {
            for (int i = 0; i < MOUNTS; i++) {
                mounts.add(new Mount(server, host));
            }
            List<Future<Integer>> results = new ArrayList<>();
            for (int i = 0; i < MOUNTS * THREADS_PER_MOUNT; i++) {
                Mount mount = mounts.get(i % MOUNTS);
                Random random = new Random(seed + i);
                results.add(threads.submit((Callable<Integer>) () -> mount.work(random)));
            }
            long added = 0;
            for (Future<Integer> result : results) {
                added += result.get(60, TimeUnit.SECONDS);
            }
            for (Mount mount : mounts) {
                mount.commitAndWait(mount.transSeq());
            }
            long counted = stable.values().stream().mapToLong(Long::longValue).sum();
            assertThat(counted).isEqualTo(added);
            assertThat(server.failures()).isEmpty();
        } finally {
            mounts.forEach(mount -> mount.client.destroy());
        }
        assertThat(host.failures()).isEmpty();
    }
}
