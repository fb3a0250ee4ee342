package org.scoutfs.app.mount;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class LocalMountsTest {
    @Test
    void findsOurTypes() {
        String line = "40 30 0:35 / /mnt/a\\040b rw,relatime shared:1 - fuse.scoutfs /tmp/d\\134x rw,user_id=0";

        assertThat(LocalMounts.parse(line))
                .isEqualTo(new LocalMounts.Entry(Path.of("/mnt/a b"), "fuse.scoutfs", "/tmp/d\\x"));
    }

    @Test
    void leavesOthersOut() {
        assertThat(LocalMounts.parse("40 30 8:1 / / rw - ext4 /dev/sda1 rw")).isNull();
        assertThat(LocalMounts.parse("40 30 0:9 / /run/scoutfs/x rw - fuse.scoutfs scoutfs-control:7 rw"))
                .isNull();
        assertThat(LocalMounts.parse("")).isNull();
    }

    @Test
    void keepsBackslashesThatAreNoEscapes() {
        assertThat(LocalMounts.unescape("a\\9\\04")).isEqualTo("a\\9\\04");
    }
}
