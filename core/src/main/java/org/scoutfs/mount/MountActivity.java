package org.scoutfs.mount;

import org.jspecify.annotations.Nullable;
import org.scoutfs.format.InetAddr;

/**
 * What a mount does at a moment, for people to look at.
 *
 * @param mountedNanos since it was mounted
 * @param commitNanos since its last commit, or since it was mounted
 * @param heldLocks cluster locks that it has, used or idle
 * @param server where the leader is that it talks to; null while it talks to none
 */
public record MountActivity(
        long mountedNanos,
        long commitNanos,
        int heldLocks,
        @Nullable InetAddr server) {}
