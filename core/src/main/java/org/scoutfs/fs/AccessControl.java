package org.scoutfs.fs;

import org.jspecify.annotations.Nullable;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;
import org.scoutfs.lock.ClusterLock;

/** POSIX ACLs and mode bits where they meet (spec 4 section 9.5); implemented by the xattr layer. */
public interface AccessControl {
    /**
     * What a new inode gets; ACLs in the xattr format of Linux.
     *
     * @param mode with type bits
     * @param access access ACL to store, null if the mode says it all
     * @param defaults default ACL to store, null if none
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
    record Inheritance(int mode, byte @Nullable [] access, byte @Nullable [] defaults) {
        /** Whether there is anything to store. */
        public boolean isPlain() {
            return access == null && defaults == null;
        }
    }

    /**
     * EACCES unless {@code who} may do all of {@code want} (4 read, 2 write, 1 execute) by ACL, mode or capability.
     *
     * @param item of the inode, refreshed under {@code group}, which is held in READ or WRITE
     */
    void checkAccess(Credentials who, Inode inode, InodeItem item, ClusterLock group, int want) throws FsException;

    /**
     * Mode and ACLs of an inode made in {@code dir}: from its default ACL, or else {@code mode} without {@code umask}. Symlinks
     * inherit nothing.
     *
     * @param dirGroup lock of {@code dir}, held in WRITE
     * @param mode type and permission bits asked for
     */
    Inheritance inherit(Inode dir, ClusterLock dirGroup, int mode, int umask) throws FsException;

    /**
     * Stores inherited ACLs under the hold of {@code creation}, before the inode's item is written. What a failure leaves is taken back
     * by {@link ExtendedAttributes#deleteAll}.
     *
     * @param created item of the new inode; its next xattr id is advanced
     */
    void store(Modification creation, Inode inode, InodeItem created, Inheritance inheritance) throws FsException;

    /**
     * Adapts an access ACL to a new mode under the hold of {@code change}, which has locked the inode.
     *
     * @param changed copy of the inode's item that will be written, with the new mode in it
     */
    void chmod(Modification change, Inode inode, InodeItem changed) throws FsException;
}
