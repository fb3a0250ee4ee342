package org.scoutfs.net;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.NetHeader;

/**
 * The sending half of an association: numbers, and all messages that are not finished, in order of seq. Guarded by the association's
 * lock.
 *
 * <p>One list holds everything, and a cursor names the first message that the present socket was not given. So what is resent after a
 * reconnect and what was queued meanwhile go out in order of seq, whatever happened (R25): {@link #rewind} moves the cursor to the
 * front, and messages only ever join at the end.
 */
final class SendQueue {
    /** Messages joined in one write. */
    static final int BATCH = 16;

    private final Map<Long, Outgoing> requests = new HashMap<>();
    private final ArrayDeque<Outgoing> responses = new ArrayDeque<>();
    private @Nullable Outgoing first;
    private @Nullable Outgoing last;
    private @Nullable Outgoing cursor;
    private int size;
    private int unsent;
    private long nextSeq;
    private long nextId = 1;

    /** @param firstSeq of the first message that is queued here */
    SendQueue(long firstSeq) {
        nextSeq = firstSeq;
    }

    /** Takes a number for a message that does not pass through the queue: a greeting. */
    long takeSeq() {
        return nextSeq++;
    }

    /** Takes a number for a request that does not pass through the queue: a greeting. */
    long takeId() {
        return nextId++;
    }

    long nextSeq() {
        return nextSeq;
    }

    long nextId() {
        return nextId;
    }

    void addRequest(Command command, byte[] payload, Outgoing.Completion completion) {
        Outgoing message = new Outgoing(nextSeq++, nextId++, command, false, 0, payload, completion);
        requests.put(message.id, message);
        append(message);
    }

    void addResponse(long id, Command command, int error, byte[] payload) {
        Outgoing message = new Outgoing(nextSeq++, id, command, true, error, payload, null);
        responses.addLast(message);
        append(message);
    }

    /** The peer has received everything up to {@code seq}: responses up to there are finished. */
    void acknowledge(long seq) {
        Outgoing response;
        while ((response = responses.peekFirst()) != null && Long.compareUnsigned(response.seq, seq) <= 0) {
            responses.removeFirst();
            unlink(response);
        }
    }

    /** The request a response answers, which is finished now; null if there is none of this id and command. */
    @Nullable
    Outgoing finishRequest(long id, Command command) {
        Outgoing request = requests.get(id);
        if (request == null || request.command != command) {
            return null;
        }
        requests.remove(id);
        unlink(request);
        return request;
    }

    /** Forgets all responses: they answered a server that is gone (R23). */
    void dropResponses() {
        responses.forEach(this::unlink);
        responses.clear();
    }

    /** Forgets everything; the requests, in order of seq, are the caller's to complete. */
    List<Outgoing> clear() {
        List<Outgoing> pending = new ArrayList<>(requests.size());
        for (Outgoing message = first; message != null; message = message.next) {
            if (!message.response) {
                pending.add(message);
            }
        }
        requests.clear();
        responses.clear();
        first = last = cursor = null;
        size = unsent = 0;
        return pending;
    }

    /** A new socket was given nothing yet. */
    void rewind() {
        cursor = first;
        unsent = size;
    }

    /** Messages that the present socket was not given. */
    int unsent() {
        return unsent;
    }

    /** Responses without acknowledgement, sent or not. */
    int unacknowledged() {
        return responses.size();
    }

    /** Messages that are not finished, in order of seq, for people to look at. */
    List<NetHeader> headers(long recvSeq) {
        List<NetHeader> headers = new ArrayList<>(size);
        for (Outgoing message = first; message != null; message = message.next) {
            headers.add(header(message, recvSeq));
        }
        return headers;
    }

    /** The next messages for the present socket, at least one and at most {@link #BATCH}, as bytes. Not if {@link #unsent} is 0. */
    byte[] takeBatch(long recvSeq, NetCounters counters) {
        int count = 0;
        int bytes = 0;
        for (Outgoing message = cursor; message != null && count < BATCH; message = message.next) {
            bytes += NetHeader.SIZE + message.payload.length;
            count++;
        }
        byte[] batch = new byte[bytes];
        MemorySegment segment = MemorySegment.ofArray(batch);
        int offset = 0;
        for (int i = 0; i < count && cursor != null; i++) {
            Outgoing message = cursor;
            header(message, recvSeq).write(segment, offset);
            System.arraycopy(message.payload, 0, batch, offset + NetHeader.SIZE, message.payload.length);
            offset += NetHeader.SIZE + message.payload.length;
            cursor = message.next;
        }
        unsent -= count;
        counters.sendMessages.add(count);
        return batch;
    }

    private static NetHeader header(Outgoing message, long recvSeq) {
        return new NetHeader(
                message.seq,
                recvSeq,
                message.id,
                message.payload.length,
                message.command.number(),
                message.response ? NetHeader.FLAG_RESPONSE : 0,
                message.error);
    }

    private void append(Outgoing message) {
        message.previous = last;
        if (last == null) {
            first = message;
        } else {
            last.next = message;
        }
        last = message;
        if (cursor == null) {
            cursor = message;
        }
        size++;
        unsent++;
    }

    private void unlink(Outgoing message) {
        if (cursor != null && message.seq >= cursor.seq) {
            // finished before this socket was given it: an old socket had carried it
            unsent--;
        }
        if (cursor == message) {
            cursor = message.next;
        }
        if (message.previous == null) {
            first = message.next;
        } else {
            message.previous.next = message.next;
        }
        if (message.next == null) {
            last = message.previous;
        } else {
            message.next.previous = message.previous;
        }
        size--;
    }
}
