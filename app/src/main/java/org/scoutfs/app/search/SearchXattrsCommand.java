package org.scoutfs.app.search;

import org.scoutfs.app.ioctl.IoctlErrors;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.app.ioctl.VolumePath;
import org.scoutfs.app.output.ByteText;
import org.scoutfs.app.output.ListingCommand;
import org.scoutfs.app.output.Output;
import org.scoutfs.error.FsException;
import org.scoutfs.vfs.ArchiveQueries.SearchResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code scoutfs search-xattrs}. */
@Command(
        name = "search-xattrs",
        description = {
            "List the inodes that have an extended attribute of exactly this name, which has the srch tag.",
            "Committed changes only; seldom also an inode that had the attribute."
        },
        footer = {"", "Example:", "  scoutfs search-xattrs -p /mnt/archive scoutfs.srch.volume7"})
public final class SearchXattrsCommand extends ListingCommand {
    private static final int BATCH = 8192;

    @Parameters(index = "0", paramLabel = "NAME", description = "The whole name, scoutfs.srch.SOMETHING.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before list
    private String name;

    @Mixin
    private VolumePath path = new VolumePath();

    @Override
    protected void list(Output out) throws FsException {
        byte[] bytes = ByteText.encode(name);
        long next = 0;
        try (IoctlFile file = path.open()) {
            while (true) {
                long from = next;
                SearchResult found =
                        IoctlErrors.ask("search_xattrs ioctl failed", () -> file.searchXattrs(bytes, from, -1L, BATCH));
                for (long ino : found.inos()) {
                    out.row(new InoRow(ino));
                }
                if (found.complete() || found.inos().length == 0) {
                    return;
                }
                next = found.inos()[found.inos().length - 1] + 1;
            }
        }
    }
}
