package org.scoutfs.server;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.scoutfs.btree.BtreeItem;
import org.scoutfs.btree.BtreeWriter;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;

/**
 * The items of one kind in one of the server's trees, as values. A kind is a zone of keys.
 *
 * <p>As its tree: under the volume's lock, changes under a commit hold.
 */
final class ItemTable<T> {
    /** Reads a structure, as every structure's {@code read} does. */
    interface Reader<T> {
        T read(MemorySegment seg, long off);
    }

    /** Stores a structure, as every structure's {@code write} does. */
    interface Writer<T> {
        void write(T value, MemorySegment seg, long off);
    }

    /** An item. */
    record Entry<T>(Key key, T value) {}

    private final String name;
    private final BtreeWriter tree;
    private final int zone;
    private final int size;
    private final Reader<T> reader;
    private final Writer<T> writer;

    /**
     * @param name for messages
     * @param size of the structure, bytes: every value must have it
     */
    ItemTable(String name, BtreeWriter tree, int zone, int size, Reader<T> reader, Writer<T> writer) {
        this.name = name;
        this.tree = tree;
        this.zone = zone;
        this.size = size;
        this.reader = reader;
        this.writer = writer;
    }

    /** The item of this key, or null. */
    @Nullable
    T find(Key key) throws FsException {
        BtreeItem item = tree.lookup(key);
        return item == null ? null : decode(item);
    }

    /** The first item at or after {@code key}, or null. */
    @Nullable
    Entry<T> next(Key key) throws FsException {
        return entry(tree.next(key));
    }

    /** The last item at or before {@code key}, or null. */
    @Nullable
    Entry<T> prev(Key key) throws FsException {
        return entry(tree.prev(key));
    }

    /** The first item, or null. */
    @Nullable
    Entry<T> first() throws FsException {
        return next(new Key(zone, 0, 0, 0, 0, 0));
    }

    /** The item after this one, or null. */
    @Nullable
    Entry<T> after(Entry<T> entry) throws FsException {
        return next(entry.key.increment());
    }

    /** Adds an item; EEXIST. */
    void insert(Key key, T value) throws FsException {
        tree.insert(key, encode(value));
    }

    /** Changes an item; ENOENT. */
    void update(Key key, T value) throws FsException {
        tree.update(key, encode(value));
    }

    /** Adds or changes an item. */
    void put(Key key, T value) throws FsException {
        tree.force(key, encode(value));
    }

    /** Removes an item; ENOENT. */
    void delete(Key key) throws FsException {
        tree.delete(key);
    }

    /** Makes sure that a later update or delete of the item does not fail (spec 2 section 3.6); ENOENT. */
    void dirty(Key key) throws FsException {
        tree.dirty(key);
    }

    private @Nullable Entry<T> entry(@Nullable BtreeItem item) throws FsException {
        if (item == null || item.key().zone() != zone) {
            return null;
        }
        return new Entry<>(item.key(), decode(item));
    }

    private T decode(BtreeItem item) throws CorruptionException {
        return decode(name, item, size, reader);
    }

    /** The structure that a copied item holds. */
    static <T> T decode(String name, BtreeItem item, int size, Reader<T> reader) throws CorruptionException {
        if (item.value().length != size) {
            throw new CorruptionException(
                    name + " item " + item.key() + " has " + item.value().length + " bytes, expected " + size);
        }
        return reader.read(MemorySegment.ofArray(item.value()), 0);
    }

    private byte[] encode(T value) {
        byte[] bytes = new byte[size];
        writer.write(value, MemorySegment.ofArray(bytes), 0);
        return bytes;
    }
}
