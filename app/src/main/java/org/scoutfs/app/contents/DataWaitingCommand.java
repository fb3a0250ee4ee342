package org.scoutfs.app.contents;

import java.util.List;
import org.scoutfs.app.ByteSizes;
import org.scoutfs.app.ioctl.IoctlErrors;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.app.ioctl.VolumePath;
import org.scoutfs.app.output.FieldSink;
import org.scoutfs.app.output.ListingCommand;
import org.scoutfs.app.output.Output;
import org.scoutfs.app.output.Row;
import org.scoutfs.error.FsException;
import org.scoutfs.vfs.ArchiveFiles.Waiting;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code scoutfs data-waiting}. */
@Command(
        name = "data-waiting",
        description = "List which files have tasks of this mount waiting for offline contents, after a place.",
        footer = {"", "Example:", "  scoutfs data-waiting -I 0 -B 0 -p /mnt/archive      all of them"})
public final class DataWaitingCommand extends ListingCommand {
    private static final int BATCH = 1024;

    @Option(
            names = {"-I", "--inode"},
            required = true,
            paramLabel = "INO",
            converter = ByteSizes.NumberConverter.class,
            description = "Inode of the place after which to begin.")
    private long ino;

    @Option(
            names = {"-B", "--block"},
            required = true,
            paramLabel = "BLOCK",
            converter = ByteSizes.NumberConverter.class,
            description = "4 KiB block of the place after which to begin.")
    private long block;

    @Mixin
    private VolumePath path = new VolumePath();

    @Override
    protected void list(Output out) throws FsException {
        try (IoctlFile file = path.open()) {
            long afterIno = ino;
            long afterBlock = block;
            while (true) {
                long fromIno = afterIno;
                long fromBlock = afterBlock;
                List<Waiting> found =
                        IoctlErrors.ask("waiting ioctl failed", () -> file.dataWaiting(fromIno, fromBlock, BATCH));
                if (found.isEmpty()) {
                    return;
                }
                found.forEach(waiting -> out.row(new WaitingRow(waiting)));
                afterIno = found.getLast().ino();
                afterBlock = found.getLast().block();
            }
        }
    }

    record WaitingRow(Waiting waiting) implements Row {
        @Override
        public String text() {
            return "ino " + Long.toUnsignedString(waiting.ino())
                    + " iblock " + Long.toUnsignedString(waiting.block())
                    + " ops " + String.join(",", WaitOps.names(waiting.ops())) + "\n";
        }

        @Override
        public void fields(FieldSink to) {
            to.unsigned("ino", waiting.ino());
            to.unsigned("iblock", waiting.block());
            to.texts("ops", WaitOps.names(waiting.ops()));
        }
    }
}
