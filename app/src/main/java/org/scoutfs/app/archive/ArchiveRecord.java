package org.scoutfs.app.archive;

import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.archive.store.ObjectName;
import org.scoutfs.format.Timespec;

/**
 * What the attribute {@link #XATTR} of a file says: where which version of it is archived. One line of {@code key=value} words; unknown
 * ones are left out of account.
 *
 * @param store id of the store
 * @param object place, data version and checksum
 * @param size of the file at that version
 * @param mtime of the file then
 * @param archivedSeconds time of day, since 1970
 */
record ArchiveRecord(long store, ObjectName object, long size, Timespec mtime, long archivedSeconds) {
    static final String XATTR = "scoutfs.hide.archive";

    String text() {
        return String.format(
                Locale.ROOT,
                "v=1 store=%s object=%s size=%d mtime=%d.%09d archived=%d",
                HexFormat.of().toHexDigits(store),
                object,
                size,
                mtime.seconds(),
                mtime.nanos(),
                archivedSeconds);
    }

    /** Null if there is none, or not of a form that this version knows. */
    static @Nullable ArchiveRecord parse(@Nullable String text) {
        if (text == null) {
            return null;
        }
        Map<String, String> words = new HashMap<>();
        for (String word : text.split(" ", -1)) {
            int at = word.indexOf('=');
            if (at > 0) {
                words.put(word.substring(0, at), word.substring(at + 1));
            }
        }
        try {
            ObjectName object = ObjectName.parse(words.getOrDefault("object", ""));
            if (object == null || !"1".equals(words.get("v"))) {
                return null;
            }
            String[] mtime = words.getOrDefault("mtime", "").split("\\.", -1);
            return new ArchiveRecord(
                    HexFormat.fromHexDigitsToLong(words.getOrDefault("store", "")),
                    object,
                    Long.parseLong(words.getOrDefault("size", "")),
                    new Timespec(Long.parseLong(mtime[0]), Integer.parseInt(mtime[1])),
                    Long.parseLong(words.getOrDefault("archived", "")));
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            return null;
        }
    }

    /** Whether it was written for this inode and this store: attributes can be copied from file to file. */
    boolean isFor(long ino, long storeId) {
        return object.ino() == ino && store == storeId;
    }

    /** Whether all that the file holds now is in the archive. */
    boolean covers(VolumeFile.State state) {
        return object.version() == state.version() && size == state.size();
    }
}
