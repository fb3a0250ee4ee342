package org.scoutfs.format;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** What a mount checks about the two super blocks before it believes anything in them, spec 1 section 6.2: the pure part. */
public final class SuperBlockCheck {
    private SuperBlockCheck() {}

    /**
     * What is wrong with one copy, in words; empty if nothing is.
     *
     * @param seg holds the 4096 bytes of the block at {@code off}
     * @param metaSizeBytes size of the metadata device
     * @param dataSizeBytes size of the data device
     */
    public static List<String> problems(MemorySegment seg, long off, long metaSizeBytes, long dataSizeBytes) {
        List<String> problems = problems(seg, off);
        if (BlockHeader.magic(seg, off) == Magic.SUPER) {
            problems.addAll(sizeProblems(SuperBlock.read(seg, off), metaSizeBytes, dataSizeBytes));
        }
        return problems;
    }

    /** As above, without regard to the devices. */
    public static List<String> problems(MemorySegment seg, long off) {
        List<String> problems = new ArrayList<>();
        BlockHeader header = BlockHeader.read(seg, off);
        if (header.magic() != Magic.SUPER) {
            problems.add("super block has invalid magic value 0x%08x, expected 0x%08x: not a scoutfs device"
                    .formatted(header.magic(), Magic.SUPER));
            return problems;
        }
        int crc = Hashes.blockCrc(seg, off, VolumeLayout.SMALL_BLOCK_SIZE);
        if (header.crc() != crc) {
            problems.add("super block has invalid crc 0x%08x, computed 0x%08x".formatted(header.crc(), crc));
        }
        if (header.blkno() != VolumeLayout.SUPER_BLKNO) {
            problems.add("super block blkno is %s, expected %d"
                    .formatted(Long.toUnsignedString(header.blkno()), VolumeLayout.SUPER_BLKNO));
        }
        SuperBlock block = SuperBlock.read(seg, off);
        long version = block.formatVersion();
        if (version < VolumeLayout.FORMAT_VERSION_MIN || version > VolumeLayout.FORMAT_VERSION_MAX) {
            problems.add("super block has format version %s outside of supported version range %d-%d"
                    .formatted(
                            Long.toUnsignedString(version),
                            VolumeLayout.FORMAT_VERSION_MIN,
                            VolumeLayout.FORMAT_VERSION_MAX));
        }
        return problems;
    }

    /** Which devices are shorter than the super block says, in words; empty if none is. */
    public static List<String> sizeProblems(SuperBlock block, long metaSizeBytes, long dataSizeBytes) {
        List<String> problems = new ArrayList<>();
        checkFits(problems, "meta", block.totalMetaBlocks(), VolumeLayout.LARGE_BLOCK_SIZE, metaSizeBytes);
        checkFits(problems, "data", block.totalDataBlocks(), VolumeLayout.SMALL_BLOCK_SIZE, dataSizeBytes);
        return problems;
    }

    /** What is wrong with two copies that are each right, in words; empty if they are the two devices of one volume. */
    public static List<String> pairProblems(SuperBlock meta, SuperBlock data) {
        List<String> problems = new ArrayList<>();
        if (!meta.isMetaDevice()) {
            problems.add("meta_super META flag not set: the metadata device's super block is that of a data device");
        }
        if (data.isMetaDevice()) {
            problems.add("data_super META flag set: the data device's super block is that of a metadata device");
        }
        if (!meta.uuid().equals(data.uuid())) {
            problems.add("superblock UUID mismatch: %s on the metadata device, %s on the data device"
                    .formatted(meta.uuid(), data.uuid()));
        }
        if (meta.formatVersion() != data.formatVersion()) {
            problems.add("format version is %d on the metadata device, %d on the data device"
                    .formatted(meta.formatVersion(), data.formatVersion()));
        }
        return problems;
    }

    private static void checkFits(
            List<String> problems, String role, long total, long blockSize, long deviceSizeBytes) {
        long present = deviceSizeBytes / blockSize;
        if (Long.compareUnsigned(total, present) > 0) {
            problems.add("total_%s_blocks is %s, the %s device has %d blocks of %d bytes"
                    .formatted(
                            role,
                            Long.toUnsignedString(total),
                            role.equals("meta") ? "metadata" : role,
                            present,
                            blockSize));
        }
    }
}
