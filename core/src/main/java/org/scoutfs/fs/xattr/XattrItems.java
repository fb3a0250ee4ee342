package org.scoutfs.fs.xattr;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Hashes;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.Limits;
import org.scoutfs.format.XattrHeader;
import org.scoutfs.item.Item;
import org.scoutfs.item.ItemCache;
import org.scoutfs.lock.ClusterLock;

/**
 * Attributes as items: parts of 896 bytes of header, name and value (spec 1 section 12.6). Knows no tags, rights or inodes.
 *
 * <p>The caller holds the inode's group lock: READ to read, WRITE and a transaction hold to change.
 */
final class XattrItems {
    /** A stored attribute: its id and part 0. */
    @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
    record Found(long id, XattrHeader header, byte[] firstPart) {
        byte[] name() {
            return Arrays.copyOfRange(firstPart, XattrHeader.SIZE, XattrHeader.SIZE + header.nameLen());
        }

        int parts() {
            return header.parts();
        }
    }

    private static final int STRIPES = 64;

    private final ItemCache items;
    private final List<ReentrantReadWriteLock> stripes = new ArrayList<>(STRIPES);

    XattrItems(ItemCache items) {
        this.items = items;
        for (int i = 0; i < STRIPES; i++) {
            stripes.add(new ReentrantReadWriteLock());
        }
    }

    /** Keeps readers of this mount from seeing half a change: readers hold it shared, a change exclusive. */
    ReentrantReadWriteLock stripe(long ino) {
        return stripes.get((int) (ino & (STRIPES - 1)));
    }

    /** The attribute of this name, or null. */
    @Nullable
    Found find(long ino, byte[] name, ClusterLock group) throws FsException {
        long hash = Hashes.xattrNameHash(name);
        Key last = Keys.xattr(ino, hash, -1L, 255);
        Key from = Keys.xattr(ino, hash, 0, 0);
        while (true) {
            Item item = items.next(from, last, group);
            if (item == null) {
                return null;
            }
            Found found = parse(item);
            if (nameIs(found, name)) {
                return found;
            }
            if (found.id() == -1L) {
                return null;
            }
            from = Keys.xattr(ino, hash, found.id() + 1, 0);
        }
    }

    private static boolean nameIs(Found found, byte[] name) {
        int end = XattrHeader.SIZE + found.header().nameLen();
        return Arrays.equals(found.firstPart(), XattrHeader.SIZE, end, name, 0, name.length);
    }

    /** The first attribute at or after (hash, id) in key order, or null. */
    @Nullable
    Found next(long ino, long hash, long id, ClusterLock group) throws FsException {
        Item item = items.next(Keys.xattr(ino, hash, id, 0), Keys.xattr(ino, -1L, -1L, 255), group);
        return item == null ? null : parse(item);
    }

    static long hashOf(Found found) {
        return Hashes.xattrNameHash(found.name());
    }

    private static Found parse(Item item) throws CorruptionException {
        byte[] part = item.value();
        Key key = item.key();
        if (key.fourth() != 0 || part.length < XattrHeader.SIZE) {
            throw new CorruptionException(
                    "xattr item " + key + " of " + part.length + " bytes where part 0 was expected");
        }
        XattrHeader header = XattrHeader.read(MemorySegment.ofArray(part), 0);
        int expected = Math.min(header.totalBytes(), XattrHeader.PART_SIZE);
        if (header.nameLen() == 0 || part.length != expected) {
            throw new CorruptionException("xattr item " + key + " has " + part.length + " bytes and a name of "
                    + header.nameLen() + ", expected " + expected + " bytes");
        }
        return new Found(key.third(), header, part);
    }

    /** The value, put together from all parts. */
    byte[] value(long ino, Found found, ClusterLock group) throws FsException {
        XattrHeader header = found.header();
        byte[] value = new byte[header.valLen()];
        int skip = XattrHeader.SIZE + header.nameLen();
        int filled = found.firstPart().length - skip;
        System.arraycopy(found.firstPart(), skip, value, 0, filled);
        long hash = hashOf(found);
        for (int part = 1; part < found.parts(); part++) {
            byte[] bytes = items.lookup(Keys.xattr(ino, hash, found.id(), part), group);
            int expected = Math.min(XattrHeader.PART_SIZE, value.length - filled);
            if (bytes == null || bytes.length != expected) {
                throw new CorruptionException("xattr part " + Keys.xattr(ino, hash, found.id(), part) + " has "
                        + (bytes == null ? "no item" : bytes.length + " bytes") + ", expected " + expected + " bytes");
            }
            System.arraycopy(bytes, 0, value, filled, expected);
            filled += expected;
        }
        return value;
    }

