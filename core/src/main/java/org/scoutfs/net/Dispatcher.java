package org.scoutfs.net;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.scoutfs.format.Key;
import org.scoutfs.host.HostThreads;

/**
 * Runs what received messages cause, each on a virtual thread of its own, so that nothing waits for anything else; or one after the
 * other for messages of one lock key. Counts what was given to it and has not finished. Safe for all threads.
 */
final class Dispatcher {
    /** Handlers that may be unfinished before the reader of the association stops reading. */
    static final int LIMIT = 16384;

    private final HostThreads threads;
    private final String name;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /** What waits behind a running task of the same key. A key is present while a thread works on it. Guarded by lock. */
    private final Map<Key, ArrayDeque<Runnable>> ordered = new HashMap<>();

    /** Falls without the lock; who makes it 0 or less than the limit then signals under the lock. */
    private final AtomicInteger unfinished = new AtomicInteger();

    Dispatcher(HostThreads threads, String name) {
        this.threads = threads;
        this.name = name;
    }

    /** Starts a task. */
    void execute(Runnable task) {
        unfinished.incrementAndGet();
        start(() -> run(task));
    }

    /** Where there is no memory for a thread nobody may wait for what it would have done. */
    private void start(Runnable body) {
        boolean started = false;
        try {
            threads.virtual(name, body);
            started = true;
        } finally {
            if (!started) {
                finished();
            }
        }
    }

    /** Starts a task once all earlier ones of this key have finished. */
    void executeInOrder(Key key, Runnable task) {
        unfinished.incrementAndGet();
        lock.lock();
        try {
            ArrayDeque<Runnable> waiting = ordered.get(key);
            if (waiting != null) {
                waiting.addLast(task);
                return;
            }
            ordered.put(key, new ArrayDeque<>(1));
        } finally {
            lock.unlock();
        }
        start(() -> drain(key, task));
    }

    int unfinished() {
        return unfinished.get();
    }

    /** Waits while there are {@link #LIMIT} unfinished tasks and {@code until} does not hold; {@link #wake} has it looked at again. */
    void awaitRoom(BooleanSupplier until) {
        if (unfinished.get() < LIMIT) {
            return;
        }
        lock.lock();
        try {
            while (unfinished.get() >= LIMIT && !until.getAsBoolean()) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    void wake() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until every task has finished. Nobody may give it new ones meanwhile. */
    void awaitIdle() {
        lock.lock();
        try {
            while (unfinished.get() > 0) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private void drain(Key key, Runnable firstTask) {
        for (Runnable task = firstTask; task != null; task = next(key)) {
            run(task);
        }
    }

    private @Nullable Runnable next(Key key) {
        lock.lock();
        try {
            ArrayDeque<Runnable> waiting = ordered.get(key);
            Runnable task = waiting == null ? null : waiting.pollFirst();
            if (task == null) {
                ordered.remove(key);
            }
            return task;
        } finally {
            lock.unlock();
        }
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            // the thread goes on with other tasks of its key; the failure is reported as if it had ended it
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
        } finally {
            finished();
        }
    }

    private void finished() {
        int left = unfinished.decrementAndGet();
        if (left == 0 || left == LIMIT - 1) {
            wake();
        }
    }
}
