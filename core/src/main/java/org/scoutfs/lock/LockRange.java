package org.scoutfs.lock;

import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.Types;
import org.scoutfs.format.Zones;

/**
 * Keys {@code start..end} inclusive that one cluster lock covers, spec 3 section 8.2. Ranges of different locks never overlap and
 * lie within one zone; only the start travels. The ranges are binding to the byte: every mount and the bloom filters use them.
 */
public record LockRange(Key start, Key end) {
    private static final LockRange ORPHANS = of(Keys.orphan(0));
    private static final LockRange QUOTA = of(new Key(Zones.QUOTA, 0, 0, 0, 0, 0));
    private static final LockRange TOTL = of(new Key(Zones.XATTR_TOTL, 0, 0, 0, 0, 0));
    private static final LockRange INDX = of(new Key(Zones.XATTR_INDX, 0, 0, 0, 0, 0));
    private static final LockRange RENAME = of(Keys.renameLock());

    /** The range of the lock that covers {@code key}. */
    public static LockRange of(Key key) {
        return new LockRange(Keys.lockStart(key), Keys.lockEnd(key));
    }

    /** All items of the 1024 inodes around {@code ino}. */
    public static LockRange inodeGroup(long ino) {
        return of(Keys.inode(ino));
    }

    /** Inode index entries of the 1024 seqs around {@code seq}; {@code type} is {@link Types#META_SEQ} or {@link Types#DATA_SEQ}. */
    public static LockRange index(int type, long seq) {
        return of(Keys.inodeIndex(type, seq, 0));
    }

    /** All orphan items. */
    public static LockRange orphans() {
        return ORPHANS;
    }

    /** All quota rules. */
    public static LockRange quota() {
        return QUOTA;
    }

    /** All xattr totals. */
    public static LockRange totl() {
        return TOTL;
    }

    /** All xattr index entries. */
    public static LockRange indx() {
        return INDX;
    }

    /** The topology of directories; covers no items. */
    public static LockRange rename() {
        return RENAME;
    }

    /** Whether {@code key} lies in this range. */
    public boolean contains(Key key) {
        return start.compareTo(key) <= 0 && key.compareTo(end) <= 0;
    }

    @Override
    public String toString() {
        return start + ".." + end;
    }
}
