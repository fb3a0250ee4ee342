package org.scoutfs.net;

import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;

/** Counters of the message layer, with the reference's names, and two that it does not have. */
final class NetCounters {
    /** Ours: a connection could not be accepted. */
    final Counter acceptError;

    /** Ours: a connection to the server ended that was never attached: scans, garbage, foreign volumes, refused mounts. */
    final Counter strangersClosed;

    final Counter droppedResponse;
    final Counter recvBytes;
    final Counter recvDroppedDuplicate;
    final Counter recvError;
    final Counter recvInvalidMessage;
    final Counter recvMessages;
    final Counter sendBytes;
    final Counter sendError;
    final Counter sendMessages;
    final Counter unknownRequest;

    NetCounters(Counters counters) {
        acceptError = counters.get("net_accept_error");
        strangersClosed = counters.get("net_strangers_closed");
        droppedResponse = counters.get("net_dropped_response");
        recvBytes = counters.get("net_recv_bytes");
        recvDroppedDuplicate = counters.get("net_recv_dropped_duplicate");
        recvError = counters.get("net_recv_error");
        recvInvalidMessage = counters.get("net_recv_invalid_message");
        recvMessages = counters.get("net_recv_messages");
        sendBytes = counters.get("net_send_bytes");
        sendError = counters.get("net_send_error");
        sendMessages = counters.get("net_send_messages");
        unknownRequest = counters.get("net_unknown_request");
    }
}
