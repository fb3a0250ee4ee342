package org.scoutfs.app.offline;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.ByteSizes;
import org.scoutfs.app.VolumeSummary;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockHeader;
import org.scoutfs.format.Magic;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.format.VolumeLayout;

/** A data device that takes the place of a volume's, which must hold nothing (spec 1 section 6.1). */
final class EmptyDataDevice {
    private final BlockDevice meta;
    private final @Nullable BlockDevice data;
    private final SuperBlock superBlock;

    /**
     * Both devices stay the caller's.
     *
     * @param data null to look at the volume alone
     * @throws FsException EINVAL if {@code meta} is no metadata device, EIO
     */
    EmptyDataDevice(BlockDevice meta, @Nullable BlockDevice data) throws FsException {
        this.meta = meta;
        this.data = data;
        this.superBlock = OfflineDevices.readMetaSuper(meta);
    }

    /** @throws FsException EBUSY while the volume may be in use, EINVAL if its files hold data or the new device does not fit */
    void requirePossible() throws FsException {
        try (OfflineVolume volume = new OfflineVolume(meta, superBlock)) {
            volume.requireUnused("determine if the data device is empty.");
            List<String> problems = new ArrayList<>();
            long used = volume.usedDataBlocks();
            if (used != 0) {
                problems.add("Data block allocator metadata shows "
                        + VolumeSummary.blocks(used, VolumeLayout.SMALL_BLOCK_SIZE)
                        + " data blocks used by files. Release or delete all file data and unmount, then try again.");
            }
            if (data != null) {
                checkNew(data, problems);
            }
            if (!problems.isEmpty()) {
                throw new FsException(Errno.EINVAL, String.join(System.lineSeparator(), problems));
            }
        }
    }

    private void checkNew(BlockDevice device, List<String> problems) throws FsException {
        long present = device.sizeBytes() / VolumeLayout.SMALL_BLOCK_SIZE;
        if (Long.compareUnsigned(present, superBlock.totalDataBlocks()) < 0) {
            problems.add("new data device " + device.name() + " of size " + ByteSizes.human(device.sizeBytes())
                    + " has "
                    + present + " 4KiB blocks, it needs at least "
                    + VolumeSummary.blocks(superBlock.totalDataBlocks(), VolumeLayout.SMALL_BLOCK_SIZE) + " blocks.");
        } else if (isMetaDevice(device)) {
            problems.add(device.name() + " is the metadata device of a volume: name another device");
        }
    }

    private static boolean isMetaDevice(BlockDevice device) throws FsException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment block = arena.allocate(VolumeLayout.SMALL_BLOCK_SIZE, VolumeLayout.SMALL_BLOCK_SIZE);
            device.read(VolumeLayout.SUPER_OFFSET, block);
            return BlockHeader.magic(block, 0) == Magic.SUPER
                    && SuperBlock.read(block, 0).isMetaDevice();
        } catch (IOException e) {
            throw new FsException(Errno.EIO, "cannot read the new data device: " + e.getMessage(), e);
        }
    }

    /**
     * Writes the super block of the new device; stable on return. Nothing else names the device, so it is the volume's from then on.
     *
     * @return the metadata device's super block
     */
    SuperBlock write() throws FsException {
        if (data == null) {
            throw new IllegalStateException("no device to write to");
        }
        OfflineDevices.writeSuper(data, superBlock.replacementForDataDevice(superBlock.totalDataBlocks()));
        return superBlock;
    }
}
