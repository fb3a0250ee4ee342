package org.scoutfs.app.ioctl;

/** Flags of open(2), the same on x86-64 and arm64 but for O_DIRECTORY, which stands in O_TMPFILE. */
public final class OpenFlags {
    public static final int O_RDONLY = 0;
    public static final int O_WRONLY = 1;
    public static final int O_RDWR = 2;
    public static final int O_CREAT = 0x40;
    public static final int O_EXCL = 0x80;
    public static final int O_NOFOLLOW = isArm() ? 0x8000 : 0x20000;

    static final int O_CLOEXEC = 0x80000;
    static final int O_TMPFILE = 0x400000 | (isArm() ? 0x4000 : 0x10000);

    private OpenFlags() {}

    private static boolean isArm() {
        return "aarch64".equals(System.getProperty("os.arch"));
    }
}
