package org.scoutfs.item;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Arithmetic of totals, spec 2 section 6.3: (total, count), both 64 bits modulo 2^64. */
final class Deltas {
    /** Bytes of a delta's value. */
    static final int SIZE = 16;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Deltas() {}

    /** Adds {@code from} to {@code to}; returns whether both sums are zero. */
    static boolean add(byte[] to, int toOffset, byte[] from, int fromOffset) {
        long total = (long) LONG.get(to, toOffset) + (long) LONG.get(from, fromOffset);
        long count = (long) LONG.get(to, toOffset + 8) + (long) LONG.get(from, fromOffset + 8);
        LONG.set(to, toOffset, total);
        LONG.set(to, toOffset + 8, count);
        return (total | count) == 0;
    }
}
