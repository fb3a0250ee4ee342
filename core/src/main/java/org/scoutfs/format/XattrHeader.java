package org.scoutfs.format;

import java.lang.foreign.MemorySegment;

/**
 * First bytes of an xattr's first part, followed by name and value, 8 bytes, spec 1 section 12.6.
 *
 * <pre>
 * off len field
 *   0   2 val_len
 *   2   1 name_len
 *   3   5 pad
 * </pre>
 *
 * @param valLen 0..65535
 * @param nameLen 0..255, at least 1 in a valid volume
 */
public record XattrHeader(int valLen, int nameLen) {
    public static final int SIZE = 8;
    /** Bytes in all parts but the last. */
    public static final int PART_SIZE = Limits.ITEM_VALUE_MAX;

    private static final int VAL_LEN = 0;
    private static final int NAME_LEN = 2;
    private static final int PAD = 3;

    public static XattrHeader read(MemorySegment seg, long off) {
        return new XattrHeader(Le.u16(seg, off + VAL_LEN), Le.u8(seg, off + NAME_LEN));
    }

    public void write(MemorySegment seg, long off) {
        Le.put16(seg, off + VAL_LEN, valLen);
        Le.put8(seg, off + NAME_LEN, nameLen);
        Le.zero(seg, off + PAD, SIZE - PAD);
    }

    /** Bytes of header, name and value together. */
    public int totalBytes() {
        return SIZE + nameLen + valLen;
    }

    /** Number of items the xattr takes, 1..74. */
    public int parts() {
        return Math.ceilDiv(totalBytes(), PART_SIZE);
    }
}
