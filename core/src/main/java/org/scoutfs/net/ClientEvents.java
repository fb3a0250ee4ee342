package org.scoutfs.net;

import org.scoutfs.format.InetAddr;

/** What {@link ClientNetwork} tells its mount. Called without locks by the connecting thread, which does nothing else meanwhile. */
public interface ClientEvents {
    /** For those who do not care. */
    ClientEvents NONE = new ClientEvents() {};

    /**
     * A greeting was answered; messages flow.
     *
     * @param newServer whether this server's term differs from that of the last one
     */
    default void connected(InetAddr server, long term, boolean newServer) {}

    /** The socket of the last {@link #connected} is gone, and what arrived on it was handled. */
    default void disconnected() {}

    /**
     * The cluster has given this mount up: its locks and blocks may already belong to others. All pending requests have failed as in a
     * forced unmount; the mount must stop all I/O now.
     */
    default void evicted(String reason) {}
}
