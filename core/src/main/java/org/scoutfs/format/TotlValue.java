package org.scoutfs.format;

import java.lang.foreign.MemorySegment;

/**
 * Value of a totl item, 16 bytes, spec 1 section 12.8: absolute in fs_root, an increment in a log tree. Arithmetic wraps.
 *
 * <pre>
 * off len field
 *   0   8 total   sum of the xattrs' values
 *   8   8 count   number of xattrs, signed
 * </pre>
 */
public record TotlValue(long total, long count) {
    public static final int SIZE = 16;
    public static final TotlValue ZERO = new TotlValue(0, 0);

    private static final int TOTAL = 0;
    private static final int COUNT = 8;

    public static TotlValue read(MemorySegment seg, long off) {
        return new TotlValue(Le.u64(seg, off + TOTAL), Le.u64(seg, off + COUNT));
    }

    public void write(MemorySegment seg, long off) {
        Le.put64(seg, off + TOTAL, total);
        Le.put64(seg, off + COUNT, count);
    }

    /** The sum of both. */
    public TotlValue plus(TotlValue other) {
        return new TotlValue(total + other.total, count + other.count);
    }

    /** Whether both fields are zero: such a total does not exist. */
    public boolean isZero() {
        return total == 0 && count == 0;
    }
}
