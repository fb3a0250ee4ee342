package org.scoutfs.fuse;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.scoutfs.fuse.protocol.InitFlag;
import org.scoutfs.host.HostThreads;

/**
 * Copies from and to the memory of other processes, on threads that do nothing else where readers may not.
 *
 * <p>Why: the memory may be a mapping of a file of this very mount, and then the copy waits, uninterruptibly and deep in the kernel, for
 * requests that it has sent us itself. A reader of {@code /dev/fuse} may do that while others read. A reader of a ring may not: the kernel
 * puts requests into the entries it has offered only by that very thread, which it would wake from any wait but this one. Safe for all threads.
 */
final class MemoryCopies {
    private static final int MOST_IDLE = 4;

    private final boolean handOver;
    private final HostThreads threads;

    @GuardedBy("this")
    private final ArrayDeque<Worker> idle = new ArrayDeque<>();

    @GuardedBy("this")
    private int started;

    @GuardedBy("this")
    private boolean closed;

    MemoryCopies(Negotiated negotiated, HostThreads threads) {
        this.handOver = negotiated.has(InitFlag.OVER_IO_URING);
        this.threads = threads;
    }

    /**
     * @param address in the other process
     * @param own address in this one
     * @param write into the other process
     * @return bytes copied, or a negated errno
     */
    long copy(int tid, long address, long own, long bytes, boolean write) {
        if (!handOver) {
            return transfer(tid, address, own, bytes, write);
        }
        Worker worker = worker();
        long result = worker.copy(tid, address, own, bytes, write);
        giveBack(worker);
        return result;
    }

    private static long transfer(int tid, long address, long own, long bytes, boolean write) {
        return write
                ? NativeCalls.writeProcess(tid, address, own, bytes)
                : NativeCalls.readProcess(tid, address, own, bytes);
    }

    /** No more of them than there are readers that wait. */
    private synchronized Worker worker() {
        Worker worker = idle.pollLast();
        if (worker == null) {
            worker = new Worker();
            threads.platform("fuse-copy-" + started++, worker);
        }
        return worker;
    }

    private synchronized void giveBack(Worker worker) {
        if (closed || idle.size() >= MOST_IDLE) {
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
        private final Semaphore given = new Semaphore(0);
        private final Semaphore done = new Semaphore(0);
        // Handed over with the semaphores.
        private @Nullable Runnable job;
        private long result;

        long copy(int tid, long address, long own, long bytes, boolean write) {
            job = () -> result = transfer(tid, address, own, bytes, write);
            given.release();
            done.acquireUninterruptibly();
            return result;
        }

        void end() {
            job = null;
            given.release();
        }

        @Override
        public void run() {
            while (true) {
                given.acquireUninterruptibly();
                Runnable now = job;
                if (now == null) {
                    return;
                }
                try {
                    now.run();
                } finally {
                    done.release();
                }
            }
        }
    }
}
