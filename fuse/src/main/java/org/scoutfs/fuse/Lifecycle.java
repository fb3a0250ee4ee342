package org.scoutfs.fuse;

/** What requests about the connection itself lead to. */
interface Lifecycle {
    /** The caller of the request with this unique number was interrupted. @return false if no reader has that request in hand */
    boolean interrupt(long unique);

    /** The last request of an orderly unmount; the unmount goes on when this returns and {@code x} is answered. */
    void destroyed(Exchange x);

    /**
     * The device has nothing more for us.
     *
     * @param aborted by force, through the control file system
     */
    void disconnected(boolean aborted);

    /** A request that changes something has failed in an unexpected way: the change may be half done, and locks held for ever. */
    void failed(Throwable failure);

    /** Requests cannot be served any more: the connection has to end, so that nobody waits for ever. */
    void broken();
}
