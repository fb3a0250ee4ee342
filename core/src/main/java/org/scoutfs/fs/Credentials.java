package org.scoutfs.fs;

/**
 * On whose behalf an operation runs. Read by the operation's thread only, not kept.
 *
 * <p>Ids are unsigned 32-bit values held in an {@code int}.
 */
public interface Credentials {
    int uid();

    int gid();

    /** True if {@code gid} is the effective group or one of the supplementary groups. */
    boolean inGroup(int gid);

    /** May be costly (a look into /proc for callers through FUSE): asked only where an operation needs it. */
    boolean capable(Capability capability);

    /** Permission bits that creation clears where the directory has no default ACL, 0..0777. */
    int umask();

    /**
     * True if somebody else (the kernel with default_permissions) has already made the permission, sticky bit and ownership checks of
     * this operation, so that they are not made again.
     */
    boolean alreadyChecked();
}
