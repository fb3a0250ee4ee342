package org.scoutfs.format.wire;

import java.lang.foreign.MemorySegment;
import org.scoutfs.format.Le;

/**
 * Request for the open inodes of a group ({@code struct scoutfs_open_ino_map_args}), 16 bytes, spec 3 section 5.7.
 *
 * <pre>
 * off len field
 *   0   8 group_nr   ino >> 10
 *   8   8 req_id     of the server's query; the client sends 0 in its own requests
 * </pre>
 */
public record OpenInoMapArgs(long groupNr, long reqId) {
    public static final int SIZE = 16;

    private static final int GROUP_NR = 0;
    private static final int REQ_ID = 8;

    public static OpenInoMapArgs read(MemorySegment seg, long off) {
        return new OpenInoMapArgs(Le.u64(seg, off + GROUP_NR), Le.u64(seg, off + REQ_ID));
    }

    public void write(MemorySegment seg, long off) {
        Le.put64(seg, off + GROUP_NR, groupNr);
        Le.put64(seg, off + REQ_ID, reqId);
    }

    /** @throws IllegalArgumentException if {@code payload} is not 16 bytes */
    public static OpenInoMapArgs of(byte[] payload) {
        return read(Payloads.segment(payload, SIZE), 0);
    }

    public byte[] toBytes() {
        byte[] bytes = new byte[SIZE];
        write(MemorySegment.ofArray(bytes), 0);
        return bytes;
    }
}
