package org.scoutfs.fs;

import org.scoutfs.counter.Counters;
import org.scoutfs.format.Timespec;
import org.scoutfs.host.Host;
import org.scoutfs.host.WallTime;
import org.scoutfs.item.ItemCache;
import org.scoutfs.item.WeakItemCache;
import org.scoutfs.lock.LockClient;
import org.scoutfs.trans.Transactions;

/** What every part of the file system of one mount works with; made once by the mount. */
public record FsContext(
        Host host,
        Counters counters,
        FsOptions options,
        FsCluster cluster,
        LockClient locks,
        Transactions transactions,
        ItemCache items,
        WeakItemCache weakItems,
        InodeTable inodes) {

    /** The time that changes are stamped with. */
    public Timespec now() {
        WallTime now = host.clock().coarseWallTime();
        return new Timespec(now.seconds(), now.nanos());
    }
}
