package org.scoutfs.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.scoutfs.block.BlockCache;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.counter.Counters;
import org.scoutfs.device.MemoryDevice;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.Le;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.SrchFile;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.host.Host;
import org.scoutfs.mount.Mount;
import org.scoutfs.vfs.Vfs;

/**
 * One block of a sound volume is damaged: the check names it, and a mount says so in one sentence or serves what is not damaged, with EIO
 * for the rest. Nothing hangs.
 */
class CorruptionTest {
    private static final int PORT = 43130;
    private static final long META_BYTES = 64L << 30;
    private static final long DATA_BYTES = 4L << 30;
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int FILES = 400;
    private static final int FILE_BYTES = 5000;
    /** Inside every block, in no field that is compared with something before its checksum is. */
    private static final int INSIDE = 100;

    /** The damaged block; {@link #text} is in what the check finds. */
    private enum Place {
        META_SUPER("metadata device"),
        DATA_SUPER("data device"),
        QUORUM("quorum block of slot 0"),
        FS_ROOT_LEAF("fs_root"),
        LOG_LEAF("item"),
        ALLOCATOR_LIST("avail"),
        SRCH("srch"),
        BLOOM("bloom");

        final String text;

        Place(String text) {
            this.text = text;
        }
    }

    private static Host host;
    private static SmallVolume sound;
    private static LogTrees log;
    private static BlockReference srchFile = BlockReference.ZERO;

    @BeforeAll
    static void fill() throws Exception {
        host = Host.system();
        sound = SmallVolume.create(META_BYTES, DATA_BYTES, 0x1122334455667788L, PORT);
        try (Mount mount = sound.mount(host)) {
            fill(mount.vfs(), "old");
        }
        try (Mount mount = sound.mount(host)) {
            awaitMerge(mount);
            fill(mount.vfs(), "new");
        }
        assertThat(sound.check(host).problems()).isEmpty();
        log = logWithEverything(sound);
    }

    @AfterAll
    static void close() {
        host.close();
    }

    private static void fill(Vfs vfs, String name) throws FsException {
        long dir = SmallVolume.mkdir(vfs, name);
        for (int i = 0; i < FILES; i++) {
            long ino = SmallVolume.write(vfs, dir, "f" + i, contents(i));
            vfs.setxattr(
                    SmallVolume.ROOT, ino, SmallVolume.name("scoutfs.srch.s" + i % 7), SmallVolume.name("v"), 0, false);
        }
        vfs.syncfs();
    }

    private static byte[] contents(int file) {
        byte[] bytes = new byte[FILE_BYTES];
        Arrays.fill(bytes, (byte) file);
        return bytes;
    }

    /** The log merge runs by itself; it is over when the fs tree has what the last mount left. */
    private static void awaitMerge(Mount mount) throws Exception {
        for (int i = 0; i < 200; i++) {
            SuperBlock superBlock = sound.superBlock();
            if (superBlock.fsRoot().height() > 1 && superBlock.logMerge().isEmpty()) {
                return;
            }
            mount.vfs().syncfs();
            TimeUnit.MILLISECONDS.sleep(100);
        }
        throw new AssertionError("no log merge: " + sound.superBlock());
    }

    private static LogTrees logWithEverything(SmallVolume volume) throws Exception {
        SuperBlock superBlock = volume.superBlock();
        LogTrees[] found = new LogTrees[1];
        try (BlockCache cache = new BlockCache(
                volume.meta(), superBlock.fsid(), superBlock.totalMetaBlocks(), 16L << 20, host, new Counters())) {
            new BtreeReader(cache)
                    .forEach(superBlock.logsRoot(), Key.ZERO, Key.MAX, (key, seq, flags, block, offset, length) -> {
                        LogTrees one = LogTrees.read(block, offset);
                        if (!one.itemRoot().isEmpty() && !one.bloomRef().isZero()) {
                            found[0] = one;
                        }
                        return true;
                    });
            // a mount that left has handed its srch file over
            new BtreeReader(cache)
                    .forEach(superBlock.srchRoot(), Key.ZERO, Key.MAX, (key, seq, flags, block, offset, length) -> {
                        srchFile = SrchFile.read(block, offset).ref();
                        return false;
                    });
        }
        assertThat(found[0]).as("a log tree with items").isNotNull();
        return found[0];
    }

    /** Byte offset of the block on its device. */
    private static long offset(Place place) throws Exception {
        SuperBlock superBlock = sound.superBlock();
        return switch (place) {
            case META_SUPER, DATA_SUPER -> VolumeLayout.SUPER_OFFSET;
            case QUORUM -> VolumeLayout.smallOffset(VolumeLayout.quorumBlkno(0));
            case FS_ROOT_LEAF -> large(firstLeaf(superBlock.fsRoot()));
            case LOG_LEAF -> large(firstLeaf(log.itemRoot()));
            case ALLOCATOR_LIST -> large(allocatorList(superBlock));
            case SRCH -> large(srchFile);
            case BLOOM -> large(log.bloomRef());
        };
    }

