package org.scoutfs.net;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.scoutfs.counter.Counters;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.Greeting;
import org.scoutfs.format.wire.NetHeader;
import org.scoutfs.host.StreamConnection;

/** The other end of a connection, which sends exactly what the test says and shows exactly what it receives. */
public final class RawPeer implements AutoCloseable {
    private final StreamConnection connection;
    private final FrameReader reader;

    public RawPeer(StreamConnection connection) {
        this.connection = connection;
        this.reader = new FrameReader(connection, new NetCounters(new Counters()));
    }

    public void bytes(byte... bytes) throws IOException {
        connection.write(bytes);
    }

    public void request(long seq, long recvSeq, long id, Command command, byte... payload) throws IOException {
        send(new NetHeader(seq, recvSeq, id, payload.length, command.number(), 0, 0), payload);
    }

    public void response(long seq, long recvSeq, long id, Command command, byte... payload) throws IOException {
        send(new NetHeader(seq, recvSeq, id, payload.length, command.number(), NetHeader.FLAG_RESPONSE, 0), payload);
    }

    public void error(long seq, long recvSeq, long id, Command command, int error) throws IOException {
        send(new NetHeader(seq, recvSeq, id, 0, command.number(), NetHeader.FLAG_RESPONSE, error));
    }

    public void send(NetHeader header, byte... payload) throws IOException {
        connection.write(message(header, payload));
    }

    static byte[] message(NetHeader header, byte... payload) {
        byte[] message = new byte[NetHeader.SIZE + payload.length];
        header.write(MemorySegment.ofArray(message), 0);
        System.arraycopy(payload, 0, message, NetHeader.SIZE, payload.length);
        return message;
    }

    /** Greets, as a client whose next seq and id are these. */
    public void greet(long seq, long recvSeq, long id, Greeting greeting) throws IOException {
        request(seq, recvSeq, id, Command.GREETING, greeting.toBytes());
    }

    /** A received message. */
    @SuppressWarnings("ArrayRecordComponent") // shown, never compared
    public record Message(NetHeader header, byte[] payload) {}

    /** The next message. */
    public Message next() throws IOException {
        Frame frame = reader.read();
        return new Message(frame.header(), frame.payload());
    }

    Frame read() throws IOException {
        return reader.read();
    }

    /** Waits for the end of the connection; false if a message comes instead. */
    public boolean isClosed() {
        try {
            reader.read();
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    /** Waits for the end of the connection, whatever comes before it. */
    public void awaitClosed() {
        while (!isClosed()) {
            // a message
        }
    }

    @Override
    public void close() {
        connection.close();
    }
}
