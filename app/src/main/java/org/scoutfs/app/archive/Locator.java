package org.scoutfs.app.archive;

import java.io.IOException;
import org.scoutfs.app.archive.store.ArchiveStore;
import org.scoutfs.app.archive.store.DamagedObjectException;
import org.scoutfs.app.archive.store.ObjectName;
import org.scoutfs.app.archive.store.StoredObject;
import org.scoutfs.error.FsException;

/**
 * Finds the object that holds the contents of the offline blocks of a file. While a file has offline blocks, nothing changes what those
 * blocks hold: every write and truncate waits for them first. So it is the object of the version at which they were released, which is
 *
 * <ol>
 *   <li>that of the record, if it is of the version that the file has now;
 *   <li>else an object of that version in the store: another agent wrote its record over a newer one;
 *   <li>else that of the record, if the file has only grown since by fallocate, which alone does not wait: later version, no smaller, same
 *       time of modification. What is beyond the recorded size was never released.
 * </ol>
 */
final class Locator {
    private final ArchiveStore store;

    Locator(ArchiveStore store) {
        this.store = store;
    }

    /**
     * @throws DamagedObjectException if the store does not have it
     * @throws IOException if the store does not answer
     */
    StoredObject open(long ino, VolumeFile file, VolumeFile.State state) throws IOException, FsException {
        ArchiveRecord record = ArchiveRecord.parse(file.record());
        if (record != null && !record.isFor(ino, store.id())) {
            record = null;
        }
        if (record != null && record.object().version() == state.version()) {
            return store.open(record.object());
        }
        ObjectName found = store.find(ino, state.version());
        if (found != null) {
            return store.open(found);
        }
        if (record != null && grewSince(record, state)) {
            return store.open(record.object());
        }
        throw new DamagedObjectException(
                record == null
                        ? "it has no record of this store"
                        : "its record is of version "
                                + Long.toUnsignedString(record.object().version())
                                + ", it is at " + Long.toUnsignedString(state.version())
                                + ": something else released it");
    }

    private static boolean grewSince(ArchiveRecord record, VolumeFile.State state) {
        return Long.compareUnsigned(record.object().version(), state.version()) < 0
                && record.size() <= state.size()
                && record.mtime().equals(state.mtime());
    }
}
