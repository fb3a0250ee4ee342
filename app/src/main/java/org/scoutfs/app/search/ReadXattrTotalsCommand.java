package org.scoutfs.app.search;

import java.util.List;
import org.scoutfs.app.ioctl.IoctlErrors;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.app.ioctl.VolumePath;
import org.scoutfs.app.output.FieldSink;
import org.scoutfs.app.output.ListingCommand;
import org.scoutfs.app.output.Output;
import org.scoutfs.app.output.Row;
import org.scoutfs.error.FsException;
import org.scoutfs.vfs.ArchiveQueries.XattrTotal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code scoutfs read-xattr-totals}. */
@Command(
        name = "read-xattr-totals",
        description = {
            "List the totals of extended attributes with the totl tag: the three numbers of the name, the sum of the"
                    + " values, how many.",
            "Committed changes only, up to 5 seconds old."
        },
        footer = {"", "Example:", "  scoutfs read-xattr-totals -p /mnt/archive"})
public final class ReadXattrTotalsCommand extends ListingCommand {
    private static final int BATCH = 4096;

    @Mixin
    private VolumePath path = new VolumePath();

    @Override
    protected void list(Output out) throws FsException {
        long a = 0;
        long b = 0;
        long c = 0;
        try (IoctlFile file = path.open()) {
            while (true) {
                long fromA = a;
                long fromB = b;
                long fromC = c;
                List<XattrTotal> found = IoctlErrors.ask(
                        "read_xattr_totals ioctl failed", () -> file.xattrTotals(fromA, fromB, fromC, BATCH));
                found.forEach(total -> out.row(new TotalRow(total)));
                if (found.isEmpty()) {
                    return;
                }
                XattrTotal last = found.getLast();
                c = last.c() + 1;
                b = last.b() + (c == 0 ? 1 : 0);
                a = last.a() + (c == 0 && b == 0 ? 1 : 0);
                if (a == 0 && b == 0 && c == 0) {
                    return;
                }
            }
        }
    }

    record TotalRow(XattrTotal total) implements Row {
        @Override
        public String text() {
            return Long.toUnsignedString(total.a())
                    + "." + Long.toUnsignedString(total.b())
                    + "." + Long.toUnsignedString(total.c())
                    + " = " + total.total() + ", " + total.count() + "\n";
        }

        @Override
        public void fields(FieldSink to) {
            to.unsigned("a", total.a());
            to.unsigned("b", total.b());
            to.unsigned("c", total.c());
            to.signed("total", total.total());
            to.signed("count", total.count());
        }
    }
}
