package org.scoutfs.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real block device. Needs root and a free loop device, otherwise skipped. */
class LoopDeviceTest extends BlockDeviceContract {
    @TempDir
    Path directory;

    private String loop = "";

    @Override
    BlockDevice openDevice(Access access) throws IOException {
        if (loop.isEmpty()) {
            Path file = FileDeviceTest.makeFile(directory, SIZE_BYTES);
            loop = Commands.runOrSkip("losetup", "--find", "--show", file.toString());
        }
        return FileDevice.open(Path.of(loop), access, Sharing.SHARED);
    }

    @AfterEach
    void detach() throws Exception {
        if (!loop.isEmpty()) {
            Commands.cleanUp("losetup", "--detach", loop);
        }
    }

    @Test
    void isABlockDeviceWithANumber() throws Exception {
        FileDevice device = (FileDevice) open(Access.READ_ONLY);
        assertThat(device.isBlockSpecial()).isTrue();
        assertThat(device.direct()).isTrue();
        String name = Path.of(loop).getFileName().toString();
        String number = java.nio.file.Files.readString(Path.of("/sys/class/block", name, "dev"));
        assertThat(device.deviceNumber()).hasToString(number.strip());
    }

    @Test
    void exclusiveOpenIsRefusedWhileShared() throws IOException {
        assertThatThrownBy(() -> FileDevice.open(Path.of(loop), Access.READ_WRITE, Sharing.EXCLUSIVE))
                .isInstanceOf(DeviceBusyException.class);
        closeAll();
        FileDevice.open(Path.of(loop), Access.READ_WRITE, Sharing.EXCLUSIVE).close();
    }

    @Test
    void exclusiveOpenKeepsOthersAway() throws IOException {
        closeAll();
        try (FileDevice mkfs = FileDevice.open(Path.of(loop), Access.READ_WRITE, Sharing.EXCLUSIVE)) {
            assertThat(mkfs.isBlockSpecial()).isTrue();
            for (Sharing sharing : Sharing.values()) {
                assertThatThrownBy(() -> FileDevice.open(Path.of(loop), Access.READ_WRITE, sharing))
                        .isInstanceOf(DeviceBusyException.class);
            }
        }
    }

    @Test
    void growsWithTheDevice() throws Exception {
        BlockDevice device = open(Access.READ_WRITE);
        FileDeviceTest.resize(directory.resolve("device.img"), 2L * SIZE_BYTES);
        Commands.runOrSkip("losetup", "--set-capacity", loop);
        assertThat(device.sizeBytes()).isEqualTo(2L * SIZE_BYTES);
        device.write(SIZE_BYTES, filled(4096, 8));
        assertThat(firstByte(device, SIZE_BYTES)).isEqualTo(8);
    }
}
