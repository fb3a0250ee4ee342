package org.scoutfs.app.contents;

import static org.scoutfs.app.ioctl.OpenFlags.O_WRONLY;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.ByteSizes;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.Times;
import org.scoutfs.app.ioctl.IoctlErrors;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Timespec;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code scoutfs setattr}. */
@Command(
        name = "setattr",
        description = {
            "Give a new, empty file what a restored one had: size, data version, times.",
            "Only on a file whose data version is still 0. Times that are not given become the epoch."
        },
        footer = {
            "",
            "Example:",
            "  scoutfs setattr -V 3 -s 10M -o /mnt/archive/file      10 MiB of version 3, all offline"
        })
public final class SetattrCommand extends CommandWithHelp implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "FILE", description = "A new file.")
    @SuppressWarnings("NullAway.Init")
    private String path;

    @Option(
            names = {"-t", "--ctime"},
            paramLabel = "SECONDS.NANOSECONDS",
            converter = Times.TimeConverter.class,
            description = "Time of the last change of attributes.")
    private Timespec ctime = Timespec.ZERO;

    @Option(
            names = {"-r", "--crtime"},
            paramLabel = "SECONDS.NANOSECONDS",
            converter = Times.TimeConverter.class,
            description = "Time of creation.")
    private Timespec crtime = Timespec.ZERO;

    @Option(
            names = {"-V", "--data-version"},
            paramLabel = "VERSION",
            converter = ByteSizes.NumberConverter.class,
            description = "Version of the contents, not 0.")
    private @Nullable Long dataVersion;

    @Option(
            names = {"-s", "--size"},
            paramLabel = "BYTES",
            converter = ByteSizes.SizeConverter.class,
            description = "Size; needs a data version.")
    private @Nullable Long size;

    @Option(
            names = {"-o", "--offline"},
            description = "All of the size is offline; needs a size.")
    private boolean offline;

    @Override
    public Integer call() throws FsException {
        check();
        long newVersion = dataVersion == null ? 0 : dataVersion;
        long newSize = size == null ? 0 : size;
        try (IoctlFile file = IoctlFile.open(path, O_WRONLY)) {
            IoctlErrors.order(
                    "setattr_more ioctl failed on '" + path + "'",
                    () -> file.setattrMore(newVersion, newSize, offline ? 1 : 0, ctime, crtime));
        }
        return 0;
    }

    private void check() {
        if (dataVersion != null && dataVersion == 0) {
            throw new ParameterException(spec.commandLine(), "data version must not be 0");
        }
        if (size != null && dataVersion == null) {
            throw new ParameterException(spec.commandLine(), "must provide a data version with a size");
        }
        if (offline && size == null) {
            throw new ParameterException(spec.commandLine(), "must provide a size with offline");
        }
    }
}
