package org.scoutfs.app.admin;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.ByteSizes;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.ioctl.IoctlErrors;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.app.ioctl.VolumePath;
import org.scoutfs.error.FsException;
import org.scoutfs.format.VolumeLayout;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code scoutfs resize-devices}. */
@Command(
        name = "resize-devices",
        description = {
            "Let a mounted volume use more of its devices, after they were grown.",
            "A size is not less than before and not more than the device; one that is not given stays."
        },
        footer = {"", "Example:", "  scoutfs resize-devices -m 128G -d 10T -p /mnt/archive"})
public final class ResizeDevicesCommand extends CommandWithHelp implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Option(
            names = {"-m", "--meta-size"},
            paramLabel = "BYTES",
            converter = ByteSizes.SizeConverter.class,
            description = "Of the metadata device.")
    private @Nullable Long metaSize;

    @Option(
            names = {"-d", "--data-size"},
            paramLabel = "BYTES",
            converter = ByteSizes.SizeConverter.class,
            description = "Of the data device.")
    private @Nullable Long dataSize;

    @Mixin
    private VolumePath path = new VolumePath();

    @Override
    public Integer call() throws FsException {
        PrintWriter out = spec.commandLine().getOut();
        try (IoctlFile file = path.open()) {
            long meta = blocks(out, "metadata", metaSize, VolumeLayout.LARGE_BLOCK_SIZE);
            long data = blocks(out, "data", dataSize, VolumeLayout.SMALL_BLOCK_SIZE);
            IoctlErrors.order("resize_devices ioctl failed", () -> file.resizeDevices(meta, data));
        } finally {
            out.flush();
        }
        return 0;
    }

    /** Whole blocks; says so if that is less. */
    static long blocks(PrintWriter out, String kind, @Nullable Long size, int block) {
        if (size == null) {
            return 0;
        }
        long blocks = Long.divideUnsigned(size, block);
        if (blocks * block != size) {
            out.print(kind + " device size " + Long.toUnsignedString(size) + " is not a multiple of " + block + " "
                    + kind + " block size, truncating down to " + Long.toUnsignedString(blocks * block)
                    + " byte size\n");
        }
        return blocks;
    }
}
