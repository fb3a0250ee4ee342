package org.scoutfs.device;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/** A place in a row of segments, moving forward as bytes are copied from or to them. Used by one thread. */
final class SegmentCursor {
    private final MemorySegment[] segments;
    private int index;
    private long within;

    SegmentCursor(MemorySegment... segments) {
        this.segments = segments;
    }

    /** Fills {@code dst} with the next bytes of the row, which must have that many left. */
    void copyTo(MemorySegment dst) {
        long done = 0;
        while (done < dst.byteSize()) {
            long length = next(dst.byteSize() - done);
            MemorySegment.copy(segments[index], within, dst, done, length);
            within += length;
            done += length;
        }
    }

    /** Spreads {@code src} over the next bytes of the row, which must have that many left. */
    void copyFrom(MemorySegment src) {
        long done = 0;
        while (done < src.byteSize()) {
            long length = next(src.byteSize() - done);
            MemorySegment.copy(src, done, segments[index], within, length);
            within += length;
            done += length;
        }
    }

    /** Moves {@code lengthBytes} forward. */
    void skip(long lengthBytes) {
        long done = 0;
        while (done < lengthBytes) {
            long length = next(lengthBytes - done);
            within += length;
            done += length;
        }
    }

    /**
     * Writes {@code struct iovec} entries for the rest of the row.
     *
     * @param iovecs pairs of base and length, each a long in native order; room for at least one
     * @return how many were written
     */
    int describe(MemorySegment iovecs, int limit) {
        int count = 0;
        long from = within;
        for (int i = index; i < segments.length && count < limit; i++) {
            long length = segments[i].byteSize() - from;
            if (length > 0) {
                iovecs.setAtIndex(JAVA_LONG, count * 2L, segments[i].address() + from);
                iovecs.setAtIndex(JAVA_LONG, count * 2L + 1, length);
                count++;
            }
            from = 0;
        }
        return count;
    }

    /** Steps over used segments; then how much of {@code wanted} the present one has. */
    private long next(long wanted) {
        while (within == segments[index].byteSize()) {
            index++;
            within = 0;
        }
        return Math.min(wanted, segments[index].byteSize() - within);
    }
}
