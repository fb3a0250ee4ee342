package org.scoutfs.fuse;

/** What has to happen when the kernel lets go of a mount. */
@FunctionalInterface
public interface SessionEnd {
    /**
     * Called exactly once, on a thread that may block; no operation is called on the {@code Vfs} by the mount afterwards, except for those
     * that are still waiting inside it after a forced end.
     *
     * <p>With a block device {@code umount(2)} returns when this has returned: the place for the final commit and the farewell. On a
     * plain mount umount does not wait.
     *
     * @param orderly false: the connection was aborted ({@code umount -f}, or through sysfs); callers have been given errors
     */
    void ended(boolean orderly);

    /**
     * An operation on the {@code Vfs} ended with an exception or error that nobody expects, and may have left what it was changing half changed,
     * or cluster locks held for ever. Its caller gets EIO. Called by a reader, possibly more than once; must not wait.
     */
    default void failed(Throwable failure) {}
}
