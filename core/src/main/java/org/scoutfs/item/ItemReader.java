package org.scoutfs.item;

import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;
import org.scoutfs.lock.ClusterLock;

/** Where the item cache reads what it does not have. */
@FunctionalInterface
interface ItemReader {
    /**
     * Reads committed items around a key, at least as new as the lock's grant and the last commit of this mount.
     *
     * @param lock covers the key; nothing outside of its range is read
     * @param barrier how often this mount's items were cleaned before the caller began
     * @return a range that contains the key, and all there is in it
     */
    ReadItems read(Key key, ClusterLock lock, long barrier) throws FsException;
}
