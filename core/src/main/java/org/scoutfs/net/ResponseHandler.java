package org.scoutfs.net;

import org.scoutfs.error.FsException;

/** What is done when a request sent with {@link Association#send} has its outcome. Called exactly once. */
@FunctionalInterface
public interface ResponseHandler {
    /** For requests whose outcome is of no interest. */
    ResponseHandler IGNORE = response -> {};

    /**
     * Handles the outcome: a payload, an error of the peer, or the end of the association. Runs on a virtual thread of its own; on a
     * client and for LOCK: after the handler of the message before it with the same lock key has returned.
     *
     * @throws FsException if the response is impossible in the state it arrived in: the connection is closed
     */
    void handle(Response response) throws FsException;
}
