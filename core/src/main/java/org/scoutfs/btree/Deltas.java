package org.scoutfs.btree;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.Key;
import org.scoutfs.format.Le;
import org.scoutfs.format.Zones;

/**
 * Items that are increments: the totals of zone 12, values of (total, count), added up modulo 2^64 (spec 2 section 6.3).
 *
 * <p>A sum that is zero in both fields is null: it says nothing.
 */
public final class Deltas {
    /** Bytes of a delta's value: total, then count. */
    public static final int VALUE_SIZE = 16;

    private static final int COUNT = 8;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Deltas() {}

    /** Whether items of this key add up where others replace each other. */
    public static boolean isDelta(Key key) {
        return key.zone() == Zones.XATTR_TOTL;
    }

    /** Adds the value at {@code bOff} to that at {@code aOff}. */
    public static void add(MemorySegment a, long aOff, MemorySegment b, long bOff) {
        Le.put64(a, aOff, Le.u64(a, aOff) + Le.u64(b, bOff));
        Le.put64(a, aOff + COUNT, Le.u64(a, aOff + COUNT) + Le.u64(b, bOff + COUNT));
    }

    /** Adds the value {@code b} to {@code a}. */
    public static void add(byte[] a, byte[] b) {
        LONGS.set(a, 0, (long) LONGS.get(a, 0) + (long) LONGS.get(b, 0));
        LONGS.set(a, COUNT, (long) LONGS.get(a, COUNT) + (long) LONGS.get(b, COUNT));
    }

    /** Whether a value is zero in both fields. */
    public static boolean isNull(byte[] value) {
        for (byte b : value) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether the sum of the two values is null. */
    static boolean cancel(MemorySegment a, long aOff, MemorySegment b, long bOff) {
        return Le.u64(a, aOff) + Le.u64(b, bOff) == 0 && Le.u64(a, aOff + COUNT) + Le.u64(b, bOff + COUNT) == 0;
    }

    /** @throws CorruptionException if a delta's value has another size, or it is a deletion */
    static void check(Key key, int flags, int valueLength) throws CorruptionException {
        if (valueLength != VALUE_SIZE || (flags & BtreeBlock.ITEM_FLAG_DELETION) != 0) {
            throw new CorruptionException("delta item " + key + ": flags " + flags + ", value of " + valueLength
                    + " bytes, expected no flags and " + VALUE_SIZE + " bytes");
        }
    }
}
