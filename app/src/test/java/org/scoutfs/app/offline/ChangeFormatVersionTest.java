package org.scoutfs.app.offline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.scoutfs.app.InProcess;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.device.FaultDevice;
import org.scoutfs.device.FaultDisk;
import org.scoutfs.device.MemoryDevice;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.MkfsImage;
import org.scoutfs.format.MkfsParameters;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.format.Timespec;
import org.scoutfs.mount.GoldenVolume;
import org.scoutfs.mount.Mount;
import org.scoutfs.vfs.SimpleCredentials;
import org.scoutfs.vfs.Vfs;

class ChangeFormatVersionTest {
    private static final int PORT = 44820;

    @TempDir
    private Path dir;

    private static InProcess.Result change(Path meta, Path data, int version) {
        return InProcess.run(
                "change-format-version", "-F", "-V", Integer.toString(version), meta.toString(), data.toString());
    }

    /** An indexed xattr, which version 1 has not. */
    private static void setIndexed(Mount mount) throws FsException {
        byte[] name = "scoutfs.indx.7.9".getBytes(StandardCharsets.UTF_8);
        mount.vfs().setxattr(SimpleCredentials.root(), Vfs.ROOT_INO, name, new byte[0], 0, false);
    }

    @Test
    void volumeHasTheFeaturesOfVersion2Afterwards() throws Exception {
        Images images = Images.create(dir, PORT, "-V", "1");
        images.mounted(mount -> {
            Images.write(mount, "/before", 5000);
            assertThatThrownBy(() -> setIndexed(mount))
                    .isInstanceOfSatisfying(
                            FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EOPNOTSUPP));
        });
        SuperBlock before = Images.superBlock(images.meta());

