package org.scoutfs.app.contents;

import static org.scoutfs.app.ioctl.OpenFlags.O_RDONLY;

import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.ByteSizes;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.Times;
import org.scoutfs.app.ioctl.IoctlErrors;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Timespec;
import org.scoutfs.vfs.ArchiveFiles;
import org.scoutfs.vfs.ArchiveFiles.AttrX;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code scoutfs set-attr-x}. */
@Command(
        name = "set-attr-x",
        description = {
            "Set attributes of a file or directory beyond those of stat(1), all at once or none.",
            "A size or a data version can only be set on a file whose data version is 0. A seq or a number of blocks"
                    + " is accepted and ignored."
        },
        footer = {"", "Example:", "  scoutfs set-attr-x --project_id 42 /mnt/archive/project"})
public final class SetAttrXCommand extends CommandWithHelp implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "FILE", description = "A file or directory.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private String path;

    @Option(
            names = {"-m", "--meta_seq"},
            paramLabel = "SEQ",
            converter = ByteSizes.NumberConverter.class,
            description = "Ignored.")
    private @Nullable Long metaSeq;

    @Option(
            names = {"-d", "--data_seq"},
            paramLabel = "SEQ",
            converter = ByteSizes.NumberConverter.class,
            description = "Ignored.")
    private @Nullable Long dataSeq;

    @Option(
            names = {"-v", "--data_version"},
            paramLabel = "VERSION",
            converter = ByteSizes.NumberConverter.class,
            description = "Version of the contents, not 0.")
    private @Nullable Long dataVersion;

    @Option(
            names = {"-n", "--online_blocks"},
            paramLabel = "BLOCKS",
            converter = ByteSizes.NumberConverter.class,
            description = "Ignored.")
    private @Nullable Long onlineBlocks;

    @Option(
            names = {"-f", "--offline_blocks"},
            paramLabel = "BLOCKS",
            converter = ByteSizes.NumberConverter.class,
            description = "Ignored.")
    private @Nullable Long offlineBlocks;

    @Option(
            names = {"-c", "--ctime"},
            paramLabel = "SECONDS.NANOSECONDS",
            converter = Times.TimeConverter.class,
            description = "Time of the last change of attributes.")
    private @Nullable Timespec ctime;

    @Option(
            names = {"-r", "--crtime"},
            paramLabel = "SECONDS.NANOSECONDS",
            converter = Times.TimeConverter.class,
            description = "Time of creation.")
    private @Nullable Timespec crtime;

    @Option(
            names = {"-s", "--size"},
            paramLabel = "BYTES",
            converter = ByteSizes.NumberConverter.class,
            description = "Size; more than 0 only together with a data version.")
    private @Nullable Long size;

    @Option(
            names = {"-t", "--retention"},
            paramLabel = "0|1",
            converter = BitConverter.class,
            description = "1 protects a file from change, 0 ends that.")
    private @Nullable Boolean retention;

    @Option(
            names = {"-p", "--project_id"},
            paramLabel = "ID",
            converter = ByteSizes.NumberConverter.class,
            description = "Project id, 0 for none.")
    private @Nullable Long projectId;

    /** 0 or 1. */
    static final class BitConverter implements ITypeConverter<Boolean> {
        @Override
        public Boolean convert(String text) {
            long value = new ByteSizes.NumberConverter().convert(text);
            if (value != 0 && value != 1) {
                throw new TypeConversionException("invalid retention value '" + text + "', must be 0 or 1");
            }
            return value == 1;
        }
    }

    @Override
    public Integer call() throws FsException {
        try (IoctlFile file = IoctlFile.open(path, O_RDONLY)) {
            IoctlErrors.order("attr_x ioctl failed on '" + path + "'", () -> file.setAttrX(attributes()));
        }
        return 0;
    }

    private AttrX attributes() {
        long mask = bit(metaSeq, ArchiveFiles.ATTR_META_SEQ)
                | bit(dataSeq, ArchiveFiles.ATTR_DATA_SEQ)
                | bit(dataVersion, ArchiveFiles.ATTR_DATA_VERSION)
                | bit(onlineBlocks, ArchiveFiles.ATTR_ONLINE_BLOCKS)
                | bit(offlineBlocks, ArchiveFiles.ATTR_OFFLINE_BLOCKS)
                | bit(ctime, ArchiveFiles.ATTR_CTIME)
                | bit(crtime, ArchiveFiles.ATTR_CRTIME)
                | bit(size, ArchiveFiles.ATTR_SIZE)
                | bit(retention, ArchiveFiles.ATTR_RETENTION)
                | bit(projectId, ArchiveFiles.ATTR_PROJECT_ID);
        return new AttrX(
                mask,
                0,
                orZero(metaSeq),
                orZero(dataSeq),
                orZero(dataVersion),
                orZero(onlineBlocks),
                orZero(offlineBlocks),
                Objects.requireNonNullElse(ctime, Timespec.ZERO),
                Objects.requireNonNullElse(crtime, Timespec.ZERO),
                orZero(size),
                Objects.requireNonNullElse(retention, false),
                orZero(projectId));
    }

    private static long bit(@Nullable Object value, long bit) {
        return value == null ? 0 : bit;
    }

    private static long orZero(@Nullable Long value) {
        return value == null ? 0 : value;
    }
}
