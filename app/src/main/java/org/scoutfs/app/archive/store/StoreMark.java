package org.scoutfs.app.archive.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the file {@code store} says, one line.
 *
 * @param id random, of the store: records in files name it
 * @param fsid the volume whose files are in it
 */
record StoreMark(long id, long fsid) {
    private static final Pattern LINE = Pattern.compile("scoutfs-archive 1 id=([0-9a-f]{16}) fsid=([0-9a-f]{16})\n");

    String text() {
        HexFormat hex = HexFormat.of();
        return "scoutfs-archive 1 id=" + hex.toHexDigits(id) + " fsid=" + hex.toHexDigits(fsid) + "\n";
    }

    static StoreMark read(Path file) throws IOException {
        String text;
        try {
            text = Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new IOException(
                    file.getParent() + " is no archive store, or the store is not mounted there: it has no file 'store'"
                            + " (`scoutfs archive init' makes a new one)",
                    e);
        }
        Matcher m = LINE.matcher(text);
        if (!m.matches()) {
            throw new IOException(file + " is not the mark of a store that this version knows");
        }
        return new StoreMark(Long.parseUnsignedLong(m.group(1), 16), Long.parseUnsignedLong(m.group(2), 16));
    }
}
