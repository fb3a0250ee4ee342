package org.scoutfs.app.offline;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.VolumeSummary;
import org.scoutfs.device.Access;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.SuperBlock;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code scoutfs prepare-empty-data-device}. */
@Command(
        name = "prepare-empty-data-device",
        description = "Give a volume that nobody has mounted, and whose files hold no data, another data device.",
        footer = {
            "",
            "For instance when all contents were released after they were archived. The new device must have room for"
                    + " as many blocks as the old one.",
            "",
            "Examples:",
            "  scoutfs prepare-empty-data-device --check /dev/vg/meta            is the volume empty?",
            "  scoutfs prepare-empty-data-device --check /dev/vg/meta /dev/new   and would this device do?",
            "  scoutfs prepare-empty-data-device /dev/vg/meta /dev/new"
        })
public final class PrepareEmptyDataDeviceCommand extends CommandWithHelp implements Callable<Integer> {
    private static final int SUMMARY_WIDTH = 24;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "META-DEVICE", description = "The volume's metadata device.")
    @SuppressWarnings("NullAway.Init")
    private Path metaPath;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "DATA-DEVICE",
            description = "The new data device; its contents are lost. May be left out with --check.")
    private @Nullable Path dataPath;

    @Option(
            names = {"-c", "--check"},
            description = "Only say whether it could be done. Nothing is written.")
    private boolean checkOnly;

    @Override
    public Integer call() throws FsException, IOException {
        Path newData = dataPath;
        if (newData == null && !checkOnly) {
            throw new ParameterException(
                    spec.commandLine(), "name the new data device, or give --check to look at the volume only");
        }
        if (newData != null && Files.exists(newData) && Files.exists(metaPath) && Files.isSameFile(metaPath, newData)) {
            throw new FsException(
                    Errno.EINVAL, "metadata and data device are the same '" + newData + "': name two devices");
        }
        Access access = checkOnly ? Access.READ_ONLY : Access.READ_WRITE;
        PrintWriter out = spec.commandLine().getOut();
        try (BlockDevice meta = OfflineDevices.open("meta", metaPath, Access.READ_ONLY);
                @Nullable BlockDevice data = newData == null ? null : OfflineDevices.open("data", newData, access)) {
            EmptyDataDevice prepared = new EmptyDataDevice(meta, data);
            if (checkOnly) {
                return check(prepared, out);
            }
            prepared.requirePossible();
            SuperBlock now = prepared.write();
            new VolumeSummary(out, "Successfully initialized empty data device for scoutfs filesystem:", SUMMARY_WIDTH)
                    .line("meta device path:", metaPath)
                    .line("data device path:", String.valueOf(newData))
                    .line("fsid:", Long.toHexString(now.fsid()))
                    .line("uuid:", now.uuid())
                    .line("format version:", now.formatVersion())
                    .metaBlocks(now.totalMetaBlocks())
                    .dataBlocks(now.totalDataBlocks());
        } finally {
            out.flush();
        }
        return 0;
    }

    private static int check(EmptyDataDevice prepared, PrintWriter out) throws FsException {
        try {
            prepared.requirePossible();
            out.println("All checks passed.");
            return 0;
        } catch (FsException e) {
            out.println("Errors were found that must be addressed before a new empty data device could be prepared and"
                    + " used.");
            throw e;
        }
    }
}
