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

    /** Runs something under the exclusive locks of two inodes, taken in an order that everybody keeps. */
    <E extends Exception> void underBoth(long ino, long other, Change<E> change) throws E {
        boolean ascending = (ino & (STRIPES - 1)) <= (other & (STRIPES - 1));
        Lock first = write(ascending ? ino : other);
        Lock second = write(ascending ? other : ino);
        first.lock();
        try {
            second.lock();
            try {
                change.make();
            } finally {
                second.unlock();
            }
        } finally {
            first.unlock();
        }
    }

    /** What {@link #underBoth} runs. */
    @FunctionalInterface
    interface Change<E extends Exception> {
        void make() throws E;
    }
}
