package org.scoutfs.app.search;

import org.scoutfs.app.ByteSizes;
import org.scoutfs.app.ioctl.IoctlErrors;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.app.ioctl.VolumePath;
import org.scoutfs.app.output.ListingCommand;
import org.scoutfs.app.output.Output;
import org.scoutfs.error.FsException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code scoutfs get-allocated-inos}. */
@Command(
        name = "get-allocated-inos",
        description = "List the inodes that exist from a number on to the end of its group of 1024.",
        footer = {"", "Example:", "  scoutfs get-allocated-inos -i 11264 -p /mnt/archive"})
public final class GetAllocatedInosCommand extends ListingCommand {
    private static final int GROUP = 1024;

    @Option(
            names = {"-i", "--ino"},
            required = true,
            paramLabel = "INO",
            converter = ByteSizes.NumberConverter.class,
            description = "The first number.")
    private long ino;

    @Option(
            names = {"-s", "--single"},
            description = "Only that number, if it exists.")
    private boolean single;

    @Mixin
    private VolumePath path = new VolumePath();

    @Override
    protected void list(Output out) throws FsException {
        long[] found;
        try (IoctlFile file = path.open()) {
            found = IoctlErrors.ask(
                    "get_allocated_inos ioctl failed", () -> file.allocatedInos(ino, single ? 1 : GROUP));
        }
        for (long each : found) {
            if (!single || each == ino) {
                out.row(new InoRow(each));
            }
        }
    }
}
