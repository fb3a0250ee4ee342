package org.scoutfs.fs;

import org.jspecify.annotations.Nullable;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.format.Zones;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockInvalidator;
import org.scoutfs.lock.LockMode;
import org.scoutfs.lock.LockRange;

/**
 * Drops what this mount caches under a cluster lock that it gives up (spec 4 section 2.4): inodes, their pages, quota rules, items;
 * before that the caches of whoever stands above.
 *
 * <p>Takes no lock of the cluster, no hold and no inode mutex, and deletes nothing: inodes that lose their cover are simply
 * forgotten when nobody uses them.
 */
public final class GroupInvalidator implements LockInvalidator {
    private static final System.Logger LOG = System.getLogger("org.scoutfs.fs");

    /** Whoever caches names, attributes and pages above this mount. */
    public interface Above {
        /**
         * The lock of inodes {@code first..last} is being given up. Returns when nothing stale can be seen above and what was written
         * through mappings has arrived.
         *
         * @param keepReadable the lock stays readable: clean caches may stay
         */
        void revoke(long first, long last, boolean keepReadable);

        /** That lock is lowered and nobody uses it any more; nobody else has it yet. Once for each {@link #revoke}. */
        void revoked(long first, long last, boolean keepReadable);
    }

    private final FsContext fs;
    private final FileContents contents;
    private final QuotaCheck quota;
    private volatile @Nullable Above above;

    GroupInvalidator(FsContext fs, FileContents contents, QuotaCheck quota) {
        this.fs = fs;
        this.contents = contents;
        this.quota = quota;
    }

    public void setAbove(Above caches) {
        above = caches;
    }

    @Override
    public void revoking(ClusterLock lock, LockMode oldMode, LockMode newMode) {
        Above caches = above;
        if (caches != null && coversInodes(lock.range())) {
            long first = lock.range().start().first();
            caches.revoke(first, first | VolumeLayout.LOCK_GROUP_SIZE - 1, newMode == LockMode.READ);
        }
    }

    @Override
    public void revoked(ClusterLock lock, LockMode newMode) {
        Above caches = above;
        if (caches != null && coversInodes(lock.range())) {
            long first = lock.range().start().first();
            caches.revoked(first, first | VolumeLayout.LOCK_GROUP_SIZE - 1, newMode == LockMode.READ);
        }
    }

    @Override
    public void invalidate(ClusterLock lock, LockMode oldMode, LockMode newMode) {
        if (newMode.canRead()) {
            return;
        }
        LockRange range = lock.range();
        if (coversInodes(range)) {
            long first = range.start().first();
            fs.inodes().forEachCached(first, first | VolumeLayout.LOCK_GROUP_SIZE - 1, this::uncover);
        } else if (range.start().zone() == Zones.QUOTA) {
            quota.invalidate();
        }
        fs.items().invalidate(range);
    }

    @Override
    public void granted(ClusterLock lock, LockMode oldMode, LockMode newMode) {
        if (!fs.items().isSoundGrant(lock, oldMode, newMode)) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "lock {0} was granted in mode {1} while items are cached under it in mode {2}",
                    lock.range(),
                    newMode,
                    oldMode);
        }
    }

    private static boolean coversInodes(LockRange range) {
        return range.start().zone() == Zones.FS;
    }

    private void uncover(Inode inode) {
        inode.uncover();
        contents.dropPages(inode);
        fs.inodes().evictUncovered(inode);
    }
}
