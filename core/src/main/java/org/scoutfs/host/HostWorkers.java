package org.scoutfs.host;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A fixed group of platform threads that run tasks from one bounded queue, first in first out: where virtual threads send what
 * blocks in native calls.
 *
 * <p>An exception of a task is reported like that of a thread; the worker goes on. A task must not wait for another task of its
 * own group. Safe for all threads; who made it closes it.
 */
public final class HostWorkers implements AutoCloseable {
    private final String name;
    private final int queueLimit;
    private final List<Thread> threads = new ArrayList<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition notEmpty = lock.newCondition();
    private final Condition notFull = lock.newCondition();

    @GuardedBy("lock")
    private final ArrayDeque<Runnable> queue = new ArrayDeque<>();

    @GuardedBy("lock")
    private int busy;

    @GuardedBy("lock")
    private boolean closed;

    HostWorkers(HostThreads starter, String name, int threadCount, int queueLimit) {
        if (threadCount < 1 || queueLimit < 1) {
            throw new IllegalArgumentException(name + ": " + threadCount + " threads, queue of " + queueLimit);
        }
        this.name = name;
        this.queueLimit = queueLimit;
        for (int i = 0; i < threadCount; i++) {
            threads.add(starter.platform(name + "-" + i, this::work));
        }
    }

    /**
     * Queues a task, waiting while the queue is full.
     *
     * @throws RejectedExecutionException if the group was closed
     */
    public void execute(Runnable task) {
        lock.lock();
        try {
            while (!closed && queue.size() >= queueLimit) {
                notFull.awaitUninterruptibly();
            }
            add(task);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Queues a task unless the queue is full.
     *
     * @throws RejectedExecutionException if the group was closed
     */
    public boolean tryExecute(Runnable task) {
        lock.lock();
        try {
            if (!closed && queue.size() >= queueLimit) {
                return false;
            }
            add(task);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Runs a task here and waits for it; its result or its exception becomes that of the call. The wait cannot be interrupted.
     *
     * @throws RejectedExecutionException if the group was closed
     */
    public <T extends @Nullable Object, X extends Exception> T call(Task<T, X> task) throws X {
        Call<T, X> call = new Call<>(task);
        execute(call);
        return call.await();
    }

    /** Tasks that wait now. */
    public int queued() {
        lock.lock();
        try {
            return queue.size();
        } finally {
            lock.unlock();
        }
    }

    /** Tasks that run now. */
    public int busy() {
        lock.lock();
        try {
            return busy;
        } finally {
            lock.unlock();
        }
    }

    /** Takes no more tasks, and returns when all that were queued have run and the threads have ended. Not from a task. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            notEmpty.signalAll();
            notFull.signalAll();
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (true) {
                try {
                    thread.join();
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** What {@link #call} runs. */
    @FunctionalInterface
    public interface Task<T extends @Nullable Object, X extends Exception> {
        T run() throws X;
    }

    @GuardedBy("lock")
    private void add(Runnable task) {
        if (closed) {
            throw new RejectedExecutionException(name + ": the workers were closed");
        }
        queue.addLast(task);
        notEmpty.signal();
    }

    private void work() {
        Runnable task;
        while ((task = take()) != null) {
            try {
                task.run();
            } catch (Throwable t) {
                Thread self = Thread.currentThread();
                self.getUncaughtExceptionHandler().uncaughtException(self, t);
            } finally {
                done();
            }
        }
    }

    /** Null: closed, and nothing is left to do. */
    private @Nullable Runnable take() {
        lock.lock();
        try {
            while (queue.isEmpty() && !closed) {
                notEmpty.awaitUninterruptibly();
            }
            Runnable task = queue.pollFirst();
            if (task != null) {
                busy++;
                notFull.signal();
            }
            return task;
        } finally {
            lock.unlock();
        }
    }

    private void done() {
        lock.lock();
        try {
            busy--;
        } finally {
            lock.unlock();
        }
    }

    /** A task with somebody waiting for it. */
    private static final class Call<T extends @Nullable Object, X extends Exception> implements Runnable {
        private final Task<T, X> task;
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition finished = lock.newCondition();

        @GuardedBy("lock")
        private boolean over;

        @GuardedBy("lock")
        private @Nullable T result;

        @GuardedBy("lock")
        private @Nullable Throwable failure;

        Call(Task<T, X> task) {
            this.task = task;
        }

        @Override
        public void run() {
            T value = null;
            Throwable thrown = null;
            try {
                value = task.run();
            } catch (Throwable t) {
                thrown = t;
            }
            lock.lock();
            try {
                result = value;
                failure = thrown;
                over = true;
                finished.signalAll();
            } finally {
                lock.unlock();
            }
        }

        // unchecked: a task throws nothing but X and what is unchecked; NullAway: null only if the task returned it
        @SuppressWarnings({"unchecked", "NullAway"})
        T await() throws X {
            lock.lock();
            try {
                while (!over) {
                    finished.awaitUninterruptibly();
                }
                if (failure instanceof RuntimeException e) {
                    throw e;
                }
                if (failure instanceof Error e) {
                    throw e;
                }
                if (failure != null) {
                    throw (X) failure;
                }
                return result;
            } finally {
                lock.unlock();
            }
        }
    }
}
