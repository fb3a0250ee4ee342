package org.scoutfs.fs;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;
import org.scoutfs.lock.ClusterLock;

/**
 * Extended attributes as deletion, setattr and the door need them (spec 4 section 9); implemented by the xattr layer.
 *
 * <p>Except where a method says otherwise the caller has pinned the inode and holds no lock, mutex or transaction.
 */
public interface ExtendedAttributes {
    /** ENODATA if missing. */
    byte[] get(Credentials who, Inode inode, byte[] name) throws FsException;

    /** All names that listxattr shows, or exactly the hidden ones. */
    List<byte[]> list(Inode inode, boolean hidden) throws FsException;

    /**
     * Hidden names at or after a place in (name hash, id) order, and where they ended.
     *
     * @param hash of a name, 0..2^32-1
     */
    record HiddenNames(List<byte[]> names, long hash, long id) {}

    /**
     * The hidden names at or after a place, as many as fit in {@code bytes} with a NUL each. EACCES without read permission, also for
     * callers whom a kernel has checked: this it does not check.
     */
    HiddenNames listHidden(Credentials who, Inode inode, long hash, long id, int bytes) throws FsException;

    /**
     * Sets, or with a null value removes.
     *
     * @param flags 1 create, 2 replace; removal comes with 2
     * @param killSgid an ACL is set by somebody outside the file's group: clear S_ISGID
     */
    void set(Credentials who, Inode inode, byte[] name, byte @Nullable [] value, int flags, boolean killSgid)
            throws FsException;

    /**
     * Removes all attributes of an inode that is being deleted, with the effects of their tags, each under a non-allocating hold of its
     * own. May be repeated after a failure.
     *
     * @param group the inode's lock in WRITE; nothing after zone locks of totl and indx in the lock order is held
     */
    void deleteAll(long ino, ClusterLock group) throws FsException;

    /**
     * Removes {@code security.capability}, if there is one, because the owner or the contents changed. Called under a hold of {@code
     * change}, which has locked the inode.
     *
     * @param changed copy of the inode's item that will be written
     */
    void dropCapability(Modification change, Inode inode, InodeItem changed) throws FsException;
}
