package org.scoutfs.format.wire;

import java.lang.foreign.MemorySegment;
import org.scoutfs.format.Key;
import org.scoutfs.format.Le;

/**
 * Lock request, grant, invalidation, or entry of a recovery ({@code struct scoutfs_net_lock}), 48 bytes, spec 3 section 5.6.
 *
 * <pre>
 * off len field
 *   0  32 key         start of the lock's range: identifies the lock
 *  32   8 write_seq   in grants and recovery entries only, ignored elsewhere
 *  40   1 old_mode
 *  41   1 new_mode    {@link LockMode}
 *  42   6 pad
 * </pre>
 *
 * @param oldMode 0..255 as stored; {@link LockMode#of} judges
 * @param newMode 0..255 as stored
 */
public record LockMessage(Key key, long writeSeq, int oldMode, int newMode) {
    public static final int SIZE = 48;

    private static final int KEY = 0;
    private static final int WRITE_SEQ = 32;
    private static final int OLD_MODE = 40;
    private static final int NEW_MODE = 41;
    private static final int PAD = 42;

    public LockMessage(Key key, long writeSeq, LockMode oldMode, LockMode newMode) {
        this(key, writeSeq, oldMode.number(), newMode.number());
    }

    public static LockMessage read(MemorySegment seg, long off) {
        return new LockMessage(
                Key.read(seg, off + KEY),
                Le.u64(seg, off + WRITE_SEQ),
                Le.u8(seg, off + OLD_MODE),
                Le.u8(seg, off + NEW_MODE));
    }

    public void write(MemorySegment seg, long off) {
        key.write(seg, off + KEY);
        Le.put64(seg, off + WRITE_SEQ, writeSeq);
        Le.put8(seg, off + OLD_MODE, oldMode);
        Le.put8(seg, off + NEW_MODE, newMode);
        Le.zero(seg, off + PAD, SIZE - PAD);
    }

    /** @throws IllegalArgumentException if {@code payload} is not 48 bytes */
    public static LockMessage of(byte[] payload) {
        return read(Payloads.segment(payload, SIZE), 0);
    }

    public byte[] toBytes() {
        byte[] bytes = new byte[SIZE];
        write(MemorySegment.ofArray(bytes), 0);
        return bytes;
    }
}
