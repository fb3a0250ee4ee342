package org.scoutfs.host;

import java.io.IOException;

/** A TCP socket that accepts connections. Safe for all threads. */
public interface StreamListener extends AutoCloseable {
    /** Where it is bound, with the port the system chose. */
    Endpoint local();

    /** Waits for the next connection, which the caller then owns. */
    StreamConnection accept() throws IOException;

    /** Does nothing the second time. Connections that were accepted live on. */
    @Override
    void close();
}
