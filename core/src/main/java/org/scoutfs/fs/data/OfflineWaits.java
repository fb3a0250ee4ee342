package org.scoutfs.fs.data;

import java.util.Comparator;
import java.util.TreeSet;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.host.BlockingAware;

/**
 * Operations of this mount that wait until an archive agent has staged what they need (spec 4 section 10.5), in the order of inode and
 * block. A wait is registered under the locks that showed the block offline, and waited for without any; being woken proves nothing, so the
 * operation begins again. Safe for all threads.
 */
final class OfflineWaits {
    static final int READ = 1;
    static final int WRITE = 2;
    static final int CHANGE_SIZE = 4;

    /** One waiting operation. */
    static final class Waiter {
        final long ino;
        final long block;
        final int op;
        private final long id;
        private boolean woken;

        private Waiter(long ino, long block, int op, long id) {
            this.ino = ino;
            this.block = block;
            this.op = op;
            this.id = id;
        }
    }

    private static final Comparator<Waiter> ORDER = (a, b) -> {
        int c = Long.compareUnsigned(a.ino, b.ino);
        if (c == 0) {
            c = Long.compareUnsigned(a.block, b.block);
        }
        if (c == 0) {
            c = Integer.compare(a.op, b.op);
        }
        return c != 0 ? c : Long.compare(a.id, b.id);
    };

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final TreeSet<Waiter> waiters = new TreeSet<>(ORDER);
    private final Counter waits;
    private long ids;
    private boolean ended;
    private volatile int count;

    OfflineWaits(Counters counters) {
        this.waits = counters.get("data_wait");
    }

    /** Operations waiting now. */
    int count() {
        return count;
    }

    /** Under the inode's group lock: whatever changes the block from now on wakes the waiter. To be followed by {@link #await}. */
    Waiter register(long ino, long block, int op) {
        lock.lock();
        try {
            Waiter waiter = new Waiter(ino, block, op, ids++);
            waiters.add(waiter);
            count = waiters.size();
            return waiter;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until something of the inode changed; no lock of any kind is held.
     *
     * @throws FsException EINTR if the thread was interrupted, ENOLINK after {@link #end}
     */
    void await(Waiter waiter) throws FsException {
        waits.increment();
        BlockingAware.beforeBlocking();
        lock.lock();
        try {
            while (!waiter.woken && !ended) {
                changed.await();
            }
            if (ended) {
                throw new FsException(Errno.ENOLINK, "the mount was forced down while contents were waited for");
            }
        } catch (InterruptedException e) {
            throw new FsException(Errno.EINTR, "interrupted while waiting for offline data", e);
        } finally {
            waiters.remove(waiter);
            count = waiters.size();
            lock.unlock();
        }
    }

    /** Nobody will stage anything any more. */
    void end() {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The inode's offline blocks became fewer, or its group lock is being given up. */
    void wake(long ino) {
        if (count == 0) {
            return;
        }
        lock.lock();
        try {
            @Nullable Waiter at = waiters.ceiling(new Waiter(ino, 0, 0, Long.MIN_VALUE));
            boolean any = false;
            while (at != null && at.ino == ino) {
                at.woken = true;
                any = true;
                at = waiters.higher(at);
            }
            if (any) {
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }
}
