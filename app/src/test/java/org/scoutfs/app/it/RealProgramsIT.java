package org.scoutfs.app.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs that people run do on the mount what they do on a local file system: the same script, the same output. */
class RealProgramsIT {
    private static final int PORT = 43110;

    @TempDir
    private static Path dir;

    @BeforeAll
    static void programs() {
        Programs.require(
                "git", "tar", "rsync", "cp", "find", "make", "gcc", "sqlite3", "sha256sum", "umount", "truncate");
    }

    @Test
    void realProgramsWorkAsOnALocalFileSystem() throws Exception {
        Path script = Programs.resource("real_programs.sh", dir);
        Path local = Files.createDirectory(dir.resolve("local"));
        Path volumeDir = Files.createDirectory(dir.resolve("volume"));
        String expected = Programs.succeed(60, List.of("sh", "-e", script.toString(), local.toString()));
        assertThat(expected).endsWith("done\n");
        try (TestVolume volume = TestVolume.create(volumeDir, PORT)) {
            volume.mount("");
            String found = Programs.succeed(
                    120,
                    List.of("sh", "-e", script.toString(), volume.mountPoint().toString()));
            assertThat(found).isEqualTo(expected);
            volume.unmount();
            volume.check();
            volume.mount("");
            String again = Programs.shell(
                    60,
                    "cd '" + volume.mountPoint() + "' && git -C clone fsck --full 2>&1 && tar c tree --sort=name"
                            + " --mtime=@0 | sha256sum && sqlite3 wal.db 'pragma integrity_check;"
                            + " select count(*) from t;'");
            String localAgain = Programs.shell(
                    60,
                    "cd '" + local + "' && git -C clone fsck --full 2>&1 && tar c tree --sort=name --mtime=@0 |"
                            + " sha256sum && sqlite3 wal.db 'pragma integrity_check; select count(*) from t;'");
            assertThat(again).isEqualTo(localAgain);
            volume.unmount();
            volume.check();
        }
    }
}
