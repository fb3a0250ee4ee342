package org.scoutfs.net;

import org.scoutfs.error.FsException;

/** Looks on the device whether a server knows this mount (spec 3 section 7). */
@FunctionalInterface
public interface MountedClientLookup {
    /**
     * Whether the committed tree of mounted clients has an item of this mount. It appears with the first greeting; its absence later
     * proves that the mount's resources were reclaimed.
     *
     * @throws FsException if that could not be found out, for instance because a block was reused meanwhile; counts as present
     */
    boolean isMounted() throws FsException;
}
