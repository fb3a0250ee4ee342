package org.scoutfs.app.offline;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.scoutfs.app.ByteSizes;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.VolumeSummary;
import org.scoutfs.device.Access;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.error.FsException;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.format.VolumeLayout;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code scoutfs change-format-version}. */
@Command(
        name = "change-format-version",
        description = "Raise the format version of a volume that nobody has mounted. There is no way back.",
        footer = {
            "",
            "Version 2 adds project ids, quota rules, retention and indexed xattrs. Everybody who mounts the volume"
                    + " later must know it.",
            "A change that was cut short is finished by running the command again.",
            "",
            "Example:",
            "  scoutfs change-format-version -F -V 2 /dev/vg/meta /dev/vg/data"
        })
public final class ChangeFormatVersionCommand extends CommandWithHelp implements Callable<Integer> {
    private static final int SUMMARY_WIDTH = 22;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "META-DEVICE", description = "The volume's metadata device.")
    @SuppressWarnings("NullAway.Init")
    private Path metaPath;

    @Parameters(index = "1", paramLabel = "DATA-DEVICE", description = "The volume's data device.")
    @SuppressWarnings("NullAway.Init")
    private Path dataPath;

    @Option(
            names = {"-F", "--offline"},
            required = true,
            description = "The volume is mounted nowhere. Must be given.")
    @SuppressWarnings("UnusedVariable") // that it is there is all
    private boolean offline;

    @Option(
            names = {"-V", "--format-version"},
            paramLabel = "VERSION",
            converter = ByteSizes.NumberConverter.class,
            defaultValue = "2",
            description = "1 or 2, default ${DEFAULT-VALUE}.")
    private long formatVersion;

    @Override
    public Integer call() throws FsException, IOException {
        if (formatVersion < VolumeLayout.FORMAT_VERSION_MIN || formatVersion > VolumeLayout.FORMAT_VERSION_MAX) {
            throw new ParameterException(
                    spec.commandLine(),
                    "format-version " + Long.toUnsignedString(formatVersion) + " is outside supported range of 1-2");
        }
        PrintWriter out = spec.commandLine().getOut();
        try (BlockDevice meta = OfflineDevices.open("meta", metaPath, Access.READ_WRITE);
                BlockDevice data = OfflineDevices.open("data", dataPath, Access.READ_WRITE)) {
            if (FormatVersionChange.apply(meta, data, formatVersion, out)) {
                SuperBlock now = OfflineDevices.readSuper("meta", meta);
                new VolumeSummary(out, "Successfully updated format version for scoutfs filesystem:", SUMMARY_WIDTH)
                        .line("meta device path:", metaPath)
                        .line("data device path:", dataPath)
                        .line("fsid:", Long.toHexString(now.fsid()))
                        .line("uuid:", now.uuid())
                        .line("format version:", now.formatVersion());
            }
        } finally {
            out.flush();
        }
        return 0;
    }
}
