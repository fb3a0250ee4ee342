package org.scoutfs.app.admin;

import static org.scoutfs.app.ioctl.OpenFlags.O_RDONLY;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.ioctl.IoctlErrors;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.app.ioctl.StatMore;
import org.scoutfs.app.output.ListingCommand;
import org.scoutfs.app.output.NamedValues;
import org.scoutfs.app.output.Output;
import org.scoutfs.error.FsException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code scoutfs stat}. */
@Command(
        name = "stat",
        description = "Show what stat(1) does not of a file or directory on a mounted volume.",
        footer = {"", "Example:", "  scoutfs stat -s data_version /mnt/archive/file"})
public final class StatCommand extends ListingCommand {
    @Parameters(index = "0", paramLabel = "FILE", description = "A file or directory.")
    @SuppressWarnings("NullAway.Init")
    private String path;

    @Option(
            names = {"-s", "--single-field"},
            paramLabel = "FIELD",
            description = "Only the value of this field.")
    private @Nullable String single;

    @Override
    protected void list(Output out) throws FsException {
        try (IoctlFile file = IoctlFile.open(path, O_RDONLY)) {
            out.row(row(IoctlErrors.ask("ioctl failed", file::statMore)).only(single));
        }
    }

    static NamedValues row(StatMore stat) {
        return new NamedValues(NamedValues.Style.PADDED)
                .unsigned("meta_seq", stat.metaSeq())
                .unsigned("data_seq", stat.dataSeq())
                .unsigned("data_version", stat.dataVersion())
                .unsigned("online_blocks", stat.onlineBlocks())
                .unsigned("offline_blocks", stat.offlineBlocks())
                .text(
                        "crtime",
                        String.format(
                                Locale.ROOT,
                                "%d.%09d",
                                stat.crtime().seconds(),
                                stat.crtime().nanos()));
    }
}
