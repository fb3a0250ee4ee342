package org.scoutfs.fuse;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.host.HostThreads;

/**
 * The threads that notify the kernel: platform threads of their own, never readers, since a notification may wait for a request that
 * a reader has to answer first (rule P3 of spec 6 section 6.3). A thread is started when a task comes and none is idle.
 */
final class Notifier implements AutoCloseable {
    /** A stuck notification keeps its thread; each is stuck behind another request, and beyond so many tasks wait in a queue. */
    private static final int MOST_THREADS = 256;

    private static final int MOST_IDLE = 4;
    private static final System.Logger LOG = System.getLogger(Notifier.class.getName());

    private final int fd;
    private final HostThreads threads;
    private final Counter sent;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition wanted = lock.newCondition();
    private final Condition gone = lock.newCondition();

    @GuardedBy("lock")
    private final ArrayDeque<Consumer<NotificationSender>> tasks = new ArrayDeque<>();

    @GuardedBy("lock")
    private int idle;

    @GuardedBy("lock")
    private int total;

    @GuardedBy("lock")
    private int nextName;

    private volatile boolean closed;

    Notifier(int fd, HostThreads threads, Counters counters) {
        this.fd = fd;
        this.threads = threads;
        this.sent = counters.get("fuse_notify_tasks");
    }

    /** Runs the task on a thread of its own, soon. Dropped without a word after {@link #close}: there is no kernel cache left then. */
    void submit(Consumer<NotificationSender> task) {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            sent.increment();
            tasks.addLast(task);
            if (idle >= tasks.size()) {
                wanted.signal();
            } else if (total < MOST_THREADS) {
                threads.platform("fuse-notify-" + nextName++, this::work);
                total++;
            } else if (tasks.size() == 1) {
                LOG.log(System.Logger.Level.WARNING, "all {0} threads wait in notifications of the kernel", total);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The session is over: whoever repeats a notification until it succeeds stops. */
    boolean isClosed() {
        return closed;
    }

    /** Threads that are in a notification now. */
    int busy() {
        lock.lock();
        try {
            return total - idle;
        } finally {
            lock.unlock();
        }
    }

    /** Takes no more tasks and lets the threads end. Those inside a notification end when the kernel lets them. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            wanted.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** After {@link #close}: all threads have ended. */
    void awaitGone() {
        lock.lock();
        try {
            while (total > 0) {
                gone.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private void work() {
        NotificationSender sender = new NotificationSender(fd);
        try {
            Consumer<NotificationSender> task;
            while ((task = take()) != null) {
                try {
                    task.accept(sender);
                } catch (RuntimeException e) {
                    LOG.log(System.Logger.Level.ERROR, "a notification task failed", e);
                }
            }
        } finally {
            lock.lock();
            try {
                total--;
                gone.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /** Null: this thread is not needed any more. */
    private @Nullable Consumer<NotificationSender> take() {
        lock.lock();
        try {
            while (tasks.isEmpty() && !closed) {
                if (idle >= MOST_IDLE) {
                    return null;
                }
                idle++;
                wanted.awaitUninterruptibly();
                idle--;
            }
            // After close the rest still runs, quickly, since everything fails: somebody may wait for it.
            return tasks.pollFirst();
        } finally {
            lock.unlock();
        }
    }
}
