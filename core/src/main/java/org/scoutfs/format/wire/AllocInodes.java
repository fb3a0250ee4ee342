package org.scoutfs.format.wire;

import java.lang.foreign.MemorySegment;
import org.scoutfs.format.Le;

/**
 * Response to ALLOC_INODES ({@code struct scoutfs_net_inode_alloc}), 16 bytes, spec 3 section 5.2. The request's payload is one
 * u64, the number of inode numbers wished for ({@link Payloads#ofU64}).
 *
 * <pre>
 * off len field
 *   0   8 ino   first inode number
 *   8   8 nr    how many, at most as many as asked for; 0 = none left
 * </pre>
 */
public record AllocInodes(long ino, long nr) {
    public static final int SIZE = 16;
    static final int REQUEST_SIZE = Long.BYTES;

    private static final int INO = 0;
    private static final int NR = 8;

    /** @throws IllegalArgumentException if {@code payload} is not 16 bytes */
    public static AllocInodes of(byte[] payload) {
        MemorySegment seg = Payloads.segment(payload, SIZE);
        return new AllocInodes(Le.u64(seg, INO), Le.u64(seg, NR));
    }

    public byte[] toBytes() {
        byte[] bytes = new byte[SIZE];
        MemorySegment seg = MemorySegment.ofArray(bytes);
        Le.put64(seg, INO, ino);
        Le.put64(seg, NR, nr);
        return bytes;
    }
}
