package org.scoutfs.format;

/** The key of every kind of item, spec 1 section 5.4, and the key ranges that cluster locks cover, spec 3 section 8.2. */
public final class Keys {
    private static final long GROUP_MASK = VolumeLayout.LOCK_GROUP_SIZE - 1L;

    private Keys() {}

    /** Index of all inodes by {@link InodeItem#metaSeq}. */
    public static Key metaSeqIndex(long seq, long ino) {
        return inodeIndex(Types.META_SEQ, seq, ino);
    }

    /** Index of regular files by {@link InodeItem#dataSeq}. */
    public static Key dataSeqIndex(long seq, long ino) {
        return inodeIndex(Types.DATA_SEQ, seq, ino);
    }

    /** Either inode index; {@code type} is {@link Types#META_SEQ} or {@link Types#DATA_SEQ}. */
    public static Key inodeIndex(int type, long seq, long ino) {
        return new Key(Zones.INODE_INDEX, 0, type, seq, ino, 0);
    }

    /** Inode without links. */
    public static Key orphan(long ino) {
        return new Key(Zones.ORPHAN, 0, Types.ORPHAN, ino, 0, 0);
    }

    /** Quota rule; {@code hash} of its value, {@code nr} distinguishes rules of equal hash. */
    public static Key quotaRule(long hash, long nr) {
        return new Key(Zones.QUOTA, 0, Types.QUOTA_RULE, hash, nr, 0);
    }

    /** Total of all totl xattrs whose names end in {@code a.b.c}. */
    public static Key totl(long a, long b, long c) {
        return new Key(Zones.XATTR_TOTL, a, 0, b, c, 0);
    }

    /**
     * Index entry of an indx xattr (section 12.9): major, minor, ino and xattr id packed without gaps.
     *
     * @param major 0..255
     */
    public static Key indx(int major, long minor, long ino, long xid) {
        return new Key(
                Zones.XATTR_INDX,
                ((long) major << 56) | (minor >>> 8),
                0,
                (minor << 56) | (ino >>> 8),
                (ino << 56) | (xid >>> 8),
                (int) (xid & 0xff));
    }

    /** Major number packed in an {@link #indx} key, 0..255. */
    public static int indxMajor(Key key) {
        return (int) (key.first() >>> 56);
    }

    /** Minor number packed in an {@link #indx} key. */
    public static long indxMinor(Key key) {
        return (key.first() << 8) | (key.second() >>> 56);
    }

    /** Inode number packed in an {@link #indx} key. */
    public static long indxIno(Key key) {
        return (key.second() << 8) | (key.third() >>> 56);
    }

    /** Xattr id packed in an {@link #indx} key. */
    public static long indxXid(Key key) {
        return (key.third() << 8) | key.fourth();
    }

    /** Inode. */
    public static Key inode(long ino) {
        return new Key(Zones.FS, ino, Types.INODE, 0, 0, 0);
    }

    /** Part {@code part} (0..255) of an xattr; {@code nameHash} is {@link Hashes#xattrNameHash}. */
    public static Key xattr(long ino, long nameHash, long id, int part) {
        return new Key(Zones.FS, ino, Types.XATTR, nameHash, id, part);
    }

    /** Directory entry by name; {@code hash} is {@link Hashes#direntHash}. */
    public static Key dirent(long dirIno, long hash, long pos) {
        return new Key(Zones.FS, dirIno, Types.DIRENT, hash, pos, 0);
    }

    /** Directory entry by position. */
    public static Key readdir(long dirIno, long pos) {
        return new Key(Zones.FS, dirIno, Types.READDIR, pos, 0, 0);
    }

    /** Directory entry by the inode it names. */
    public static Key backref(long ino, long dirIno, long pos) {
        return new Key(Zones.FS, ino, Types.LINK_BACKREF, dirIno, pos, 0);
    }

    /** Part {@code part} of a symlink's target. */
    public static Key symlink(long ino, long part) {
        return new Key(Zones.FS, ino, Types.SYMLINK, part, 0, 0);
    }

    /** Data extent of {@code len} blocks that ends with logical block {@code last}. */
    public static Key dataExtent(long ino, long last, long len) {
        return new Key(Zones.FS, ino, Types.DATA_EXTENT, last, len, 0);
    }

    /** Log trees of a mount. */
    public static Key logTrees(long rid, long nr) {
        return new Key(Zones.LOG_TREES, rid, 0, nr, 0, 0);
    }

    /** Mount known to the server. */
    public static Key mountedClient(long rid) {
        return new Key(Zones.MOUNTED_CLIENT, rid, 0, 0, 0, 0);
    }

