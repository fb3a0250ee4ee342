package org.scoutfs.net;

import java.io.IOException;

/** The peer sent what no peer may send: the connection is closed without an answer. The message is a phrase that says what. */
final class ProtocolException extends IOException {
    private static final long serialVersionUID = 1L;

    ProtocolException(String what) {
        super(what);
    }

    /** A defect of somebody else's program: where in ours it was noticed does not matter, and scans must stay cheap. */
    @Override
    public Throwable fillInStackTrace() {
        return this;
    }
}
