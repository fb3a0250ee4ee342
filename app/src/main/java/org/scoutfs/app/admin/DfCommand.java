package org.scoutfs.app.admin;

import java.util.List;
import org.scoutfs.app.ioctl.IoctlErrors;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.app.ioctl.VolumePath;
import org.scoutfs.app.output.ListingCommand;
import org.scoutfs.app.output.Output;
import org.scoutfs.error.FsException;
import org.scoutfs.vfs.VolumeDetails.AllocEntry;
import org.scoutfs.vfs.VolumeDetails.StatfsMore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code scoutfs df}. */
@Command(
        name = "df",
        description = "Show how full the metadata and the data device of a mounted volume are.",
        footer = {"", "Example:", "  scoutfs df -h -p /mnt/archive"})
public final class DfCommand extends ListingCommand {
    @Mixin
    private VolumePath path = new VolumePath();

    @Option(
            names = {"-h", "--human-readable"},
            description = "Sizes with units instead of numbers of blocks.")
    private boolean human;

    @Override
    protected void list(Output out) throws FsException {
        try (IoctlFile file = path.open()) {
            StatfsMore statfs = IoctlErrors.askOrEio("statfs_more returned -1", file::statfsMore);
            List<AllocEntry> entries = IoctlErrors.askOrEio("alloc_detail returned -1", file::allocDetail);
            out.row(VolumeUsage.of(statfs, entries).row(human));
        }
    }
}
