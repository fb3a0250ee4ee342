package org.scoutfs.app.ioctl;

import org.scoutfs.format.Timespec;

/** What STAT_MORE says of an inode. Blocks are 4 KiB. */
public record StatMore(
        long metaSeq, long dataSeq, long dataVersion, long onlineBlocks, long offlineBlocks, Timespec crtime) {}
