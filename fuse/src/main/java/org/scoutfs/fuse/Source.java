package org.scoutfs.fuse;

/** Where one reader gets its requests from; used by its thread, but for {@link #close}. */
interface Source extends AutoCloseable {
    /** Called once, by the thread that will read, before the first request. @return 0 or a negated errno */
    int open();

    /** Waits for the next request and keeps it in {@link #exchange}. @return its length in bytes or a negated errno */
    long receive();

    /** With the request that was received last. */
    Exchange exchange();

    /** The request in hand was put aside and is in hand no more; its exchange is not this reader's. */
    void leave();

    /** The last reply is with the kernel on return. */
    void flush();

    /** Whether the reader hears here that the connection has ended, and why; otherwise its errors only mean that it may go. */
    boolean reportsEnd();

    /** The reader has gone. */
    @Override
    void close();
}
