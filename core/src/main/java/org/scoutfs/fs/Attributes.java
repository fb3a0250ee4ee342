package org.scoutfs.fs;

import org.scoutfs.format.Timespec;

/**
 * What stat shows of an inode, a copy taken under its cluster lock (spec 4 section 7.1).
 *
 * @param size bytes; of a symlink its target length plus one
 * @param blocks units of 512 bytes: online and offline blocks times 8
 * @param mode type and permission bits
 * @param rdev {@code (major << 20) | minor}, 0 unless a device
 * @param onlineBlocks 4 KiB blocks
 * @param offlineBlocks 4 KiB blocks whose contents are in the archive
 */
public record Attributes(
        long ino,
        long size,
        long blocks,
        int mode,
        int nlink,
        int uid,
        int gid,
        int rdev,
        Timespec atime,
        Timespec mtime,
        Timespec ctime,
        Timespec crtime,
        long metaSeq,
        long dataSeq,
        long dataVersion,
        long onlineBlocks,
        long offlineBlocks,
        long project,
        int flags) {}
