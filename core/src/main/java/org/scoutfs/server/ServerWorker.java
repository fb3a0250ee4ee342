package org.scoutfs.server;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.host.HostThreads;

/**
 * A thread that does one kind of work whenever it is woken, until {@link #close}. Waking it during a pass makes it do another. An error
 * ends it and stops the server. Any thread may wake it.
 */
final class ServerWorker implements AutoCloseable {
    /** One pass. */
    interface Work {
        void run() throws FsException;
    }

    private final Work work;
    private final Consumer<FsException> failed;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean wanted;
    private boolean closing;
    private boolean ended;

    ServerWorker(HostThreads threads, String name, Work work, Consumer<FsException> failed) {
        this.work = work;
        this.failed = failed;
        threads.virtual(name, this::loop);
    }

    /** Wants a pass. */
    void wake() {
        lock.lock();
        try {
            wanted = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Whether a pass should give up early. */
    boolean isClosing() {
        lock.lock();
        try {
            return closing;
        } finally {
            lock.unlock();
        }
    }

    /** Starts no more passes and waits for the one that runs. Not from a pass. */
    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
            changed.signalAll();
            while (!ended) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private void loop() {
        try {
            while (awaitWake()) {
                work.run();
            }
        } catch (FsException e) {
            failed.accept(e);
        } catch (RuntimeException | Error e) {
            failed.accept(new FsException(Errno.EIO, e.toString(), e));
            throw e;
        } finally {
            lock.lock();
            try {
                ended = true;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private boolean awaitWake() {
        lock.lock();
        try {
            while (!wanted && !closing) {
                changed.awaitUninterruptibly();
            }
            wanted = false;
            return !closing;
        } finally {
            lock.unlock();
        }
    }
}
