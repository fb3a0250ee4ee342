package org.scoutfs.fuse;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.host.BlockingAware;
import org.scoutfs.host.CancelAware;
import org.scoutfs.host.MountIdent;
import org.scoutfs.host.ParkAware;
import org.scoutfs.host.RestartAware;

/**
 * A platform thread that reads requests, has them executed and answers them, one at a time. Before it waits it tells its {@link
 * ReaderPool}, which lets another one read meanwhile.
 */
final class Reader extends Thread implements BlockingAware, CancelAware, ParkAware, RestartAware {
    private static final System.Logger LOG = System.getLogger(Reader.class.getName());

    private final ReaderPool pool;
    private final Dispatcher dispatcher;
    private final Source source;

    /** The request in hand waits or has waited; written by this thread. */
    private volatile boolean waiting;

    private volatile long waitingSince;

    private final Waits interruptible;
    private final Waits restartable;

    /** That of whoever made it: the mount, or a reader before it. */
    private final String ident = MountIdent.current();

    private final CompletableFuture<Integer> opened = new CompletableFuture<>();

    Reader(String name, ReaderPool pool, Dispatcher dispatcher, Source source) {
        super(name);
        this.pool = pool;
        this.dispatcher = dispatcher;
        this.source = source;
        this.interruptible = new Waits(() -> exchange().inFlight().unique());
        this.restartable = new Waits(() -> exchange().inFlight().unique());
        setDaemon(true);
    }

    /** With the request in hand, or the last one. */
    Exchange exchange() {
        return source.exchange();
    }

    /** When the reader has gone. */
    void close() {
        source.close();
    }

    /** @return 0 or a negated errno */
    int awaitOpened() {
        return opened.join();
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
        MountIdent.run(ident, this::read);
    }

    private void read() {
        int result = source.open();
        if (result < 0) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "{0} cannot start: {1}",
                    getName(),
                    Errno.of(-result).text());
        }
        opened.complete(result);
        boolean stay = result == 0;
        try {
            while (stay) {
                stay = dispatcher.next(source);
                if (waiting) {
                    waiting = false;
                    source.flush();
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
        if (!waiting && exchange().inFlight().unique() != 0) {
            waitingSince = pool.now();
            waiting = true;
            pool.waits();
            dispatcher.waits(exchange());
        }
    }

    @Override
    public boolean onWait(Runnable wake) {
        return interruptible.begin(wake);
    }

    @Override
    public boolean onWaitEnd() {
        return interruptible.end();
    }

    /** The interrupt may have come before there was anything to interrupt. */
    @Override
    public @Nullable Place onPark(Runnable cancel) throws FsException {
        Parked place = dispatcher.park(exchange(), cancel);
        if (place != null) {
            boolean going = interruptible.begin(() -> {});
            interruptible.end();
            if (!going) {
                cancel.run();
            }
        }
        return place;
    }

    @Override
    public boolean onLockWait(Runnable wake) {
        return restartable.begin(wake);
    }

    @Override
    public boolean onLockWaitEnd() {
        return restartable.end();
    }

    /** The caller of this request was interrupted. @return false if the request is not in hand any more */
    boolean cancel(long unique) {
        return interruptible.giveUp(unique);
    }

    /** The caller of this request, which changes nothing, is to ask again. @return false if it is not in hand any more */
    boolean restart(long unique) {
        return restartable.giveUp(unique);
    }
}
