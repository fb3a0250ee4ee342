package org.scoutfs.fs.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.fs.ArchiveContents.Waiting;
import org.scoutfs.host.BlockingAware;
import org.scoutfs.host.CancelAware;
import org.scoutfs.host.ParkAware;
import org.scoutfs.host.ParkedWork;

/**
 * Operations of this mount that wait until an archive agent has staged what they need (spec 4 section 10.5), in the order of inode and
 * block. A wait is registered under the locks that showed the block offline, and waited for without any; being woken proves nothing, so the
 * operation begins again. A thread that can put its work aside ({@link ParkAware}) goes on with something else. Safe for all threads.
 */
final class OfflineWaits {
    static final int READ = 1;
    static final int WRITE = 2;
    static final int CHANGE_SIZE = 4;

    /** Operations that may wait at once: some megabytes. */
    private static final int MOST = 65_536;

    private static final System.Logger LOG = System.getLogger("org.scoutfs.fs.data");

    /** One waiting operation; its state is guarded by the lock. */
    static final class Waiter {
        final long ino;
        final long block;
        final int op;
        private final long id;
        private boolean over;
        private int errno;
        private @Nullable Condition signal;
        private ParkAware.@Nullable Place place;

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
    private final TreeSet<Waiter> waiters = new TreeSet<>(ORDER);
    private final Counter waits;
    private final Counter refused;
    private final int most;
    private long ids;
    private boolean ended;
    private boolean refusalLogged;
    private volatile int count;

    OfflineWaits(Counters counters) {
        this(counters, MOST);
    }

    OfflineWaits(Counters counters, int most) {
        this.waits = counters.get("data_wait");
        this.refused = counters.get("data_wait_refused");
        this.most = most;
    }

    /** Operations waiting now. */
    int count() {
        return count;
    }

    /**
     * Under the inode's group lock: whatever changes the block from now on wakes the waiter. To be followed by {@link #await}.
     *
     * @throws FsException EAGAIN if too many wait already, ENOLINK after {@link #end}
     */
    Waiter register(long ino, long block, int op) throws FsException {
        lock.lock();
        try {
            if (ended) {
                throw new FsException(Errno.ENOLINK, "the mount ends: offline contents are not waited for");
            }
            if (waiters.size() >= most) {
                throw refuse(ino);
            }
            Waiter waiter = new Waiter(ino, block, op, ids++);
            waiters.add(waiter);
            count = waiters.size();
            return waiter;
        } finally {
            lock.unlock();
        }
    }

    private FsException refuse(long ino) {
        refused.increment();
        FsException refusal = new FsException(
                Errno.EAGAIN,
                "inode " + ino + ": " + waiters.size()
                        + " operations wait for offline contents already, no more may; is an archive agent staging on"
                        + " this mount?");
        if (!refusalLogged) {
            refusalLogged = true;
            LOG.log(System.Logger.Level.WARNING, refusal.getMessage());
        }
        return refusal;
    }

    /**
     * Waits until something of the inode changed; no lock of any kind is held. Or puts the calling thread's work aside and leaves by {@link
     * ParkedWork}.
     *
     * @throws FsException EINTR if the thread was interrupted, ENOLINK after {@link #end}, or what {@link #fail} said
     */
    void await(Waiter waiter) throws FsException {
        waits.increment();
        ParkAware.Place place;
        try {
            place = ParkAware.begin(() -> cancel(waiter));
        } catch (FsException e) {
            finish(waiter, 0);
            refused.increment();
            throw e;
        }
        if (place == null) {
            block(waiter);
            return;
        }
        boolean over;
        lock.lock();
        try {
            over = waiter.over;
            waiter.place = place;
        } finally {
            lock.unlock();
        }
        if (over) {
            place.resume(waiter.errno);
        }
        throw new ParkedWork();
    }

