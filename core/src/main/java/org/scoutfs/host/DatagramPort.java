package org.scoutfs.host;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A bound UDP socket. Datagrams may be lost, doubled and reordered. Any thread sends; one thread receives at a time. */
public interface DatagramPort extends AutoCloseable {
    /** A timeout that never ends. */
    long FOREVER = Long.MAX_VALUE;

    /** Where it is bound, with the port the system chose. */
    Endpoint local();

    /** Sends one datagram; returning says nothing about its arrival. */
    void send(Endpoint destination, byte[] payload) throws IOException;

    /**
     * Waits for the next datagram. What has already arrived is returned whatever the timeout is.
     *
     * @param timeoutNanos how long to wait, rounded up to milliseconds; 0 or negative does not wait
     * @return null if none came in time
     */
    @Nullable
    Datagram receive(long timeoutNanos) throws IOException;

    /** Does nothing the second time. */
    @Override
    void close();

    /** A datagram that arrived; the payload is the receiver's. */
    @SuppressWarnings("ArrayRecordComponent") // passed on, never compared
    record Datagram(Endpoint source, byte[] payload) {}
}
