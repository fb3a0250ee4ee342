package org.scoutfs.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.scoutfs.error.Errno;

/** File systems that cannot do what ours would like. Each is mounted for the test; skipped where that is not allowed. */
class OddFileSystemTest extends BlockDeviceContract {
    @TempDir
    Path directory;

    private boolean mounted;

    /** The whole contract on ramfs, which has no direct I/O. */
    @Override
    BlockDevice openDevice(Access access) throws IOException {
        Path path = directory.resolve("device.img");
        if (!mounted) {
            Commands.runOrSkip("mount", "-t", "ramfs", "ramfs", directory.toString());
            mounted = true;
            FileDeviceTest.makeFile(directory, SIZE_BYTES);
        }
        return FileDevice.open(path, access, Sharing.SHARED, Caching.DIRECT);
    }

    @org.junit.jupiter.api.AfterEach
    void unmount() throws Exception {
        closeAll();
        if (mounted) {
            Commands.cleanUp("umount", directory.toString());
        }
    }

    @Test
    void fallsBackToThePageCache() throws IOException {
        assertThat(((FileDevice) open(Access.READ_WRITE)).direct()).isFalse();
    }

    @Test
    void fullFileSystemsSayNoSpace() throws Exception {
        Path small = Files.createDirectory(directory.resolve("small"));
        Commands.runOrSkip("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small.toString());
        try {
            Path path = FileDeviceTest.makeFile(small, SIZE_BYTES);
            try (FileDevice device = FileDevice.open(path, Access.READ_WRITE, Sharing.SHARED)) {
                assertErrno(Errno.ENOSPC, () -> device.write(0, filled(SIZE_BYTES, 1)));
            }
        } finally {
            Commands.cleanUp("umount", small.toString());
        }
    }
}
