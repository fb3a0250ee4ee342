package org.scoutfs.net;

import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.format.wire.Command;

/**
 * A message that is queued, or sent and not finished. Immutable but for its place in the {@link SendQueue}, which owns that.
 *
 * <p>A response is finished when the peer has acknowledged it, a request when its response was received.
 */
final class Outgoing {
    final long seq;
    final long id;
    final Command command;
    final boolean response;
    final int error;
    final byte[] payload;

    /** What is done with the outcome of a request; null in a response. */
    final @Nullable Completion completion;

    @Nullable
    Outgoing previous;

    @Nullable
    Outgoing next;

    Outgoing(
            long seq,
            long id,
            Command command,
            boolean response,
            int error,
            byte[] payload,
            @Nullable Completion completion) {
        this.seq = seq;
        this.id = id;
        this.command = command;
        this.response = response;
        this.error = error;
        this.payload = payload;
        this.completion = completion;
    }

    /** The waiting caller of a request, or the handler of its response. */
    sealed interface Completion permits Call, Completion.Handled {
        record Handled(ResponseHandler handler) implements Completion {}
    }

    /** Why a request failed, or the payload of its response. */
    @SuppressWarnings("ArrayRecordComponent") // passed on, never compared
    record Outcome(@Nullable Errno error, byte[] payload) {}
}
