package org.scoutfs.app.search;

import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.ioctl.IoctlErrors;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.app.ioctl.VolumePath;
import org.scoutfs.app.output.FieldSink;
import org.scoutfs.app.output.ListingCommand;
import org.scoutfs.app.output.Output;
import org.scoutfs.app.output.Row;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.vfs.ArchiveQueries.XattrIndexEntry;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code scoutfs read-xattr-index}. */
@Command(
        name = "read-xattr-index",
        description = {
            "List inodes that have an extended attribute with the indx tag, by the two numbers of its name.",
            "Committed changes only, up to 5 seconds old."
        },
        footer = {"", "Example:", "  scoutfs read-xattr-index -p /mnt/archive 5.0.0 5.100.0"})
public final class ReadXattrIndexCommand extends ListingCommand {
    private static final int BATCH = 4096;
    private static final XattrIndexEntry START = new XattrIndexEntry(0, 0, 0);
    private static final XattrIndexEntry END = new XattrIndexEntry(IndexPosition.MAJOR_MAX, -1L, -1L);
    private static final Comparator<XattrIndexEntry> ORDER = Comparator.comparingInt(XattrIndexEntry::major)
            .thenComparing(XattrIndexEntry::minor, Long::compareUnsigned)
            .thenComparing(XattrIndexEntry::ino, Long::compareUnsigned);

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "FIRST",
            converter = PositionConverter.class,
            description = "The first position, MAJOR.MINOR.INO; default: the first of all.")
    private @Nullable XattrIndexEntry first;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "LAST",
            converter = PositionConverter.class,
            description = "The last position; default: the last of all.")
    private @Nullable XattrIndexEntry last;

    @Mixin
    private VolumePath path = new VolumePath();

    static final class PositionConverter implements ITypeConverter<XattrIndexEntry> {
        @Override
        public XattrIndexEntry convert(String text) {
            return IndexPosition.parseXattr(text);
        }
    }

    @Override
    protected void list(Output out) throws FsException {
        XattrIndexEntry next = Objects.requireNonNullElse(first, START);
        XattrIndexEntry end = Objects.requireNonNullElse(last, END);
        if (ORDER.compare(next, end) > 0) {
            throw new FsException(
                    Errno.EINVAL,
                    "first index position " + text(next) + " must be less than last index position " + text(end));
        }
        try (IoctlFile file = path.open()) {
            while (ORDER.compare(next, end) <= 0) {
                XattrIndexEntry from = next;
                List<XattrIndexEntry> found =
                        IoctlErrors.ask("read_xattr_index ioctl failed", () -> file.xattrIndex(from, end, BATCH));
                found.forEach(entry -> out.row(new EntryRow(entry)));
                if (found.isEmpty() || found.getLast().equals(END)) {
                    return;
                }
                next = after(found.getLast());
            }
        }
    }

    private static XattrIndexEntry after(XattrIndexEntry entry) {
        long ino = entry.ino() + 1;
        long minor = entry.minor() + (ino == 0 ? 1 : 0);
        return new XattrIndexEntry(entry.major() + (ino == 0 && minor == 0 ? 1 : 0), minor, ino);
    }

    private static String text(XattrIndexEntry entry) {
        return entry.major() + "." + Long.toUnsignedString(entry.minor()) + "." + Long.toUnsignedString(entry.ino());
    }

    record EntryRow(XattrIndexEntry entry) implements Row {
        @Override
        public String text() {
            return entry.major() + "." + Long.toUnsignedString(entry.minor()) + " = "
                    + Long.toUnsignedString(entry.ino()) + "\n";
        }

        @Override
        public void fields(FieldSink to) {
            to.unsigned("major", entry.major());
            to.unsigned("minor", entry.minor());
            to.unsigned("ino", entry.ino());
        }
    }
}
