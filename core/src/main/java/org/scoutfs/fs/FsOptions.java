package org.scoutfs.fs;

/**
 * What the file system asks of the mount's options; values marked * may change while mounted and are read at each use (spec 3
 * section 13.1).
 */
public interface FsOptions {
    /** 1 or 2, fixed for the mount. */
    long formatVersion();

    /** Changes fail with EROFS. */
    boolean readOnly();

    /** POSIX ACLs are enforced and may be changed. */
    boolean acl();

    /** Blocks of 4 KiB that a growing file is given ahead, 1..2^52-1. * */
    long dataPreallocBlocks();

    /** Give blocks ahead only to files written from their start without holes. * */
    boolean dataPreallocContigOnly();

    /** Inode numbers used per lock group, 1..1024. * */
    int inoAllocPerLock();

    /** Mean pause between orphan scans in ms. * */
    int orphanScanDelayMs();

    /** Bytes of file contents kept in memory, dirty and clean. */
    long dataCacheBytes();

    /** Unused inodes kept in memory. */
    int inodeCacheLimit();
}
