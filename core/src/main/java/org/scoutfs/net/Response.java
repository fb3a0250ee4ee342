package org.scoutfs.net;

import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.wire.Command;

/** The outcome of a request that was sent with {@link Association#send}. Immutable. */
public final class Response {
    private final Association association;
    private final @Nullable Link link;
    private final Command command;
    private final Outgoing.Outcome outcome;

    Response(Association association, @Nullable Link link, Command command, Outgoing.Outcome outcome) {
        this.association = association;
        this.link = link;
        this.command = command;
        this.outcome = outcome;
    }

    public Command command() {
        return command;
    }

    /** The client's, on both ends. */
    public long rid() {
        return association.rid();
    }

    public Association association() {
        return association;
    }

    /**
     * Why there is no payload; null if there is one. What the peer answered, or EMSGSIZE: its payload had an impossible length, or why the
     * association has ended: ENOTCONN on a server, ECONNABORTED on a client.
     */
    public @Nullable Errno error() {
        return outcome.error();
    }

    /**
     * What the peer answered. Its length is one the command allows. The receiver's to keep.
     *
     * @throws FsException with {@link #error()}
     */
    public byte[] payload() throws FsException {
        Errno error = outcome.error();
        if (error != null) {
            throw new FsException(error, command + " failed: " + error.text());
        }
        return outcome.payload();
    }

    /** Closes the connection the response came on: it was impossible. */
    public void closeConnection(String reason) {
        if (link != null) {
            link.shut(reason);
        }
    }
}
