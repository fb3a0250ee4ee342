package org.scoutfs.device;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Counts the transfers under way on a file descriptor and holds its close back until they have returned.
 *
 * <p>The race it guards: thread A is about to call pwrite with descriptor 7, thread B closes 7, thread C opens another file and is given
 * 7; A then writes its block into C's file. So A counts itself in before it uses the number, and B marks the count closed and waits for
 * zero. Two atomic additions for each transfer.
 */
final class InFlight {
    private static final int CLOSED = Integer.MIN_VALUE;

    private final AtomicInteger state = new AtomicInteger();
    private final AtomicReference<@Nullable Thread> closer = new AtomicReference<>();

    /** False: closed, do not touch the descriptor. True: call {@link #exit()} afterwards. */
    boolean enter() {
        if (state.incrementAndGet() > 0) {
            return true;
        }
        exit();
        return false;
    }

    void exit() {
        if (state.decrementAndGet() == CLOSED) {
            LockSupport.unpark(closer.get());
        }
    }

    /** Waits for the transfers under way. False: somebody else closed before. */
    boolean close() {
        if (!closer.compareAndSet(null, Thread.currentThread())) {
            return false;
        }
        state.getAndUpdate(now -> now | CLOSED);
        boolean interrupted = false;
        while (state.get() != CLOSED) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return true;
    }
}
