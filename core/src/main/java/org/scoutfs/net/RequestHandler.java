package org.scoutfs.net;

import org.scoutfs.error.FsException;

/** What is done about a received request. One handler serves all requests of a command, on many threads at once. */
@FunctionalInterface
public interface RequestHandler {
    /**
     * Handles a request of the command this was registered for. Its payload has a length the command allows. Runs on a virtual thread
     * of its own; on a client and for LOCK: after the handler of the message before it with the same lock key has returned.
     *
     * <p>The handler, or whoever it passes the request to, answers once: now or later, from any thread. It may block, but not for a
     * message of the same association.
     *
     * @throws FsException to answer with its errno, or, where the command allows no error (LOCK), to close the connection. Not after the
     *     request was answered
     */
    void handle(Request request) throws FsException;
}
