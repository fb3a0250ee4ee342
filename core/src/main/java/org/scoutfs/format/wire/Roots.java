package org.scoutfs.format.wire;

import java.lang.foreign.MemorySegment;
import org.scoutfs.format.BtreeRoot;

/**
 * Response to GET_ROOTS ({@code struct scoutfs_net_roots}), 72 bytes, spec 3 section 5.5: roots of the last completed commit.
 *
 * <pre>
 * off len field
 *   0  24 fs_root
 *  24  24 logs_root
 *  48  24 srch_root
 * </pre>
 */
public record Roots(BtreeRoot fsRoot, BtreeRoot logsRoot, BtreeRoot srchRoot) {
    public static final int SIZE = 72;

    private static final int FS = 0;
    private static final int LOGS = 24;
    private static final int SRCH = 48;

    /** @throws IllegalArgumentException if {@code payload} is not 72 bytes */
    public static Roots of(byte[] payload) {
        MemorySegment seg = Payloads.segment(payload, SIZE);
        return new Roots(BtreeRoot.read(seg, FS), BtreeRoot.read(seg, LOGS), BtreeRoot.read(seg, SRCH));
    }

    public byte[] toBytes() {
        byte[] bytes = new byte[SIZE];
        MemorySegment seg = MemorySegment.ofArray(bytes);
        fsRoot.write(seg, FS);
        logsRoot.write(seg, LOGS);
        srchRoot.write(seg, SRCH);
        return bytes;
    }
}
