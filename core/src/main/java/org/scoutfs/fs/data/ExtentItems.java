package org.scoutfs.fs.data;

import org.jspecify.annotations.Nullable;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;
import org.scoutfs.item.Item;
import org.scoutfs.item.ItemCache;
import org.scoutfs.lock.ClusterLock;

/** The items of one inode as {@link Extents} uses them. A failing change has changed nothing. */
interface ExtentItems {
    /** The first item in {@code key..last}, or null. */
    @Nullable
    Item next(Key key, Key last) throws FsException;

    void create(Key key, byte[] value) throws FsException;

    void delete(Key key) throws FsException;

    /** Items under a group lock held in a mode that allows what is called. */
    static ExtentItems of(ItemCache items, ClusterLock group) {
        return new ExtentItems() {
            @Override
            public @Nullable Item next(Key key, Key last) throws FsException {
                return items.next(key, last, group);
            }

            @Override
            public void create(Key key, byte[] value) throws FsException {
                items.create(key, value, group);
            }

            @Override
            public void delete(Key key) throws FsException {
                items.delete(key, group);
            }
        };
    }
}
