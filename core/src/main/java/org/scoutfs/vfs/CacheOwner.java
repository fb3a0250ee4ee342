package org.scoutfs.vfs;

/**
 * Somebody above {@link Vfs} who keeps names, attributes or pages that are valid only while this mount holds the cluster lock of an
 * inode group: the FUSE kernel (spec 6 section 6.3).
 */
public interface CacheOwner {
    /**
     * The lock of the inodes {@code firstIno..lastIno} is being given up. Called on the invalidation thread after new users of the lock
     * are kept out, but for {@code getattr}, {@code read}, {@code writeMapped} and a {@code setattr} of the size; must not return before
     * everything written through shared mappings has arrived and nothing can be stored in them any more. What it finds cached it drops;
     * what those that still got in bring in meanwhile is dropped in {@link #revoked}.
     *
     * @param keepReadable true if the lock stays readable (write to read): clean caches may stay, dirty mapped pages must be written
     */
    void revoke(long firstIno, long lastIno, boolean keepReadable);

    /**
     * Nobody uses that lock any more, and no other mount has it yet; must not return before no stale state can be seen. Called once for each
     * {@link #revoke}.
     */
    void revoked(long firstIno, long lastIno, boolean keepReadable);

    /** Contents, size or attributes of one inode were changed by other means than the cache owner's own requests. */
    void changed(long ino, boolean contents);
}
