package org.scoutfs.app.contents;

import static org.scoutfs.app.ioctl.OpenFlags.O_RDWR;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.ByteSizes;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.ioctl.IoctlErrors;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.error.FsException;
import org.scoutfs.format.VolumeLayout;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code scoutfs release}. */
@Command(
        name = "release",
        description = {
            "Free the blocks of contents that an archive has, and leave them offline: who reads them waits until they"
                    + " are staged.",
            "Refused if the contents have another version than that which was archived."
        },
        footer = {"", "Example:", "  scoutfs release -V $(scoutfs stat -s data_version file) file      all of a file"})
public final class ReleaseCommand extends CommandWithHelp implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "FILE", description = "A regular file.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private String path;

    @Option(
            names = {"-V", "--data-version"},
            required = true,
            paramLabel = "VERSION",
            converter = ByteSizes.NumberConverter.class,
            description = "Version of the contents that were archived.")
    private long dataVersion;

    @Option(
            names = {"-o", "--offset"},
            paramLabel = "BYTES",
            converter = ByteSizes.SizeConverter.class,
            description = "Where to begin, a multiple of 4 KiB; default: 0.")
    private long offset;

    @Option(
            names = {"-l", "--length"},
            paramLabel = "BYTES",
            converter = ByteSizes.SizeConverter.class,
            description = "How much, a multiple of 4 KiB; default: the file's size, rounded up.")
    private @Nullable Long length;

    @Override
    public Integer call() throws FsException {
        try (IoctlFile file = IoctlFile.open(path, O_RDWR)) {
            long bytes = length == null ? roundUp(file.size()) : length;
            IoctlErrors.order("release ioctl failed", () -> file.release(offset, bytes, dataVersion));
        }
        return 0;
    }

    private static long roundUp(long bytes) {
        int block = VolumeLayout.SMALL_BLOCK_SIZE;
        return (bytes + block - 1) / block * block;
    }
}
