package org.scoutfs.check;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.scoutfs.device.Access;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.device.FileDevice;
import org.scoutfs.device.Sharing;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.MkfsImage;
import org.scoutfs.format.MkfsParameters;
import org.scoutfs.format.Timespec;
import org.scoutfs.host.Host;
import org.scoutfs.mount.Mount;
import org.scoutfs.mount.MountOptions;

/** A volume on two sparse files, for tests that write more than memory should hold. */
record FileVolume(Path metaPath, Path dataPath) {
    static FileVolume create(Path dir, long metaBytes, long dataBytes, int port) throws Exception {
        FileVolume volume = new FileVolume(dir.resolve("meta.img"), dir.resolve("data.img"));
        setSize(volume.metaPath, metaBytes);
        setSize(volume.dataPath, dataBytes);
        MkfsImage image = MkfsImage.of(new MkfsParameters(
                metaBytes,
                dataBytes,
                0x66778899L,
                new UUID(2, port),
                Timespec.ZERO,
                2,
                List.of(new MkfsParameters.QuorumSlot(0, InetAddr.parse("127.0.0.1", port))),
                0));
        try (BlockDevice meta = FileDevice.open(volume.metaPath, Access.READ_WRITE, Sharing.SHARED);
                BlockDevice data = FileDevice.open(volume.dataPath, Access.READ_WRITE, Sharing.SHARED)) {
            for (MkfsImage.Write write : image.writes()) {
                BlockDevice device = write.device() == MkfsImage.Device.META ? meta : data;
                device.write(write.offsetBytes(), write.bytes());
            }
        }
        return volume;
    }

    private static void setSize(Path file, long bytes) throws IOException {
        try (RandomAccessFile random = new RandomAccessFile(file.toFile(), "rw")) {
            random.setLength(bytes);
        }
    }

    Mount mount(Host host) throws FsException {
        return Mount.open(host, metaPath, dataPath, MountOptions.parse("quorum_slot_nr=0"));
    }

    CheckReport check(Host host) throws IOException {
        try (BlockDevice meta = FileDevice.open(metaPath, Access.READ_ONLY, Sharing.SHARED);
                BlockDevice data = FileDevice.open(dataPath, Access.READ_ONLY, Sharing.SHARED)) {
            return VolumeCheck.run(host, meta, data);
        }
    }
}
