package org.scoutfs.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.Seeds;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;

/** Mounts that commit, finalize, merge and come and go at the same time, on threads of the JVM, against a map. */
class ConcurrentMountsTest {
    private static final int MOUNTS = 4;
    private static final int TRANSACTIONS = 25;

    @Test
    void nothingIsLostOrTwice() throws Exception {
        long seed = Seeds.next("ConcurrentMountsTest");
        NavigableMap<Key, byte[]> model = new ConcurrentSkipListMap<>();
        try (ServerRig rig = ServerRig.create(seed)) {
            rig.mergeWaitMs = 50;
            List<Future<?>> running = new ArrayList<>();
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < MOUNTS; i++) {
                    long rid = i + 1L;
                    SplittableRandom random = new SplittableRandom(seed + i);
                    running.add(threads.submit(() -> {
                        work(rig, rid, random, model);
                        return null;
                    }));
                }
                // Time passes only for those who wait for others to finalize.
                while (!running.stream().allMatch(Future::isDone)) {
                    rig.host.advance(TimeUnit.MILLISECONDS.toNanos(1));
                    Thread.onSpinWait();
                }
            }
            for (Future<?> one : running) {
                one.get();
            }
            VolumeCheck check = rig.check().withoutLeaks();
            LogMergeTest.assertModel(check, new TreeMap<>(model));
            assertThat(check.mounts).isEmpty();

            try (TestMount last = rig.mount(99)) {
                last.get();
                LogMergeTest.mergeAll(last);
                last.sync();
                LogMergeTest.mergeAll(last);
                rig.freeMerged();
                VolumeCheck merged = rig.check().withoutLeaks();
                LogMergeTest.assertModel(merged, new TreeMap<>(model));
                assertThat(merged.status).isNull();
                assertThat(merged.freeing).isEmpty();
                assertThat(merged.freeMeta()).isEqualTo(rig.statfs.statfs().freeMetaBlocks());
            }
        }
    }

    private static void work(ServerRig rig, long rid, SplittableRandom random, NavigableMap<Key, byte[]> model)
            throws Exception {
        try (TestMount mount = rig.mount(rid)) {
            mount.get();
            for (int transaction = 0; transaction < TRANSACTIONS; transaction++) {
                for (int i = 0; i < 60; i++) {
                    // Inodes of this mount alone, as its locks would see to.
                    Key key = Keys.inode(5000 + random.nextInt(200) * (long) MOUNTS + rid);
                    if (random.nextInt(4) == 0) {
                        mount.delete(key);
                        model.remove(key);
                    } else {
                        byte[] value = new byte[1 + random.nextInt(400)];
                        mount.put(key, value);
                        model.put(key, value);
                    }
                }
                if (random.nextInt(6) == 0) {
                    rig.triggers.arm(LogFinalizer.TRIGGER_FORCE_FINALIZE);
                }
                mount.sync();
                if (random.nextInt(3) == 0) {
                    mount.merge();
                }
                if (random.nextInt(5) == 0) {
                    rig.freeing.freeAll(() -> false);
                }
            }
        }
        rig.reclaim.reclaim(rid);
    }
}
