package org.scoutfs.net;

import java.util.concurrent.atomic.AtomicBoolean;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.Payloads;
import org.scoutfs.format.wire.WireError;

/**
 * A received request. Answered once, by any thread, at any time. Safe for all threads.
 *
 * <p>It belongs to the conversation with one server of one term: an answer that comes after that is dropped (R24).
 */
public final class Request {
    private final Association association;
    private final Link link;
    private final long term;
    private final long id;
    private final Command command;
    private final byte[] payload;
    private final AtomicBoolean answered = new AtomicBoolean();

    Request(Association association, Link link, long term, Frame frame) {
        this.association = association;
        this.link = link;
        this.term = term;
        this.id = frame.header().id();
        this.command = frame.command();
        this.payload = frame.payload();
    }

    public Command command() {
        return command;
    }

    /** The client's, on both ends. */
    public long rid() {
        return association.rid();
    }

    /** Number of the request among its sender's; with the rid it names the request at one server. */
    public long id() {
        return id;
    }

    /** Term of the server that sent or received it. */
    public long term() {
        return term;
    }

    /** Its length is one the command allows. The receiver's to keep. */
    public byte[] payload() {
        return payload;
    }

    public Association association() {
        return association;
    }

    /** As {@link #reply(byte[])} without payload. */
    public boolean reply() {
        return reply(Payloads.EMPTY);
    }

    /**
     * Answers with success. The answer is queued; it reaches the peer over this or a later socket.
     *
     * @param response not changed any more; its length is one the command allows
     * @return false: the association has ended, or the client talks to another server now; nothing was queued
     * @throws IllegalStateException if it was answered before
     */
    public boolean reply(byte[] response) {
        if (!command.validResponse(response)) {
            throw new IllegalArgumentException(command + " answered with " + response.length + " bytes");
        }
        answerOnce();
        return association.respond(term, id, command, WireError.NONE, response);
    }

    /**
     * Answers with an error; most travel as EINVAL ({@link WireError}). A command without errors (LOCK) closes the connection instead.
     *
     * @return as {@link #reply(byte[])}
     * @throws IllegalStateException if it was answered before
     */
    public boolean replyError(Errno errno) {
        if (!command.mayAnswerError()) {
            closeConnection(command + " failed: " + errno);
            return false;
        }
        answerOnce();
        return association.respond(term, id, command, WireError.of(errno), Payloads.EMPTY);
    }

    /** Closes the connection the request came on, without an answer; the client connects again. */
    public void closeConnection(String reason) {
        link.shut(reason);
    }

    boolean isAnswered() {
        return answered.get();
    }

    /** The handler did not finish. */
    void fail(FsException failure) {
        if (command.mayAnswerError()) {
            replyError(failure.errno());
        } else {
            closeConnection(command + " failed: " + failure.getMessage());
        }
    }

    private void answerOnce() {
        if (!answered.compareAndSet(false, true)) {
            throw new IllegalStateException(this + " was answered before");
        }
    }

    @Override
    public String toString() {
        return command + " request " + Long.toUnsignedString(id) + " of rid " + Long.toHexString(rid());
    }
}
