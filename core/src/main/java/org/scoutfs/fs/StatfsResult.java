package org.scoutfs.fs;

/** What statfs shows (spec 4 section 7.4): blocks of 4 KiB, of the last committed state. */
public record StatfsResult(long blocks, long freeBlocks, long files, long freeFiles, long fsid) {
    public static final int BLOCK_SIZE = 4096;
    public static final int NAME_MAX = 255;
    public static final long MAGIC = 0x554f4353L;
}
