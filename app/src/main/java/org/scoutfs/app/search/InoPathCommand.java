package org.scoutfs.app.search;

import org.scoutfs.app.ByteSizes;
import org.scoutfs.app.ioctl.IoctlErrors;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.app.ioctl.VolumePath;
import org.scoutfs.app.output.ByteText;
import org.scoutfs.app.output.FieldSink;
import org.scoutfs.app.output.ListingCommand;
import org.scoutfs.app.output.Output;
import org.scoutfs.app.output.Row;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.vfs.ArchiveQueries.InoPath;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code scoutfs ino-path}. */
@Command(
        name = "ino-path",
        description = "Show all paths of an inode, relative to the root of the volume.",
        footer = {"", "Example:", "  scoutfs ino-path -p /mnt/archive 11264"})
public final class InoPathCommand extends ListingCommand {
    @Parameters(
            index = "0",
            paramLabel = "INO",
            converter = ByteSizes.NumberConverter.class,
            description = "The number of an inode.")
    private long ino;

    @Mixin
    private VolumePath path = new VolumePath();

    @Override
    protected void list(Output out) throws FsException {
        try (IoctlFile file = path.open()) {
            long dirIno = 0;
            long dirPos = 0;
            while (true) {
                long fromIno = dirIno;
                long fromPos = dirPos;
                InoPath found;
                try {
                    found = IoctlErrors.ask("inodes_since ioctl failed", () -> file.inoPath(ino, fromIno, fromPos));
                } catch (FsException e) {
                    if (e.errno() == Errno.ENOENT) {
                        return;
                    }
                    throw e;
                }
                out.row(new PathRow(found));
                dirPos = found.dirPos() + 1;
                dirIno = dirPos == 0 ? found.dirIno() + 1 : found.dirIno();
            }
        }
    }

    record PathRow(InoPath found) implements Row {
        @Override
        public String text() {
            return ByteText.decode(found.path()) + "\n";
        }

        @Override
        public void fields(FieldSink to) {
            to.unsigned("dir_ino", found.dirIno());
            to.unsigned("dir_pos", found.dirPos());
            to.text("path", ByteText.decode(found.path()));
        }
    }
}
