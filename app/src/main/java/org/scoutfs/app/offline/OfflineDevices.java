package org.scoutfs.app.offline;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import org.scoutfs.device.Access;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.device.DeviceException;
import org.scoutfs.device.FileDevice;
import org.scoutfs.device.Sharing;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.format.SuperBlockCheck;
import org.scoutfs.format.VolumeLayout;

/** Devices that this process has for itself, and their super blocks. */
final class OfflineDevices {
    private OfflineDevices() {}

    /**
     * Opens a device that nobody else has open; the caller closes it.
     *
     * @param role {@code meta} or {@code data}, for messages
     * @throws FsException EBUSY while it is mounted
     */
    static FileDevice open(String role, Path path, Access access) throws FsException {
        try {
            return FileDevice.open(path, access, Sharing.EXCLUSIVE);
        } catch (DeviceException e) {
            throw new FsException(
                    e.errno(), "failed to open " + role + " device '" + path + "': " + text(e.errno()), e);
        }
    }

    /**
     * The super block of a device, with checksum and version right.
     *
     * @throws FsException EINVAL if there is none, EIO if it cannot be read
     */
    static SuperBlock readSuper(String role, BlockDevice device) throws FsException {
        if (device.sizeBytes() < VolumeLayout.SUPER_OFFSET + VolumeLayout.SMALL_BLOCK_SIZE) {
            throw unreadable(role, Errno.EINVAL, device.name() + " has only " + device.sizeBytes() + " bytes");
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment block = arena.allocate(VolumeLayout.SMALL_BLOCK_SIZE, VolumeLayout.SMALL_BLOCK_SIZE);
            device.read(VolumeLayout.SUPER_OFFSET, block);
            List<String> problems = SuperBlockCheck.problems(block, 0);
            if (!problems.isEmpty()) {
                throw unreadable(role, Errno.EINVAL, device.name() + ": " + problems.getFirst());
            }
            return SuperBlock.read(block, 0);
        } catch (IOException e) {
            throw unreadable(role, Errno.EIO, String.valueOf(e.getMessage()));
        }
    }

    /** The super block of a metadata device; EINVAL for a data device. */
    static SuperBlock readMetaSuper(BlockDevice device) throws FsException {
        SuperBlock superBlock = readSuper("meta", device);
        if (!superBlock.isMetaDevice()) {
            throw new FsException(
                    Errno.EINVAL, "'" + device.name() + "' is a data device: name the volume's metadata device");
        }
        return superBlock;
    }

    private static FsException unreadable(String role, Errno errno, String why) {
        return new FsException(errno, "failed to read " + role + " super block: " + text(errno) + ": " + why);
    }

    /** Writes a super block with its header's seq 1, as the reference's offline tools do; stable on return. */
    static void writeSuper(BlockDevice device, SuperBlock block) throws FsException {
        SuperBlock written = block.copy();
        written.setHeader(block.header().withSeq(1));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(VolumeLayout.SMALL_BLOCK_SIZE, VolumeLayout.SMALL_BLOCK_SIZE);
            written.writeBlock(bytes, 0);
            device.write(VolumeLayout.SUPER_OFFSET, bytes);
            device.flush();
        } catch (IOException e) {
            throw new FsException(
                    Errno.EIO,
                    "failed to write the super block: " + e.getMessage()
                            + "; run the command again when the device works",
                    e);
        }
    }

    private static String text(Errno errno) {
        return errno.text() + " (" + errno.number() + ")";
    }
}
