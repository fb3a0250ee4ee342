package org.scoutfs.host;

import java.io.IOException;

/**
 * Datagrams and stream connections over IPv4.
 *
 * <p>Everything blocks and is safe for all threads. What is opened here is closed by who opened it; closing wakes whoever is blocked
 * in it, with an IOException. Interrupting a thread that is blocked in a socket may close the
 * socket: interrupt only to end.
 */
public interface HostNetwork {
    /** Binds a UDP socket, without sharing the port. */
    DatagramPort bindDatagrams(Endpoint local) throws IOException;

    /**
     * Listens for TCP connections, also when connections of an earlier listener still linger.
     *
     * @param backlog connections the system may accept ahead of {@link StreamListener#accept()}
     * @throws java.net.BindException if the address is not this host's or the port is in use
     */
    StreamListener listen(Endpoint local, int backlog) throws IOException;

    /**
     * Opens a TCP connection from {@code local}, whose address and port may be 0 for any.
     *
     * @throws java.net.ConnectException if nobody listens there
     * @throws java.net.SocketTimeoutException if there was no answer within {@code timeoutNanos}
     */
    StreamConnection connect(Endpoint local, Endpoint remote, long timeoutNanos) throws IOException;

    /** Opens a TCP connection from whatever address leads there. */
    default StreamConnection connect(Endpoint remote, long timeoutNanos) throws IOException {
        return connect(new Endpoint(Endpoint.ANY_ADDRESS, 0), remote, timeoutNanos);
    }
}