    /** All parts of an attribute as they are stored. */
    static List<byte[]> split(byte[] name, byte[] value) {
        XattrHeader header = new XattrHeader(value.length, name.length);
        byte[] all = new byte[header.totalBytes()];
        header.write(MemorySegment.ofArray(all), 0);
        System.arraycopy(name, 0, all, XattrHeader.SIZE, name.length);
        System.arraycopy(value, 0, all, XattrHeader.SIZE + name.length, value.length);
        List<byte[]> parts = new ArrayList<>();
        for (int from = 0; from < all.length; from += Limits.ITEM_VALUE_MAX) {
            parts.add(Arrays.copyOfRange(all, from, Math.min(all.length, from + Limits.ITEM_VALUE_MAX)));
        }
        return parts;
    }

    /** Adds a new attribute; nothing of it remains on failure. */
    void create(long ino, long id, byte[] name, byte[] value, ClusterLock group) throws FsException {
        long hash = Hashes.xattrNameHash(name);
        createParts(ino, hash, id, split(name, value), 0, group);
    }

    /** Creates the parts from {@code firstPart} on, the last one first, so that the one that readers find comes last. */
    private void createParts(long ino, long hash, long id, List<byte[]> parts, int firstPart, ClusterLock group)
            throws FsException {
        int at = parts.size();
        try {
            while (at > firstPart) {
                items.create(Keys.xattr(ino, hash, id, at - 1), parts.get(at - 1), group);
                at--;
            }
        } finally {
            if (at > firstPart) {
                for (int undo = at; undo < parts.size(); undo++) {
                    items.delete(Keys.xattr(ino, hash, id, undo), group);
                }
            }
        }
    }

    /** A change of a stored attribute whose items are dirty and whose additional parts exist: {@link #finish} cannot fail half-way. */
    final class Replacement {
        private final long ino;
        private final long hash;
        private final Found old;
        private final List<byte[]> parts;
        private final ClusterLock group;

        private Replacement(long ino, Found old, List<byte[]> parts, ClusterLock group) {
            this.ino = ino;
            this.hash = hashOf(old);
            this.old = old;
            this.parts = parts;
            this.group = group;
        }

        private Key key(int part) {
            return Keys.xattr(ino, hash, old.id(), part);
        }

        private void prepare() throws FsException {
            for (int part = 0; part < old.parts(); part++) {
                items.dirty(key(part), group);
            }
            createParts(ino, hash, old.id(), parts, old.parts(), group);
        }

        /** Takes the preparation back. */
        void cancel() throws FsException {
            for (int part = old.parts(); part < parts.size(); part++) {
                items.delete(key(part), group);
            }
        }

        /** Writes the new contents, the last part first, and removes what is too much; without parts removes the attribute. */
        void finish() throws FsException {
            for (int part = Math.min(parts.size(), old.parts()) - 1; part >= 0; part--) {
                items.update(key(part), parts.get(part), group);
            }
            for (int part = parts.size(); part < old.parts(); part++) {
                items.delete(key(part), group);
            }
        }
    }

    /** Prepares to replace the value, or to remove the attribute if {@code value} is null. */
    Replacement replace(long ino, Found old, byte @Nullable [] value, ClusterLock group) throws FsException {
        List<byte[]> parts = value == null ? List.of() : split(old.name(), value);
        Replacement replacement = new Replacement(ino, old, parts, group);
        replacement.prepare();
        return replacement;
    }

    /** Removes one item of any attribute; the first of the inode in key order, as deletion goes. Null if there is none. */
    @Nullable
    Item firstItem(long ino, ClusterLock group) throws FsException {
        return items.next(Keys.xattr(ino, 0, 0, 0), Keys.xattr(ino, -1L, -1L, 255), group);
    }

    void delete(Key key, ClusterLock group) throws FsException {
        items.delete(key, group);
    }

    /** Part 0 as an attribute, or null for another part. */
    static @Nullable Found asFirstPart(Item item) throws FsException {
        return item.key().fourth() == 0 ? parse(item) : null;
    }
}
