package org.scoutfs.format;

/** Key types within their zones, spec 1 section 5.3. A zone not listed has only type 0. */
public final class Types {
    /** {@link Zones#INODE_INDEX}: by sequence number of the last change. */
    public static final int META_SEQ = 4;
    /** {@link Zones#INODE_INDEX}: by sequence number of the last change of contents. */
    public static final int DATA_SEQ = 8;

    /** {@link Zones#ORPHAN}. */
    public static final int ORPHAN = 4;

    /** {@link Zones#QUOTA}. */
    public static final int QUOTA_RULE = 4;

    /** {@link Zones#FS}. */
    public static final int INODE = 4;
    /** {@link Zones#FS}. */
    public static final int XATTR = 8;
    /** {@link Zones#FS}. */
    public static final int DIRENT = 12;
    /** {@link Zones#FS}. */
    public static final int READDIR = 16;
    /** {@link Zones#FS}. */
    public static final int LINK_BACKREF = 20;
    /** {@link Zones#FS}. */
    public static final int SYMLINK = 24;
    /** {@link Zones#FS}. */
    public static final int DATA_EXTENT = 28;

    /** {@link Zones#LOCK}. */
    public static final int RENAME = 4;

    /** {@link Zones#SRCH}: unsorted log file. */
    public static final int SRCH_LOG = 4;
    /** {@link Zones#SRCH}: sorted file. */
    public static final int SRCH_SORTED = 8;
    /** {@link Zones#SRCH}: compaction waiting for a mount. */
    public static final int SRCH_PENDING = 12;
    /** {@link Zones#SRCH}: compaction a mount works on. */
    public static final int SRCH_BUSY = 16;

    private Types() {}
}
