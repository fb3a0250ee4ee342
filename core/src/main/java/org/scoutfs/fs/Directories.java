package org.scoutfs.fs;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Corruption;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Dirent;
import org.scoutfs.format.DirentType;
import org.scoutfs.format.Hashes;
import org.scoutfs.format.InodeItem;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.Limits;
import org.scoutfs.item.Item;
import org.scoutfs.item.ItemCache;
import org.scoutfs.lock.ClusterLock;

/**
 * The items of directory entries: each entry has three with the same value, found by name hash, by position, and by the inode it
 * names (spec 1 section 12.4, spec 4 section 5). Knows nothing of inodes' counts and times.
 *
 * <p>Locks and holds are the caller's. A change either is made as a whole or fails and leaves nothing.
 */
final class Directories {
    private final ItemCache items;
    private final Counters counters;

    Directories(ItemCache items, Counters counters) {
        this.items = items;
        this.counters = counters;
    }

    /** A name with its hash. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Name(byte[] bytes, long hash) {
        /** ENAMETOOLONG for more than 255 bytes, ENOENT for none. */
        static Name of(byte[] bytes) throws FsException {
            if (bytes.length > Limits.NAME_MAX) {
                throw new FsException(Errno.ENAMETOOLONG);
            }
            if (bytes.length == 0) {
                throw new FsException(Errno.ENOENT);
            }
            return new Name(bytes, Hashes.direntHash(bytes));
        }

        int length() {
            return bytes.length;
        }
    }

    /** The entry of a name, or null. {@code group} is the directory's lock in READ or WRITE. */
    @Nullable
    Dirent find(long dir, Name name, ClusterLock group) throws FsException {
        Key key = Keys.dirent(dir, name.hash(), 0);
        Key last = Keys.dirent(dir, name.hash(), -1L);
        while (true) {
            Item item = items.next(key, last, group);
            if (item == null) {
                return null;
            }
            byte[] value = item.value();
            checkLength(Corruption.SC_DIRENT_NAME_LEN, item.key(), value);
            if (Arrays.equals(value, Dirent.HEADER_SIZE, value.length, name.bytes(), 0, name.length())) {
                return read(Corruption.SC_DIRENT_NAME_LEN, item);
            }
            if (item.key().third() == -1L) {
                return null;
            }
            key = item.key().increment();
        }
    }

    /** EEXIST if the name is taken. */
    void requireAbsent(long dir, Name name, ClusterLock group) throws FsException {
        if (find(dir, name, group) != null) {
            throw new FsException(Errno.EEXIST);
        }
    }

    /** The first entry at a position not below {@code position}, or null. */
    @Nullable
    Dirent next(long dir, long position, ClusterLock group) throws FsException {
        Item item = items.next(Keys.readdir(dir, position), Keys.readdir(dir, -1L), group);
        return item == null ? null : read(Corruption.SC_DIRENT_READDIR_NAME_LEN, item);
    }

    /** The directory of the first link of {@code ino} in order of (directory, position), 0 if there is none. */
    long parent(long ino, ClusterLock group) throws FsException {
        Link link = nextLink(ino, 0, 0, group);
        return link == null ? 0 : link.dir();
    }

    /** The first link of {@code ino} at or after a position in order of (directory, position), or null. */
    @Nullable
    Link nextLink(long ino, long dir, long pos, ClusterLock group) throws FsException {
        Item item = items.next(Keys.backref(ino, dir, pos), Keys.backref(ino, -1L, -1L), group);
        return item == null ? null : new Link(item.key().second(), read(Corruption.SC_DIRENT_BACKREF_NAME_LEN, item));
    }

    private Dirent read(Corruption kind, Item item) throws FsException {
        byte[] value = item.value();
        checkLength(kind, item.key(), value);
        return Dirent.read(MemorySegment.ofArray(value), 0, value.length);
    }

    private void checkLength(Corruption kind, Key key, byte[] value) throws CorruptionException {
        int length = value.length - Dirent.HEADER_SIZE;
        if (length < 1 || length > Limits.NAME_MAX) {
            throw kind.found(
                    counters, "directory entry item " + key + " has " + value.length + " bytes, expected 33..287");
        }
    }

    /** Takes the position for a new entry from a directory's item that is going to be written. */
    static long takePosition(InodeItem dir) throws FsException {
        long position = dir.nextReaddirPos();
        if (Long.compareUnsigned(position, Limits.LAST_DIRENT_POS) > 0) {
            throw new FsException(Errno.ENOSPC, "directory entry positions are used up");
        }
        dir.setNextReaddirPos(position + 1);
        return position;
    }

    /** Makes the three items of an entry, or none of them. */
    void create(long dir, ClusterLock dirGroup, Name name, long pos, long ino, ClusterLock group, int mode)
            throws FsException {
        byte[] value = encode(name, pos, ino, mode);
        Key byName = Keys.dirent(dir, name.hash(), pos);
        Key byPosition = Keys.readdir(dir, pos);
        items.create(byName, value, dirGroup);
        boolean done = false;
        boolean second = false;
        try {
            items.create(byPosition, value, dirGroup);
            second = true;
            items.create(Keys.backref(ino, dir, pos), value, group);
            done = true;
        } finally {
            if (!done) {
                if (second) {
                    items.delete(byPosition, dirGroup);
                }
                items.delete(byName, dirGroup);
            }
        }
    }

    private static byte[] encode(Name name, long pos, long ino, int mode) {
        DirentType type = DirentType.ofMode(mode)
                .orElseThrow(() -> new IllegalArgumentException("mode " + Integer.toOctalString(mode)));
        byte[] value = new byte[Dirent.HEADER_SIZE + name.length()];
        new Dirent(ino, name.hash(), pos, type.code(), name.bytes()).write(MemorySegment.ofArray(value), 0);
        return value;
    }

    /** Makes the items of an existing entry dirty: {@link #delete} of it in the same hold cannot fail then. */
    void dirty(long dir, ClusterLock dirGroup, Dirent entry, ClusterLock group) throws FsException {
        items.dirty(Keys.dirent(dir, entry.hash(), entry.pos()), dirGroup);
        items.dirty(Keys.readdir(dir, entry.pos()), dirGroup);
        items.dirty(Keys.backref(entry.ino(), dir, entry.pos()), group);
    }

    /** Removes the items of an entry made dirty before. */
    void delete(long dir, ClusterLock dirGroup, Dirent entry, ClusterLock group) throws FsException {
        items.delete(Keys.dirent(dir, entry.hash(), entry.pos()), dirGroup);
        items.delete(Keys.readdir(dir, entry.pos()), dirGroup);
        items.delete(Keys.backref(entry.ino(), dir, entry.pos()), group);
    }
}
