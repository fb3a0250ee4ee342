package org.scoutfs.app.archive.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * How far the change index was followed: everything up to this entry is archived, has changed since, is gone, or is among those to try again.
 *
 * @param seq unsigned
 * @param ino unsigned
 * @param again inodes that could not be archived
 */
public record StorePosition(long seq, long ino, SortedSet<Long> again) {
    /** Nothing was looked at yet. */
    public static final StorePosition START = new StorePosition(0, 0, new TreeSet<>());

    public StorePosition {
        again = new TreeSet<>(again);
    }

    static StorePosition read(Path file) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            return START;
        }
        try {
            String[] words = lines.getFirst().split(" ", -1);
            SortedSet<Long> again = new TreeSet<>();
            for (String line : lines.subList(1, lines.size())) {
                again.add(Long.parseUnsignedLong(line));
            }
            return new StorePosition(Long.parseUnsignedLong(words[0]), Long.parseUnsignedLong(words[1]), again);
        } catch (RuntimeException e) {
            throw new IOException(
                    file + " is damaged; remove it, and all files are looked at once more (none is copied twice)", e);
        }
    }

    String text() {
        StringBuilder text = new StringBuilder()
                .append(Long.toUnsignedString(seq))
                .append(' ')
                .append(Long.toUnsignedString(ino))
                .append('\n');
        again.forEach(one -> text.append(Long.toUnsignedString(one)).append('\n'));
        return text.toString();
    }
}
