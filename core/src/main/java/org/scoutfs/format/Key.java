package org.scoutfs.format;

import java.lang.foreign.MemorySegment;

/**
 * Name of an item in every tree ({@code struct scoutfs_key}), 32 bytes, spec 1 section 5.
 *
 * <pre>
 * off len field
 *   0   8 first
 *   8   8 second
 *  16   8 third
 *  24   1 fourth
 *  25   1 zone
 *  26   1 type
 *  27   5 pad      zero: it is covered by the hashes of the key
 * </pre>
 *
 * Storage order is not comparison order. Keys compare by zone, first, type, second, third, fourth, each unsigned; in that order
 * a key is one number of 8+64+8+64+64+8 bits for {@link #increment} and {@link #decrement}. The record's components stand in
 * comparison order.
 *
 * @param zone 0..255, {@link Zones}
 * @param first unsigned
 * @param type 0..255, {@link Types}
 * @param second unsigned
 * @param third unsigned
 * @param fourth 0..255
 */
public record Key(int zone, long first, int type, long second, long third, int fourth) implements Comparable<Key> {
    public static final int SIZE = 32;
    /** All zeros: the least key. */
    public static final Key ZERO = new Key(0, 0, 0, 0, 0, 0);
    /** All ones: the greatest key. */
    public static final Key MAX = new Key(255, -1, 255, -1, -1, 255);

    static final int FIRST = 0;
    static final int SECOND = 8;
    static final int THIRD = 16;
    static final int FOURTH = 24;
    static final int ZONE = 25;
    static final int TYPE = 26;

    /** @throws IllegalArgumentException if zone, type or fourth is not 0..255 */
    public Key {
        if (((zone | type | fourth) & ~0xff) != 0) {
            throw new IllegalArgumentException("zone " + zone + " type " + type + " fourth " + fourth);
        }
    }

    public static Key read(MemorySegment seg, long off) {
        long last = Le.u64(seg, off + FOURTH);
        return new Key(
                (int) (last >>> 8) & 0xff,
                Le.u64(seg, off + FIRST),
                (int) (last >>> 16) & 0xff,
                Le.u64(seg, off + SECOND),
                Le.u64(seg, off + THIRD),
                (int) last & 0xff);
    }

    public void write(MemorySegment seg, long off) {
        Le.put64(seg, off + FIRST, first);
        Le.put64(seg, off + SECOND, second);
        Le.put64(seg, off + THIRD, third);
        Le.put64(seg, off + FOURTH, lastWord());
    }

    /** The last eight stored bytes: fourth, zone, type and the pad. */
    long lastWord() {
        return fourth | (zone << 8) | ((long) type << 16);
    }

    @Override
    public int compareTo(Key other) {
        int c = Integer.compare(zone, other.zone);
        if (c == 0) {
            c = Long.compareUnsigned(first, other.first);
        }
        if (c == 0) {
            c = Integer.compare(type, other.type);
        }
        if (c == 0) {
            c = Long.compareUnsigned(second, other.second);
        }
        if (c == 0) {
            c = Long.compareUnsigned(third, other.third);
        }
        return c != 0 ? c : Integer.compare(fourth, other.fourth);
    }

    /** Compares the key stored at {@code off} with {@code key}: negative, zero or positive. Allocates nothing; ignores the pad. */
    public static int compare(MemorySegment seg, long off, Key key) {
        int c = Integer.compare(Le.u8(seg, off + ZONE), key.zone);
        if (c == 0) {
            c = Long.compareUnsigned(Le.u64(seg, off + FIRST), key.first);
        }
        if (c == 0) {
            c = Integer.compare(Le.u8(seg, off + TYPE), key.type);
        }
        if (c == 0) {
            c = Long.compareUnsigned(Le.u64(seg, off + SECOND), key.second);
        }
        if (c == 0) {
            c = Long.compareUnsigned(Le.u64(seg, off + THIRD), key.third);
        }
        return c != 0 ? c : Integer.compare(Le.u8(seg, off + FOURTH), key.fourth);
    }

    /** Compares two stored keys. Allocates nothing; ignores the pads. */
    public static int compare(MemorySegment a, long aOff, MemorySegment b, long bOff) {
        int c = Integer.compare(Le.u8(a, aOff + ZONE), Le.u8(b, bOff + ZONE));
        if (c == 0) {
            c = Long.compareUnsigned(Le.u64(a, aOff + FIRST), Le.u64(b, bOff + FIRST));
        }
        if (c == 0) {
            c = Integer.compare(Le.u8(a, aOff + TYPE), Le.u8(b, bOff + TYPE));
        }
        if (c == 0) {
            c = Long.compareUnsigned(Le.u64(a, aOff + SECOND), Le.u64(b, bOff + SECOND));
        }
        if (c == 0) {
            c = Long.compareUnsigned(Le.u64(a, aOff + THIRD), Le.u64(b, bOff + THIRD));
        }
        return c != 0 ? c : Integer.compare(Le.u8(a, aOff + FOURTH), Le.u8(b, bOff + FOURTH));
    }

    /** Whether the key stored at {@code off} equals {@code key}, pad included. Allocates nothing. */
    public static boolean equals(MemorySegment seg, long off, Key key) {
        return Le.u64(seg, off + FIRST) == key.first
                && Le.u64(seg, off + SECOND) == key.second
                && Le.u64(seg, off + THIRD) == key.third
                && Le.u64(seg, off + FOURTH) == key.lastWord();
    }

    /** The next greater key; {@link #MAX} wraps to {@link #ZERO}. */
    public Key increment() {
        if (fourth != 0xff) {
            return new Key(zone, first, type, second, third, fourth + 1);
        }
        if (third != -1) {
            return new Key(zone, first, type, second, third + 1, 0);
        }
        if (second != -1) {
            return new Key(zone, first, type, second + 1, 0, 0);
        }
        if (type != 0xff) {
            return new Key(zone, first, type + 1, 0, 0, 0);
        }
        if (first != -1) {
            return new Key(zone, first + 1, 0, 0, 0, 0);
        }
        return new Key((zone + 1) & 0xff, 0, 0, 0, 0, 0);
    }

    /** The next smaller key; {@link #ZERO} wraps to {@link #MAX}. */
    public Key decrement() {
        if (fourth != 0) {
            return new Key(zone, first, type, second, third, fourth - 1);
        }
        if (third != 0) {
            return new Key(zone, first, type, second, third - 1, 0xff);
        }
        if (second != 0) {
            return new Key(zone, first, type, second - 1, -1, 0xff);
        }
        if (type != 0) {
            return new Key(zone, first, type - 1, -1, -1, 0xff);
        }
        if (first != 0) {
            return new Key(zone, first - 1, 0xff, -1, -1, 0xff);
        }
        return new Key((zone - 1) & 0xff, -1, 0xff, -1, -1, 0xff);
    }

    /** The smaller of two keys. */
    public static Key min(Key a, Key b) {
        return a.compareTo(b) <= 0 ? a : b;
    }

    /** The greater of two keys. */
    public static Key max(Key a, Key b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    /** {@code zone.first.type.second.third.fourth} in unsigned decimal, as the reference prints keys. */
    @Override
    public String toString() {
        return zone + "." + Long.toUnsignedString(first) + "." + type + "." + Long.toUnsignedString(second) + "."
                + Long.toUnsignedString(third) + "." + fourth;
    }
}
