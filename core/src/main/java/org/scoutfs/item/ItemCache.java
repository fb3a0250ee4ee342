package org.scoutfs.item;

import org.jspecify.annotations.Nullable;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockRange;

/**
 * The mount's view of all file system items under its cluster locks, spec 2 section 7. Every call names the lock that covers the
 * key; the caller uses it in a mode that allows the call, else EINVAL. Changing calls run under a transaction hold. Values are at
 * most 896 bytes; passed arrays are copied, returned ones belong to the caller.
 *
 * <p>All calls may read from the metadata device and ask the server for roots when the key's surroundings are not cached; such
 * reads fail with EIO. A changing call that fails has changed nothing.
 */
public final class ItemCache {
    /** The item's value, or null if there is no such item. Needs READ or WRITE. */
    public byte @Nullable [] lookup(Key key, ClusterLock lock) throws FsException {
        throw new UnsupportedOperationException();
    }

    /**
     * Copies the value, or its front if {@code into} is shorter, and allocates nothing.
     *
     * @return full length of the value in bytes, -1 if there is no such item
     */
    public int lookup(Key key, ClusterLock lock, byte[] into) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** The first item in {@code key..min(last, end of the lock's range)}, or null. Needs READ or WRITE. */
    public @Nullable Item next(Key key, Key last, ClusterLock lock) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** Adds an item that must not exist (EEXIST). Needs WRITE. */
    public void create(Key key, byte[] value, ClusterLock lock) throws FsException {
        throw new UnsupportedOperationException();
    }

    /**
     * Writes an item without knowing whether it exists. Needs WRITE_ONLY or WRITE.
     *
     * @param primary lock of the inode the item belongs to: the item is never older than its write seq
     */
    public void createForce(Key key, byte[] value, ClusterLock lock, @Nullable ClusterLock primary) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** Replaces the value of an item that must exist (ENOENT). Needs WRITE. */
    public void update(Key key, byte[] value, ClusterLock lock) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** Makes an item that must exist (ENOENT) dirty, so that a later delete or update of it in this hold cannot fail. Needs WRITE. */
    public void dirty(Key key, ClusterLock lock) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** Removes an item that must exist (ENOENT). Needs WRITE. */
    public void delete(Key key, ClusterLock lock) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** Writes a deletion without knowing whether the item exists. Needs WRITE_ONLY or WRITE; {@code primary} as in createForce. */
    public void deleteForce(Key key, ClusterLock lock, @Nullable ClusterLock primary) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** Adds a (total, count) delta of 16 bytes to a totl item (spec 2 section 6.3). Needs WRITE_ONLY. */
    public void delta(Key key, byte[] value, ClusterLock lock) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** Drops all items of a range whose lock is being given up. */
    public void invalidate(LockRange range) {
        throw new UnsupportedOperationException();
    }
}
