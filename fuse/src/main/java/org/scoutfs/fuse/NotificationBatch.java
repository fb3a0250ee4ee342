package org.scoutfs.fuse;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.scoutfs.host.HostClock;

/**
 * Notifications that are sent one after the other on one thread, watched by another: it sees whether they advance, and can leave the one that
 * is stuck behind and go on without it.
 */
final class NotificationBatch implements Consumer<NotificationSender> {
    /** Sends number {@code i}. */
    @FunctionalInterface
    interface Step {
        void send(NotificationSender sender, int i);
    }

    private final int size;
    private final Step step;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition advanced = lock.newCondition();

    @GuardedBy("lock")
    private int done;

    @GuardedBy("lock")
    private boolean abandoned;

    @GuardedBy("lock")
    private Consumer<NotificationSender> afterwards = sender -> {};

    NotificationBatch(int size, Step step) {
        this.size = size;
        this.step = step;
    }

    @Override
    public void accept(NotificationSender sender) {
        for (int i = 0; i < size; i++) {
            try {
                step.send(sender, i);
            } finally {
                advance();
            }
            if (left()) {
                last(sender);
                return;
            }
        }
    }

    /** Steps that are over; the next one may be under way. */
    int done() {
        lock.lock();
        try {
            return done;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until everything is sent or nothing has advanced for so long. @return whether everything is sent */
    boolean await(HostClock clock, long stallNanos) {
        boolean interrupted = false;
        lock.lock();
        try {
            int before = -1;
            long left = stallNanos;
            while (done < size) {
                if (done != before) {
                    before = done;
                    left = stallNanos;
                } else if (left <= 0) {
                    return false;
                }
                try {
                    left = clock.awaitNanos(lock, advanced, left);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            return true;
        } finally {
            lock.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Nothing is sent after the step under way.
     *
     * @param last run on the batch's thread when that step is over at last
     * @return the number of the step under way, or the size if all are over
     */
    int abandon(Consumer<NotificationSender> last) {
        lock.lock();
        try {
            abandoned = true;
            afterwards = last;
            return done;
        } finally {
            lock.unlock();
        }
    }

    private void advance() {
        lock.lock();
        try {
            done++;
            advanced.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private boolean left() {
        lock.lock();
        try {
            return abandoned;
        } finally {
            lock.unlock();
        }
    }

    private void last(NotificationSender sender) {
        Consumer<NotificationSender> task;
        lock.lock();
        try {
            task = afterwards;
        } finally {
            lock.unlock();
        }
        task.accept(sender);
    }
}