    private static BlockReference allocatorList(SuperBlock superBlock) {
        BlockReference first = superBlock.serverMetaAvail(0).ref();
        return first.isZero() ? superBlock.serverMetaAvail(1).ref() : first;
    }

    private static long large(BlockReference ref) {
        assertThat(ref.isZero()).isFalse();
        return VolumeLayout.largeOffset(ref.blkno());
    }

    /** The leaf that the smallest item of the root's array leads to. */
    private static BlockReference firstLeaf(BtreeRoot root) throws IOException {
        BlockReference ref = root.ref();
        try (Arena arena = Arena.ofConfined()) {
            for (int level = root.height() - 1; level > 0; level--) {
                MemorySegment block = sound.block(arena, ref.blkno());
                int value = Le.u16(block, BtreeBlock.ITEMS + BtreeBlock.ITEM_VAL_OFF);
                ref = BlockReference.read(block, value);
            }
        }
        return ref;
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void isFoundAndHurtsOnlyWhatItHolds(Place place) throws Exception {
        SmallVolume volume = sound.copy();
        SmallVolume.flip(place == Place.DATA_SUPER ? volume.data() : volume.meta(), offset(place) + INSIDE);
        assertThat(volume.check(host).problems())
                .as("%s at %d", place, offset(place))
                .anyMatch(problem -> problem.contains(place.text));
        assertTimeoutPreemptively(LIMIT, () -> useDamaged(volume, place));
    }

    private static void useDamaged(SmallVolume volume, Place place) throws Exception {
        Mount mount;
        try {
            mount = volume.mount(host);
        } catch (FsException e) {
            oneSentence(e);
            System.out.println(place + ": does not mount: " + e.getMessage());
            return;
        }
        try {
            int read = 0;
            int failed = 0;
            for (String dir : new String[] {"old", "new"}) {
                for (int i = 0; i < FILES; i++) {
                    Throwable failure = readOne(mount.vfs(), dir, i);
                    if (failure == null) {
                        read++;
                    } else {
                        assertThat(failure).isInstanceOf(FsException.class);
                        assertThat(((FsException) failure).errno()).isEqualTo(Errno.EIO);
                        failed++;
                    }
                }
            }
            System.out.println(place + ": mounts, " + read + " files read, " + failed + " failed");
            if (place == Place.FS_ROOT_LEAF || place == Place.LOG_LEAF) {
                assertThat(failed).isPositive();
            } else {
                assertThat(failed).isZero();
            }
        } finally {
            mount.forceUnmount();
            mount.close();
        }
    }

    private static @Nullable Throwable readOne(Vfs vfs, String dir, int file) {
        return catchThrowable(() -> {
            long ino = vfs.lookup(SmallVolume.ROOT, Vfs.ROOT_INO, SmallVolume.name(dir))
                    .ino();
            assertThat(SmallVolume.read(vfs, ino, "f" + file)).isEqualTo(contents(file));
        });
    }

    @Test
    void refusesSwappedDevices() {
        refused(sound.data(), sound.meta(), "swapped");
    }

    @Test
    void refusesOneDeviceTwice() {
        refused(sound.meta(), sound.meta(), "");
        refused(sound.data(), sound.data(), "");
    }

    @Test
    void refusesAForeignDevice() throws Exception {
        SmallVolume other = SmallVolume.create(META_BYTES, DATA_BYTES, 0x77, PORT + 1);
        refused(sound.meta(), other.data(), "do not belong together");
        refused(other.meta(), sound.data(), "do not belong together");
    }

    @Test
    void refusesShortDevices() {
        MemoryDevice half = sound.meta().copy("half");
        half.resize(META_BYTES / 2);
        refused(half, sound.data(), "");
        MemoryDevice halfData = sound.data().copy("half");
        halfData.resize(DATA_BYTES / 2);
        refused(sound.meta(), halfData, "");
        refused(MemoryDevice.create("tiny", 4096), sound.data(), "no scoutfs volume");
        refused(MemoryDevice.create("empty", META_BYTES), sound.data(), "");
    }

    private static void refused(MemoryDevice meta, MemoryDevice data, String text) {
        assertTimeoutPreemptively(LIMIT, () -> {
            Throwable failure =
                    catchThrowable(() -> SmallVolume.mount(host, meta, data).close());
            assertThat(failure).isInstanceOf(FsException.class).hasMessageContaining(text);
            oneSentence((FsException) failure);
        });
    }

    private static void oneSentence(FsException e) {
        assertThat(e.getMessage())
                .isNotBlank()
                .doesNotContain("\n")
                .doesNotContain("Exception")
                .hasSizeLessThan(400);
    }
}
