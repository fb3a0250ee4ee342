package org.scoutfs.format;

import java.lang.foreign.MemorySegment;

/**
 * A mount that has not been cleanly shut down, 40 bytes, spec 1 section 10.2.
 *
 * <pre>
 * off len field
 *   0  32 addr    peer address and port of the mount's connection
 *  32   1 flags   bit 0 quorum member
 *  33   7 pad     undefined in volumes of the reference; written as zero
 * </pre>
 *
 * @param flags 0..255
 */
public record MountedClient(InetAddr addr, int flags) {
    public static final int SIZE = 40;
    public static final int FLAG_QUORUM = 1;

    private static final int ADDR = 0;
    private static final int FLAGS = 32;
    private static final int PAD = 33;

    public static MountedClient read(MemorySegment seg, long off) {
        return new MountedClient(InetAddr.read(seg, off + ADDR), Le.u8(seg, off + FLAGS));
    }

    public void write(MemorySegment seg, long off) {
        addr.write(seg, off + ADDR);
        Le.put8(seg, off + FLAGS, flags);
        Le.zero(seg, off + PAD, SIZE - PAD);
    }

    /** Whether the mount is a quorum member. */
    public boolean isQuorumMember() {
        return (flags & FLAG_QUORUM) != 0;
    }
}
