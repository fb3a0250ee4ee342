package org.scoutfs.app.contents;

import static org.scoutfs.app.ioctl.OpenFlags.O_RDONLY;

import java.util.List;
import org.scoutfs.app.ioctl.IoctlErrors;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.app.output.FieldSink;
import org.scoutfs.app.output.ListingCommand;
import org.scoutfs.app.output.Output;
import org.scoutfs.app.output.Row;
import org.scoutfs.error.FsException;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.vfs.ArchiveFiles.MappedExtent;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code scoutfs get-fiemap}. */
@Command(
        name = "get-fiemap",
        description = {
            "Show the extents of a file: where in the file, where on the data device, length, flags.",
            "In blocks of 4 KiB. Flags: O offline, U unwritten, L last."
        },
        footer = {"", "Example:", "  scoutfs get-fiemap -L -b /mnt/archive/file"})
public final class GetFiemapCommand extends ListingCommand {
    private static final int BATCH = 1024;

    @Parameters(index = "0", paramLabel = "FILE", description = "A regular file.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before list
    private String path;

    @Option(
            names = {"-P", "--physical"},
            description = "Show the place on the data device, not that in the file.")
    private boolean physical;

    @Option(
            names = {"-L", "--logical"},
            description = "Show the place in the file, not that on the data device.")
    private boolean logical;

    @Option(
            names = {"-b", "--byte"},
            description = "In bytes instead of blocks.")
    private boolean bytes;

    @Override
    protected void list(Output out) throws FsException {
        Form form = new Form(logical || !physical, physical || !logical, bytes ? 1 : VolumeLayout.SMALL_BLOCK_SIZE);
        long next = 0;
        long count = 0;
        try (IoctlFile file = IoctlFile.open(path, O_RDONLY)) {
            while (true) {
                long from = next;
                List<MappedExtent> found = IoctlErrors.ask(
                        "get_fiemap ioctl failed", () -> file.extents(from, Long.MAX_VALUE - from, BATCH));
                for (MappedExtent extent : found) {
                    out.row(new ExtentRow(count, extent, form));
                    count++;
                }
                if (found.isEmpty() || found.getLast().last()) {
                    break;
                }
                next = found.getLast().logical() + found.getLast().length();
            }
        }
        out.decoration("extents: " + count + "\n");
    }

    /** @param unit bytes per number shown */
    record Form(boolean logical, boolean physical, int unit) {}

    record ExtentRow(long number, MappedExtent extent, Form form) implements Row {
        @Override
        public String text() {
            StringBuilder text = new StringBuilder().append(number).append(": offset:");
            if (form.logical) {
                text.append(' ').append(extent.logical() / form.unit);
            }
            if (form.physical) {
                text.append(' ').append(extent.physical() / form.unit);
            }
            return text.append(" length: ")
                    .append(extent.length() / form.unit)
                    .append(" flags: ")
                    .append(extent.offline() ? 'O' : '.')
                    .append(extent.unwritten() ? 'U' : '.')
                    .append(extent.last() ? 'L' : '.')
                    .append('\n')
                    .toString();
        }

        @Override
        public void fields(FieldSink to) {
            to.unsigned("logical", extent.logical());
            to.unsigned("physical", extent.physical());
            to.unsigned("length", extent.length());
            to.flag("offline", extent.offline());
            to.flag("unwritten", extent.unwritten());
            to.flag("last", extent.last());
        }
    }
}
