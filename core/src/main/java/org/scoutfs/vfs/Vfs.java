package org.scoutfs.vfs;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.fs.AttributeChanges;
import org.scoutfs.fs.Attributes;
import org.scoutfs.fs.Credentials;
import org.scoutfs.fs.DirectoryVisitor;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.fs.PageFill;
import org.scoutfs.fs.StatfsResult;

/**
 * POSIX operations on one mounted volume by inode number (spec 4).
 *
 * <ul>
 *   <li>Any thread may call any operation at any time between mount and unmount. A call blocks until it is done; before it waits for
 *       a lock, a peer or a device it says so through {@code BlockingAware}.
 *   <li>Names are bytes without NUL and slash, 1..255 long; longer ones fail with ENAMETOOLONG.
 *   <li><b>Lookup counts.</b> Every returned {@link Attributes} of lookup, mknod, mkdir, symlink, link, create, tmpfile, and every
 *       attributes handed to a {@link DirectoryVisitor} that accepted the entry, raises the lookup count of that inode by one, as in
 *       FUSE. The caller gives the counts back by {@link #forget}. While the count or an open file keeps an inode, its number stays
 *       valid here even if its last name goes away on any mount. The root needs no count.
 *   <li>Changes are durable after {@link #fsync} or {@link #syncfs} returned, and otherwise within the commit interval (10 s).
 *   <li>Failures are {@link FsException} with the errno of spec 4; nothing of the operation remains unless its text says so.
 * </ul>
 */
public interface Vfs {
    long ROOT_INO = 1;

    /** Rename flag: fail with EEXIST if the new name exists. */
    int RENAME_NOREPLACE = 1;

    /** fallocate mode bit: do not change the size. */
    int FALLOC_KEEP_SIZE = 1;

    int SEEK_DATA = 3;
    int SEEK_HOLE = 4;

    /** setxattr flag: fail with EEXIST if the attribute exists. */
    int XATTR_CREATE = 1;

    /** setxattr flag: fail with ENODATA if it does not exist. */
    int XATTR_REPLACE = 2;

    /** A created and opened file. */
    record Created(Attributes attributes, OpenFile file) {}

    /** ENOENT if there is no such name. "." and ".." name the directory itself and its parent. */
    Attributes lookup(Credentials who, long dir, byte[] name) throws FsException;

    /** Gives back {@code count} lookups of {@code ino}; the last one may delete an unlinked inode. Never fails. */
    void forget(long ino, long count);

    Attributes getattr(long ino) throws FsException;

    /** chmod, chown, utimes, truncate; returns the new attributes. */
    Attributes setattr(Credentials who, long ino, AttributeChanges changes) throws FsException;

    /** EACCES unless all of {@code mask} (4 read, 2 write, 1 execute) is allowed. */
    void access(Credentials who, long ino, int mask) throws FsException;

    byte[] readlink(Credentials who, long ino) throws FsException;

    Attributes mknod(Credentials who, long dir, byte[] name, int mode, int rdev) throws FsException;

    Attributes mkdir(Credentials who, long dir, byte[] name, int mode) throws FsException;

    Attributes symlink(Credentials who, long dir, byte[] name, byte[] target) throws FsException;

    Attributes link(Credentials who, long ino, long dir, byte[] name) throws FsException;

    void unlink(Credentials who, long dir, byte[] name) throws FsException;

    void rmdir(Credentials who, long dir, byte[] name) throws FsException;

    void rename(Credentials who, long dir, byte[] name, long newDir, byte[] newName, int flags) throws FsException;

    /** Creates and opens a regular file; EEXIST if the name exists. {@code flags} as in open(2). */
    Created create(Credentials who, long dir, byte[] name, int mode, int flags) throws FsException;

    /** A file without a name (O_TMPFILE). */
    Created tmpfile(Credentials who, long dir, int mode, int flags) throws FsException;

    /** Opens a file or directory; O_TRUNC in {@code flags} truncates. The caller releases it once. */
    OpenFile open(Credentials who, long ino, int flags) throws FsException;

    void release(OpenFile file);

