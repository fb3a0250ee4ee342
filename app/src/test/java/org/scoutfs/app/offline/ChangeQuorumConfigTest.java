package org.scoutfs.app.offline;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.scoutfs.app.InProcess;
import org.scoutfs.block.MetaDevice;
import org.scoutfs.block.QuorumBlockFile;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.QuorumBlockEvent;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.format.Timespec;
import org.scoutfs.host.Host;
import org.scoutfs.mount.GoldenVolume;

class ChangeQuorumConfigTest {
    private static final int PORT = 44810;
    private static final String MUST_BE_UNMOUNTED =
            "The filesystem must be fully recovered and cleanly unmounted to change the quorum config\n"
                    + "scoutfs: change-quorum-config failed: Device or resource busy (16)\n";

    @TempDir
    private Path dir;

    private static InProcess.Result change(Path meta, String... slots) {
        String[] words = new String[3 + 2 * slots.length];
        words[0] = "change-quorum-config";
        words[1] = "-F";
        words[2] = meta.toString();
        for (int i = 0; i < slots.length; i++) {
            words[3 + 2 * i] = "-Q";
            words[4 + 2 * i] = slots[i];
        }
        return InProcess.run(words);
    }

    @Test
    void replacesAllSlotsAndMountsUseThem() throws Exception {
        Images images = Images.create(dir, PORT);
        images.mounted(mount -> Images.write(mount, "/before", 5000));
        SuperBlock before = Images.superBlock(images.meta());

        InProcess.Result result = change(images.meta(), "3,127.0.0.1," + (PORT + 1), "7,10.0.0.7,5000");

        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).isEqualTo("""
            Successfully changed quorum config for scoutfs filesystem:
              meta device path:       %s
              fsid:                   %x
              uuid:                   %s
              quorum config version:  2
              quorum slots:           3: 127.0.0.1:%d
                                      7: 10.0.0.7:5000
            """.formatted(images.meta(), before.fsid(), before.uuid(), PORT + 1));
        SuperBlock after = Images.superBlock(images.meta());
        assertThat(after.header().seq()).isEqualTo(1);
        assertThat(after.fsRoot()).isEqualTo(before.fsRoot());
        assertThat(change(images.meta(), "3,127.0.0.1," + (PORT + 1)).exitCode())
                .isZero();
        assertThat(Images.superBlock(images.meta()).quorumConfig().version()).isEqualTo(3);
        images.mounted(3, mount -> {
            assertThat(Images.files(mount).stat("/before").size()).isEqualTo(5000);
            Images.write(mount, "/after", 5000);
        });
        images.check();
    }

    @Test
    void worksOnTheVolumeOfTheReference() throws Exception {
        GoldenVolume.unpack(dir);
        Images images = new Images(dir.resolve("meta.img"), dir.resolve("data.img"));

        assertThat(change(images.meta(), "0,127.0.0.1," + (PORT + 2)).exitCode())
                .isZero();

        int rows = GoldenVolume.manifest().size();
        images.mounted(mount -> {
            int[] found = {0};
            Images.files(mount).walk("/", (path, attributes) -> found[0]++);
            assertThat(found[0]).isGreaterThan(rows / 2);
            Images.write(mount, "/after", 5000);
        });
        images.check();
    }

    @Test
    void refusesAVolumeThatIsMounted() throws Exception {
        Images images = Images.create(dir, PORT + 3);

        images.mounted(mount -> {
            InProcess.Result result = change(images.meta(), "0,127.0.0.1,1");
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.err()).isEqualTo("""
                failed to open meta device '%s': Device or resource busy (16)
                scoutfs: change-quorum-config failed: Device or resource busy (16)
                """.formatted(images.meta()));
        });
    }

    @Test
    void refusesAVolumeWhoseMountNeverLeft() throws Exception {
        Images images = Images.create(dir, PORT + 4);
        images.mounted(mount -> {
            Images.write(mount, "/file", 5000);
            mount.forceUnmount();
        });
        SuperBlock before = Images.superBlock(images.meta());
        assertThat(before.mountedClients().isEmpty()).isFalse();

        InProcess.Result both = change(images.meta(), "1,127.0.0.1,1");
        assertThat(both.exitCode()).isEqualTo(1);
        assertThat(both.out()).isEmpty();
        assertThat(both.err())
                .matches("meta superblock mounted clients btree is not empty.\n"
                        + "mount in quorum slot 0 could still be running.\n"
                        + "  begin: write_nr \\d+ timestamp \\d+\\.\\d{9}\n"
                        + "    end: write_nr 0 timestamp 0\\.000000000\n"
                        + MUST_BE_UNMOUNTED.replace("(", "\\(").replace(")", "\\)"));

        endQuorum(images, before.fsid());
        assertThat(change(images.meta(), "1,127.0.0.1,1").err())
                .isEqualTo("meta superblock mounted clients btree is not empty.\n" + MUST_BE_UNMOUNTED);
        assertThat(Images.superBlock(images.meta()).toString()).isEqualTo(before.toString());
    }

    @Test
    void refusesAVolumeWhoseMemberNeverEnded() throws Exception {
        Images images = Images.create(dir, PORT + 5);
        images.mounted(mount -> mount.forceUnmount());
        SuperBlock noClients = Images.superBlock(images.meta());
        noClients.setMountedClients(BtreeRoot.EMPTY);
        try (BlockDevice meta = Images.open(images.meta())) {
            OfflineDevices.writeSuper(meta, noClients);
        }

        assertThat(change(images.meta(), "1,127.0.0.1,1").err())
                .startsWith("mount in quorum slot 0 could still be running.\n")
                .endsWith(MUST_BE_UNMOUNTED);

        endQuorum(images, noClients.fsid());
        assertThat(change(images.meta(), "1,127.0.0.1,1").exitCode()).isZero();
    }

    /** What the mount in slot 0 would have written had it left. */
    private static void endQuorum(Images images, long fsid) throws Exception {
        try (Host host = Host.system();
                BlockDevice meta = Images.open(images.meta());
                MetaDevice device = new MetaDevice(meta, host, 1)) {
            QuorumBlockFile file = new QuorumBlockFile(device, fsid);
            file.write(0, file.read(0).withEvent(QuorumBlockEvent.END, 1, 1, Timespec.ZERO));
        }
    }

    @Test
    void refusesWhatIsNoMetadataDevice() throws Exception {
        Images images = Images.create(dir, PORT + 6);

        InProcess.Result data = change(images.data(), "1,127.0.0.1,1");
        assertThat(data.err()).contains("is a data device").endsWith("failed: Invalid argument (22)\n");
        Path nothing = Images.file(dir, "nothing", 1 << 20);
        InProcess.Result empty = change(nothing, "1,127.0.0.1,1");
        assertThat(empty.exitCode()).isEqualTo(1);
        assertThat(empty.err()).startsWith("failed to read meta super block: Invalid argument (22): ");
        assertThat(change(dir.resolve("absent"), "1,127.0.0.1,1").err())
                .startsWith(
                        "failed to open meta device '" + dir.resolve("absent") + "': No such file or directory (2)\n");
    }

    @Test
    void wrongCallsAreUsageErrors() throws Exception {
        Images images = Images.create(dir, PORT + 7);
        String meta = images.meta().toString();

        assertThat(InProcess.run("change-quorum-config", meta, "-Q", "0,127.0.0.1,1")
                        .exitCode())
                .isEqualTo(64);
        assertThat(InProcess.run("change-quorum-config", meta, "-F").exitCode()).isEqualTo(64);
        assertThat(change(images.meta(), "15,127.0.0.1,1").exitCode()).isEqualTo(64);
        assertThat(change(images.meta(), "1,127.0.0.1,1", "1,127.0.0.2,1").err())
                .startsWith("change-quorum-config: Quorum slot 1 already specified before slot '1,127.0.0.2,1'\n");
    }
}
