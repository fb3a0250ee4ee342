package org.scoutfs.format;

/** Key zones, spec 1 section 5.3. Zones 4..16 hold file system items, 24..60 the server's own trees. */
public final class Zones {
    public static final int INODE_INDEX = 4;
    public static final int ORPHAN = 8;
    public static final int QUOTA = 10;
    public static final int XATTR_TOTL = 12;
    public static final int XATTR_INDX = 14;
    public static final int FS = 16;
    /** Only names locks; never stored. */
    public static final int LOCK = 20;

    public static final int LOG_TREES = 24;
    public static final int MOUNTED_CLIENT = 28;
    public static final int SRCH = 32;
    public static final int FREE_EXTENT_BLKNO = 36;
    public static final int FREE_EXTENT_ORDER = 40;
    public static final int LOG_MERGE_STATUS = 44;
    public static final int LOG_MERGE_RANGE = 48;
    public static final int LOG_MERGE_REQUEST = 52;
    public static final int LOG_MERGE_COMPLETE = 56;
    public static final int LOG_MERGE_FREEING = 60;

    private Zones() {}

    /** Whether items of this zone live in the fs root and the log trees. */
    public static boolean isFs(int zone) {
        return zone >= INODE_INDEX && zone <= FS;
    }
}
