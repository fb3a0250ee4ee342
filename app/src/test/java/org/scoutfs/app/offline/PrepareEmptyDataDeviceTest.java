package org.scoutfs.app.offline;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.scoutfs.app.InProcess;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.mount.GoldenVolume;

class PrepareEmptyDataDeviceTest {
    private static final int PORT = 44830;
    private static final String ERRORS_FOUND =
            "Errors were found that must be addressed before a new empty data device could be prepared and used.\n";

    @TempDir
    private Path dir;

    private static InProcess.Result prepare(Object... words) {
        String[] all = new String[words.length + 1];
        all[0] = "prepare-empty-data-device";
        for (int i = 0; i < words.length; i++) {
            all[i + 1] = words[i].toString();
        }
        return InProcess.run(all);
    }

    @Test
    void volumeGoesOnWithItsNewDevice() throws Exception {
        Images images = Images.create(dir, PORT);
        images.mounted(mount -> {
            Images.write(mount, "/file", 1 << 20);
            Images.files(mount).mkdirs("/kept/directory");
        });
        Path newData = Images.file(dir, "new.img", 70L << 30);
        InProcess.Result used = prepare("-c", images.meta(), newData);
        assertThat(used.exitCode()).isEqualTo(1);
        assertThat(used.out()).isEqualTo(ERRORS_FOUND);
        assertThat(used.err())
                .startsWith("Data block allocator metadata shows 256 (1.00 MB) data blocks used by files. ")
                .endsWith("scoutfs: prepare-empty-data-device failed: Invalid argument (22)\n");
        assertThat(prepare(images.meta(), newData).exitCode()).isEqualTo(1);
        images.mounted(mount -> Images.files(mount).remove("/file"));
        SuperBlock before = Images.superBlock(images.meta());

        assertThat(prepare("--check", images.meta())).isEqualTo(new InProcess.Result("All checks passed.\n", "", 0));
        assertThat(prepare("--check", images.meta(), newData).out()).isEqualTo("All checks passed.\n");
        InProcess.Result result = prepare(images.meta(), newData);

        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).isEqualTo("""
            Successfully initialized empty data device for scoutfs filesystem:
              meta device path:       %s
              data device path:       %s
              fsid:                   %x
              uuid:                   %s
              format version:         2
              64KB metadata blocks:   1048576 (64.00 GB)
              4KB data blocks:        16777216 (64.00 GB)
            """.formatted(images.meta(), newData, before.fsid(), before.uuid()));
        Files.delete(images.data());
        Images moved = new Images(images.meta(), newData);
        moved.mounted(mount -> {
            assertThat(Images.files(mount).exists("/kept/directory")).isTrue();
            Images.write(mount, "/file", 1 << 20);
        });
        moved.check();
    }

    @Test
    void checkWritesNothing() throws Exception {
        Images images = Images.create(dir, PORT + 1);
        Path newData = Images.file(dir, "new.img", 64L << 30);

        assertThat(prepare("-c", images.meta(), newData).exitCode()).isZero();

        assertThat(prepare("-c", newData).err()).startsWith("failed to read meta super block: ");
    }

    @Test
    void refusesADeviceThatIsTooSmall() throws Exception {
        Images images = Images.create(dir, PORT + 2);
        Path small = Images.file(dir, "d4.img", 60L << 30);

        InProcess.Result result = prepare(images.meta(), small);

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err())
                .startsWith("new data device " + small
                        + " of size 60.00GB has 15728640 4KiB blocks, it needs at least 16777216 (64.00 GB) blocks.\n");
    }

    @Test
    void refusesAVolumeThatHoldsDataOrMayBeInUse() throws Exception {
        GoldenVolume.unpack(dir);
        assertThat(prepare("-c", dir.resolve("meta.img")).err())
                .containsPattern(
                        "^Data block allocator metadata shows [1-9]\\d* \\(\\d+\\.\\d\\d [KMG]B\\) data blocks");
        Images images = Images.create(dir, PORT + 3);
        images.mounted(mount -> mount.forceUnmount());

        InProcess.Result result = prepare("-c", images.meta());

        assertThat(result.out()).isEqualTo(ERRORS_FOUND);
        assertThat(result.err())
                .startsWith("meta superblock mounted clients btree is not empty.\n")
                .endsWith("The filesystem must be fully recovered and cleanly unmounted to determine if the data device"
                        + " is empty.\nscoutfs: prepare-empty-data-device failed: Device or resource busy (16)\n");
    }

    @Test
    void neverOverwritesAMetadataDevice() throws Exception {
        Images images = Images.create(dir, PORT + 4);
        Path copy = dir.resolve("copy.img");
        Images.file(dir, "copy.img", 64L << 30);
        try (var device = Images.open(copy)) {
            OfflineDevices.writeSuper(device, Images.superBlock(images.meta()));
        }

        assertThat(prepare(images.meta(), images.meta()).err()).contains("are the same");
        assertThat(prepare(images.meta(), copy).err()).contains("is the metadata device of a volume");
        assertThat(Images.superBlock(copy).isMetaDevice()).isTrue();
        assertThat(prepare(images.meta()).exitCode()).isEqualTo(64);
    }
}
