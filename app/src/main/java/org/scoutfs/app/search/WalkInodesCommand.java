package org.scoutfs.app.search;

import java.util.List;
import java.util.Locale;
import org.scoutfs.app.ioctl.IoctlErrors;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.app.ioctl.VolumePath;
import org.scoutfs.app.output.FieldSink;
import org.scoutfs.app.output.ListingCommand;
import org.scoutfs.app.output.Output;
import org.scoutfs.app.output.Row;
import org.scoutfs.error.FsException;
import org.scoutfs.vfs.ArchiveQueries;
import org.scoutfs.vfs.ArchiveQueries.SeqEntry;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code scoutfs walk-inodes}. */
@Command(
        name = "walk-inodes",
        description = {
            "List inodes in the order of their last committed change: meta_seq of attributes or contents, data_seq of"
                    + " the contents of regular files.",
            "Positions are MAJOR.MINOR.INO, of which minor is always 0; what is left out is 0, and -1 is the last."
                    + " Write -- before a negative number."
        },
        footer = {"", "Example:", "  scoutfs walk-inodes -p /mnt/archive -- data_seq 0 -1"})
public final class WalkInodesCommand extends ListingCommand {
    private static final int BATCH = 4096;
    private static final int ROWS_PER_HEADING = 25;
    private static final String HEADING = line("#", "major", "minor", "ino");

    @Parameters(
            index = "0",
            paramLabel = "INDEX",
            converter = IndexConverter.class,
            description = "meta_seq or data_seq.")
    private int index;

    @Parameters(
            index = "1",
            paramLabel = "FIRST",
            converter = FirstConverter.class,
            description = "The first position.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before list
    private SeqEntry first;

    @Parameters(index = "2", paramLabel = "LAST", converter = LastConverter.class, description = "The last position.")
    @SuppressWarnings("NullAway.Init")
    private SeqEntry last;

    @Mixin
    private VolumePath path = new VolumePath();

    /** The name of an index, in any case. */
    static final class IndexConverter implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return switch (text.toLowerCase(Locale.ROOT)) {
                case "meta_seq" -> ArchiveQueries.INDEX_META_SEQ;
                case "data_seq" -> ArchiveQueries.INDEX_DATA_SEQ;
                default ->
                    throw new TypeConversionException("unknown index '" + text + "', try 'meta_seq' or 'data_seq'");
            };
        }
    }

    static final class FirstConverter implements ITypeConverter<SeqEntry> {
        @Override
        public SeqEntry convert(String text) {
            return IndexPosition.parseSeq("first", text);
        }
    }

    static final class LastConverter implements ITypeConverter<SeqEntry> {
        @Override
        public SeqEntry convert(String text) {
            return IndexPosition.parseSeq("last", text);
        }
    }

    @Override
    protected void list(Output out) throws FsException {
        int row = 0;
        SeqEntry next = first;
        try (IoctlFile file = path.open()) {
            while (true) {
                SeqEntry from = next;
                List<SeqEntry> found =
                        IoctlErrors.ask("walk_inodes ioctl failed", () -> file.walkInodes(index, from, last, BATCH));
                for (SeqEntry entry : found) {
                    if (row++ % ROWS_PER_HEADING == 0) {
                        out.decoration(HEADING);
                    }
                    out.row(new EntryRow(entry));
                }
                if (found.isEmpty() || isEnd(found.getLast())) {
                    return;
                }
                next = after(found.getLast());
            }
        }
    }

    private static boolean isEnd(SeqEntry entry) {
        return entry.seq() == -1L && entry.ino() == -1L;
    }

    private static SeqEntry after(SeqEntry entry) {
        long ino = entry.ino() + 1;
        return new SeqEntry(ino == 0 ? entry.seq() + 1 : entry.seq(), ino);
    }

    private static String line(String number, String major, String minor, String ino) {
        return String.format(Locale.ROOT, "%-20s %-20s %-10s %-20s\n", number, major, minor, ino);
    }

    record EntryRow(SeqEntry entry) implements Row {
        /** The reference shows 0 in the first column of every row. */
        @Override
        public String text() {
            return line("0", Long.toUnsignedString(entry.seq()), "0", Long.toUnsignedString(entry.ino()));
        }

        @Override
        public void fields(FieldSink to) {
            to.unsigned("major", entry.seq());
            to.unsigned("minor", 0);
            to.unsigned("ino", entry.ino());
        }
    }
}
