package org.scoutfs.format;

import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/**
 * Set of data allocation zones, 128 bytes, 1024 bits, spec 1 section 10.1: bit n is byte n/8, mask 1 &lt;&lt; (n%8). Immutable.
 */
public final class DataAllocZones {
    public static final int SIZE = 128;
    /** Most zones a data device is divided into. */
    public static final int MAX_ZONES = 1024;

    public static final DataAllocZones EMPTY = new DataAllocZones(new BitSet());

    private final BitSet zones;

    private DataAllocZones(BitSet zones) {
        this.zones = zones;
    }

    /**
     * The set of the bits of {@code zones}, which is copied.
     *
     * @throws IllegalArgumentException if a bit is 1024 or higher
     */
    public static DataAllocZones of(BitSet zones) {
        if (zones.length() > MAX_ZONES) {
            throw new IllegalArgumentException("zone " + (zones.length() - 1));
        }
        return new DataAllocZones((BitSet) zones.clone());
    }

    public static DataAllocZones read(MemorySegment seg, long off) {
        return new DataAllocZones(BitSet.valueOf(Le.bytes(seg, off, SIZE)));
    }

    public void write(MemorySegment seg, long off) {
        Le.zero(seg, off, SIZE);
        Le.putBytes(seg, off, zones.toByteArray());
    }

    /** Whether {@code zone}, 0..1023, is in the set. */
    public boolean get(int zone) {
        return zones.get(zone);
    }

    /** Whether no zone is in the set. */
    public boolean isEmpty() {
        return zones.isEmpty();
    }

    /** A fresh copy of the set. */
    public BitSet toBitSet() {
        return (BitSet) zones.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DataAllocZones that && zones.equals(that.zones);
    }

    @Override
    public int hashCode() {
        return zones.hashCode();
    }

    @Override
    public String toString() {
        return zones.toString();
    }
}
