package org.scoutfs.fuse.ioctl;

import org.scoutfs.error.FsException;

/** Descriptors of whoever waits for the answer to an ioctl. */
@FunctionalInterface
public interface CallerDescriptors {
    /** Inode number behind a descriptor; EBADF if there is none or it is one of O_PATH, EXDEV if it is not of this file system. */
    long ino(long descriptor) throws FsException;
}