    /** Unsorted srch file with its root at {@code rootBlkno}. */
    public static Key srchLog(long rootBlkno) {
        return new Key(Zones.SRCH, 0, Types.SRCH_LOG, rootBlkno, 0, 0);
    }

    /** Sorted srch file of {@code blocks} leaf blocks with its root at {@code rootBlkno}. */
    public static Key srchSorted(long blocks, long rootBlkno) {
        return new Key(Zones.SRCH, 0, Types.SRCH_SORTED, blocks, rootBlkno, 0);
    }

    /** Srch compaction waiting for a mount. */
    public static Key srchPending(long id) {
        return new Key(Zones.SRCH, 0, Types.SRCH_PENDING, id, 0, 0);
    }

    /** Srch compaction that mount {@code rid} works on. */
    public static Key srchBusy(long rid, long id) {
        return new Key(Zones.SRCH, 0, Types.SRCH_BUSY, rid, id, 0);
    }

    /** Free extent of {@code len} blocks that ends with {@code lastBlkno}, by location. */
    public static Key freeExtentByBlkno(long lastBlkno, long len) {
        return new Key(Zones.FREE_EXTENT_BLKNO, lastBlkno, 0, len, 0, 0);
    }

    /** The same free extent by descending {@link AllocExtentRoot#order order} of its length. */
    public static Key freeExtentByOrder(long lastBlkno, long len) {
        return new Key(Zones.FREE_EXTENT_ORDER, -1L - AllocExtentRoot.order(len), 0, lastBlkno, len, 0);
    }

    /** The one status item of a log merge. */
    public static Key mergeStatus() {
        return new Key(Zones.LOG_MERGE_STATUS, 0, 0, 0, 0, 0);
    }

    /** Range still to be merged: the range's start with only the zone replaced. */
    public static Key mergeRange(Key start) {
        return new Key(
                Zones.LOG_MERGE_RANGE, start.first(), start.type(), start.second(), start.third(), start.fourth());
    }

    /** Merge work handed to a mount. */
    public static Key mergeRequest(long rid, long seq) {
        return new Key(Zones.LOG_MERGE_REQUEST, rid, 0, seq, 0, 0);
    }

    /** Finished merge work; {@code seq} is the request's. */
    public static Key mergeComplete(long seq) {
        return new Key(Zones.LOG_MERGE_COMPLETE, seq, 0, 0, 0, 0);
    }

    /** Merged log tree being freed. */
    public static Key mergeFreeing(long seq) {
        return new Key(Zones.LOG_MERGE_FREEING, seq, 0, 0, 0, 0);
    }

    /** Start of the range of the lock on the topology of directories, which covers no items. */
    public static Key renameLock() {
        return new Key(Zones.LOCK, 0, Types.RENAME, 0, 0, 0);
    }

    /**
     * First key of the cluster lock range that covers {@code key}; it names the lock and selects bloom bits (section 11.5).
     *
     * @throws IllegalArgumentException if no lock covers the key's zone
     */
    public static Key lockStart(Key key) {
        return switch (key.zone()) {
            case Zones.FS -> new Key(Zones.FS, key.first() & ~GROUP_MASK, 0, 0, 0, 0);
            case Zones.INODE_INDEX -> inodeIndex(key.type(), key.second() & ~GROUP_MASK, 0);
            case Zones.ORPHAN -> orphan(0);
            case Zones.QUOTA, Zones.XATTR_TOTL, Zones.XATTR_INDX -> new Key(key.zone(), 0, 0, 0, 0, 0);
            case Zones.LOCK -> renameLock();
            default -> throw new IllegalArgumentException("no lock covers key " + key);
        };
    }

    /**
     * Last key of the cluster lock range that covers {@code key}.
     *
     * @throws IllegalArgumentException if no lock covers the key's zone
     */
    public static Key lockEnd(Key key) {
        return switch (key.zone()) {
            case Zones.FS -> new Key(Zones.FS, key.first() | GROUP_MASK, 255, -1, -1, 255);
            case Zones.INODE_INDEX -> inodeIndex(key.type(), key.second() | GROUP_MASK, -1);
            case Zones.ORPHAN -> orphan(-1);
            case Zones.QUOTA, Zones.XATTR_TOTL, Zones.XATTR_INDX -> new Key(key.zone(), -1, 255, -1, -1, 255);
            case Zones.LOCK -> renameLock();
            default -> throw new IllegalArgumentException("no lock covers key " + key);
        };
    }
}
