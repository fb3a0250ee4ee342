package org.scoutfs.fs;

import java.util.Arrays;
import org.scoutfs.counter.Corruption;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.Limits;
import org.scoutfs.item.ItemCache;
import org.scoutfs.lock.ClusterLock;

/** The items of a symlink's target: its bytes and one NUL in parts of 896 bytes (spec 1 section 12.5). Targets never change. */
final class SymlinkTargets {
    private static final int PART = Limits.ITEM_VALUE_MAX;

    private final ItemCache items;
    private final Counters counters;

    SymlinkTargets(ItemCache items, Counters counters) {
        this.items = items;
        this.counters = counters;
    }

    /** Fails with ENOENT for an empty target, ENAMETOOLONG for one of more than 4095 bytes, EINVAL for one with a NUL. */
    static void check(byte[] target) throws FsException {
        if (target.length == 0) {
            throw new FsException(Errno.ENOENT);
        }
        if (target.length + 1 > Limits.SYMLINK_MAX) {
            throw new FsException(Errno.ENAMETOOLONG);
        }
        for (byte b : target) {
            if (b == 0) {
                throw new FsException(Errno.EINVAL);
            }
        }
    }

    /** Writes all parts or, when it fails, none. */
    void create(long ino, byte[] target, ClusterLock group) throws FsException {
        byte[] stored = Arrays.copyOf(target, target.length + 1);
        int parts = parts(stored.length);
        int written = 0;
        try {
            while (written < parts) {
                int from = written * PART;
                byte[] part = Arrays.copyOfRange(stored, from, Math.min(from + PART, stored.length));
                items.create(Keys.symlink(ino, written), part, group);
                written++;
            }
        } finally {
            if (written < parts) {
                while (written > 0) {
                    written--;
                    items.delete(Keys.symlink(ino, written), group);
                }
            }
        }
    }

    /** The target without its NUL. {@code group} is held in READ or WRITE. */
    byte[] read(long ino, InodeItem item, ClusterLock group) throws FsException {
        long size = item.size();
        if (size < 2 || size > Limits.SYMLINK_MAX) {
            throw Corruption.SC_SYMLINK_INODE_SIZE.found(
                    counters, "symlink inode " + ino + " has size " + size + ", expected 2..4096");
        }
        byte[] stored = new byte[(int) size];
        for (int part = 0; part < parts(stored.length); part++) {
            Key key = Keys.symlink(ino, part);
            byte[] value = items.lookup(key, group);
            int from = part * PART;
            int expected = Math.min(PART, stored.length - from);
            if (value == null || value.length != expected) {
                throw Corruption.SC_SYMLINK_MISSING_ITEM.found(
                        counters,
                        "symlink item " + key + " " + (value == null ? "is missing" : "has " + value.length + " bytes")
                                + ", expected " + expected);
            }
            System.arraycopy(value, 0, stored, from, expected);
        }
        if (stored[stored.length - 1] != 0) {
            throw Corruption.SC_SYMLINK_NOT_NULL_TERM.found(
                    counters, "symlink inode " + ino + ": target does not end in NUL");
        }
        return Arrays.copyOf(stored, stored.length - 1);
    }

    /** Removes all parts, of which some may be missing, under the hold of the inode's deletion. */
    void delete(long ino, InodeItem item, ClusterLock group) throws FsException {
        int parts = parts((int) Math.min(item.size(), Limits.SYMLINK_MAX));
        for (int part = 0; part < parts; part++) {
            Key key = Keys.symlink(ino, part);
            if (items.lookup(key, group) != null) {
                items.delete(key, group);
            }
        }
    }

    private static int parts(int size) {
        return (size + PART - 1) / PART;
    }
}
