package org.scoutfs.net;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.NetHeader;
import org.scoutfs.host.StreamConnection;

/**
 * Takes the bytes of a connection apart into messages, however they are segmented. Used by the reader thread of one socket.
 *
 * <p>Rejects what is impossible in any state: headers (spec 3 section 4.2), lengths and errors that the command forbids. A rejected
 * message was not received: no number was taken from it.
 */
final class FrameReader {
    /** One read can bring many messages; small enough for thousands of connections. */
    private static final int BUFFER_BYTES = 16 * 1024;

    private final StreamConnection connection;
    private final NetCounters counters;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private final MemorySegment segment = MemorySegment.ofArray(buffer);
    private int start;
    private int end;

    FrameReader(StreamConnection connection, NetCounters counters) {
        this.connection = connection;
        this.counters = counters;
    }

    /**
     * Waits for the next message.
     *
     * @throws ProtocolException if it is impossible
     * @throws EOFException if the peer has closed
     */
    Frame read() throws IOException {
        fill(NetHeader.SIZE);
        NetHeader header = NetHeader.read(segment, start);
        String violation = header.violation();
        if (violation != null) {
            throw new ProtocolException(violation);
        }
        int size = NetHeader.SIZE + header.dataLen();
        fill(size);
        byte[] payload = Arrays.copyOfRange(buffer, start + NetHeader.SIZE, start + size);
        start += size;
        counters.recvMessages.increment();
        Frame frame = new Frame(header, payload);
        checkCommand(frame);
        return frame;
    }

    private static void checkCommand(Frame frame) throws ProtocolException {
        Command command = frame.command();
        NetHeader header = frame.header();
        if (header.error() != 0) {
            if (header.dataLen() != 0) {
                throw new ProtocolException(header + ": an error with a payload");
            }
            if (!command.mayAnswerError()) {
                throw new ProtocolException(header + ": this command has no errors");
            }
        } else if (header.isResponse()) {
            if (command.wrongResponseCloses() && !command.validResponse(frame.payload())) {
                throw new ProtocolException(header + ": impossible length");
            }
        } else if (command.wrongRequestCloses() && !command.validRequestLength(header.dataLen())) {
            throw new ProtocolException(header + ": impossible length");
        }
    }

    /** Makes {@code bytes} bytes available at {@link #start}. */
    private void fill(int bytes) throws IOException {
        if (start + bytes > BUFFER_BYTES || start == end) {
            System.arraycopy(buffer, start, buffer, 0, end - start);
            end -= start;
            start = 0;
        }
        while (end - start < bytes) {
            int n = connection.read(buffer, end, BUFFER_BYTES - end);
            if (n < 0) {
                throw new EOFException(end == start ? "the peer closed" : "the peer closed within a message");
            }
            counters.recvBytes.add(n);
            end += n;
        }
    }
}
