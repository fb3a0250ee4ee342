package org.scoutfs.app.it;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.scoutfs.block.BlockCache;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.counter.Counters;
import org.scoutfs.device.Access;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.device.FileDevice;
import org.scoutfs.device.Sharing;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.Key;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.SrchFile;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.host.Host;

/** Copies of a sound volume, one block of which is damaged. */
final class DamagedVolume {
    private static final long CACHE_BYTES = 16L << 20;
    /** Inside every block, in no field that is compared with something before its checksum is. */
    private static final int INSIDE = 100;

    /** The kind of block that is damaged. */
    enum Place {
        META_SUPER,
        DATA_SUPER,
        QUORUM,
        FS_ROOT,
        LOG_ROOT,
        LIST,
        SRCH,
        BLOOM
    }

    private final Path meta;
    private final Path data;
    private final SuperBlock superBlock;
    private BlockReference logRoot = BlockReference.ZERO;
    private BlockReference bloom = BlockReference.ZERO;
    private BlockReference srchFile = BlockReference.ZERO;

    /** @param meta metadata device of a sound volume that is not mounted and has something of everything */
    DamagedVolume(Path meta, Path data) throws IOException, FsException {
        this.meta = meta;
        this.data = data;
        try (Host host = Host.system();
                Arena arena = Arena.ofConfined();
                BlockDevice device = FileDevice.open(meta, Access.READ_ONLY, Sharing.SHARED)) {
            MemorySegment block = arena.allocate(VolumeLayout.SMALL_BLOCK_SIZE, VolumeLayout.SMALL_BLOCK_SIZE);
            device.read(VolumeLayout.SUPER_OFFSET, block);
            superBlock = SuperBlock.read(block, 0);
            try (BlockCache cache = new BlockCache(
                    device, superBlock.fsid(), superBlock.totalMetaBlocks(), CACHE_BYTES, host, new Counters())) {
                find(new BtreeReader(cache));
            }
        }
    }

    private void find(BtreeReader trees) throws FsException {
        trees.forEach(superBlock.logsRoot(), Key.ZERO, Key.MAX, (_, _, _, block, offset, _) -> {
            LogTrees one = LogTrees.read(block, offset);
            if (!one.itemRoot().isEmpty() && !one.bloomRef().isZero()) {
                logRoot = one.itemRoot().ref();
                bloom = one.bloomRef();
            }
            return true;
        });
        trees.forEach(superBlock.srchRoot(), Key.ZERO, Key.MAX, (_, _, _, block, offset, _) -> {
            srchFile = SrchFile.read(block, offset).ref();
            return false;
        });
    }

    /** Makes {@code meta.img} and {@code data.img} in a new directory with some bits of the block changed. */
    void copyTo(Path directory, Place place) throws IOException, InterruptedException {
        copyTo(directory);
        String name = place == Place.DATA_SUPER ? "data.img" : "meta.img";
        try (RandomAccessFile file =
                new RandomAccessFile(directory.resolve(name).toFile(), "rw")) {
            file.seek(offset(place) + INSIDE);
            int old = file.read();
            file.seek(offset(place) + INSIDE);
            file.write(old ^ 0x5a);
        }
    }

    /** Undamaged. */
    void copyTo(Path directory) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        copy(meta, directory.resolve("meta.img"));
        copy(data, directory.resolve("data.img"));
    }

    private static void copy(Path from, Path to) throws IOException, InterruptedException {
        Programs.succeed(60, List.of("cp", "--sparse=always", from.toString(), to.toString()));
    }

    private long offset(Place place) {
        return switch (place) {
            case META_SUPER, DATA_SUPER -> VolumeLayout.SUPER_OFFSET;
            case QUORUM -> VolumeLayout.smallOffset(VolumeLayout.quorumBlkno(0));
            case FS_ROOT -> large(superBlock.fsRoot().ref());
            case LOG_ROOT -> large(logRoot);
            case LIST -> {
                BlockReference first = superBlock.serverMetaAvail(0).ref();
                yield large(first.isZero() ? superBlock.serverMetaAvail(1).ref() : first);
            }
            case SRCH -> large(srchFile);
            case BLOOM -> large(bloom);
        };
    }

    private static long large(BlockReference ref) {
        if (ref.isZero()) {
            throw new IllegalStateException("the sound volume has no such block");
        }
        return VolumeLayout.largeOffset(ref.blkno());
    }
}
