package org.scoutfs.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.scoutfs.error.Errno;

class FileDeviceTest {
    static Path makeFile(Path directory, long sizeBytes) throws IOException {
        Path path = directory.resolve("device.img");
        resize(path, sizeBytes);
        return path;
    }

    static void resize(Path path, long sizeBytes) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(sizeBytes);
        }
    }

    abstract static class OnFile extends BlockDeviceContract {
        @TempDir
        Path directory;

        abstract Caching caching();

        @Override
        BlockDevice openDevice(Access access) throws IOException {
            Path path = directory.resolve("device.img");
            if (!Files.exists(path)) {
                makeFile(directory, SIZE_BYTES);
            }
            return FileDevice.open(path, access, Sharing.SHARED, caching());
        }
    }

    @Nested
    class Direct extends OnFile {
        @Override
        Caching caching() {
            return Caching.DIRECT;
        }
    }

    @Nested
    class Buffered extends OnFile {
        @Override
        Caching caching() {
            return Caching.BUFFERED;
        }

        @Test
        void isNotDirect() throws IOException {
            assertThat(((FileDevice) open(Access.READ_ONLY)).direct()).isFalse();
        }
    }

    @Nested
    class Opening {
        @TempDir
        Path directory;

        @Test
        void failsWithTheReason() {
            assertFails(directory.resolve("missing"), Errno.ENOENT, "missing: open failed: ENOENT");
            assertFails(directory, Errno.EINVAL, "neither a block device nor a regular file");
            assertFails(Path.of("/dev/null"), Errno.EINVAL, "neither a block device nor a regular file");
        }

        private void assertFails(Path path, Errno errno, String message) {
            assertThatThrownBy(() -> FileDevice.open(path, Access.READ_WRITE, Sharing.SHARED))
                    .isInstanceOfSatisfying(
                            DeviceException.class, e -> assertThat(e.errno()).isEqualTo(errno))
                    .hasMessageContaining(message);
        }

        @Test
        void tellsSameFilesUnderDifferentNames() throws IOException {
            Path path = makeFile(directory, 8192);
            Path link = Files.createSymbolicLink(directory.resolve("link"), path);
            Path other = Files.createFile(directory.resolve("other"));
            try (FileDevice a = FileDevice.open(path, Access.READ_ONLY, Sharing.SHARED);
                    FileDevice b = FileDevice.open(link, Access.READ_ONLY, Sharing.SHARED);
                    FileDevice c = FileDevice.open(other, Access.READ_ONLY, Sharing.SHARED)) {
                assertThat(a.isSameDevice(b)).isTrue();
                assertThat(a.isSameDevice(c)).isFalse();
            }
        }
    }

    @Nested
    class Size {
        @TempDir
        Path directory;

        @Test
        void growsWithTheFile() throws IOException {
            Path path = makeFile(directory, 4096);
            try (FileDevice device = FileDevice.open(path, Access.READ_WRITE, Sharing.SHARED)) {
                resize(path, 3 * 4096);
                assertThat(BlockDeviceContract.firstByte(device, 2 * 4096)).isZero();
                resize(path, 4 * 4096);
                assertThat(device.sizeBytes()).isEqualTo(4 * 4096);
            }
        }

        @Test
        void partOfAUnitAtTheEndCannotBeReached() throws IOException {
            Path path = makeFile(directory, 4096 + 100);
            try (FileDevice device = FileDevice.open(path, Access.READ_WRITE, Sharing.SHARED)) {
                assertThat(device.sizeBytes()).isEqualTo(4096 + 100);
                BlockDeviceContract.assertErrno(Errno.EIO, () -> BlockDeviceContract.firstByte(device, 4096));
            }
        }

        @Test
        void aFileThatBecameShorterIsAnError() throws IOException {
            Path path = makeFile(directory, 3 * 4096);
            try (FileDevice device = FileDevice.open(path, Access.READ_WRITE, Sharing.SHARED)) {
                resize(path, 4096);
                assertThatThrownBy(() -> BlockDeviceContract.firstByte(device, 4096))
                        .isInstanceOf(DeviceException.class)
                        .hasMessageContaining("EIO")
                        .hasMessageContaining("the device ended after 0 bytes");
            }
        }
    }
}
