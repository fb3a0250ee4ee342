package org.scoutfs.fs;

import java.util.List;
import org.scoutfs.error.FsException;

/**
 * Extended attributes as deletion, setattr and the door need them (spec 4 section 9); implemented by the xattr layer.
 *
 * <p>Except where a method says otherwise the caller has pinned the inode and holds no lock, mutex or transaction.
 */
public interface ExtendedAttributes {
    /** ENODATA if missing. */
    byte[] get(Credentials who, Inode inode, byte[] name) throws FsException;

    /**
     * @param flags 1 create, 2 replace
     * @param killSgid an ACL is set by somebody outside the file's group: clear S_ISGID
     */
    void set(Credentials who, Inode inode, byte[] name, byte[] value, int flags, boolean killSgid) throws FsException;

    List<byte[]> list(Credentials who, Inode inode) throws FsException;

    /** ENODATA if missing. */
    void remove(Credentials who, Inode inode, byte[] name) throws FsException;

    /**
     * Removes all attributes of an inode that is being deleted, with the effects of their tags, each under a non-allocating hold of its
     * own. The caller has locked the inode and the orphan zone in {@code deletion}; no hold is open before and after the call, and of
     * the totl and indx locks none is kept ({@link Modification#unlockZone}).
     */
    void deleteAll(Modification deletion, Inode inode) throws FsException;

    /**
     * Removes {@code security.capability}, if there is one, because the owner or the contents changed. Called under a hold of {@code
     * change}, which has locked the inode; its item is updated by the caller afterwards.
     */
    void dropCapability(Modification change, Inode inode) throws FsException;
}
