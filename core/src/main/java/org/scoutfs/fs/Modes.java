package org.scoutfs.fs;

/** File mode bits of stat(2) and open(2) flags, as Linux x86-64 and arm64 have them. */
public final class Modes {
    public static final int S_IFMT = 0170000;
    public static final int S_IFSOCK = 0140000;
    public static final int S_IFLNK = 0120000;
    public static final int S_IFREG = 0100000;
    public static final int S_IFBLK = 0060000;
    public static final int S_IFDIR = 0040000;
    public static final int S_IFCHR = 0020000;
    public static final int S_IFIFO = 0010000;
    public static final int S_ISUID = 04000;
    public static final int S_ISGID = 02000;
    public static final int S_ISVTX = 01000;
    public static final int S_IXGRP = 0010;
    public static final int PERMISSIONS = 07777;

    public static final int O_ACCMODE = 3;
    public static final int O_WRONLY = 1;
    public static final int O_RDWR = 2;
    public static final int O_CREAT = 0100;
    public static final int O_EXCL = 0200;
    public static final int O_TRUNC = 01000;
    public static final int O_APPEND = 02000;
    public static final int O_DSYNC = 010000;
    public static final int O_DIRECT = 040000;
    public static final int O_SYNC = 04010000;

    private Modes() {}

    public static boolean isRegular(int mode) {
        return (mode & S_IFMT) == S_IFREG;
    }

    public static boolean isDirectory(int mode) {
        return (mode & S_IFMT) == S_IFDIR;
    }

    public static boolean isSymlink(int mode) {
        return (mode & S_IFMT) == S_IFLNK;
    }

    public static boolean isWritable(int openFlags) {
        return (openFlags & O_ACCMODE) != 0;
    }

    /** Mode without the bits that a write or chown by an unprivileged user clears. */
    public static int withoutSuidgid(int mode) {
        int cleared = mode & ~S_ISUID;
        return (cleared & S_IXGRP) != 0 ? cleared & ~S_ISGID : cleared;
    }
}
