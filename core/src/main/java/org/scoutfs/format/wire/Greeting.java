package org.scoutfs.format.wire;

import java.lang.foreign.MemorySegment;
import org.scoutfs.format.Le;

/**
 * First message on each socket in both directions ({@code struct scoutfs_net_greeting}), 40 bytes, spec 3 section 4.4.
 *
 * <pre>
 * off len field
 *   0   8 fsid          of the sender's volume
 *   8   8 fmt_vers      of the sender's volume
 *  16   8 server_term   request: of the last server that answered a greeting, 0 if none yet; response: of this server
 *  24   8 rid           of the client, both ways
 *  32   8 flags         bit 0 FAREWELL, bit 1 QUORUM; 0 in the response. Unknown bits are ignored
 * </pre>
 */
public record Greeting(long fsid, long formatVersion, long serverTerm, long rid, long flags) {
    public static final int SIZE = 40;
    /** The client has an unanswered farewell request. */
    public static final long FLAG_FAREWELL = 1;
    /** The client's mount is a quorum member. */
    public static final long FLAG_QUORUM = 2;

    private static final int FSID = 0;
    private static final int FMT_VERS = 8;
    private static final int SERVER_TERM = 16;
    private static final int RID = 24;
    private static final int FLAGS = 32;

    public static Greeting read(MemorySegment seg, long off) {
        return new Greeting(
                Le.u64(seg, off + FSID),
                Le.u64(seg, off + FMT_VERS),
                Le.u64(seg, off + SERVER_TERM),
                Le.u64(seg, off + RID),
                Le.u64(seg, off + FLAGS));
    }

    public void write(MemorySegment seg, long off) {
        Le.put64(seg, off + FSID, fsid);
        Le.put64(seg, off + FMT_VERS, formatVersion);
        Le.put64(seg, off + SERVER_TERM, serverTerm);
        Le.put64(seg, off + RID, rid);
        Le.put64(seg, off + FLAGS, flags);
    }

    /** @throws IllegalArgumentException if {@code payload} is not 40 bytes */
    public static Greeting of(byte[] payload) {
        return read(Payloads.segment(payload, SIZE), 0);
    }

    public byte[] toBytes() {
        byte[] bytes = new byte[SIZE];
        write(MemorySegment.ofArray(bytes), 0);
        return bytes;
    }

    public boolean isFarewell() {
        return (flags & FLAG_FAREWELL) != 0;
    }

    public boolean isQuorumMember() {
        return (flags & FLAG_QUORUM) != 0;
    }
}