        InProcess.Result result = change(images.meta(), images.data(), 2);

        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).isEqualTo("""
            Successfully updated format version for scoutfs filesystem:
              meta device path:     %s
              data device path:     %s
              fsid:                 %x
              uuid:                 %s
              format version:       2
            """.formatted(images.meta(), images.data(), before.fsid(), before.uuid()));
        for (Path device : List.of(images.meta(), images.data())) {
            SuperBlock now = Images.superBlock(device);
            assertThat(now.formatVersion()).isEqualTo(2);
            assertThat(now.header().seq()).isEqualTo(1);
        }
        images.mounted(mount -> {
            assertThat(mount.formatVersion()).isEqualTo(2);
            assertThat(Images.files(mount).stat("/before").size()).isEqualTo(5000);
            Images.write(mount, "/after", 5000);
            setIndexed(mount);
        });
        images.check();
    }

    @Test
    void nothingToDoIsSaidBeforeAnythingIsRefused() throws Exception {
        GoldenVolume.unpack(dir);
        Path meta = dir.resolve("meta.img");
        Path data = dir.resolve("data.img");

        InProcess.Result swapped = change(/* meta= */ data, /* data= */ meta, 2);

        assertThat(swapped.exitCode()).isZero();
        assertThat(swapped.out())
                .isEqualTo("both metadata and data device format version are already 2, nothing to do.\n");
    }

    @Test
    void refusesADowngrade() throws Exception {
        Images images = Images.create(dir, PORT + 1);

        InProcess.Result result = change(images.meta(), images.data(), 1);

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out())
                .isEqualTo("Downgrade of Meta Format Version: 2 and Data Format Version: 2 to Format Version: 1 is not"
                        + " allowed\n");
        assertThat(result.err()).isEqualTo("scoutfs: change-format-version failed: Operation not permitted (1)\n");
        assertThat(Images.superBlock(images.data()).formatVersion()).isEqualTo(2);
    }

    @Test
    void refusesDevicesThatAreSwappedOrOfTwoVolumes() throws Exception {
        Images images = Images.create(dir, PORT + 2, "-V", "1");

        InProcess.Result swapped = change(images.data(), images.meta(), 2);
        assertThat(swapped.out()).isEqualTo("device argument #1 is not a meta device (swap arguments?)\n");
        assertThat(swapped.err()).isEqualTo("scoutfs: change-format-version failed: Invalid argument (22)\n");
        Path copy = Images.file(dir, "copy.img", 64L << 30);
        try (BlockDevice device = Images.open(copy)) {
            OfflineDevices.writeSuper(device, Images.superBlock(images.meta()));
        }
        assertThat(change(images.meta(), copy, 2).out())
                .isEqualTo("device argument #2 is not a data device (swap arguments?)\n");
        SuperBlock foreign = Images.superBlock(images.data());
        foreign.setUuid(new UUID(1, 2));
        try (BlockDevice device = Images.open(copy)) {
            OfflineDevices.writeSuper(device, foreign);
        }
        InProcess.Result two = change(images.meta(), copy, 2);
        assertThat(two.exitCode()).isEqualTo(1);
        assertThat(two.err()).startsWith("the devices belong to two volumes: uuid is ");
        assertThat(Images.superBlock(images.meta()).formatVersion()).isEqualTo(1);
    }

    @Test
    void refusesAVolumeWhoseMountNeverLeft() throws Exception {
        Images images = Images.create(dir, PORT + 3, "-V", "1");
        images.mounted(mount -> mount.forceUnmount());

        InProcess.Result result = change(images.meta(), images.data(), 2);

        assertThat(result.err())
                .startsWith("meta superblock mounted clients btree is not empty.\n")
                .endsWith("The filesystem must be fully recovered and cleanly unmounted to change the format version\n"
                        + "scoutfs: change-format-version failed: Device or resource busy (16)\n");
        assertThat(Images.superBlock(images.data()).formatVersion()).isEqualTo(1);
    }

    @Test
    void anotherRunFinishesWhatACrashCutShort() throws Exception {
        Images images = Images.create(dir, PORT + 4, "-V", "1");
        SuperBlock data = Images.superBlock(images.data());
        data.setFormatVersion(2);
        try (BlockDevice device = Images.open(images.data())) {
            OfflineDevices.writeSuper(device, data);
        }
        assertThatThrownBy(() -> images.mounted(mount -> {}))
                .hasMessageContaining("format version is 1 on the metadata device, 2 on the data device");

        assertThat(change(images.meta(), images.data(), 2).exitCode()).isZero();

        images.mounted(ChangeFormatVersionTest::setIndexed);
        images.check();
    }

    @Test
    void metadataDeviceIsNotTouchedUntilTheDataDeviceIsStable() throws Exception {
        for (FaultDisk.Operation operation : List.of(FaultDisk.Operation.WRITE, FaultDisk.Operation.FLUSH)) {
            FaultDisk meta = new FaultDisk(MemoryDevice.create("meta", 80L << 20), 1);
            FaultDisk data = new FaultDisk(MemoryDevice.create("data", 8L << 20), 2);
            format(meta, data);
            long written = meta.count(FaultDisk.Operation.WRITE);
            data.inject(request -> request.operation() == operation ? Errno.EIO : null);
            PrintWriter out = new PrintWriter(new StringWriter());
            try (FaultDevice metaDevice = meta.open("tool");
                    FaultDevice dataDevice = data.open("tool")) {
                assertThatThrownBy(() -> FormatVersionChange.apply(metaDevice, dataDevice, 2, out))
                        .isInstanceOfSatisfying(
                                FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO));
            }
            assertThat(meta.count(FaultDisk.Operation.WRITE)).isEqualTo(written);
        }
    }

    @Test
    void bothSuperBlocksAreStableOnReturn() throws Exception {
        FaultDisk meta = new FaultDisk(MemoryDevice.create("meta", 80L << 20), 1);
        FaultDisk data = new FaultDisk(MemoryDevice.create("data", 8L << 20), 2);
        format(meta, data);
        try (FaultDevice metaDevice = meta.open("tool");
                FaultDevice dataDevice = data.open("tool")) {
            assertThat(FormatVersionChange.apply(metaDevice, dataDevice, 2, new PrintWriter(new StringWriter())))
                    .isTrue();
        }
        for (FaultDisk disk : List.of(meta, data)) {
            assertThat(disk.unflushedWrites()).isZero();
            assertThat(OfflineDevices.readSuper("test", disk.crash()).formatVersion())
                    .isEqualTo(2);
        }
    }

    private static void format(FaultDisk meta, FaultDisk data) throws IOException {
        MkfsImage image = MkfsImage.of(new MkfsParameters(
                meta.sizeBytes(),
                data.sizeBytes(),
                77,
                new UUID(3, 4),
                Timespec.ZERO,
                1,
                List.of(new MkfsParameters.QuorumSlot(0, InetAddr.parse("127.0.0.1", PORT))),
                0));
        try (FaultDevice metaDevice = meta.open("mkfs");
                FaultDevice dataDevice = data.open("mkfs")) {
            for (MkfsImage.Write write : image.writes()) {
                BlockDevice device = write.device() == MkfsImage.Device.META ? metaDevice : dataDevice;
                device.write(write.offsetBytes(), write.bytes());
            }
            metaDevice.flush();
            dataDevice.flush();
        }
    }

    @Test
    void wrongCallsAreUsageErrors() {
        assertThat(InProcess.run("change-format-version", "m", "d").exitCode()).isEqualTo(64);
        InProcess.Result version = InProcess.run("change-format-version", "-F", "-V", "3", "m", "d");
        assertThat(version.exitCode()).isEqualTo(64);
        assertThat(version.err())
                .startsWith("change-format-version: format-version 3 is outside supported range of 1-2\n");
    }
}
