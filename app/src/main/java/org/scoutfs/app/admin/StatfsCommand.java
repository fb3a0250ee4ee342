package org.scoutfs.app.admin;

import org.jspecify.annotations.Nullable;
import org.scoutfs.app.ioctl.IoctlErrors;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.app.ioctl.VolumePath;
import org.scoutfs.app.output.ListingCommand;
import org.scoutfs.app.output.NamedValues;
import org.scoutfs.app.output.Output;
import org.scoutfs.error.FsException;
import org.scoutfs.vfs.VolumeDetails.StatfsMore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code scoutfs statfs}. */
@Command(
        name = "statfs",
        description = "Show the ids and sizes of a mounted volume.",
        footer = {"", "Example:", "  scoutfs statfs -s rid -p /mnt/archive"})
public final class StatfsCommand extends ListingCommand {
    @Mixin
    private VolumePath path = new VolumePath();

    @Option(
            names = {"-s", "--single-field"},
            paramLabel = "FIELD",
            description = "Only the value of this field.")
    private @Nullable String single;

    @Override
    protected void list(Output out) throws FsException {
        try (IoctlFile file = path.open()) {
            out.row(row(IoctlErrors.ask("ioctl failed", file::statfsMore)).only(single));
        }
    }

    static NamedValues row(StatfsMore statfs) {
        return new NamedValues(NamedValues.Style.PADDED)
                .text("fsid", "%016x".formatted(statfs.fsid()))
                .text("rid", "%016x".formatted(statfs.rid()))
                .unsigned("committed_seq", statfs.committedSeq())
                .unsigned("total_meta_blocks", statfs.totalMetaBlocks())
                .unsigned("total_data_blocks", statfs.totalDataBlocks());
    }
}
