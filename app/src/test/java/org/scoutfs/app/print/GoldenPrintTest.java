package org.scoutfs.app.print;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.scoutfs.device.Access;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.device.FileDevice;
import org.scoutfs.device.Sharing;
import org.scoutfs.mount.GoldenVolume;

/** The reference's print of the reference's volume. */
class GoldenPrintTest {
    @TempDir
    private Path dir;

    @Test
    void printsWhatTheReferencePrints() throws IOException, InterruptedException {
        GoldenVolume.unpack(dir);
        Path expected = dir.resolve("expected.txt");
        Process xz = new ProcessBuilder(
                        "xz",
                        "-dc",
                        GoldenVolume.fixtures()
                                .resolve("golden-v2.print.txt.xz")
                                .toString())
                .redirectOutput(expected.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertThat(xz.waitFor()).isZero();
        Path printed = dir.resolve("printed.txt");

        try (BlockDevice meta = FileDevice.open(dir.resolve("meta.img"), Access.READ_ONLY, Sharing.SHARED);
                OutputStream out = new BufferedOutputStream(Files.newOutputStream(printed), 1 << 16)) {
            assertThat(VolumePrinter.print(meta, out, false)).isTrue();
        }

        assertThat(Files.mismatch(printed, expected)).isEqualTo(-1);
    }
}
