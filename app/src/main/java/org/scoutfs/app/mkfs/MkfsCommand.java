package org.scoutfs.app.mkfs;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.scoutfs.alloc.AllocLevels;
import org.scoutfs.app.ByteSizes;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.VolumeSummary;
import org.scoutfs.device.Access;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.device.DeviceException;
import org.scoutfs.device.FileDevice;
import org.scoutfs.device.Sharing;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.MkfsParameters;
import org.scoutfs.format.MkfsParameters.QuorumSlot;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.format.VolumeOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code scoutfs mkfs}. */
@Command(
        name = "mkfs",
        description = "Make an empty volume on a metadata and a data device. Both are block devices or regular files.",
        footer = {
            "",
            "Examples:",
            "  scoutfs mkfs /dev/vg/meta /dev/vg/data -Q 0,10.0.0.1,42000 -Q 1,10.0.0.2,42000 -Q 2,10.0.0.3,42000",
            "  truncate -s 64G meta.img data.img && scoutfs mkfs meta.img data.img -Q 0,127.0.0.1,42000"
        })
public final class MkfsCommand extends CommandWithHelp implements Callable<Integer> {
    private static final long MIN_BYTES = 64L << 30;
    private static final int SUMMARY_WIDTH = 24;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "META-DEVICE", description = "Holds everything but file contents.")
    @SuppressWarnings("NullAway.Init")
    private Path metaPath;

    @Parameters(index = "1", paramLabel = "DATA-DEVICE", description = "Holds file contents.")
    @SuppressWarnings("NullAway.Init")
    private Path dataPath;

    @Option(
            names = {"-Q", "--quorum-slot"},
            paramLabel = "NR,ADDR,PORT",
            description = "A mount that may be elected: slot 0 to 14, IPv4 address, port 1 to 65534. At least one.")
    private List<String> slotTexts = List.of();

    @Option(
            names = {"-m", "--max-meta-size"},
            paramLabel = "SIZE",
            converter = ByteSizes.SizeConverter.class,
            description = "Use no more than this of the metadata device.")
    private @Nullable Long maxMetaSize;

    @Option(
            names = {"-d", "--max-data-size"},
            paramLabel = "SIZE",
            converter = ByteSizes.SizeConverter.class,
            description = "Use no more than this of the data device.")
    private @Nullable Long maxDataSize;

    @Option(
            names = {"-z", "--data-alloc-zone-blocks"},
            paramLabel = "BLOCKS",
            converter = ByteSizes.NumberConverter.class,
            description = "Divide the data device into zones of this many 4 KiB blocks, one mount each.")
    private @Nullable Long zoneBlocks;

    @Option(
            names = {"-V", "--format-version"},
            paramLabel = "VERSION",
            converter = ByteSizes.NumberConverter.class,
            defaultValue = "2",
            description = "1 or 2, default ${DEFAULT-VALUE}.")
    private long formatVersion;

    @Option(
            names = {"-A", "--allow-small-size"},
            description = "Permit devices below 64 GiB.")
    private boolean allowSmall;

    @Option(
            names = {"-f", "--force"},
            description = "Overwrite a device that appears to hold something.")
    private boolean force;

    @Override
    public Integer call() throws FsException, IOException {
        if (slotTexts.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "must specify at least one quorum slot with --quorum-slot|-Q");
        }
        if (formatVersion < VolumeLayout.FORMAT_VERSION_MIN || formatVersion > VolumeLayout.FORMAT_VERSION_MAX) {
            throw new ParameterException(
                    spec.commandLine(),
                    "format-version " + Long.toUnsignedString(formatVersion) + " is outside supported range of 1-2");
        }
        List<QuorumSlot> slots = QuorumSlotText.parseAll(spec.commandLine(), slotTexts);
        if (Files.exists(metaPath) && Files.exists(dataPath) && Files.isSameFile(metaPath, dataPath)) {
            throw new FsException(
                    Errno.EINVAL, "metadata and data device are the same '" + dataPath + "': name two devices");
        }
        try (BlockDevice meta = open("meta", metaPath);
                BlockDevice data = open("data", dataPath)) {
            if (!force) {
                Signatures.checkEmpty(meta);
                Signatures.checkEmpty(data);
            }
            long metaSize = usable("meta", meta, maxMetaSize, VolumeLayout.LARGE_BLOCK_SIZE);
            long dataSize = usable("data", data, maxDataSize, VolumeLayout.SMALL_BLOCK_SIZE);
            MkfsParameters parameters =
                    NewVolume.parameters(metaSize, dataSize, slots, formatVersion, zoneBlocks == null ? 0 : zoneBlocks);
            checkZones(parameters);
            List<String> problems = parameters.problems(true);
            if (!problems.isEmpty()) {
                throw new FsException(Errno.EINVAL, problems.getFirst());
            }
            warnIfNeverWritable(metaSize);
            NewVolume.write(meta, data, parameters);
            report(parameters);
        }
        return 0;
    }

    private BlockDevice open(String role, Path path) throws FsException {
        if (Files.exists(path) && !Files.isRegularFile(path) && !isBlockDevice(path)) {
            throw new FsException(Errno.EINVAL, "path isn't regular or device file '" + path + "'");
        }
        try {
            return FileDevice.open(path, Access.READ_WRITE, Sharing.EXCLUSIVE);
        } catch (DeviceException e) {
            throw new FsException(
                    e.errno(),
                    "failed to open " + role + " dev '" + path + "': "
                            + e.errno().text() + " (" + e.errno().number() + ")",
                    e);
        }
    }

    private static boolean isBlockDevice(Path path) {
        try {
            int mode = (Integer) Files.getAttribute(path, "unix:mode");
            return (mode & 0170000) == 0060000;
        } catch (IOException e) {
            return false;
        }
    }

    private long usable(String role, BlockDevice device, @Nullable Long limit, long unit) throws FsException {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        long size = device.sizeBytes();
        if (limit != null && limit > size) {
            out.println("Device size limit of " + ByteSizes.human(limit) + " for " + role + " device is greater than "
                    + ByteSizes.human(size) + " available, ignored.");
        } else if (limit != null && limit > 0) {
            out.println(
                    "Limiting use of " + ByteSizes.human(size) + " " + role + " device to " + ByteSizes.human(limit));
            size = limit;
        }
        long rounded = size / unit * unit;
        if (rounded != size) {
            err.println((role.equals("meta") ? "Meta" : "Data") + " dev size " + size + " rounded down to " + rounded
                    + " bytes");
        }
        if (rounded < MIN_BYTES) {
            String text = ByteSizes.human(rounded) + " too small for min " + ByteSizes.human(MIN_BYTES) + " " + role
                    + " device";
            if (!allowSmall) {
                throw new FsException(Errno.EINVAL, text);
            }
            err.println(text + ", allowing with -A");
        }
        return rounded;
    }

    /** The reserve, and what a server and one mount have in their lists (spec 2 section 4.8). */
    private void warnIfNeverWritable(long metaSize) {
        long least = (AllocLevels.metaReserve(1) + 3 * AllocLevels.META_FILL_TARGET) * VolumeLayout.LARGE_BLOCK_SIZE;
        if (metaSize <= least) {
            spec.commandLine()
                    .getErr()
                    .println("a meta device of up to " + ByteSizes.human(least)
                            + " is all reserve: nothing can be created on this volume (No space left on device)");
        }
    }

    private void checkZones(MkfsParameters parameters) throws FsException {
        Long blocks = zoneBlocks;
        if (blocks == null) {
            return;
        }
        long total = parameters.dataSizeBytes() / VolumeLayout.SMALL_BLOCK_SIZE;
        String text = "setting data_alloc_zone_blocks to '" + Long.toUnsignedString(blocks) + "' failed, ";
        if (blocks < VolumeOptions.MIN_DATA_ALLOC_ZONE_BLOCKS) {
            throw new FsException(
                    Errno.EINVAL,
                    text + "must be at least " + VolumeOptions.MIN_DATA_ALLOC_ZONE_BLOCKS
                            + " mount data allocation target blocks");
        }
        if (blocks > total) {
            throw new FsException(Errno.EINVAL, text + "must be at most " + total + " total data device blocks");
        }
        if (blocks < (total + 1023) / 1024) {
            throw new FsException(
                    Errno.EINVAL,
                    text + "must be greater than " + total / 1024 + " blocks which results in max 1024 zones");
        }
    }

    private void report(MkfsParameters parameters) {
        PrintWriter out = spec.commandLine().getOut();
        new VolumeSummary(out, "Created scoutfs filesystem:", SUMMARY_WIDTH)
                .line("meta device path:", metaPath)
                .line("data device path:", dataPath)
                .line("fsid:", Long.toHexString(parameters.fsid()))
                .line("uuid:", parameters.uuid())
                .line("format version:", parameters.formatVersion())
                .metaBlocks(parameters.totalMetaBlocks())
                .dataBlocks(parameters.totalDataBlocks())
                .quorum(QuorumSlotText.config(parameters.slots(), 1));
        out.flush();
    }
}