    private void block(Waiter waiter) throws FsException {
        BlockingAware.beforeBlocking();
        boolean cancelled = !CancelAware.begin(() -> cancel(waiter));
        lock.lock();
        try {
            Condition signal = lock.newCondition();
            waiter.signal = signal;
            while (!waiter.over && !cancelled) {
                signal.await();
            }
        } catch (InterruptedException e) {
            throw new FsException(Errno.EINTR, "interrupted while waiting for offline data", e);
        } finally {
            remove(waiter);
            lock.unlock();
            cancelled |= CancelAware.end();
        }
        if (cancelled || waiter.errno != 0) {
            int errno = cancelled ? Errno.EINTR.number() : waiter.errno;
            throw new FsException(
                    Errno.of(errno),
                    "inode " + waiter.ino + ": the wait for offline data was ended with errno " + errno);
        }
    }

    private void cancel(Waiter waiter) {
        finish(waiter, Errno.EINTR.number());
    }

    /** Ends one wait if it has not ended. */
    private void finish(Waiter waiter, int errno) {
        ParkAware.Place place;
        lock.lock();
        try {
            if (waiter.over) {
                return;
            }
            place = end(waiter, errno);
            remove(waiter);
        } finally {
            lock.unlock();
        }
        if (place != null) {
            place.resume(errno);
        }
    }

    /** Under the lock. @return whom to resume without it; if nobody, whoever puts the work aside sees that the wait is over */
    private static ParkAware.@Nullable Place end(Waiter waiter, int errno) {
        waiter.over = true;
        waiter.errno = errno;
        Condition signal = waiter.signal;
        if (signal != null) {
            signal.signal();
        }
        return waiter.place;
    }

    private void remove(Waiter waiter) {
        waiters.remove(waiter);
        count = waiters.size();
    }

    /** Nobody will stage anything any more: all waits, and those to come, fail. */
    void end() {
        List<Waiter> all;
        lock.lock();
        try {
            ended = true;
            all = List.copyOf(waiters);
        } finally {
            lock.unlock();
        }
        all.forEach(waiter -> finish(waiter, Errno.ENOLINK.number()));
    }

    /** The inode's offline blocks became fewer, or its group lock is being given up. */
    void wake(long ino) {
        if (count != 0) {
            finishAll(ino, 0, -1L, READ | WRITE | CHANGE_SIZE, 0);
        }
    }

    /** Ends waits for blocks {@code first..last}, unsigned, of an inode with an error. @return how many */
    int fail(long ino, long first, long last, int ops, int errno) {
        return finishAll(ino, first, last, ops, errno);
    }

    private int finishAll(long ino, long first, long last, int ops, int errno) {
        List<Waiter> found = new ArrayList<>();
        List<ParkAware.Place> places = new ArrayList<>();
        lock.lock();
        try {
            Waiter at = waiters.ceiling(new Waiter(ino, first, 0, Long.MIN_VALUE));
            while (at != null && at.ino == ino && Long.compareUnsigned(at.block, last) <= 0) {
                if ((at.op & ops) != 0) {
                    found.add(at);
                }
                at = waiters.higher(at);
            }
            for (Waiter waiter : found) {
                ParkAware.Place place = end(waiter, errno);
                if (place != null) {
                    places.add(place);
                }
                remove(waiter);
            }
        } finally {
            lock.unlock();
        }
        places.forEach(place -> place.resume(errno));
        return found.size();
    }

    /** Places strictly after one, in order, at most {@code limit}; who waits at the same place is one. */
    List<Waiting> list(long afterIno, long afterBlock, int limit) {
        List<Waiting> places = new ArrayList<>();
        lock.lock();
        try {
            Waiter at = waiters.higher(new Waiter(afterIno, afterBlock, Integer.MAX_VALUE, Long.MAX_VALUE));
            while (at != null) {
                Waiter first = at;
                int ops = 0;
                while (at != null && at.ino == first.ino && at.block == first.block) {
                    ops |= at.op;
                    at = waiters.higher(at);
                }
                if (places.size() == limit) {
                    break;
                }
                places.add(new Waiting(first.ino, first.block, ops));
            }
        } finally {
            lock.unlock();
        }
        return places;
    }
}
