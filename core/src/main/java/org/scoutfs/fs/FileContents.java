package org.scoutfs.fs;

import java.lang.foreign.MemorySegment;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.lock.LockMode;

/**
 * Contents of regular files as names, deletion and the door need them (spec 4 section 8); implemented by the data layer.
 *
 * <p>Except where a method says otherwise the caller has pinned the inode and holds no lock, mutex or transaction. Offsets and sizes
 * are bytes.
 */
public interface FileContents {
    /**
     * Reads up to {@code dst.byteSize()} bytes; returns how many, short only at the end of the file.
     *
     * @param mode in which the group lock is taken: READ, or WRITE if what is read may be changed in place
     * @param fill told under the lock; {@code done} not if this fails
     */
    int read(Inode inode, int openFlags, long offset, MemorySegment dst, LockMode mode, PageFill fill)
            throws FsException;

    /**
     * Writes at {@code offset}, or at the end with O_APPEND; returns how many bytes were taken.
     *
     * @param killSuidgid clear the set-id bits in the same transaction
     */
    int write(Inode inode, int openFlags, long offset, MemorySegment src, boolean killSuidgid) throws FsException;

    /** Writes what was stored through a mapping; never waits for other, offline parts of the file. */
    default int writeMapped(Inode inode, long offset, MemorySegment src) throws FsException {
        return write(inode, Modes.O_RDWR, offset, src, false);
    }

    /** Mode 0 or 1 (keep size). */
    void fallocate(Inode inode, int mode, long offset, long length) throws FsException;

    /** Whence SEEK_DATA 3 or SEEK_HOLE 4; ENXIO beyond the end. */
    long seek(Inode inode, long offset, int whence) throws FsException;

    /**
     * The size part of setattr (spec 4 section 7.3): retention, an interrupted truncate, the wait for offline blocks, the new size and
     * the removal of extents beyond it. mtime and ctime become now, version grows by one.
     *
     * @param killSuidgid clear the set-id bits in the same transaction
     */
    void setSize(Inode inode, long size, boolean killSuidgid) throws FsException;

    /**
     * Removes all extents of an inode that is being deleted, 8 per non-allocating hold, without keeping its block counts. The caller
     * has locked it in {@code deletion}, nobody else uses it, and no hold is open before and after the call. Its item need not be
     * updated.
     */
    void removeAll(Modification deletion, Inode inode) throws FsException;

    /**
     * The inode's cluster lock is being given up, or the inode is being deleted: drops its pages and wakes its data waiters. Everything
     * is clean if a lock is given up. Must not take cluster locks or a hold, nor wait for anything that may.
     */
    void dropPages(Inode inode);

    /** What archive agents do with contents; ENOTTY where there is no archive. */
    default ArchiveContents archive() throws FsException {
        throw new FsException(Errno.ENOTTY);
    }

    /** Nobody waits for offline contents any more, now and from here on: ENOLINK. */
    default void endWaits() {}
}
