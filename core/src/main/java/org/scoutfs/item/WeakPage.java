package org.scoutfs.item;

import java.util.Arrays;
import org.scoutfs.format.Key;

/**
 * All items of a range as they were read from one set of roots. Immutable.
 *
 * @param readNr number of the set of roots
 * @param expiresNanos of the host's clock; afterwards it is not used any more
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record WeakPage(Key start, Key end, long readNr, long expiresNanos, Key[] keys, byte[][] values) {
    /** Rough heap bytes of an item beside its value. */
    private static final int ITEM_BYTES = 96;

    private static final int PAGE_BYTES = 128;

    boolean covers(Key key) {
        return start.compareTo(key) <= 0 && key.compareTo(end) <= 0;
    }

    boolean isExpired(long nowNanos) {
        return nowNanos - expiresNanos >= 0;
    }

    /** Index of the first item at or after the key. */
    int from(Key key) {
        int found = Arrays.binarySearch(keys, key);
        return found < 0 ? -1 - found : found;
    }

    /** The part of this page that lies in {@code newStart..newEnd}. */
    WeakPage trim(Key newStart, Key newEnd) {
        int from = from(newStart);
        int to = from(newEnd);
        if (to < keys.length && keys[to].equals(newEnd)) {
            to++;
        }
        return new WeakPage(
                newStart,
                newEnd,
                readNr,
                expiresNanos,
                Arrays.copyOfRange(keys, from, to),
                Arrays.copyOfRange(values, from, to));
    }

    long sizeBytes() {
        long size = PAGE_BYTES;
        for (byte[] value : values) {
            size += ITEM_BYTES + value.length;
        }
        return size;
    }
}
