package org.scoutfs.app.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.scoutfs.mount.GoldenVolume;

/** The volume that the reference made, mounted through FUSE: every row of its manifest reads back, read-write and read-only. */
class GoldenMountIT {
    @TempDir
    private static Path dir;

    @BeforeAll
    static void unpack() throws Exception {
        Programs.require("python3", "umount");
        GoldenVolume.unpack(dir);
    }

    @Test
    void readsBackReadWriteAndThenReadOnly() throws Exception {
        int rows = GoldenVolume.manifest().size();
        assertThat(rows).isGreaterThan(1000);
        verify("", rows);
        verify("ro", rows);
    }

    private static void verify(String options, int rows) throws Exception {
        Path program = Programs.resource("golden_verify.py", dir);
        Path manifest = GoldenVolume.fixtures().resolve("golden-v2.manifest.txt");
        try (TestVolume volume = TestVolume.existing(dir)) {
            volume.mount(options);
            String found = Programs.succeed(
                    120,
                    List.of(
                            "python3",
                            program.toString(),
                            manifest.toString(),
                            volume.mountPoint().toString()));
            assertThat(found).isEqualTo("verified " + rows + "\n");
            if (options.equals("ro")) {
                String name = volume.mountPoint().resolve("new").toString();
                assertThat(Programs.run(10, List.of("mkdir", name)).output()).contains("Read-only file system");
            }
            volume.unmount();
            volume.check();
        }
        assertThat(Files.list(dir.resolve("mnt"))).isEmpty();
    }
}
