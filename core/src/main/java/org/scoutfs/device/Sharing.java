package org.scoutfs.device;

/** Whom an opener tolerates beside itself, in this and in other processes. */
public enum Sharing {
    /**
     * Nobody: mkfs and offline tools. Takes {@code flock(LOCK_EX)}, and {@code O_EXCL} on block devices, which also keeps mounted file
     * systems of the kernel away.
     */
    EXCLUSIVE,
    /** Other sharers: mounts, and tools that look on. Takes {@code flock(LOCK_SH)}. */
    SHARED
}
