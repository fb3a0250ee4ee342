package org.scoutfs.app.search;

import java.util.List;
import org.scoutfs.app.ByteSizes;
import org.scoutfs.app.ioctl.IoctlErrors;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.app.ioctl.VolumePath;
import org.scoutfs.app.output.ByteText;
import org.scoutfs.app.output.FieldSink;
import org.scoutfs.app.output.ListingCommand;
import org.scoutfs.app.output.Output;
import org.scoutfs.app.output.Row;
import org.scoutfs.error.FsException;
import org.scoutfs.vfs.ArchiveQueries.ReferringEntry;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code scoutfs get-referring-entries}. */
@Command(
        name = "get-referring-entries",
        description = {
            "List the directory entries that lead to an inode: directory, position in it, type, name.",
            "Types are those of readdir(3): 4 directory, 8 regular file, 10 symbolic link."
        },
        footer = {"", "Example:", "  scoutfs get-referring-entries -p /mnt/archive 11264"})
public final class GetReferringEntriesCommand extends ListingCommand {
    @Parameters(
            index = "0",
            paramLabel = "INO",
            converter = InoConverter.class,
            description = "The number of an inode.")
    private long ino;

    @Mixin
    private VolumePath path = new VolumePath();

    /** Not 0. */
    static final class InoConverter implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            long ino = new ByteSizes.NumberConverter().convert(text);
            if (ino == 0) {
                throw new TypeConversionException("invalid inode number '" + text + "', must not be 0");
            }
            return ino;
        }
    }

    @Override
    protected void list(Output out) throws FsException {
        try (IoctlFile file = path.open()) {
            long dirIno = 0;
            long dirPos = 0;
            while (true) {
                long fromIno = dirIno;
                long fromPos = dirPos;
                List<ReferringEntry> found =
                        IoctlErrors.ask("ioctl failed", () -> file.referringEntries(ino, fromIno, fromPos));
                found.forEach(entry -> out.row(new EntryRow(entry)));
                if (found.isEmpty() || found.getLast().last()) {
                    return;
                }
                dirPos = found.getLast().dirPos() + 1;
                dirIno = found.getLast().dirIno() + (dirPos == 0 ? 1 : 0);
            }
        }
    }

    record EntryRow(ReferringEntry entry) implements Row {
        @Override
        public String text() {
            return "dir " + Long.toUnsignedString(entry.dirIno())
                    + " pos " + Long.toUnsignedString(entry.dirPos())
                    + " type " + entry.type()
                    + " name " + ByteText.decode(entry.name()) + "\n";
        }

        @Override
        public void fields(FieldSink to) {
            to.unsigned("dir_ino", entry.dirIno());
            to.unsigned("dir_pos", entry.dirPos());
            to.unsigned("type", entry.type());
            to.text("name", ByteText.decode(entry.name()));
        }
    }
}
