package org.scoutfs.lock;

/**
 * What a mount drops when a cluster lock is taken away, spec 3 section 8.5.
 *
 * <p>{@link #invalidate} runs on a virtual thread of the lock's own, so that one that takes long holds up no other: the transaction
 * that holds changes made under the lock is already committed, no user incompatible with {@code newMode} is left, none can come, and the server has not been
 * answered yet. It must not take cluster locks, hold the transaction, put the last reference of an inode or wait for anything
 * that may do so. WRITE to READ keeps all caches; it is reported so that a door can stop writing behind.
 */
public interface LockInvalidator {
    /**
     * A lock is about to be lowered. Its users have left; new ones are kept out, but for threads that hold some lock and, until this returns,
     * those that were admitted ({@link LockClient#admit}); they still may do all that {@code oldMode} allows. The place to make the kernel write
     * back what it has dirty, which needs the lock, and to stop handing out anything for longer. May wait for users of this lock. Runs on
     * the thread that will call {@link #invalidate}.
     */
    default void revoking(ClusterLock lock, LockMode oldMode, LockMode newMode) {}

    /**
     * The mode is lowered and nobody is left inside who uses more than it allows; nothing is committed or dropped yet, and the server does not
     * know. The place to drop what those who got in after all have brought in. Called once for each {@link #revoking}, by the same
     * thread.
     */
    default void revoked(ClusterLock lock, LockMode newMode) {}

    /**
     * Drops what the mount caches under {@code lock} and may no longer use in {@code newMode}.
     *
     * @param oldMode READ, WRITE or WRITE_ONLY
     * @param newMode NULL, or READ if {@code oldMode} is WRITE
     */
    void invalidate(ClusterLock lock, LockMode oldMode, LockMode newMode);

    /**
     * A grant arrived and no user has seen it yet: a place to check that nothing is cached that should not be. Runs on the
     * network's receive thread and must not block.
     */
    default void granted(ClusterLock lock, LockMode oldMode, LockMode newMode) {}
}
