package org.scoutfs.fuse;

import org.scoutfs.host.ParkAware;

/** One request that waits in {@link ParkedRequests}, under whose lock its state changes. */
final class Parked implements ParkAware.Place {
    /** What it is, for page invalidation and for people. */
    final InFlight.View view;

    /** It fills a page of the kernel's cache. */
    final boolean fill;

    /** The io_uring queue whose entry it keeps; -1: it came over the device and is copied. */
    final int queue;

    /** Its length. */
    final int bytes;

    final long since;

    boolean aside;
    boolean over;
    int errno;

    private final ParkedRequests home;
    private final Runnable cancel;
    private final Exchange exchange;

    /** Of one that came over the device; written before it is put aside. */
    private byte[] copy = new byte[0];

    Parked(ParkedRequests home, Exchange exchange, InFlight.View view, boolean fill, Runnable cancel, long since) {
        this.home = home;
        this.exchange = exchange;
        this.view = view;
        this.fill = fill;
        this.cancel = cancel;
        this.since = since;
        this.queue = exchange.port().queue();
        this.bytes = exchange.request().totalBytes();
    }

    @Override
    public void resume(int newErrno) {
        home.over(this, newErrno);
    }

    /** Ends the wait, unless it has ended. */
    void cancel() {
        cancel.run();
    }

    /** The reader that had the request gives it up: it is safe from what that reader does next. */
    void leaveReader() {
        if (queue < 0) {
            copy = exchange.request().copy();
        }
    }

    /** Where the request still is, if it is in a queue's entry. */
    Exchange exchange() {
        return exchange;
    }

    byte[] copy() {
        return copy;
    }
}
