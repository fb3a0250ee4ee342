package org.scoutfs.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.scoutfs.error.Errno;

/** Who keeps whom away, in one JVM and between processes. */
class SharingTest {
    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void makeFile() throws IOException {
        path = FileDeviceTest.makeFile(directory, 8192);
    }

    @Test
    void sharersShare() throws IOException {
        try (FileDevice a = open(Sharing.SHARED);
                FileDevice b = open(Sharing.SHARED)) {
            assertThat(a.isSameDevice(b)).isTrue();
        }
    }

    @Test
    void exclusiveOpenIsRefusedWhileShared() throws IOException {
        FileDevice mount = open(Sharing.SHARED);
        assertBusy(Sharing.EXCLUSIVE, "it is in use");
        mount.close();
        open(Sharing.EXCLUSIVE).close();
    }

    @Test
    void exclusiveOpenKeepsAllOthersAway() throws IOException {
        FileDevice mkfs = open(Sharing.EXCLUSIVE);
        assertBusy(Sharing.SHARED, "another program has it for itself");
        assertBusy(Sharing.EXCLUSIVE, "it is in use");
        mkfs.close();
        open(Sharing.SHARED).close();
    }

    @Test
    void readersCountAsMuchAsWriters() throws IOException {
        try (FileDevice reader = FileDevice.open(path, Access.READ_ONLY, Sharing.SHARED)) {
            assertThat(reader.readOnly()).isTrue();
            assertBusy(Sharing.EXCLUSIVE, "it is in use");
        }
        try (FileDevice check = FileDevice.open(path, Access.READ_ONLY, Sharing.EXCLUSIVE)) {
            assertThat(check.readOnly()).isTrue();
            assertBusy(Sharing.SHARED, "another program has it for itself");
        }
    }

    @Test
    void holdsBetweenProcesses() throws Exception {
        Process mount = HoldDevice.start(path, Access.READ_WRITE, Sharing.SHARED);
        try {
            assertBusy(Sharing.EXCLUSIVE, "it is in use");
            open(Sharing.SHARED).close();
        } finally {
            HoldDevice.release(mount);
        }
        open(Sharing.EXCLUSIVE).close();
    }

    @Test
    void endsWithTheProcess() throws Exception {
        Process mkfs = HoldDevice.start(path, Access.READ_WRITE, Sharing.EXCLUSIVE);
        try {
            assertBusy(Sharing.SHARED, "another program has it for itself");
        } finally {
            mkfs.destroyForcibly().waitFor();
        }
        open(Sharing.EXCLUSIVE).close();
    }

    /** A new leader asks about all mounts of before, itself among them. */
    @Test
    void whoDeclaredItselfAliveIsNotDead() throws Exception {
        try (FileDevice other = open(Sharing.SHARED)) {
            try (FileDevice one = open(Sharing.SHARED)) {
                assertThat(one.markAlive(77_000)).isTrue();
                assertThat(other.isDead(77_000)).isFalse();
                assertThat(one.isDead(77_000)).isFalse();
                assertThat(one.isDead(78_000)).isTrue();
            }
            assertThat(other.isDead(77_000)).isTrue();
        }
    }

    private FileDevice open(Sharing sharing) throws DeviceException {
        return FileDevice.open(path, Access.READ_WRITE, sharing);
    }

    private void assertBusy(Sharing sharing, String why) {
        assertThatThrownBy(() -> open(sharing))
                .isInstanceOfSatisfying(
                        DeviceBusyException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EBUSY))
                .hasMessageContaining(path.toString())
                .hasMessageContaining(why);
    }
}
