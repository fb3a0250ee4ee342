package org.scoutfs.app.ioctl;

/** The command numbers of spec 5 section 2.1, of FIEMAP, and of our own way for what FUSE does not pass on (section 2.7). */
final class Commands {
    static final long WALK_INODES = 0x4048E801L;
    static final long INO_PATH = 0x4028E802L;
    static final long RELEASE = 0x4018E803L;
    static final long STAGE = 0x4020E804L;
    static final long STAT_MORE = 0x8038E805L;
    static final long DATA_WAITING = 0x4028E806L;
    static final long SETATTR_MORE = 0x4030E807L;
    static final long LISTXATTR_HIDDEN = 0xC018E808L;
    static final long SEARCH_XATTRS = 0x4038E809L;
    static final long STATFS_MORE = 0x8030E80AL;
    static final long DATA_WAIT_ERR = 0x4030E80BL;
    static final long ALLOC_DETAIL = 0x4010E80CL;
    static final long MOVE_BLOCKS = 0x4030E80DL;
    static final long RESIZE_DEVICES = 0x4010E80EL;
    static final long READ_XATTR_TOTALS = 0x4028E80FL;
    static final long GET_ALLOCATED_INOS = 0x4018E810L;
    static final long GET_REFERRING_ENTRIES = 0x4028E811L;
    static final long GET_ATTR_X = 0x4068E812L;
    static final long SET_ATTR_X = 0x4068E813L;
    static final long GET_QUOTA_RULES = 0x8020E814L;
    static final long ADD_QUOTA_RULE = 0x4030E815L;
    static final long DEL_QUOTA_RULE = 0x4030E816L;
    static final long READ_XATTR_INDEX = 0x8048E817L;
    static final long PUNCH_OFFLINE = 0x4020E818L;
    static final long INJECT_TOTL_DELTA = 0x4028E819L;

    static final long GET_EXTENTS = 0xC028E880L;
    static final long FS_IOC_FIEMAP = 0xC020660BL;

    private Commands() {}
}
