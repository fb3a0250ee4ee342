package org.scoutfs.vfs;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Timespec;
import org.scoutfs.fs.Credentials;
import org.scoutfs.fs.OpenFile;

/**
 * The life of file contents between this volume and an archive (spec 4 section 10, spec 5 section 2.5): what the private ioctls 3, 4, 5, 6, 7,
 * 11, 13, 18, 19, 24 and 0x80 do, typed. Blocks are 4 KiB; offsets and lengths are bytes and unsigned.
 *
 * <p>All checks of an ioctl, in its order, are made here. A length of 0 is a success without any other check. EROFS wherever the table says
 * so, also if only the door shows the volume read-only.
 */
public interface ArchiveFiles {
    /** Operations that wait for offline contents. */
    int WAIT_READ = 1;

    int WAIT_WRITE = 2;
    int WAIT_CHANGE_SIZE = 4;

    /** {@link #moveBlocks}: into offline extents, invisibly. */
    long MOVE_STAGE = 1;

    /** {@link #setAttrX}: the new size is one offline extent. */
    long ATTR_SIZE_OFFLINE = 1;

    /** Bits of an attribute mask. */
    long ATTR_META_SEQ = 1;

    long ATTR_DATA_SEQ = 2;
    long ATTR_DATA_VERSION = 4;
    long ATTR_ONLINE_BLOCKS = 8;
    long ATTR_OFFLINE_BLOCKS = 0x10;
    long ATTR_CTIME = 0x20;
    long ATTR_CRTIME = 0x40;
    long ATTR_SIZE = 0x80;
    long ATTR_RETENTION = 0x100;
    long ATTR_PROJECT_ID = 0x200;

    /** Where staged contents come from. Read with no lock held: it may be the memory of another process that maps a file of this very mount. */
    interface StageSource {
        /** Fills {@code dst} with the bytes from {@code position} on, counted from the first one to stage; EFAULT. */
        void read(long position, MemorySegment dst) throws FsException;

        static StageSource of(MemorySegment all) {
            return (position, dst) -> dst.copyFrom(all.asSlice(position, dst.byteSize()));
        }
    }

    /** The source of {@link #moveBlocks}, looked at only when its turn in the order of checks comes: EBADF, EXDEV. */
    @FunctionalInterface
    interface MoveSource {
        long ino() throws FsException;
    }

    /**
     * Inode attributes beyond stat.
     *
     * @param mask which of the others are meant, {@code ATTR_*}
     * @param flags {@link #ATTR_SIZE_OFFLINE} or 0
     */
    record AttrX(
            long mask,
            long flags,
            long metaSeq,
            long dataSeq,
            long dataVersion,
            long onlineBlocks,
            long offlineBlocks,
            Timespec ctime,
            Timespec crtime,
            long size,
            boolean retention,
            long projectId) {}

    /** One place at which operations of this mount wait; {@code ops} are {@code WAIT_*} bits. */
    record Waiting(long ino, long block, int ops) {}

    /**
     * An extent as FIEMAP shows it (spec 5 section 2.7).
     *
     * @param physical byte on the data device, 0 if there is none
     */
    record MappedExtent(long logical, long physical, long length, boolean offline, boolean unwritten, boolean last) {}

    /** Frees the blocks of a range and leaves it offline (spec 4 section 10.2). After an error part of it may be done. */
    void release(OpenFile file, long offset, long length, long dataVersion) throws FsException;

    /**
     * Writes archived bytes back without a visible change (spec 4 section 10.3) and wakes who waits for them; not durable by itself.
     *
     * @param length signed; below 0 EINVAL
     * @return how many bytes were staged, normally all
     */
    int stage(OpenFile file, long dataVersion, long offset, int length, StageSource source) throws FsException;

    /** Makes offline extents of a range holes (spec 4 section 10.6). */
    void punchOffline(Credentials who, OpenFile file, long offset, long length, long dataVersion, long flags)
            throws FsException;

    /** Moves extents from another file into {@code to} without copying (spec 4 section 10.4). */
    void moveBlocks(
            Credentials who,
            OpenFile to,
            MoveSource from,
            long fromOffset,
            long length,
            long toOffset,
            long dataVersion,
            long flags)
            throws FsException;

    /** The attributes that {@code mask} asks for, the others 0; EINVAL, EOPNOTSUPP on format 1. Any type of inode. */
    AttrX getAttrX(long ino, long mask, long flags) throws FsException;

    /** Sets what the mask names, all or nothing (spec 4 section 10.7). */
    void setAttrX(Credentials who, long ino, AttrX attributes) throws FsException;

    /** As {@link #setAttrX} of size, ctime, crtime and a data version other than 0; EBADF unless {@code file} is writable. */
    void setattrMore(
            Credentials who, OpenFile file, long dataVersion, long size, long flags, Timespec ctime, Timespec crtime)
            throws FsException;

    /** Who waits on this mount strictly after the given place, at most {@code limit}, in order; EINVAL if {@code flags} is not 0. */
    List<Waiting> dataWaiting(long flags, long afterIno, long afterBlock, int limit) throws FsException;

    /**
     * Ends waits of this mount with an error (spec 5 section 2.5, number 11).
     *
     * @param ops {@code WAIT_*} bits
     * @param error -4095..-1
     * @return how many
     */
    int dataWaitErr(Credentials who, long ino, long offset, long count, long ops, long error) throws FsException;

    /** Extents that touch a range, whole, at most {@code limit}; the last one of the range is marked. */
    List<MappedExtent> extents(long ino, long offset, long length, int limit) throws FsException;
}
