package org.scoutfs.app.search;

import static org.scoutfs.app.ioctl.OpenFlags.O_RDONLY;

import java.nio.charset.StandardCharsets;
import org.scoutfs.app.ioctl.IoctlErrors;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.app.output.ByteText;
import org.scoutfs.app.output.FieldSink;
import org.scoutfs.app.output.ListingCommand;
import org.scoutfs.app.output.Output;
import org.scoutfs.app.output.Row;
import org.scoutfs.error.FsException;
import org.scoutfs.vfs.ArchiveQueries.HiddenNames;
import org.scoutfs.vfs.ArchiveQueries.XattrPosition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code scoutfs list-hidden-xattrs}. */
@Command(
        name = "list-hidden-xattrs",
        description =
                "List the names of a file's extended attributes with the hide tag, which listxattr(2) leaves out.",
        footer = {"", "Example:", "  scoutfs list-hidden-xattrs /mnt/archive/file"})
public final class ListHiddenXattrsCommand extends ListingCommand {
    private static final int BUFFER_BYTES = 64 << 10;

    @Parameters(index = "0", paramLabel = "FILE", description = "A file or directory.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before list
    private String path;

    @Override
    protected void list(Output out) throws FsException {
        XattrPosition next = new XattrPosition(0, 0);
        try (IoctlFile file = IoctlFile.open(path, O_RDONLY)) {
            while (true) {
                XattrPosition from = next;
                HiddenNames found =
                        IoctlErrors.ask("listxattr_hidden ioctl failed", () -> file.listHidden(from, BUFFER_BYTES));
                if (found.names().isEmpty()) {
                    return;
                }
                found.names().forEach(name -> out.row(new NameRow(name)));
                next = found.next();
            }
        }
    }

    record NameRow(byte[] name) implements Row {
        @Override
        public String text() {
            byte[] shown = new byte[name.length];
            for (int i = 0; i < name.length; i++) {
                shown[i] = name[i] >= ' ' && name[i] <= '~' ? name[i] : (byte) '?';
            }
            return new String(shown, StandardCharsets.US_ASCII) + "\n";
        }

        @Override
        public void fields(FieldSink to) {
            to.text("name", ByteText.decode(name));
        }
    }
}
