package org.scoutfs.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.FaultDisk.Operation;
import org.scoutfs.device.MemoryDevice;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockHeader;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.format.VolumeLayout;

/** Power fails at every write and flush in turn; the next server finds a whole volume and goes on. */
class CrashTest {
    private interface Work {
        void run(ServerRig rig, TestMount a, TestMount b) throws Exception;
    }

    @Test
    void mergeSurvivesPowerLossAtAnyPoint() throws Exception {
        long seed = Seeds.next("CrashTest.mergeSurvivesPowerLossAtAnyPoint");
        NavigableMap<Key, byte[]> model = new TreeMap<>();
        MemoryDevice begin = volumeToMerge(seed, model);
        crashEverywhere(begin, seed, CrashTest::mergeAll, image -> {
            LogMergeTest.assertModel(VolumeCheck.of(image).withoutLeaks(), model);
            try (ServerRig rig = ServerRig.open(image, seed);
                    TestMount a = new TestMount(rig, 0xa);
                    TestMount b = new TestMount(rig, 0xb)) {
                mergeAll(rig, a, b);
                VolumeCheck check = rig.check().withoutLeaks();
                LogMergeTest.assertModel(check, model);
                assertThat(check.status).isNull();
                assertThat(check.freeing).isEmpty();
                assertThat(check.logTrees).hasSize(2);
                assertThat(check.superBlock.inodeCount()).isEqualTo(1 + 7);
            }
        });
    }

    @Test
    void reclaimSurvivesPowerLossAtAnyPoint() throws Exception {
        long seed = Seeds.next("CrashTest.reclaimSurvivesPowerLossAtAnyPoint");
        NavigableMap<Key, byte[]> model = new TreeMap<>();
        MemoryDevice begin = volumeToMerge(seed, model);
        crashEverywhere(
                begin,
                seed,
                (rig, a, b) -> {
                    rig.logMerge.get(0xb);
                    rig.reclaim.reclaim(0xb);
                },
                image -> {
                    LogMergeTest.assertModel(VolumeCheck.of(image).withoutLeaks(), model);
                    try (ServerRig rig = ServerRig.open(image, seed);
                            TestMount a = new TestMount(rig, 0xa)) {
                        // As after fencing.
                        if (rig.mounted.isKnown(0xb)) {
                            rig.reclaim.reclaim(0xb);
                        }
                        VolumeCheck check = rig.check().withoutLeaks();
                        assertThat(check.mounts).containsExactly(0xaL);
                        assertThat(check.requests).isEmpty();
                        mergeAll(rig, a, a);
                        LogMergeTest.assertModel(rig.check().withoutLeaks(), model);
                    }
                });
    }

    /** Finalizing takes a mount's srch file; it is somewhere at every moment (race R50). */
    @Test
    void finalizingSurvivesPowerLossAtAnyPoint() throws Exception {
        long seed = Seeds.next("CrashTest.finalizingSurvivesPowerLossAtAnyPoint");
        MemoryDevice begin;
        try (ServerRig rig = ServerRig.create(seed);
                TestMount a = rig.mount(0xa);
                TestMount b = rig.mount(0xb)) {
            a.get();
            b.get();
            rig.logTrees.commit(0xa, SrchServiceTest.write(rig, a, 1));
            begin = rig.disk.image();
        }
        crashEverywhere(
                begin,
                seed,
                (rig, a, b) -> {
                    rig.triggers.arm(LogFinalizer.TRIGGER_FORCE_FINALIZE);
                    a.get();
                },
                image -> {
                    VolumeCheck check = VolumeCheck.of(image).withoutLeaks();
                    boolean withMount = check.logTrees.stream()
                            .anyMatch(trees -> !trees.srchFile().isEmpty());
                    assertThat(withMount).isEqualTo(check.superBlock.srchRoot().isEmpty());
                });
    }

