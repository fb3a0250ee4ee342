package org.scoutfs.format;

import java.lang.foreign.MemorySegment;

/**
 * Point in time, 16 bytes, spec 1 section 3.3.
 *
 * <pre>
 * off len field
 *   0   8 seconds   since 1970-01-01 UTC, two's complement
 *   8   4 nanos     0..999999999
 *  12   4 pad
 * </pre>
 *
 * @param nanos 32 bits as stored
 */
public record Timespec(long seconds, int nanos) implements Comparable<Timespec> {
    public static final int SIZE = 16;
    public static final Timespec ZERO = new Timespec(0, 0);

    private static final int SECONDS = 0;
    private static final int NANOS = 8;
    private static final int PAD = 12;

    public static Timespec read(MemorySegment seg, long off) {
        return new Timespec(Le.u64(seg, off + SECONDS), Le.i32(seg, off + NANOS));
    }

    public void write(MemorySegment seg, long off) {
        Le.put64(seg, off + SECONDS, seconds);
        Le.put32(seg, off + NANOS, nanos);
        Le.put32(seg, off + PAD, 0);
    }

    /** Order in time; seconds are signed. */
    @Override
    public int compareTo(Timespec other) {
        int bySeconds = Long.compare(seconds, other.seconds);
        return bySeconds != 0 ? bySeconds : Integer.compareUnsigned(nanos, other.nanos);
    }
}
