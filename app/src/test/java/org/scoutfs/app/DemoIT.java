package org.scoutfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demonstration from start to end with a small tree. */
class DemoIT {
    @TempDir
    private Path dir;

    @BeforeEach
    void makeSource() throws IOException {
        Path source = Files.createDirectories(dir.resolve("source/a/b"));
        Files.writeString(source.resolve("text"), "text");
        Files.write(source.resolve("large"), new byte[3_000_001]);
        Files.createSymbolicLink(source.resolve("link"), Path.of("../nowhere"));
        Files.setAttribute(source.resolve("text"), "unix:mode", 04751);
        Files.setLastModifiedTime(
                source.resolve("text"), FileTime.from(Instant.ofEpochSecond(1_000_000_000, 123_456_789)));
    }

    @Test
    void runsWithoutFuse() throws IOException, InterruptedException {
        Scoutfs.Result result = Scoutfs.run(dir, "demo", "volume", "--source", "source", "--embedded", "--cleanup");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out()).contains("5 entries, 3 MB", "--embedded was given", "is as copied", "MetaData");
        assertThat(dir.resolve("volume")).doesNotExist();
    }

    @Test
    void leavesTheMountAndRefusesToRunTwice() throws IOException, InterruptedException {
        Scoutfs.assumeMountable();
        try {
            Scoutfs.Result result = Scoutfs.run(dir, "demo", "volume", "--source", "source");

            assertThat(result.exitCode()).as(result.err()).isZero();
            assertThat(result.out()).contains("through FUSE", "is as copied", "scoutfs umount");
            assertThat(dir.resolve("volume/mnt/a/b/text")).hasContent("text");
            Scoutfs.Result again = Scoutfs.run(dir, "demo", "volume", "--source", "source");
            assertThat(again.exitCode()).isEqualTo(1);
            assertThat(again.err()).contains("has a volume already");
        } finally {
            Scoutfs.run(dir, "umount", "volume/mnt");
        }
    }
}
