package org.scoutfs.lock;

import org.jspecify.annotations.Nullable;
import org.scoutfs.error.FsException;

/**
 * The mount's cluster locks, spec 3 section 8. A lock that is already granted costs one compare-and-set to take and one to give
 * back, without allocation, through {@link #lockInode}, {@link #lockIndex} or {@link #lock} with a constant range. Everything
 * else waits for the server: {@link org.scoutfs.host.BlockingAware} threads are told before.
 *
 * <p>Locks must be taken in the order of spec 3 section 8.3 and never while the thread holds the transaction (EDEADLK). A thread
 * that holds no cluster lock waits when the lock it asks for is about to be taken away; one that holds some does not, so nested
 * use of one lock cannot deadlock. A user of READ must not ask for WRITE of the same range.
 */
public final class LockClient {
    /**
     * Waits until {@code range} is granted in {@code mode} and counts the caller as a user.
     *
     * @param mode READ, WRITE or WRITE_ONLY
     * @throws FsException EDEADLK while holding the transaction, ENOLINK after {@link #shutdown} or a forced unmount
     */
    public ClusterLock lock(LockRange range, LockMode mode) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** As {@link #lock}, but null instead of waiting or asking the server. */
    public @Nullable ClusterLock tryLock(LockRange range, LockMode mode) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** As {@link #lock}, but the wait ends with EINTR when the thread is interrupted: only for the root inode during mount. */
    public ClusterLock lockInterruptibly(LockRange range, LockMode mode) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** {@link #lock} of the group of inode {@code ino}, without making the range. */
    public ClusterLock lockInode(long ino, LockMode mode) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** {@link #tryLock} of the group of inode {@code ino}, without making the range. */
    public @Nullable ClusterLock tryLockInode(long ino, LockMode mode) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** {@link #lock} of an index group, without making the range; see {@link LockRange#index}. */
    public ClusterLock lockIndex(int type, long seq, LockMode mode) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** Told before the server is answered when a lock is taken away. Set once, before the client starts. */
    public void setInvalidator(LockInvalidator invalidator) {
        throw new UnsupportedOperationException();
    }

    /** The transactions that changes under these locks go into. Set once, before the client starts. */
    public void setTransactions(LockTransactions transactions) {
        throw new UnsupportedOperationException();
    }

    /** Greatest refresh generation given out so far. */
    public long lastRefreshGeneration() {
        throw new UnsupportedOperationException();
    }

    /**
     * From now on lock calls fail with ENOLINK and nothing is asked of the server; its invalidations are still answered, without
     * touching caches: the final commit is done (spec 3 section 8.9).
     */
    public void shutdown() {
        throw new UnsupportedOperationException();
    }

    /** After the network is closed: forgets all locks and pending invalidations and ends the worker. */
    public void destroy() {
        throw new UnsupportedOperationException();
    }
}
