package org.scoutfs.app.archive.store;

import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The name of an object: {@code INO.VERSION.DIGEST}, two decimal numbers without a sign and 64 hexadecimal digits.
 *
 * @param ino inode number of the file; the volume never uses it again for another
 * @param version its data version when it was copied
 * @param digest SHA-256 of the object's table, lower case
 */
public record ObjectName(long ino, long version, String digest) {
    private static final Pattern FORM = Pattern.compile("(\\d{1,20})\\.(\\d{1,20})\\.([0-9a-f]{64})");
    private static final int GROUP_BITS = 10;

    /** Null if it is none. */
    public static @Nullable ObjectName parse(String text) {
        Matcher m = FORM.matcher(text);
        if (!m.matches()) {
            return null;
        }
        try {
            ObjectName name =
                    new ObjectName(Long.parseUnsignedLong(m.group(1)), Long.parseUnsignedLong(m.group(2)), m.group(3));
            return name.toString().equals(text) ? name : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** The folder below {@code objects} for the group of an inode. */
    static Path folder(long ino) {
        long group = ino >>> GROUP_BITS;
        return Path.of(
                String.format(Locale.ROOT, "%03x", group >>> 12 & 0xfff),
                String.format(Locale.ROOT, "%03x", group & 0xfff));
    }

    /** How the names of all objects of one version of a file begin. */
    static String prefix(long ino, long version) {
        return Long.toUnsignedString(ino) + "." + Long.toUnsignedString(version) + ".";
    }

    @Override
    public String toString() {
        return prefix(ino, version) + digest;
    }
}