    /**
     * Reads up to {@code dst.byteSize()} bytes at {@code offset}; returns how many: short only at the end of the file. An open file
     * with O_DIRECT bypasses the data cache where alignment allows.
     */
    int read(OpenFile file, long offset, MemorySegment dst) throws FsException;

    /**
     * Writes all of {@code src} at {@code offset}, or at the end with O_APPEND; returns how many bytes were taken (short only after an
     * error in the middle). With O_SYNC or O_DSYNC durable on return.
     *
     * @param killSuidgid also clear the set-id bits as a write by an unprivileged user does
     */
    int write(OpenFile file, long offset, MemorySegment src, boolean killSuidgid) throws FsException;

    /**
     * As {@link #read}, of bytes that the caller keeps as pages until {@link CacheOwner#revoke}.
     *
     * @param storable under the lock for writing, also if {@code dst} is empty: the pages that are filled may be changed through a shared
     *     mapping without another word, so nobody else may hold the lock for reading while they are cached (spec 6 section 7.2)
     * @param fill told under the lock: what it makes known then, the owner of the caches finds when it is asked to revoke
     */
    default int readPages(OpenFile file, long offset, MemorySegment dst, boolean storable, PageFill fill)
            throws FsException {
        // enough where nothing is ever revoked
        fill.begun();
        int n = read(file, offset, dst);
        fill.done();
        return n;
    }

    /**
     * Takes what was stored through a shared mapping: at {@code offset} even if the file was opened with O_APPEND, and without clearing set-id
     * bits. It is executed under the lock for writing that the mount still has while {@link CacheOwner#revoke} runs for that inode: the
     * revocation waits for exactly these writes (rule P4 of spec 6 section 6.3). So is a {@link #setattr} of the size by a kernel,
     * which keeps such writes back until it is answered.
     */
    default int writeMapped(OpenFile file, long offset, MemorySegment src) throws FsException {
        return write(file, offset, src, false);
    }

    /** Commits everything this mount has changed, not only this file, and waits (spec 4 section 1.3). */
    void fsync(long ino) throws FsException;

    void syncfs() throws FsException;

    /** Modes 0 and {@link #FALLOC_KEEP_SIZE}; others EOPNOTSUPP. */
    void fallocate(OpenFile file, int mode, long offset, long length) throws FsException;

    /** {@link #SEEK_DATA} or {@link #SEEK_HOLE}; ENXIO beyond the end. */
    long seek(OpenFile file, long offset, int whence) throws FsException;

    /**
     * Lists a directory from {@code offset} (0 = start, or an earlier nextOffset) until the visitor refuses an entry or the end.
     * "." and ".." come first.
     */
    void readdir(OpenFile directory, long offset, boolean withAttributes, DirectoryVisitor visitor) throws FsException;

    /** ENODATA if missing. */
    byte[] getxattr(Credentials who, long ino, byte[] name) throws FsException;

    /** @param killSgid an ACL is set by somebody outside the file's group: clear S_ISGID */
    void setxattr(Credentials who, long ino, byte[] name, byte[] value, int flags, boolean killSgid) throws FsException;

    /** All names that are not hidden, in (hash, id) order. */
    List<byte[]> listxattr(Credentials who, long ino) throws FsException;

    /** ENODATA if missing. */
    void removexattr(Credentials who, long ino, byte[] name) throws FsException;

    StatfsResult statfs() throws FsException;

    /** What tools ask about the volume beyond that. */
    default VolumeDetails details() {
        return VolumeDetails.NONE;
    }

    /** What archive agents do with contents; ENOTTY where there is no archive. */
    default ArchiveFiles archiveFiles() throws FsException {
        throw new FsException(Errno.ENOTTY);
    }

    /** What archive agents ask; ENOTTY where there is no archive. */
    default ArchiveQueries archiveQueries() throws FsException {
        throw new FsException(Errno.ENOTTY);
    }

    /**
     * Registers who knows whether the door shows the volume read-only although the mount is not. Asked by changes that no kernel has checked
     * before.
     */
    default void setShownReadOnly(BooleanSupplier shown) {}

    /** Registers who must drop cached names, attributes and pages when a cluster lock goes; at most one, before first use. */
    void setCacheOwner(CacheOwner owner);
}
