package org.scoutfs.app.contents;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.scoutfs.app.ByteSizes;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.ioctl.IoctlErrors;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.app.ioctl.VolumePath;
import org.scoutfs.error.FsException;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code scoutfs data-wait-err}. */
@Command(
        name = "data-wait-err",
        description = "End waits for offline contents with an error, when the archive cannot give them.",
        footer = {
            "",
            "Example:",
            "  scoutfs data-wait-err -I 11325 -V 8 -F 0 -C 4096 -O read -E -5      readers hear EIO"
        })
public final class DataWaitErrCommand extends CommandWithHelp implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Option(
            names = {"-I", "--inode"},
            required = true,
            paramLabel = "INO",
            converter = ByteSizes.NumberConverter.class,
            description = "Inode that is waited for.")
    private long ino;

    @Option(
            names = {"-V", "--version"},
            required = true,
            paramLabel = "VERSION",
            converter = ByteSizes.NumberConverter.class,
            description = "Version of the contents; ignored.")
    private long dataVersion;

    @Option(
            names = {"-F", "--offset"},
            required = true,
            paramLabel = "BYTES",
            converter = ByteSizes.SizeConverter.class,
            description = "Where the range begins.")
    private long offset;

    @Option(
            names = {"-C", "--count"},
            required = true,
            paramLabel = "BYTES",
            converter = ByteSizes.NumberConverter.class,
            description = "Length of the range.")
    private long count;

    @Option(
            names = {"-O", "--op"},
            required = true,
            paramLabel = "read|write|change_size",
            converter = WaitOps.Converter.class,
            description = "What waits.")
    private int op;

    @Option(
            names = {"-E", "--err"},
            required = true,
            paramLabel = "ERRNO",
            converter = ErrnoConverter.class,
            description = "The error, -4095..-1.")
    private long error;

    @Mixin
    private VolumePath path = new VolumePath();

    /** A negative errno. */
    static final class ErrnoConverter implements ITypeConverter<Long> {
        private static final long MIN = -4095;

        @Override
        public Long convert(String text) {
            long value = new ByteSizes.NumberConverter().convert(text);
            if (value < MIN || value > -1) {
                throw new TypeConversionException("invalid error '" + text + "', must be between -4095 and -1");
            }
            return value;
        }
    }

    @Override
    public Integer call() throws FsException {
        int waiters;
        try (IoctlFile file = path.open()) {
            waiters = IoctlErrors.askOrEio(
                    "data_wait_err returned -1", () -> file.dataWaitErr(ino, dataVersion, offset, count, op, error));
        }
        PrintWriter out = spec.commandLine().getOut();
        out.print("data_wait_err found " + waiters + " waiters.\n");
        out.flush();
        return 0;
    }
}
