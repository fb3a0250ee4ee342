package org.scoutfs.app.contents;

import static org.scoutfs.app.ioctl.OpenFlags.O_RDONLY;

import org.scoutfs.app.ioctl.IoctlErrors;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.app.output.ListingCommand;
import org.scoutfs.app.output.NamedValues;
import org.scoutfs.app.output.Output;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Timespec;
import org.scoutfs.vfs.ArchiveFiles;
import org.scoutfs.vfs.ArchiveFiles.AttrX;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code scoutfs get-attr-x}. */
@Command(
        name = "get-attr-x",
        description = {
            "Show attributes of a file or directory beyond those of stat(1): all of them, or those asked for.",
            "A single one is shown without its name. Times are SECONDS.NANOSECONDS, the nanoseconds not padded."
        },
        footer = {"", "Example:", "  scoutfs get-attr-x --data_version --offline_blocks /mnt/archive/file"})
public final class GetAttrXCommand extends ListingCommand {
    private static final long ALL = 0x3ff;

    @Parameters(index = "0", paramLabel = "FILE", description = "A file or directory.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before list
    private String path;

    private long mask;

    @Option(
            names = {"-m", "--meta_seq"},
            description = "Seq of the last change of attributes or contents.")
    private void metaSeq(boolean wanted) {
        want(wanted, ArchiveFiles.ATTR_META_SEQ);
    }

    @Option(
            names = {"-d", "--data_seq"},
            description = "Seq of the last change of contents.")
    private void dataSeq(boolean wanted) {
        want(wanted, ArchiveFiles.ATTR_DATA_SEQ);
    }

    @Option(
            names = {"-v", "--data_version"},
            description = "Version of the contents.")
    private void dataVersion(boolean wanted) {
        want(wanted, ArchiveFiles.ATTR_DATA_VERSION);
    }

    @Option(
            names = {"-n", "--online_blocks"},
            description = "4 KiB blocks of contents on the data device.")
    private void onlineBlocks(boolean wanted) {
        want(wanted, ArchiveFiles.ATTR_ONLINE_BLOCKS);
    }

    @Option(
            names = {"-f", "--offline_blocks"},
            description = "4 KiB blocks of released contents.")
    private void offlineBlocks(boolean wanted) {
        want(wanted, ArchiveFiles.ATTR_OFFLINE_BLOCKS);
    }

    @Option(
            names = {"-c", "--ctime"},
            description = "Time of the last change of attributes.")
    private void ctime(boolean wanted) {
        want(wanted, ArchiveFiles.ATTR_CTIME);
    }

    @Option(
            names = {"-r", "--crtime"},
            description = "Time of creation.")
    private void crtime(boolean wanted) {
        want(wanted, ArchiveFiles.ATTR_CRTIME);
    }

    @Option(
            names = {"-s", "--size"},
            description = "Size in bytes.")
    private void size(boolean wanted) {
        want(wanted, ArchiveFiles.ATTR_SIZE);
    }

    @Option(
            names = {"-t", "--retention"},
            description = "1 if the file is protected from change.")
    private void retention(boolean wanted) {
        want(wanted, ArchiveFiles.ATTR_RETENTION);
    }

    @Option(
            names = {"-p", "--project_id"},
            description = "Project id, 0 if none.")
    private void projectId(boolean wanted) {
        want(wanted, ArchiveFiles.ATTR_PROJECT_ID);
    }

    private void want(boolean wanted, long bit) {
        mask = wanted ? mask | bit : mask & ~bit;
    }

    @Override
    protected void list(Output out) throws FsException {
        long asked = mask == 0 ? ALL : mask;
        try (IoctlFile file = IoctlFile.open(path, O_RDONLY)) {
            AttrX attributes = IoctlErrors.ask("attr_x ioctl failed on '" + path + "'", () -> file.getAttrX(asked));
            out.row(row(attributes, asked));
        }
    }

    /** @param mask which ones */
    static NamedValues row(AttrX x, long mask) throws FsException {
        NamedValues values = new NamedValues(NamedValues.Style.COLON);
        String last = "";
        for (long bit = 1; bit <= ArchiveFiles.ATTR_PROJECT_ID; bit <<= 1) {
            if ((mask & bit) != 0) {
                last = add(values, x, bit);
            }
        }
        return Long.bitCount(mask) == 1 ? values.only(last) : values;
    }

    /** The name of the attribute. */
    private static String add(NamedValues values, AttrX x, long bit) {
        return switch ((int) bit) {
            case (int) ArchiveFiles.ATTR_META_SEQ -> unsigned(values, "meta_seq", x.metaSeq());
            case (int) ArchiveFiles.ATTR_DATA_SEQ -> unsigned(values, "data_seq", x.dataSeq());
            case (int) ArchiveFiles.ATTR_DATA_VERSION -> unsigned(values, "data_version", x.dataVersion());
            case (int) ArchiveFiles.ATTR_ONLINE_BLOCKS -> unsigned(values, "online_blocks", x.onlineBlocks());
            case (int) ArchiveFiles.ATTR_OFFLINE_BLOCKS -> unsigned(values, "offline_blocks", x.offlineBlocks());
            case (int) ArchiveFiles.ATTR_CTIME -> time(values, "ctime", x.ctime());
            case (int) ArchiveFiles.ATTR_CRTIME -> time(values, "crtime", x.crtime());
            case (int) ArchiveFiles.ATTR_SIZE -> unsigned(values, "size", x.size());
            case (int) ArchiveFiles.ATTR_RETENTION -> {
                values.flag("retention", x.retention());
                yield "retention";
            }
            case (int) ArchiveFiles.ATTR_PROJECT_ID -> unsigned(values, "project_id", x.projectId());
            default -> throw new IllegalArgumentException("attribute " + bit);
        };
    }

    private static String unsigned(NamedValues values, String name, long value) {
        values.unsigned(name, value);
        return name;
    }

    private static String time(NamedValues values, String name, Timespec time) {
        values.text(name, time.seconds() + "." + time.nanos());
        return name;
    }
}
