package org.scoutfs.format.wire;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.scoutfs.format.Hashes;
import org.scoutfs.format.Le;

/**
 * One UDP message of an election ({@code struct scoutfs_quorum_message}), exactly 32 bytes, spec 3 section 3.2.
 *
 * <pre>
 * off len field
 *   0   8 fsid
 *   8   8 version   written as 0, not checked
 *  16   8 term
 *  24   1 type      {@link Type}
 *  25   1 from      slot of the sender, 0..14
 *  26   2 pad
 *  28   4 crc       raw CRC-32C over bytes 0..27
 * </pre>
 */
public record QuorumMessage(long fsid, long term, Type type, int from) {
    public static final int SIZE = 32;

    private static final int FSID = 0;
    private static final int VERSION = 8;
    private static final int TERM = 16;
    private static final int TYPE = 24;
    private static final int FROM = 25;
    private static final int PAD = 26;
    private static final int CRC = 28;

    /** What a member says. */
    public enum Type {
        REQUEST_VOTE(0),
        VOTE(1),
        HEARTBEAT(2),
        RESIGNATION(3);

        private static final Type[] BY_NUMBER = values();

        private final int number;

        Type(int number) {
            this.number = number;
        }

        /** The value on the wire, 0..3. */
        public int number() {
            return number;
        }
    }

    /** The message in a datagram; null if its length, crc or type is impossible. The caller judges fsid and sender. */
    public static @Nullable QuorumMessage decode(byte[] datagram, int length) {
        if (length != SIZE) {
            return null;
        }
        MemorySegment seg = MemorySegment.ofArray(datagram);
        int type = Le.u8(seg, TYPE);
        if (Le.i32(seg, CRC) != Hashes.crc32cRaw(seg, 0, CRC) || type >= Type.BY_NUMBER.length) {
            return null;
        }
        return new QuorumMessage(Le.u64(seg, FSID), Le.u64(seg, TERM), Type.BY_NUMBER[type], Le.u8(seg, FROM));
    }

    public byte[] toBytes() {
        byte[] bytes = new byte[SIZE];
        MemorySegment seg = MemorySegment.ofArray(bytes);
        Le.put64(seg, FSID, fsid);
        Le.put64(seg, VERSION, 0);
        Le.put64(seg, TERM, term);
        Le.put8(seg, TYPE, type.number());
        Le.put8(seg, FROM, from);
        Le.put16(seg, PAD, 0);
        Le.put32(seg, CRC, Hashes.crc32cRaw(seg, 0, CRC));
        return bytes;
    }
}
