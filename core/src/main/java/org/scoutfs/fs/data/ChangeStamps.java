package org.scoutfs.fs.data;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Tell a reader whether contents changed while it transferred from the device without a lock. Inodes share stamps, so a reader may
 * be told of a change that was not its own; that costs it another look. Safe for all threads.
 */
final class ChangeStamps {
    private static final int SLOTS = 4096;

    private final AtomicLongArray writes = new AtomicLongArray(SLOTS);
    private final AtomicLongArray removals = new AtomicLongArray(SLOTS);

    /** Moves whenever blocks are written, before and after, or removed. */
    long writes(long ino) {
        return writes.get(slot(ino));
    }

    /** Moves after extents were removed, before their blocks can be given to anybody else. */
    long removals(long ino) {
        return removals.get(slot(ino));
    }

    void wrote(long ino) {
        writes.incrementAndGet(slot(ino));
    }

    void removed(long ino) {
        removals.incrementAndGet(slot(ino));
        writes.incrementAndGet(slot(ino));
    }

    private static int slot(long ino) {
        return (int) (ino & (SLOTS - 1));
    }
}
