package org.scoutfs.fs.data;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The extent locks of all inodes of a mount, in stripes: they keep readers from seeing extents half changed, or mapped before their
 * contents are in memory. Taken inside a transaction hold; held while items are read, never across transfers of data.
 */
final class ExtentLocks {
    private static final int STRIPES = 64;

    private final List<ReentrantReadWriteLock> stripes = new ArrayList<>(STRIPES);

    ExtentLocks() {
        for (int i = 0; i < STRIPES; i++) {
            stripes.add(new ReentrantReadWriteLock());
        }
    }

    Lock read(long ino) {
        return stripes.get((int) (ino & (STRIPES - 1))).readLock();
    }

    Lock write(long ino) {
        return stripes.get((int) (ino & (STRIPES - 1))).writeLock();
    }
}
