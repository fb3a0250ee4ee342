package org.scoutfs.vfs;

/**
 * Somebody above {@link Vfs} who keeps names, attributes or pages that are valid only while this mount holds the cluster lock of an
 * inode group: the FUSE kernel (spec 6 section 6.3).
 */
public interface CacheOwner {
    /**
     * The lock of the inodes {@code firstIno..lastIno} is being given up. Called on the invalidation thread after new users of the lock
     * are kept out and before dirty data is committed; must not return before no stale state can be seen and before everything written
     * through shared mappings has arrived.
     *
     * @param keepReadable true if the lock stays readable (write to read): clean caches may stay, dirty mapped pages must be written
     */
    void revoke(long firstIno, long lastIno, boolean keepReadable);

    /**
     * That lock is given up: whoever used it since {@link #revoke} began has left it. Until now nothing that was found out about these
     * inodes may be kept, nor what was found out before and has not been kept yet. Called once for each {@link #revoke}.
     */
    void revoked(long firstIno, long lastIno);

    /** Contents, size or attributes of one inode were changed by other means than the cache owner's own requests. */
    void changed(long ino, boolean contents);
}
