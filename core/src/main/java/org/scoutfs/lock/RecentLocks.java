package org.scoutfs.lock;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.scoutfs.format.Key;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.format.Zones;

/**
 * The lock used last of those that share a slot, found by inode or index group without making a key. May still name locks that are dead.
 * Safe for all threads.
 */
final class RecentLocks {
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;
    /** Slots: a few per idle lock. */
    private static final int BITS = 15;

    private final AtomicReferenceArray<@Nullable ClusterLock> slots = new AtomicReferenceArray<>(1 << BITS);

    @Nullable
    ClusterLock find(Key start) {
        ClusterLock lock = slots.get(slot(start));
        return lock != null && lock.key().equals(start) ? lock : null;
    }

    @Nullable
    ClusterLock findInode(long ino) {
        long group = ino >>> VolumeLayout.LOCK_GROUP_SHIFT;
        ClusterLock lock = slots.get(slot(Zones.FS, 0, group));
        if (lock == null) {
            return null;
        }
        Key key = lock.key();
        return key.zone() == Zones.FS && key.first() >>> VolumeLayout.LOCK_GROUP_SHIFT == group ? lock : null;
    }

    @Nullable
    ClusterLock findIndex(int type, long seq) {
        long group = seq >>> VolumeLayout.LOCK_GROUP_SHIFT;
        ClusterLock lock = slots.get(slot(Zones.INODE_INDEX, type, group));
        if (lock == null) {
            return null;
        }
        Key key = lock.key();
        boolean same = key.zone() == Zones.INODE_INDEX
                && key.type() == type
                && key.second() >>> VolumeLayout.LOCK_GROUP_SHIFT == group;
        return same ? lock : null;
    }

    void add(ClusterLock lock) {
        slots.set(slot(lock.key()), lock);
    }

    void remove(ClusterLock lock) {
        slots.compareAndSet(slot(lock.key()), lock, null);
    }

    void clear() {
        for (int i = 0; i < slots.length(); i++) {
            slots.set(i, null);
        }
    }

    private static int slot(Key start) {
        return start.zone() == Zones.FS
                ? slot(Zones.FS, 0, start.first() >>> VolumeLayout.LOCK_GROUP_SHIFT)
                : slot(start.zone(), start.type(), start.second() >>> VolumeLayout.LOCK_GROUP_SHIFT);
    }

    private static int slot(int zone, int type, long group) {
        long mixed = (group + ((long) zone << 48) + ((long) type << 56)) * GOLDEN;
        return (int) (mixed >>> (Long.SIZE - BITS));
    }
}
