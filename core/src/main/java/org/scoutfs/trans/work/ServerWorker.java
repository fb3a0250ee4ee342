package org.scoutfs.trans.work;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.host.Host;

/** A thread that asks the server for work, does it and answers: at once again after work, else after a pause. */
abstract class ServerWorker implements AutoCloseable {
    /** Pause before an answer is sent again. */
    private static final long RETRY_DELAY_NANOS = 2_000_000_000L;

    private static final System.Logger LOG = System.getLogger("org.scoutfs.trans.work");

    private final String name;
    private final Host host;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition wake = lock.newCondition();

    @GuardedBy("lock")
    private @Nullable Thread thread;

    @GuardedBy("lock")
    private long wakeUps;

    private volatile boolean stopping;

    ServerWorker(String name, Host host) {
        this.name = name;
        this.host = host;
    }

    /** Starts asking, for the first time after one pause. */
    public void start() {
        lock.lock();
        try {
            if (thread == null && !stopping) {
                thread = host.threads().platform(name, this::run);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Asks no more, and returns when the thread has ended; work under way is cut short where it can be. Does nothing the second time. */
    @Override
    public void close() {
        Thread running;
        lock.lock();
        try {
            stopping = true;
            wake.signalAll();
            running = thread;
            thread = null;
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        while (running != null) {
            try {
                running.join();
                running = null;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Pause after there was no work, nanoseconds. */
    abstract long pauseNanos();

    /** Asks once; does and answers what there is. Returns whether there was work. */
    abstract boolean work() throws FsException;

    boolean isStopping() {
        return stopping;
    }

    /** Ends the present pause, so that a changed one takes effect. */
    void endPause() {
        lock.lock();
        try {
            wakeUps++;
            wake.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Sends an answer. */
    @FunctionalInterface
    interface Answer {
        void send() throws FsException;
    }

    /**
     * Sends an answer until the server has it: work that stays assigned keeps all other work of its kind waiting. ENOENT says that it
     * has had it.
     */
    void answer(Answer answer) throws FsException {
        for (; ; ) {
            try {
                answer.send();
                return;
            } catch (FsException e) {
                if (e.errno() == Errno.ENOENT) {
                    return;
                }
                if (stopping || e.errno() == Errno.ENOLINK || e.errno() == Errno.ECONNABORTED) {
                    throw e;
                }
                LOG.log(System.Logger.Level.DEBUG, "{0}: answer refused: {1}", name, e.getMessage());
                await(RETRY_DELAY_NANOS);
            }
        }
    }

    private void run() {
        boolean worked = false;
        while (!stopping) {
            if (!worked) {
                await(pauseNanos());
            }
            if (!stopping) {
                worked = tryWork();
            }
        }
    }

    private boolean tryWork() {
        try {
            return work();
        } catch (FsException e) {
            LOG.log(System.Logger.Level.DEBUG, "{0}: {1}", name, e.getMessage());
            return false;
        }
    }

    /** Returns early when the worker is being closed or woken. */
    private void await(long nanos) {
        long deadline = host.clock().nanoTime() + nanos;
        lock.lock();
        try {
            long wakes = wakeUps;
            for (long left = nanos; left > 0 && !stopping && wakes == wakeUps; ) {
                host.clock().awaitNanos(lock, wake, left);
                left = deadline - host.clock().nanoTime();
            }
        } catch (InterruptedException e) {
            // Nobody interrupts this thread but to end it.
            stopping = true;
        } finally {
            lock.unlock();
        }
    }
}
