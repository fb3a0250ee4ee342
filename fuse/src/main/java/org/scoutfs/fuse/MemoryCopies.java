package org.scoutfs.fuse;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.scoutfs.error.Errno;
import org.scoutfs.host.HostThreads;

/**
 * Copies from and to the memory of other processes, on threads that do nothing else.
 *
 * <p>Why not on the reader: the memory may be a mapping of a file of this very mount, and then the copy waits, uninterruptibly and deep in the
 * kernel, for requests that it has sent us itself. Requests for the entries of a ring that a reader has offered are put there by that very
 * thread, which the kernel would wake from any wait but this one. And if that file is offline the wait may take days: a caller who is killed
 * meanwhile is let go, and the copy left to itself with memory of its own. Safe for all threads.
 */
final class MemoryCopies {
    /** Of one copy. */
    static final int MOST_BYTES = 1 << 20;

    private static final int MOST_IDLE = 4;
    /** How often a caller is looked after during a copy that takes its time. */
    private static final long LOOK_MS = 200;

    private final HostThreads threads;

    @GuardedBy("this")
    private final ArrayDeque<Worker> idle = new ArrayDeque<>();

    @GuardedBy("this")
    private int started;

    @GuardedBy("this")
    private boolean closed;

    MemoryCopies(HostThreads threads) {
        this.threads = threads;
    }

    /**
     * Fills {@code to}, of {@link #MOST_BYTES} at most.
     *
     * @return bytes copied, or a negated errno; EINTR if the caller is being killed
     */
    long read(int tid, long address, MemorySegment to) {
        Worker worker = worker();
        long n = worker.copy(tid, address, to.byteSize(), false);
        if (n > 0) {
            MemorySegment.copy(worker.own, 0, to, 0, n);
        }
        giveBack(worker);
        return n;
    }

    /** Writes {@code from} into the other process; otherwise as {@link #read}. */
    long write(int tid, long address, MemorySegment from) {
        Worker worker = worker();
        MemorySegment.copy(from, 0, worker.own, 0, from.byteSize());
        long n = worker.copy(tid, address, from.byteSize(), true);
        giveBack(worker);
        return n;
    }

    /** No more of them than there are readers that wait, but for those that were left. */
    private synchronized Worker worker() {
        Worker worker = idle.pollLast();
        if (worker == null) {
            worker = new Worker();
            threads.platform("fuse-copy-" + started++, worker);
        }
        return worker;
    }

    private synchronized void giveBack(Worker worker) {
        if (closed || worker.left || idle.size() >= MOST_IDLE) {
            worker.end();
        } else {
            idle.addLast(worker);
        }
    }

    /** When all readers have gone. */
    synchronized void close() {
        closed = true;
        idle.forEach(Worker::end);
        idle.clear();
    }

    private static final class Worker implements Runnable {
        /** Costs nothing where it is not touched; goes with the worker. */
        final MemorySegment own = NativeCalls.mapPrivate(MOST_BYTES);

        /** Its reader went away in the middle of a copy. */
        boolean left;

        // One copy, handed over with the semaphores and not read afterwards by who has left.
        private final Semaphore given = new Semaphore(0);
        private final Semaphore done = new Semaphore(0);
        private int tid;
        private long address;
        private long bytes;
        private boolean write;
        private long result;
        private volatile boolean ends;

        long copy(int newTid, long newAddress, long newBytes, boolean newWrite) {
            tid = newTid;
            address = newAddress;
            bytes = newBytes;
            write = newWrite;
            given.release();
            boolean interrupted = false;
            try {
                while (true) {
                    try {
                        if (done.tryAcquire(LOOK_MS, TimeUnit.MILLISECONDS)) {
                            return result;
                        }
                        if (CallerState.isKilled(newTid)) {
                            left = true;
                            return -Errno.EINTR.number();
                        }
                    } catch (InterruptedException e) {
                        interrupted = true;
                    }
                }
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        void end() {
            ends = true;
            given.release();
        }

        @Override
        public void run() {
            while (true) {
                given.acquireUninterruptibly();
                if (ends) {
                    return;
                }
                result = write
                        ? NativeCalls.writeProcess(tid, address, own.address(), bytes)
                        : NativeCalls.readProcess(tid, address, own.address(), bytes);
                done.release();
            }
        }
    }
}
