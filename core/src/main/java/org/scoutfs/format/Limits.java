package org.scoutfs.format;

/** Limits of names, values and counts that the format implies, spec 1 section 19. */
public final class Limits {
    /** Longest name of a directory entry in bytes. */
    public static final int NAME_MAX = 255;

    public static final int LINK_MAX = 2147483647;
    /** Longest symlink target in bytes including its terminating NUL. */
    public static final int SYMLINK_MAX = 4096;

    public static final int XATTR_NAME_MAX = 255;
    public static final int XATTR_VALUE_MAX = 65535;
    /** Longest value of any btree item in bytes; also the size of all but the last part of an xattr or symlink. */
    public static final int ITEM_VALUE_MAX = 896;
    /** Smallest position of a directory entry; 0 and 1 are the readdir offsets of "." and "..". */
    public static final long FIRST_DIRENT_POS = 2;
    /** Greatest position of a directory entry, unsigned. */
    public static final long LAST_DIRENT_POS = -2L;
    /** Greatest logical block of a file and greatest data block number. */
    public static final long LAST_DATA_BLOCK = (1L << 52) - 1;
    /** Inode numbers the server gives out with one request. */
    public static final int INO_BATCH = 10240;

    private Limits() {}
}
