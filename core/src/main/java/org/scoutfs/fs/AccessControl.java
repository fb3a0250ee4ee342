package org.scoutfs.fs;

import org.jspecify.annotations.Nullable;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;
import org.scoutfs.lock.ClusterLock;

/**
 * POSIX ACLs and mode bits where they meet (spec 4 section 9.5); implemented by the xattr layer. What it caches per inode is valid
 * for one refresh generation of the inode's lock only.
 */
public interface AccessControl {
    /**
     * What a new inode gets. Values in the xattr format of Linux; null: no such attribute.
     *
     * @param mode type and permission bits of the new inode
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
    record Inherited(int mode, byte @Nullable [] accessAcl, byte @Nullable [] defaultAcl) {}

    /**
     * Mode and ACLs of an inode made in {@code dir}: from its default ACL, or else {@code mode} without {@code umask}. Symlinks
     * inherit nothing.
     *
     * @param dir refreshed under {@code dirGroup}, which is held in WRITE
     * @param mode type and permission bits asked for
     */
    Inherited inherit(Inode dir, ClusterLock dirGroup, int mode, int umask) throws FsException;

    /**
     * Writes the inherited attributes under the hold of {@code creation}, before the inode's item is made.
     *
     * @param item of the new inode; its next xattr id is advanced
     */
    void writeInherited(Modification creation, Inode inode, InodeItem item, Inherited inherited) throws FsException;

    /** Takes back {@link #writeInherited} under the same hold. Never fails. */
    void undoInherited(Modification creation, Inode inode, InodeItem item, Inherited inherited);

    /**
     * Whether {@code who} may do all of {@code mask} (4 read, 2 write, 1 execute) by ACL or mode, capabilities included.
     *
     * @param inode refreshed under {@code group}, which is held in READ or WRITE
     */
    boolean permits(Credentials who, Inode inode, ClusterLock group, int mask) throws FsException;

    /**
     * Adapts an access ACL to a new mode under the hold of {@code change}, which has locked the inode.
     *
     * @param item copy of the inode's item that will be written, with the new mode in it
     */
    void chmod(Modification change, Inode inode, InodeItem item) throws FsException;

    /** Reads what {@link #chmod} will need, under the locks of {@code change} and before its hold. */
    void prepareChmod(Modification change, Inode inode) throws FsException;

    /** The inode's cluster lock is being given up. Must not wait. */
    void forget(Inode inode);
}
