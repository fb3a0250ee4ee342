package org.scoutfs.fuse;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.jspecify.annotations.Nullable;
import org.scoutfs.host.BlockingAware;
import org.scoutfs.host.CancelAware;

/**
 * A platform thread that reads requests, has them executed and answers them, one at a time. Before it waits it tells its {@link
 * ReaderPool}, which lets another one read meanwhile.
 */
final class Reader extends Thread implements BlockingAware, CancelAware {
    private final ReaderPool pool;
    private final Dispatcher dispatcher;
    private final Exchange exchange;

    /** The request in hand waits or has waited; written by this thread. */
    private volatile boolean waiting;

    private volatile long waitingSince;

    /** The request whose caller was interrupted last. */
    @GuardedBy("this")
    private long cancelled;

    @GuardedBy("this")
    private @Nullable Runnable wake;

    Reader(ReaderPool pool, Dispatcher dispatcher, Exchange exchange) {
        super("fuse-reader-" + exchange.index());
        this.pool = pool;
        this.dispatcher = dispatcher;
        this.exchange = exchange;
        setDaemon(true);
    }

    Exchange exchange() {
        return exchange;
    }

    boolean isWaiting() {
        return waiting;
    }

    /** Clock of the host; meaningful while waiting. */
    long waitingSince() {
        return waitingSince;
    }

    @Override
    public void run() {
        boolean stay = true;
        try {
            while (stay) {
                stay = dispatcher.next(exchange);
                if (waiting) {
                    waiting = false;
                    stay &= pool.resumed();
                }
            }
        } finally {
            pool.exited(this);
        }
    }

    @Override
    public void onBlocking() {
        // Between requests there is nobody to wait for.
        if (!waiting && exchange.inFlight().unique() != 0) {
            waitingSince = pool.now();
            waiting = true;
            pool.waits();
            dispatcher.waits(exchange);
        }
    }

    @Override
    public synchronized boolean onWait(Runnable newWake) {
        wake = newWake;
        return cancelled != exchange.inFlight().unique();
    }

    @Override
    public synchronized boolean onWaitEnd() {
        wake = null;
        return cancelled == exchange.inFlight().unique();
    }

    /** The caller of this request was interrupted. @return false if the request is not in hand any more */
    boolean cancel(long unique) {
        Runnable toWake;
        synchronized (this) {
            if (exchange.inFlight().unique() != unique) {
                return false;
            }
            cancelled = unique;
            toWake = wake;
            wake = null;
        }
        if (toWake != null) {
            toWake.run();
        }
        return true;
    }
}
