package org.scoutfs.fs.xattr;

import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;

/** Whether an inode's contents and attributes are immutable (spec 4 section 10.8). */
public final class Retention {
    private Retention() {}

    public static boolean holds(InodeItem item) {
        return (item.flags() & InodeItem.FLAG_RETENTION) != 0;
    }

    /** EPERM if the inode is retained. */
    public static void check(InodeItem item) throws FsException {
        if (holds(item)) {
            throw new FsException(Errno.EPERM);
        }
    }
}
