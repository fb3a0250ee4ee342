package org.scoutfs.lock;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.LinkedHashSet;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;

/**
 * All lock objects in the order in which they may be given back when there are more than a limit (spec 3 section 8.6). A lock that
 * was used since it was last looked at goes to the end instead, so that using a lock costs no more than a mark. Safe for all threads.
 */
final class IdleLocks {
    /** Locks looked at per new lock. */
    private static final int VISITS = 32;

    @GuardedBy("this")
    private final LinkedHashSet<ClusterLock> queue = new LinkedHashSet<>();

    private final Counter shrinks;
    private volatile int limit;

    IdleLocks(Counters counters, int limit) {
        this.shrinks = counters.get("lock_shrink_attempted");
        this.limit = limit;
    }

    void setLimit(int newLimit) {
        limit = newLimit;
    }

    synchronized int count() {
        return queue.size();
    }

    /** Adds a new lock; returns an old one to give back if there are too many. */
    synchronized @Nullable ClusterLock add(ClusterLock lock) {
        queue.add(lock);
        for (int n = 0; n < VISITS && queue.size() > limit; n++) {
            ClusterLock oldest = queue.removeFirst();
            queue.add(oldest);
            if (!oldest.wasAccessed() && !oldest.inUse() && oldest != lock) {
                shrinks.increment();
                return oldest;
            }
        }
        return null;
    }

    synchronized void remove(ClusterLock lock) {
        queue.remove(lock);
    }

    synchronized void clear() {
        queue.clear();
    }
}
