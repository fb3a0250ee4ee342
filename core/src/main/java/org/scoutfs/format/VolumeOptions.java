package org.scoutfs.format;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * Options that all mounts of a volume share, 520 bytes, within the super block and in messages, spec 1 section 6. Immutable.
 *
 * <pre>
 * off len field
 *   0   8 set_bits   bit k set: option k holds a value
 *   8 8*64 values    an unset option is 0
 * </pre>
 */
public final class VolumeOptions {
    public static final int SIZE = 520;
    /** Options there is room for; only option 0 has a meaning. */
    public static final int COUNT = 64;
    /** Option number: size of the zones the data device is divided into, in small blocks. */
    public static final int DATA_ALLOC_ZONE_BLOCKS = 0;
    /** Set bits with a meaning. */
    public static final long KNOWN_BITS = 1;

    /** Least size of a data allocation zone in small blocks, 4 GiB. */
    public static final long MIN_DATA_ALLOC_ZONE_BLOCKS = 1 << 20;

    /** No option set. */
    public static final VolumeOptions NONE = new VolumeOptions(0, new long[COUNT]);

    private static final int SET_BITS = 0;
    private static final int VALUES = 8;

    private final long setBits;
    private final long[] values;

    private VolumeOptions(long setBits, long[] values) {
        this.setBits = setBits;
        this.values = values;
    }

    public static VolumeOptions read(MemorySegment seg, long off) {
        long[] values = new long[COUNT];
        for (int i = 0; i < COUNT; i++) {
            values[i] = Le.u64(seg, off + VALUES + (long) i * Long.BYTES);
        }
        return new VolumeOptions(Le.u64(seg, off + SET_BITS), values);
    }

    public void write(MemorySegment seg, long off) {
        Le.put64(seg, off + SET_BITS, setBits);
        for (int i = 0; i < COUNT; i++) {
            Le.put64(seg, off + VALUES + (long) i * Long.BYTES, values[i]);
        }
    }

    /** The set bits as stored. */
    public long setBits() {
        return setBits;
    }

    /** Whether option {@code nr}, 0..63, holds a value. */
    public boolean isSet(int nr) {
        return (setBits >>> nr & 1) != 0;
    }

    /** Value of option {@code nr}, 0..63, as stored; 0 if unset in a valid volume. */
    public long value(int nr) {
        return values[nr];
    }

    /** Size of the data allocation zones in small blocks, 0 if unset. */
    public long dataAllocZoneBlocks() {
        return isSet(DATA_ALLOC_ZONE_BLOCKS) ? values[DATA_ALLOC_ZONE_BLOCKS] : 0;
    }

    /** These options with option {@code nr} set. */
    public VolumeOptions with(int nr, long value) {
        long[] changed = values.clone();
        changed[nr] = value;
        return new VolumeOptions(setBits | (1L << nr), changed);
    }

    /** These options with option {@code nr} unset. */
    public VolumeOptions without(int nr) {
        long[] changed = values.clone();
        changed[nr] = 0;
        return new VolumeOptions(setBits & ~(1L << nr), changed);
    }

    /** Why {@code zoneBlocks} cannot be the zone size of a data device of {@code totalDataBlocks}; empty if it can. */
    public static Optional<String> zoneBlocksProblem(long zoneBlocks, long totalDataBlocks) {
        long least = Math.max(MIN_DATA_ALLOC_ZONE_BLOCKS, totalDataBlocks / DataAllocZones.MAX_ZONES);
        if (Long.compareUnsigned(zoneBlocks, least) >= 0 && Long.compareUnsigned(zoneBlocks, totalDataBlocks) <= 0) {
            return Optional.empty();
        }
        return Optional.of("data_alloc_zone_blocks is %s, expected %d..%d"
                .formatted(Long.toUnsignedString(zoneBlocks), least, totalDataBlocks));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VolumeOptions that && setBits == that.setBits && Arrays.equals(values, that.values);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(setBits) * 31 + Arrays.hashCode(values);
    }

    @Override
    public String toString() {
        return "VolumeOptions[setBits=" + Long.toHexString(setBits) + ", dataAllocZoneBlocks=" + dataAllocZoneBlocks()
                + "]";
    }
}