    @Test
    void transactionIsThereWhollyOrNotAtAll() throws Exception {
        long seed = Seeds.next("CrashTest.transactionIsThereWhollyOrNotAtAll");
        MemoryDevice begin;
        try (ServerRig rig = ServerRig.create(seed);
                TestMount a = rig.mount(0xa);
                TestMount b = rig.mount(0xb)) {
            a.get();
            b.get();
            begin = rig.disk.image();
        }
        crashEverywhere(
                begin,
                seed,
                (rig, a, b) -> {
                    a.get();
                    for (int i = 0; i < 300; i++) {
                        a.put(Keys.inode(2000 + i), new byte[500]);
                    }
                    a.sync();
                    for (int i = 0; i < 300; i++) {
                        a.put(Keys.inode(2000 + i), new byte[600]);
                    }
                    a.sync();
                },
                image -> {
                    VolumeCheck check = VolumeCheck.of(image).withoutLeaks();
                    NavigableMap<Key, byte[]> found = check.items.tailMap(Keys.inode(2), true);
                    assertThat(found.size()).isIn(0, 300);
                    assertThat(found.values().stream()
                                    .mapToInt(value -> value.length)
                                    .distinct()
                                    .count())
                            .isLessThanOrEqualTo(1);
                });
    }

    /** A merge has started; each mount has an open transaction. */
    private static MemoryDevice volumeToMerge(long seed, NavigableMap<Key, byte[]> model) throws Exception {
        try (ServerRig rig = ServerRig.create(seed);
                TestMount a = rig.mount(0xa);
                TestMount b = rig.mount(0xb)) {
            a.get();
            b.get();
            a.trees = a.trees.toBuilder().inodeCountDelta(7).build();
            for (int i = 0; i < 200; i++) {
                TestMount mount = i % 2 == 0 ? a : b;
                mount.put(Keys.inode(2000 + i), new byte[700]);
                model.put(Keys.inode(2000 + i), new byte[700]);
            }
            LogMergeTest.finalizeAll(rig, a, b);
            return rig.disk.image();
        }
    }

    private static void mergeAll(ServerRig rig, TestMount a, TestMount b) throws FsException {
        boolean more = true;
        while (more) {
            more = a.merge();
            more |= b.merge();
        }
        rig.freeMerged();
    }

    private interface Check {
        void check(MemoryDevice image) throws Exception;
    }

    private static void crashEverywhere(MemoryDevice begin, long seed, Work work, Check check) throws Exception {
        boolean survived = false;
        for (long last = 0; !survived; last++) {
            MemoryDevice image;
            try (ServerRig rig = ServerRig.open(begin, seed + last)) {
                rig.peers.connect(0xa, 0xb);
                AtomicLong done = new AtomicLong();
                long limit = last;
                rig.disk.inject(request ->
                        request.operation() != Operation.READ && done.getAndIncrement() >= limit ? Errno.EIO : null);
                try (TestMount a = new TestMount(rig, 0xa);
                        TestMount b = new TestMount(rig, 0xb)) {
                    work.run(rig, a, b);
                    survived = true;
                } catch (FsException e) {
                    assertThat(e.errno()).isEqualTo(Errno.EIO);
                }
                image = rig.disk.crash();
                mendSuper(image, rig.volume.stable());
            }
            try {
                check.check(image);
            } catch (AssertionError | FsException e) {
                throw new AssertionError("after " + last + " writes and flushes, seed " + seed, e);
            }
        }
    }

    /** The format counts on storage that writes 4 KiB wholly or not at all; the test's disk does not always. */
    private static void mendSuper(MemoryDevice image, SuperBlock before) throws Exception {
        MemorySegment block = MemorySegment.ofArray(new byte[VolumeLayout.SMALL_BLOCK_SIZE]);
        image.read(VolumeLayout.SUPER_OFFSET, block);
        if (!BlockHeader.crcMatches(block, 0, VolumeLayout.SMALL_BLOCK_SIZE)) {
            before.writeBlock(block, 0);
            image.write(VolumeLayout.SUPER_OFFSET, block);
        }
    }
}
