package org.scoutfs.host;

import java.io.EOFException;
import java.io.IOException;

/**
 * A TCP connection. One thread reads at a time; any thread writes, the bytes of one call stay together. Reading and writing do not
 * hinder each other.
 */
public interface StreamConnection extends AutoCloseable {
    Endpoint local();

    Endpoint remote();

    /**
     * Waits for bytes.
     *
     * @return how many were put at {@code offset}, at least 1; -1: the peer has sent its last
     */
    int read(byte[] buffer, int offset, int lengthBytes) throws IOException;

    /**
     * Waits for exactly {@code lengthBytes}.
     *
     * @throws EOFException if the peer ends before
     */
    default void readFully(byte[] buffer, int offset, int lengthBytes) throws IOException {
        for (int done = 0; done < lengthBytes; ) {
            int n = read(buffer, offset + done, lengthBytes - done);
            if (n < 0) {
                throw new EOFException(
                        remote() + " ended the connection after " + done + " of " + lengthBytes + " bytes");
            }
            done += n;
        }
    }

    /** Writes all parts one after the other; returns when the system has taken the last byte. */
    void write(byte[]... parts) throws IOException;

    /** Whether small writes are sent at once (TCP_NODELAY). */
    void noDelay(boolean on) throws IOException;

    /**
     * Probes a silent peer: after {@code idleSeconds} of silence, every {@code intervalSeconds}, until {@code probes} were not answered.
     * Does not notice a peer that vanished while data to it is under way: see {@link #userTimeout}.
     */
    void keepAlive(int idleSeconds, int intervalSeconds, int probes) throws IOException;

    /**
     * Breaks the connection when data sent was not acknowledged for this long (TCP_USER_TIMEOUT).
     *
     * @return false: this host cannot, watch the peer by other means (spec 3 section 4.1)
     */
    boolean userTimeout(long millis) throws IOException;

    /** Ends both directions. Does nothing the second time. Blocked readers and writers fail with IOException. */
    @Override
    void close();
}
