package org.scoutfs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.LogMergeComplete;
import org.scoutfs.format.LogMergeRange;
import org.scoutfs.format.LogMergeRequest;
import org.scoutfs.format.LogTrees;

/** Log merging with mounts that do the work, and what happens when they do not. */
class LogMergeTest {
    /** Enough of the biggest items for parents and leaves that need not be joined. */
    private static final int TALL_ITEMS = 14_000;

    @Test
    void finalizedTreesBecomeItemsOfFsRoot() throws Exception {
        try (ServerRig rig = ServerRig.create(1);
                TestMount a = rig.mount(0xa);
                TestMount b = rig.mount(0xb)) {
            a.get();
            b.get();
            a.put(Keys.inode(2000), value(1));
            b.put(Keys.inode(3000), value(2));
            a.trees = a.trees.toBuilder().inodeCountDelta(5).build();
            a.commit();
            finalizeAll(rig, a, b);
            assertThat(rig.check().withoutLeaks().status).isNotNull();

            while (a.merge() || b.merge()) {
                rig.check().withoutLeaks();
            }
            VolumeCheck merged = rig.check().withoutLeaks();
            assertThat(merged.status).isNull();
            assertThat(merged.superBlock.inodeCount()).isEqualTo(1 + 5);
            assertThat(merged.logTrees).extracting(LogTrees::nr).containsOnly(2L);
            assertThat(merged.items).containsKeys(Keys.inode(2000), Keys.inode(3000));
            assertThat(rig.freeingWanted).isTrue();
            assertThat(merged.freeing).hasSize(2);
            rig.freeMerged();
            assertThat(rig.check().withoutLeaks().freeing).isEmpty();
        }
    }

    /** One finalized tree makes all follow; who does not come by in time is not waited for (spec 2 section 9.2). */
    @Test
    void quietMountIsAskedAndNotWaitedForWithoutEnd() throws Exception {
        try (ServerRig rig = ServerRig.create(1);
                TestMount a = rig.mount(0xa);
                TestMount quiet = rig.mount(0xb)) {
            a.get();
            quiet.get();
            rig.peers.take();
            rig.triggers.arm(LogFinalizer.TRIGGER_FORCE_FINALIZE);
            a.sync();
            assertThat(rig.peers.take()).extracting(FakePeers.Sent::rid).containsExactly(0xbL);
            assertThat(rig.check().status).isNull();
            a.sync();
            assertThat(rig.peers.take()).as("asked once per transaction").isEmpty();
            finalizeAll(rig, a, quiet);
            assertThat(rig.check().withoutLeaks().logTrees).hasSize(5);
            mergeAll(quiet);
            assertThat(rig.check().withoutLeaks().logTrees).hasSize(2);
        }
    }

    @Test
    void requestWhoseAnswerWasLostIsGivenAgain() throws Exception {
        try (ServerRig rig = ServerRig.create(1);
                TestMount a = rig.mount(0xa)) {
            startMerge(rig, a);
            LogMergeRequest first = rig.logMerge.get(0xa);
            LogMergeRequest again = rig.logMerge.get(0xa);
            assertThat(again.seq()).isEqualTo(first.seq());
            assertThat(again.metaAvail()).isEqualTo(first.metaAvail());
            assertThat(rig.check().withoutLeaks().requests).hasSize(1);
            rig.greet(0xb);
            assertNoWork(rig, 0xb);
        }
    }

