package org.scoutfs.fuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code /proc/self/mountinfo} says: the only way here to learn about our own mount, since a daemon that asks its own mount waits
 * for itself (spec 6 section 10.6).
 */
final class MountTable {
    /**
     * One mounted file system.
     *
     * @param device MAJ:MIN
     * @param readOnly here, or everywhere it is mounted
     */
    record Entry(int id, int parentId, String device, String mountPoint, String type, boolean readOnly) {
        private static final int MINOR_BITS = 20;

        /** The number that the kernel gives a FUSE connection: the device as it has it inside. */
        long connection() {
            int colon = device.indexOf(':');
            return Long.parseLong(device.substring(0, colon)) << MINOR_BITS
                    | Long.parseLong(device.substring(colon + 1));
        }
    }

    private static final Path MOUNTINFO = Path.of("/proc/self/mountinfo");

    private final List<Entry> entries;

    private MountTable(List<Entry> entries) {
        this.entries = entries;
    }

    static MountTable read() throws IOException {
        // Mount points are bytes; they are compared with bytes only.
        return parse(Files.readAllLines(MOUNTINFO, StandardCharsets.ISO_8859_1));
    }

    /** As a thread sees it, which may be in another mount namespace or have another root. */
    static MountTable ofThread(int tid) throws IOException {
        return parse(
                Files.readAllLines(Path.of("/proc", Integer.toString(tid), "mountinfo"), StandardCharsets.ISO_8859_1));
    }

    static MountTable parse(List<String> lines) {
        List<Entry> entries = new ArrayList<>(lines.size());
        for (String line : lines) {
            String[] fields = line.split(" ", -1);
            int dash = 6;
            while (dash < fields.length && !fields[dash].equals("-")) {
                dash++;
            }
            if (dash + 1 < fields.length) {
                entries.add(new Entry(
                        Integer.parseInt(fields[0]),
                        Integer.parseInt(fields[1]),
                        fields[2],
                        unescape(fields[4]),
                        fields[dash + 1],
                        isReadOnly(fields[5]) || dash + 3 < fields.length && isReadOnly(fields[dash + 3])));
            }
        }
        return new MountTable(entries);
    }

    /** The topmost mount at this place; the path as bytes in ISO 8859-1. */
    @Nullable
    Entry at(String mountPoint) {
        Entry found = null;
        for (Entry entry : entries) {
            if (entry.mountPoint.equals(mountPoint)) {
                found = entry;
            }
        }
        return found;
    }

    @Nullable
    Entry withId(int id) {
        for (Entry entry : entries) {
            if (entry.id == id) {
                return entry;
            }
        }
        return null;
    }

    /** Whether anything is mounted inside the file system with this mount id. */
    boolean hasMountsBelow(int id) {
        return entries.stream().anyMatch(entry -> entry.parentId == id);
    }

    static String bytesOf(Path path) {
        return new String(path.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private static boolean isReadOnly(String options) {
        return options.equals("ro") || options.startsWith("ro,");
    }

    /** Space, tab, newline and backslash are written as three octal digits. */
    private static String unescape(String text) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        StringBuilder plain = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 3 < text.length()) {
                plain.append((char) Integer.parseInt(text.substring(i + 1, i + 4), 8));
                i += 3;
            } else {
                plain.append(c);
            }
        }
        return plain.toString();
    }
}
