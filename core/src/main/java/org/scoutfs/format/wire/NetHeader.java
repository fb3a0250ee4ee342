package org.scoutfs.format.wire;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.scoutfs.format.Le;

/**
 * Header of each TCP message ({@code struct scoutfs_net_header}), 32 bytes, followed by {@code dataLen} bytes; spec 3 section 4.2.
 *
 * <pre>
 * off len field
 *   0   8 seq        of this message in its sender's association, first 1
 *   8   8 recv_seq   greatest seq the sender has received, 0 at first
 *  16   8 id         request: next id of the sender, first 1; response: id of the request
 *  24   2 data_len   0..1100
 *  26   1 cmd        {@link Command}
 *  27   1 flags      bit 0 response
 *  28   1 error      {@link WireError}; responses only, then data_len is 0
 *  29   3 pad
 * </pre>
 *
 * @param dataLen 0..65535
 * @param command 0..255 as stored
 * @param flags 0..255 as stored
 * @param error 0..255 as stored
 */
public record NetHeader(long seq, long recvSeq, long id, int dataLen, int command, int flags, int error) {
    public static final int SIZE = 32;
    /** Greatest payload, bytes. */
    public static final int MAX_DATA_LEN = 1100;
    /** Set in {@link #flags} of a response. */
    public static final int FLAG_RESPONSE = 1;

    private static final int SEQ = 0;
    private static final int RECV_SEQ = 8;
    private static final int ID = 16;
    private static final int DATA_LEN = 24;
    private static final int CMD = 26;
    private static final int FLAGS = 27;
    private static final int ERROR = 28;
    private static final int PAD = 29;

    public static NetHeader read(MemorySegment seg, long off) {
        return new NetHeader(
                Le.u64(seg, off + SEQ),
                Le.u64(seg, off + RECV_SEQ),
                Le.u64(seg, off + ID),
                Le.u16(seg, off + DATA_LEN),
                Le.u8(seg, off + CMD),
                Le.u8(seg, off + FLAGS),
                Le.u8(seg, off + ERROR));
    }

    public void write(MemorySegment seg, long off) {
        Le.put64(seg, off + SEQ, seq);
        Le.put64(seg, off + RECV_SEQ, recvSeq);
        Le.put64(seg, off + ID, id);
        Le.put16(seg, off + DATA_LEN, dataLen);
        Le.put8(seg, off + CMD, command);
        Le.put8(seg, off + FLAGS, flags);
        Le.put8(seg, off + ERROR, error);
        Le.zero(seg, off + PAD, SIZE - PAD);
    }

    public boolean isResponse() {
        return (flags & FLAG_RESPONSE) != 0;
    }

    /**
     * What is impossible about this header whoever receives it, as a phrase for a log line; null if nothing is. The receiver
     * closes the connection without an answer.
     */
    public @Nullable String violation() {
        if (seq == 0) {
            return "seq 0";
        }
        if (id == 0) {
            return "id 0";
        }
        if (command >= Command.COUNT) {
            return "unknown command " + command;
        }
        if ((flags & ~FLAG_RESPONSE) != 0) {
            return "unknown flags 0x" + Integer.toHexString(flags);
        }
        if (error >= WireError.COUNT) {
            return "unknown error " + error;
        }
        if (dataLen > MAX_DATA_LEN) {
            return "payload of " + dataLen + " bytes, at most " + MAX_DATA_LEN + " are allowed";
        }
        if (!isResponse() && error != 0) {
            return "request with error " + error;
        }
        return null;
    }

    @Override
    public String toString() {
        return (command < Command.COUNT ? Command.of(command).name() : "command " + command)
                + (isResponse() ? " response" : " request") + " id " + Long.toUnsignedString(id) + " seq "
                + Long.toUnsignedString(seq) + " recv_seq " + Long.toUnsignedString(recvSeq) + " data_len " + dataLen
                + (error == 0 ? "" : " error " + error);
    }
}