    @Test
    void completionIsTakenOnce() throws Exception {
        try (ServerRig rig = ServerRig.create(1);
                TestMount a = rig.mount(0xa)) {
            startMerge(rig, a);
            LogMergeComplete complete = a.work(rig.logMerge.get(0xa));
            rig.logMerge.complete(0xa, complete);
            rig.check().withoutLeaks();
            assertThatThrownBy(() -> rig.logMerge.complete(0xa, complete))
                    .isInstanceOfSatisfying(
                            FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
        }
    }

    @Test
    void failedAndImpossibleWorkIsGivenOutAgain() throws Exception {
        try (ServerRig rig = ServerRig.create(1);
                TestMount a = rig.mount(0xa)) {
            startMerge(rig, a);
            LogMergeRequest request = rig.logMerge.get(0xa);
            LogMergeComplete work = a.work(request);
            rig.logMerge.complete(0xa, with(work, work.end(), LogMergeComplete.FLAG_ERROR));
            assertThat(rig.check().withoutLeaks().requests).isEmpty();

            LogMergeRequest second = rig.logMerge.get(0xa);
            assertThat(second.start()).isEqualTo(request.start());
            LogMergeComplete other = a.work(second);
            rig.logMerge.complete(0xa, with(other, second.start(), 0));
            VolumeCheck check = rig.check().withoutLeaks();
            assertThat(check.completes).isEmpty();
            assertThat(check.ranges).isNotEmpty();
            mergeAll(a);
            assertThat(rig.check().withoutLeaks().status).isNull();
        }
    }

    /** Range items are stored without their zone: their order is not that of the ranges (race R54). */
    @Test
    void leastRangeIsGivenOutFirstWhateverTheOrderOfItems() throws Exception {
        try (ServerRig rig = ServerRig.create(1);
                TestMount a = rig.mount(0xa)) {
            Key index = new Key(4, 5000, 4, 0, 0, 0);
            Key inode = Keys.inode(1024);
            a.get();
            a.put(index, new byte[0]);
            a.put(inode, new byte[700]);
            finalizeAll(rig, a);
            LogMergeRange low = new LogMergeRange(index, new Key(15, -1, 255, -1, -1, 255));
            LogMergeRange high = new LogMergeRange(new Key(16, 0, 0, 0, 0, 0), Key.MAX);
            assertThat(Keys.mergeRange(high.start())).isLessThan(Keys.mergeRange(low.start()));
            rig.context.changes().commit(() -> {
                var ranges = rig.context.items().mergeRanges;
                ranges.delete(Keys.mergeRange(Key.ZERO));
                ranges.insert(Keys.mergeRange(low.start()), low);
                ranges.insert(Keys.mergeRange(high.start()), high);
                return true;
            });
            LogMergeRequest first = rig.logMerge.get(0xa);
            assertThat(first.start()).isEqualTo(index);
            assertThat(first.end()).isEqualTo(low.end());
            rig.logMerge.complete(0xa, a.work(first));
            mergeAll(a);
            VolumeCheck check = rig.check().withoutLeaks();
            assertThat(check.status).isNull();
            assertThat(check.items).containsKeys(index, inode);
        }
    }

    @Test
    void workOfDepartedMountGoesBack() throws Exception {
        try (ServerRig rig = ServerRig.create(1);
                TestMount a = rig.mount(0xa);
                TestMount gone = rig.mount(0xb)) {
            gone.get();
            startMerge(rig, a, gone);
            rig.logMerge.get(0xb);
            assertThat(rig.check().withoutLeaks().requests).hasSize(1);
            rig.reclaim.reclaim(0xb);
            VolumeCheck check = rig.check().withoutLeaks();
            assertThat(check.requests).isEmpty();
            assertThat(check.mounts).containsExactly(0xaL);
            mergeAll(a);
            assertThat(rig.check().withoutLeaks().status).isNull();
        }
    }

    /** Volumes of random items, deletions and merges, cut into parts, against a map. */
    @Test
    void mergesRandomTransactionsLikeMap() throws Exception {
        long seed = Seeds.next("LogMergeTest.mergesRandomTransactionsLikeMap");
        SplittableRandom random = new SplittableRandom(seed);
        NavigableMap<Key, byte[]> model = new TreeMap<>();
        try (ServerRig rig = ServerRig.create(seed);
                TestMount a = rig.mount(0xa);
                TestMount b = rig.mount(0xb)) {
            List<TestMount> mounts = List.of(a, b);
            a.get();
            b.get();
            for (int round = 0; round < 5; round++) {
                for (int transaction = 0; transaction < 3; transaction++) {
                    TestMount mount = mounts.get(random.nextInt(2));
                    for (int i = 0; i < 400; i++) {
                        // A mount's own inodes, as locks would see to.
                        long ino = 5000 + random.nextInt(1000) * 2L + mount.rid % 2;
                        Key key = Keys.inode(ino);
                        if (random.nextInt(4) == 0) {
                            mount.delete(key);
                            model.remove(key);
                        } else {
                            byte[] value = new byte[random.nextInt(800)];
                            value = java.util.Arrays.copyOf(value, value.length + 1);
                            value[0] = (byte) random.nextInt();
                            mount.put(key, value);
                            model.put(key, value);
                        }
                    }
                    mount.sync();
                }
                finalizeAll(rig, a, b);
                if (random.nextBoolean()) {
                    rig.triggers.arm("log_merge_force_partial");
                }
                while (mounts.get(random.nextInt(2)).merge() || a.merge() || b.merge()) {
                    if (random.nextInt(4) == 0) {
                        assertModel(rig.check().withoutLeaks(), model);
                    }
                }
                rig.freeMerged();
                VolumeCheck check = rig.check().withoutLeaks();
                assertThat(check.status).isNull();
                assertThat(check.freeing).isEmpty();
                assertModel(check, model);
            }
        }
    }

    /** fs_root of height 3: subtrees are merged apart from each other, by several mounts at once. */
    @Test
    void mergesSubtreesOfTallTree() throws Exception {
        try (ServerRig rig = ServerRig.create(1);
                TestMount a = rig.mount(0xa);
                TestMount b = rig.mount(0xb)) {
            a.get();
            b.get();
            fill(a, 1, TALL_ITEMS);
            finalizeAll(rig, a, b);
            NavigableMap<Key, byte[]> all = rig.check().withoutLeaks().items;
            completeWithTree(rig, 3, 250, all);
            mergeAll(a);
            rig.freeMerged();
            assertThat(rig.volume.fs.root().height()).isEqualTo(3);
            rig.check().withoutLeaks();

            fill(b, 20, TALL_ITEMS);
            finalizeAll(rig, a, b);
            LogMergeRequest first = rig.logMerge.get(0xa);
            LogMergeRequest second = rig.logMerge.get(0xb);
            assertThat(first.isSubtree()).isTrue();
            assertThat(second.start()).isGreaterThan(first.end());
            LogMergeComplete whole = b.work(second);
            assertThat(whole.hasRemain()).isFalse();
            rig.logMerge.complete(0xb, whole);
            rig.logMerge.complete(0xa, a.work(first));
            mergeAll(a);
            rig.freeMerged();
            VolumeCheck check = rig.check().withoutLeaks();
            assertThat(check.status).isNull();
            assertThat(check.items).hasSize(TALL_ITEMS + 2);
            assertThat(check.items.get(Keys.inode(2000 + 20))).isEqualTo(bigValue(20));
        }
    }

    /**
     * Many small parents, as the reference may leave them: more requests than one batch, and each is cut short for the server to join
     * parents while it splices.
     */
    @Test
    void splicesManyParentsThatHaveToBeJoined() throws Exception {
        long seed = Seeds.next("LogMergeTest.splicesManyParentsThatHaveToBeJoined");
        SplittableRandom random = new SplittableRandom(seed);
        NavigableMap<Key, byte[]> model = new TreeMap<>();
        try (ServerRig rig = ServerRig.create(seed);
                TestMount a = rig.mount(0xa);
                TestMount b = rig.mount(0xb)) {
            a.get();
            b.get();
            change(a, random, model, 400);
            finalizeAll(rig, a, b);
            completeWithTree(rig, 24, 2, model);
            mergeAll(a);
            rig.freeMerged();
            assertThat(rig.volume.fs.root().height()).isEqualTo(3);
            assertModel(rig.check().withoutLeaks(), model);

            change(b, random, model, 300);
            finalizeAll(rig, a, b);
            List<LogMergeRequest> given = new ArrayList<>();
            // More mounts than these two would have to ask for a whole batch: their rids do.
            for (long rid = 0x100; rid < 0x110; rid++) {
                rig.greet(rid);
                try {
                    given.add(rig.logMerge.get(rid));
                } catch (FsException e) {
                    assertThat(e.errno()).isEqualTo(Errno.ENOENT);
                }
            }
            assertThat(given).hasSize(8);
            assertThat(rig.check().withoutLeaks().requests).hasSize(8);
            for (LogMergeRequest one : given) {
                assertThat(one.isSubtree()).isTrue();
                rig.logMerge.complete(one.rid(), b.work(one));
                assertModel(rig.check().withoutLeaks(), model);
            }
            while (a.merge() || b.merge()) {
                assertModel(rig.check().withoutLeaks(), model);
            }
            rig.freeMerged();
            VolumeCheck check = rig.check().withoutLeaks();
            assertThat(check.status).isNull();
            assertModel(check, model);
            assertThat(rig.volume.fs.root().height()).as("joined").isLessThan(3);
        }
    }

    /** Does the merge work of mount 0xa with a cache that nobody else uses: the tree's blocks are made in unusual ways. */
    private static void completeWithTree(ServerRig rig, int parents, int leavesEach, NavigableMap<Key, byte[]> items)
            throws FsException {
        try (TestMount builder = new TestMount(rig, 0xa)) {
            LogMergeRequest request = rig.logMerge.get(0xa);
            rig.logMerge.complete(0xa, new SparseTree(rig, builder, parents, leavesEach).merged(request, items));
        }
    }

    private static void change(TestMount mount, SplittableRandom random, NavigableMap<Key, byte[]> model, int changes)
            throws FsException {
        for (int i = 0; i < changes; i++) {
            Key key = Keys.inode(5000 + random.nextInt(600));
            if (random.nextInt(5) == 0) {
                mount.delete(key);
                model.remove(key);
            } else {
                byte[] value = new byte[1 + random.nextInt(300)];
                value[0] = (byte) i;
                mount.put(key, value);
                model.put(key, value);
            }
        }
        mount.sync();
    }

    /** Every {@code step}th of {@code count} items. */
    private static void fill(TestMount mount, int step, int count) throws FsException {
        byte[] value = bigValue(step);
        for (int i = 0; i < count; i += step) {
            mount.put(Keys.inode(2000 + i), value);
        }
        mount.sync();
    }

    private static byte[] bigValue(int tag) {
        byte[] value = new byte[890];
        value[0] = (byte) tag;
        return value;
    }

    static byte[] value(int tag) {
        return new byte[] {(byte) tag, 2, 3};
    }

    static void assertModel(VolumeCheck check, NavigableMap<Key, byte[]> model) {
        NavigableMap<Key, byte[]> found = check.items.tailMap(Keys.inode(2), true);
        assertThat(found.keySet()).isEqualTo(model.keySet());
        model.forEach((key, value) -> assertThat(found.get(key)).isEqualTo(value));
    }

    /** Makes all mounts finalize their trees, so that a merge starts: they come by together, and the last one starts it. */
    static void finalizeAll(ServerRig rig, TestMount... mounts) throws Exception {
        for (TestMount mount : mounts) {
            mount.commit();
        }
        rig.triggers.arm(LogFinalizer.TRIGGER_FORCE_FINALIZE);
        rig.mergeWaitMs = 500;
        List<Future<LogTrees>> waiting = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (TestMount mount : List.of(mounts).subList(0, mounts.length - 1)) {
                waiting.add(threads.submit(mount::get));
                while (rig.host.clock().waiting() < waiting.size()) {
                    Thread.onSpinWait();
                }
            }
            mounts[mounts.length - 1].get();
            rig.host.advance(TimeUnit.SECONDS.toNanos(1));
        }
        for (Future<LogTrees> one : waiting) {
            one.get();
        }
        rig.mergeWaitMs = 0;
        assertThat(rig.context.items().mergeStatus()).isNotNull();
    }

    private static void startMerge(ServerRig rig, TestMount mount, TestMount... others) throws Exception {
        mount.get();
        for (int i = 0; i < 10; i++) {
            mount.put(Keys.inode(2000 + i), value(i));
        }
        TestMount[] all = java.util.Arrays.copyOf(others, others.length + 1);
        all[others.length] = mount;
        finalizeAll(rig, all);
    }

    static void mergeAll(TestMount mount) throws FsException {
        while (mount.merge()) {
            // until there is nothing left to do
        }
    }

    private static void assertNoWork(ServerRig rig, long rid) {
        assertThatThrownBy(() -> rig.logMerge.get(rid))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
    }

    private static LogMergeComplete with(LogMergeComplete complete, Key end, long flags) {
        return new LogMergeComplete(
                complete.metaAvail(),
                complete.metaFreed(),
                complete.root(),
                complete.start(),
                end,
                complete.remain(),
                complete.rid(),
                complete.seq(),
                flags);
    }
}
