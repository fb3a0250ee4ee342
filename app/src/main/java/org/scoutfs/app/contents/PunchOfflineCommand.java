package org.scoutfs.app.contents;

import static org.scoutfs.app.ioctl.OpenFlags.O_RDWR;

import java.util.concurrent.Callable;
import org.scoutfs.app.ByteSizes;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.ioctl.IoctlErrors;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.error.FsException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code scoutfs punch-offline}. */
@Command(
        name = "punch-offline",
        description = "Make offline contents a hole, when the archive turns out to have none for that range.",
        footer = {"", "Example:", "  scoutfs punch-offline -V 3 -o 1M -l 64K /mnt/archive/file"})
public final class PunchOfflineCommand extends CommandWithHelp implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "FILE", description = "A file with offline contents.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private String path;

    @Option(
            names = {"-V", "--data-version"},
            required = true,
            paramLabel = "VERSION",
            converter = ByteSizes.NumberConverter.class,
            description = "Version of the contents.")
    private long dataVersion;

    @Option(
            names = {"-o", "--offset"},
            required = true,
            paramLabel = "BYTES",
            converter = ByteSizes.SizeConverter.class,
            description = "Where to begin, a multiple of 4 KiB.")
    private long offset;

    @Option(
            names = {"-l", "--length"},
            required = true,
            paramLabel = "BYTES",
            converter = ByteSizes.SizeConverter.class,
            description = "How much, a multiple of 4 KiB.")
    private long length;

    @Override
    public Integer call() throws FsException {
        try (IoctlFile file = IoctlFile.open(path, O_RDWR)) {
            IoctlErrors.order("punch_offline ioctl failed", () -> file.punchOffline(offset, length, dataVersion, 0));
        }
        return 0;
    }
}
