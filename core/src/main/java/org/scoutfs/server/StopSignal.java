package org.scoutfs.server;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.host.HostClock;

/** Says that a server is to stop, once and for all. Any thread. */
final class StopSignal {
    private final HostClock clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean set;

    StopSignal(HostClock clock) {
        this.clock = clock;
    }

    /** Sets it; whether this call was the first. */
    boolean set() {
        lock.lock();
        try {
            boolean first = !set;
            set = true;
            changed.signalAll();
            return first;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until it is set. */
    void await() {
        lock.lock();
        try {
            while (!set) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for time to pass.
     *
     * @throws FsException ENOLINK as soon as the signal is set
     */
    void sleep(long nanos) throws FsException {
        long deadline = clock.nanoTime() + nanos;
        lock.lock();
        try {
            check();
            long left;
            while ((left = deadline - clock.nanoTime()) > 0) {
                clock.awaitNanos(lock, changed, left);
                check();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR, "interrupted", e);
        } finally {
            lock.unlock();
        }
    }

    /** @throws FsException ENOLINK if it is set */
    void check() throws FsException {
        lock.lock();
        try {
            if (set) {
                throw new FsException(Errno.ENOLINK, "the server is stopping");
            }
        } finally {
            lock.unlock();
        }
    }
}
