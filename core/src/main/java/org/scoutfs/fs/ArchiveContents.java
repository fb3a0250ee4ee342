package org.scoutfs.fs;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Timespec;

/**
 * The life of contents between this volume and an archive as the door needs it (spec 4 section 10); implemented by the data layer.
 *
 * <p>The caller has pinned the inodes, holds nothing, and has made the checks that need no lock. Offsets and lengths are bytes and unsigned,
 * lengths above 0.
 */
public interface ArchiveContents {
    /** Where staged contents come from; called with nothing held. */
    @FunctionalInterface
    interface Source {
        /** Fills {@code dst} with the bytes from {@code position} on, counted from the first one to stage; EFAULT. */
        void read(long position, MemorySegment dst) throws FsException;
    }

    /** What is to be set; null means unchanged. */
    record Changes(
            @Nullable Long dataVersion,
            @Nullable Long size,
            boolean sizeOffline,
            @Nullable Timespec ctime,
            @Nullable Timespec crtime,
            @Nullable Boolean retention,
            @Nullable Long projectId) {}

    /** Blocks {@code start..start+length-1} of a file, at {@code map} of the data device or, if that is 0, nowhere. */
    record Extent(long start, long length, long map, boolean offline, boolean unwritten) {}

    /** One place at which operations of this mount wait. */
    record Waiting(long ino, long block, int ops) {}

    /** EINVAL unless regular; ESTALE. Aligned. */
    void release(Inode inode, long offset, long length, long dataVersion) throws FsException;

    /** EINVAL unless regular and inside of the file, up to a block's or the file's end; ESTALE. {@code offset} is aligned. */
    int stage(Inode inode, long dataVersion, long offset, int length, Source source) throws FsException;

    /** EINVAL unless regular; ESTALE; EPERM if retained; EINVAL at a block that is not offline. Aligned. */
    void punchOffline(Inode inode, long offset, long length, long dataVersion) throws FsException;

    /**
     * @param staging into offline extents, invisibly
     * @param denied what the callers' permission on either inode is found wanting with, thrown in its turn
     */
    void moveBlocks(
            Inode to,
            Inode from,
            long fromOffset,
            long length,
            long toOffset,
            boolean staging,
            long dataVersion,
            @Nullable FsException denied)
            throws FsException;

    /** EINVAL, EPERM as spec 4 section 10.7 has it; all or nothing. */
    void setAttributes(Inode inode, Changes changes) throws FsException;

    /** Extents that touch blocks {@code first..last}, at most {@code limit}. */
    List<Extent> extents(Inode inode, long first, long last, int limit) throws FsException;

    /** Who waits strictly after a place, in order, at most {@code limit}. */
    List<Waiting> waiting(long afterIno, long afterBlock, int limit);

    /**
     * Ends waits for blocks {@code first..last} of an inode; returns how many.
     *
     * @param errno positive
     */
    int failWaiting(long ino, long first, long last, int ops, int errno);
}
