package org.scoutfs.fs.data;

import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Corruption;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.item.Item;

/**
 * The extents of one file, changed by the operations of spec 4 section 8.1: extents that can be merged are.
 *
 * <p>Looking needs the group lock in READ, changing needs it in WRITE, a hold, and the exclusive side of the inode's extent lock if
 * readers may be about. A change that fails has changed nothing. Belongs to one thread.
 */
final class Extents {
    private static final int MAX_CHANGES = 4;

    private final ExtentItems items;
    private final Counters counters;
    private final long ino;
    private final Key last;

    /** Items deleted and created by the running change, for the way back. */
    private final FileExtent[] changed = new FileExtent[MAX_CHANGES];

    private final boolean[] created = new boolean[MAX_CHANGES];
    private int changes;

    Extents(ExtentItems items, long ino, Counters counters) {
        this.counters = counters;
        this.items = items;
        this.ino = ino;
        this.last = Keys.dataExtent(ino, -1L, -1L);
    }

    /** The extent that contains {@code block}, or else the next one, or null. */
    @Nullable
    FileExtent next(long block) throws FsException {
        Item item = items.next(Keys.dataExtent(ino, block, 1), last);
        return item == null ? null : FileExtent.read(item);
    }

    /**
     * Adds an extent where there is none.
     *
     * @param counts the copy of the inode's item whose block counts follow, or null if they no longer matter
     * @throws FsException EINVAL if part of it exists
     */
    void insert(FileExtent extent, @Nullable InodeItem counts) throws FsException {
        FileExtent next = next(extent.start());
        if (next != null && next.start() < extent.end()) {
            throw overlap(extent, next);
        }
        insert(extent, next, counts);
    }

    /** {@link #insert} where {@code next} is known to be the first extent behind it, or null if there is none. */
    void insert(FileExtent extent, @Nullable FileExtent next, @Nullable InodeItem counts) throws FsException {
        changes = 0;
        long online = online(counts);
        long offline = offline(counts);
        try {
            FileExtent whole = extent;
            if (next != null && whole.canMerge(next)) {
                delete(next, counts);
                whole = whole.merge(next);
            }
            create(mergeLeft(whole, counts), counts);
        } catch (FsException | RuntimeException e) {
            undo(e, counts, online, offline);
            throw e;
        }
    }

    /**
     * Gives a range that lies wholly inside of one extent another map and flags; both 0 removes it.
     *
     * @throws FsException EINVAL if no extent contains the range
     */
    void set(long start, long len, long map, int flags, @Nullable InodeItem counts) throws FsException {
        FileExtent found = next(start);
        if (found == null || found.start() >= start + len) {
            if (map != 0 || flags != 0) {
                insert(new FileExtent(start, len, map, flags), found, counts);
            }
            return;
        }
        set(start, len, map, flags, found, counts);
    }

    /** {@link #set} inside of a known extent. */
    void set(long start, long len, long map, int flags, FileExtent found, @Nullable InodeItem counts)
            throws FsException {
        long end = start + len;
        if (found.start() > start || found.end() < end) {
            throw overlap(new FileExtent(start, len, map, flags), found);
        }
        changes = 0;
        long online = online(counts);
        long offline = offline(counts);
        try {
            delete(found, counts);
            boolean remove = map == 0 && flags == 0;
            FileExtent whole = remove ? null : new FileExtent(start, len, map, flags);
            if (found.start() < start) {
                create(new FileExtent(found.start(), start - found.start(), found.map(), found.flags()), counts);
            } else if (whole != null) {
                whole = mergeLeft(whole, counts);
            }
            if (found.end() > end) {
                create(new FileExtent(end, found.end() - end, found.mapOf(end), found.flags()), counts);
            } else if (whole != null) {
                whole = mergeRight(whole, counts);
            }
            if (whole != null) {
                create(whole, counts);
            }
        } catch (FsException | RuntimeException e) {
            undo(e, counts, online, offline);
            throw e;
        }
    }

    private FileExtent mergeLeft(FileExtent extent, @Nullable InodeItem counts) throws FsException {
        if (extent.start() == 0) {
            return extent;
        }
        FileExtent left = next(extent.start() - 1);
        if (left == null || !left.canMerge(extent)) {
            return extent;
        }
        delete(left, counts);
        return left.merge(extent);
    }

    private FileExtent mergeRight(FileExtent extent, @Nullable InodeItem counts) throws FsException {
        FileExtent right = next(extent.end());
        if (right == null || !extent.canMerge(right)) {
            return extent;
        }
        delete(right, counts);
        return extent.merge(right);
    }

    private FsException overlap(FileExtent wanted, FileExtent found) {
        return new FsException(
                Errno.EINVAL, "inode " + ino + ": change of " + wanted + " does not fit existing " + found);
    }

    // ---- items and counts

    private void delete(FileExtent extent, @Nullable InodeItem counts) throws FsException {
        items.delete(extent.key(ino));
        note(extent, false);
        count(extent, -extent.len(), counts);
    }

    private void create(FileExtent extent, @Nullable InodeItem counts) throws FsException {
        items.create(extent.key(ino), extent.value());
        note(extent, true);
        count(extent, extent.len(), counts);
    }

    private void note(FileExtent extent, boolean isNew) {
        changed[changes] = extent;
        created[changes] = isNew;
        changes++;
    }

    private void count(FileExtent extent, long delta, @Nullable InodeItem counts) throws FsException {
        if (counts == null) {
            return;
        }
        long sum;
        if (extent.isWritten()) {
            sum = counts.onlineBlocks() + delta;
            counts.setOnlineBlocks(sum);
        } else if (extent.isOffline()) {
            sum = counts.offlineBlocks() + delta;
            counts.setOfflineBlocks(sum);
        } else {
            return;
        }
        if (sum < 0) {
            throw Corruption.SC_INODE_BLOCK_COUNTS.found(
                    counters,
                    "inode item of " + ino + " counts " + (sum - delta) + (extent.isWritten() ? " online" : " offline")
                            + " blocks, its extent " + extent + " alone has more");
        }
    }

    private static long online(@Nullable InodeItem counts) {
        return counts == null ? 0 : counts.onlineBlocks();
    }

    private static long offline(@Nullable InodeItem counts) {
        return counts == null ? 0 : counts.offlineBlocks();
    }

    private void undo(Exception cause, @Nullable InodeItem counts, long online, long offline) {
        while (changes > 0) {
            changes--;
            FileExtent extent = changed[changes];
            try {
                if (created[changes]) {
                    items.delete(extent.key(ino));
                } else {
                    items.create(extent.key(ino), extent.value());
                }
            } catch (FsException e) {
                // these items are dirty in memory already: nothing can fail here that has not failed for good
                cause.addSuppressed(e);
            }
        }
        if (counts != null) {
            counts.setOnlineBlocks(online);
            counts.setOfflineBlocks(offline);
        }
    }
}
