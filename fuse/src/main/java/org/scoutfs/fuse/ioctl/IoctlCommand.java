package org.scoutfs.fuse.ioctl;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.FsException;
import org.scoutfs.host.BlockingAware;

/**
 * The command numbers (spec 5 section 2.1): magic 0xE8, direction and size as clients were compiled with, also where they lie about the
 * direction. Numbers from 0x80 on are of this implementation.
 */
public enum IoctlCommand {
    WALK_INODES(0x4048E801, Kind.LISTS, QueryIoctls::walkInodes),
    INO_PATH(0x4028E802, Kind.ASKS, QueryIoctls::inoPath),
    RELEASE(0x4018E803, Kind.CHANGES, ContentIoctls::release),
    STAGE(0x4020E804, Kind.CHANGES, ContentIoctls::stage),
    STAT_MORE(0x8038E805, Kind.ASKS, AttributeIoctls::statMore),
    DATA_WAITING(0x4028E806, Kind.ASKS, ContentIoctls::dataWaiting),
    SETATTR_MORE(0x4030E807, Kind.CHANGES, AttributeIoctls::setattrMore),
    LISTXATTR_HIDDEN(0xC018E808, Kind.ASKS, XattrIoctls::listHidden),
    SEARCH_XATTRS(0x4038E809, Kind.LISTS, XattrIoctls::search),
    STATFS_MORE(0x8030E80A, Kind.ASKS, VolumeIoctls::statfsMore),
    DATA_WAIT_ERR(0x4030E80B, Kind.CHANGES, ContentIoctls::dataWaitErr),
    ALLOC_DETAIL(0x4010E80C, Kind.LISTS, VolumeIoctls::allocDetail),
    MOVE_BLOCKS(0x4030E80D, Kind.CHANGES, ContentIoctls::moveBlocks),
    RESIZE_DEVICES(0x4010E80E, Kind.CHANGES, VolumeIoctls::resizeDevices),
    READ_XATTR_TOTALS(0x4028E80F, Kind.LISTS, XattrIoctls::totals),
    GET_ALLOCATED_INOS(0x4018E810, Kind.ASKS, QueryIoctls::allocatedInos),
    GET_REFERRING_ENTRIES(0x4028E811, Kind.LISTS, QueryIoctls::referringEntries),
    GET_ATTR_X(0x4068E812, Kind.ASKS, AttributeIoctls::getAttrX),
    SET_ATTR_X(0x4068E813, Kind.CHANGES, AttributeIoctls::setAttrX),
    GET_QUOTA_RULES(0x8020E814, Kind.LISTS, QuotaIoctls::rules),
    ADD_QUOTA_RULE(0x4030E815, Kind.CHANGES, QuotaIoctls::add),
    DEL_QUOTA_RULE(0x4030E816, Kind.CHANGES, QuotaIoctls::delete),
    READ_XATTR_INDEX(0x8048E817, Kind.LISTS, XattrIoctls::index),
    PUNCH_OFFLINE(0x4020E818, Kind.CHANGES, ContentIoctls::punchOffline),
    INJECT_TOTL_DELTA(0x4028E819, Kind.CHANGES, XattrIoctls::injectTotal),
    GET_EXTENTS(0xC028E880, Kind.LISTS, ContentIoctls::extents);

    private enum Kind {
        /** Changes nothing and is soon done, unless it waits. */
        ASKS,
        /** Changes nothing and may take its time. */
        LISTS,
        /** Changes something, by which it may take its time. */
        CHANGES
    }

    @FunctionalInterface
    private interface Handler {
        int run(IoctlCall call) throws FsException;
    }

    /** The caller writes, the kernel reads: _IOC_WRITE. */
    private static final int WRITTEN_BY_CALLER = 0x40000000;

    private static final Map<Integer, IoctlCommand> BY_NUMBER =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(c -> c.number, Function.identity()));

    private final int number;
    private final Kind kind;
    private final Handler handler;

    IoctlCommand(int number, Kind kind, Handler handler) {
        this.number = number;
        this.kind = kind;
        this.handler = handler;
    }

    /** Null: ENOTTY. */
    public static @Nullable IoctlCommand of(int number) {
        return BY_NUMBER.get(number);
    }

    public int number() {
        return number;
    }

    /** Bytes of the caller's structure that come with the request. */
    public int argumentBytes() {
        return (number & WRITTEN_BY_CALLER) == 0 ? 0 : structureBytes();
    }

    /** Bytes of the caller's structure, 14 bits of the number. */
    public int structureBytes() {
        return number >>> 16 & 0x3fff;
    }

    /** Whether it can be given up while it waits for a lock. */
    public boolean changesNothing() {
        return kind != Kind.CHANGES;
    }

    /**
     * Executes one.
     *
     * @return the result of the ioctl, 0 or more
     */
    public int run(IoctlCall call) throws FsException {
        if (kind != Kind.ASKS) {
            // Whoever read this request reads no other until it is done.
            BlockingAware.beforeBlocking();
        }
        return handler.run(call);
    }
}
