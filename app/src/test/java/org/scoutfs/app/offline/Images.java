package org.scoutfs.app.offline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import org.scoutfs.app.InProcess;
import org.scoutfs.check.VolumeCheck;
import org.scoutfs.device.Access;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.device.FileDevice;
import org.scoutfs.device.Sharing;
import org.scoutfs.error.FsException;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.host.Host;
import org.scoutfs.mount.Mount;
import org.scoutfs.mount.MountOptions;
import org.scoutfs.vfs.PathFiles;
import org.scoutfs.vfs.SimpleCredentials;

/** A volume of two sparse image files, mounted in this process. */
record Images(Path meta, Path data) {
    /** Does something with a mount. */
    interface Use {
        void with(Mount mount) throws FsException, IOException;
    }

    static Images create(Path directory, int port, String... options) throws IOException {
        Images images = new Images(file(directory, "m.img", 64L << 30), file(directory, "d.img", 64L << 30));
        String[] words = new String[options.length + 5];
        System.arraycopy(options, 0, words, 5, options.length);
        words[0] = "mkfs";
        words[1] = images.meta.toString();
        words[2] = images.data.toString();
        words[3] = "-Q";
        words[4] = "0,127.0.0.1," + port;
        assertThat(InProcess.run(words).exitCode()).isZero();
        return images;
    }

    static Path file(Path directory, String name, long bytes) throws IOException {
        Path file = directory.resolve(name);
        try (RandomAccessFile random = new RandomAccessFile(file.toFile(), "rw")) {
            random.setLength(bytes);
        }
        return file;
    }

    void mounted(Use use) throws FsException, IOException {
        mounted(0, use);
    }

    void mounted(int slot, Use use) throws FsException, IOException {
        try (Host host = Host.system();
                Mount mount = Mount.open(host, meta, data, MountOptions.parse("quorum_slot_nr=" + slot))) {
            use.with(mount);
        }
    }

    static void write(Mount mount, String path, int bytes) throws FsException, IOException {
        PathFiles files = files(mount);
        files.copyIn(new ByteArrayInputStream(new byte[bytes]), path);
        mount.vfs().syncfs();
    }

    static PathFiles files(Mount mount) {
        return new PathFiles(mount.vfs(), SimpleCredentials.root());
    }

    static BlockDevice open(Path path) throws IOException {
        return FileDevice.open(path, Access.READ_WRITE, Sharing.EXCLUSIVE);
    }

    static SuperBlock superBlock(Path path) throws FsException, IOException {
        try (BlockDevice device = open(path)) {
            return OfflineDevices.readSuper("test", device);
        }
    }

    void check() throws IOException {
        try (Host host = Host.system();
                BlockDevice metaDevice = open(meta);
                BlockDevice dataDevice = open(data)) {
            assertThat(VolumeCheck.run(host, metaDevice, dataDevice).problems()).isEmpty();
        }
    }
}
