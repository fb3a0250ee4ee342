package org.scoutfs.mount;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.scoutfs.device.Access;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.device.DeviceException;
import org.scoutfs.device.FileDevice;
import org.scoutfs.device.Sharing;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockHeader;
import org.scoutfs.format.Magic;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.format.SuperBlockCheck;
import org.scoutfs.format.VolumeLayout;

/**
 * The two devices of a volume, opened and checked to belong together (spec 1 section 6.2). Closed by its owner.
 *
 * @param superBlock the metadata device's super block as found; stale as soon as a server runs
 */
record VolumeDevices(BlockDevice meta, BlockDevice data, SuperBlock superBlock) implements AutoCloseable {

    /**
     * Opens both devices for reading and writing, shared with other mounts but not with mkfs.
     *
     * @throws FsException with one sentence that says which device, what is wrong and what to do
     */
    static VolumeDevices open(Path metaPath, Path dataPath, boolean readOnly) throws FsException {
        List<BlockDevice> opened = new ArrayList<>();
        boolean done = false;
        try {
            FileDevice meta = openOne("metadata", metaPath, Access.READ_WRITE, opened);
            // a read-only mount still joins the cluster and writes metadata for it, never file contents
            FileDevice data = openOne("data", dataPath, readOnly ? Access.READ_ONLY : Access.READ_WRITE, opened);
            if (meta.isSameDevice(data)) {
                throw new FsException(
                        Errno.EBUSY,
                        "metadata and data device are the same device '" + dataPath + "': name the other one");
            }
            VolumeDevices devices = check(meta, data);
            done = true;
            return devices;
        } finally {
            if (!done) {
                closeAll(opened);
            }
        }
    }

    private static FileDevice openOne(String role, Path path, Access access, List<BlockDevice> opened)
            throws FsException {
        try {
            FileDevice device = FileDevice.open(path, access, Sharing.SHARED);
            opened.add(device);
            return device;
        } catch (DeviceException e) {
            throw new FsException(e.errno(), "cannot open " + role + " device: " + e.getMessage(), e);
        }
    }

    /** As {@link #open} for devices that are open already, which the result owns. */
    static VolumeDevices check(BlockDevice meta, BlockDevice data) throws FsException {
        // before sizes are compared, which do not fit either when the devices are swapped
        if (isMetaSuper(data) && !isMetaSuper(meta)) {
            throw new FsException(
                    Errno.EINVAL,
                    "metadata and data device are swapped: '" + data.name()
                            + "' is the metadata device of this volume");
        }
        SuperBlock metaSuper = readSuper("metadata", meta);
        SuperBlock dataSuper = readSuper("data", data);
        List<String> problems = SuperBlockCheck.pairProblems(metaSuper, dataSuper);
        if (!problems.isEmpty()) {
            throw new FsException(
                    Errno.EINVAL,
                    "'" + meta.name() + "' and '" + data.name() + "' do not belong together: " + problems.getFirst());
        }
        for (SuperBlock superBlock : List.of(metaSuper, dataSuper)) {
            List<String> sizes = SuperBlockCheck.sizeProblems(superBlock, meta.sizeBytes(), data.sizeBytes());
            if (!sizes.isEmpty()) {
                throw new FsException(
                        Errno.EINVAL,
                        "the volume on '" + meta.name() + "' and '" + data.name() + "' is larger than its devices: "
                                + sizes.getFirst() + "; were they shrunk or copied in part?");
            }
        }
        return new VolumeDevices(meta, data, metaSuper);
    }

    /** Whether there is a super block that says it is a metadata device's; anything else is found out later. */
    private static boolean isMetaSuper(BlockDevice device) {
        if (device.sizeBytes() < VolumeLayout.SUPER_OFFSET + VolumeLayout.SMALL_BLOCK_SIZE) {
            return false;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment block = arena.allocate(VolumeLayout.SMALL_BLOCK_SIZE, VolumeLayout.SMALL_BLOCK_SIZE);
            device.read(VolumeLayout.SUPER_OFFSET, block);
            return BlockHeader.magic(block, 0) == Magic.SUPER
                    && SuperBlock.read(block, 0).isMetaDevice();
        } catch (IOException e) {
            return false;
        }
    }

    private static SuperBlock readSuper(String role, BlockDevice device) throws FsException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment block = arena.allocate(VolumeLayout.SMALL_BLOCK_SIZE, VolumeLayout.SMALL_BLOCK_SIZE);
            if (device.sizeBytes() < VolumeLayout.SUPER_OFFSET + VolumeLayout.SMALL_BLOCK_SIZE) {
                throw new FsException(
                        Errno.EINVAL,
                        role + " device '" + device.name() + "' has only " + device.sizeBytes()
                                + " bytes: no scoutfs volume; make one with 'scoutfs mkfs'");
            }
            device.read(VolumeLayout.SUPER_OFFSET, block);
            List<String> problems = SuperBlockCheck.problems(block, 0);
            if (!problems.isEmpty()) {
                boolean foreign = BlockHeader.magic(block, 0) != Magic.SUPER;
                throw new FsException(
                        Errno.EINVAL,
                        role + " device '" + device.name() + "' does not hold a usable scoutfs super block: "
                                + problems.getFirst() + "; name the right device, or "
                                + (foreign ? "make a volume with 'scoutfs mkfs'" : "restore it from a copy"));
            }
            return SuperBlock.read(block, 0);
        } catch (DeviceException e) {
            throw new FsException(
                    e.errno(), "cannot read the super block of the " + role + " device: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new FsException(
                    Errno.EIO, "cannot read the super block of '" + device.name() + "': " + e.getMessage(), e);
        }
    }

    @Override
    public void close() throws FsException {
        closeAll(List.of(meta, data));
    }

    private static void closeAll(List<BlockDevice> devices) throws FsException {
        IOException failure = null;
        for (BlockDevice device : devices) {
            try {
                device.close();
            } catch (IOException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw new FsException(Errno.EIO, "closing the devices failed: " + failure.getMessage(), failure);
        }
    }
}
