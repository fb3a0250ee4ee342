package org.scoutfs.device;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;

/** A write that a {@link FaultDisk} has taken into its cache, and what may become of it. Immutable. */
final class CachedWrite {
    static final int SECTOR_BYTES = 512;

    private final long offset;
    private final byte[] data;

    CachedWrite(long offset, byte[] data) {
        this.offset = offset;
        this.data = data;
    }

    /** This write in units of {@link BlockDevice#ALIGNMENT}. */
    CachedWrite[] units() {
        CachedWrite[] units = new CachedWrite[data.length / BlockDevice.ALIGNMENT];
        for (int i = 0; i < units.length; i++) {
            int at = i * BlockDevice.ALIGNMENT;
            units[i] = new CachedWrite(offset + at, Arrays.copyOfRange(data, at, at + BlockDevice.ALIGNMENT));
        }
        return units;
    }

    void applyTo(MemoryDevice image) {
        try {
            image.write(offset, MemorySegment.ofArray(data));
        } catch (DeviceException e) {
            throw new AssertionError("memory does not fail", e);
        }
    }

    /** Keeps it, loses it or tears it. */
    void settle(MemoryDevice image, SplittableRandom fate) {
        switch (fate.nextInt(3)) {
            case 0 -> applyTo(image);
            case 1 -> {}
            default -> tear(image, fate);
        }
    }

    /** Keeps a head, a tail, or every sector by the toss of a coin. */
    private void tear(MemoryDevice image, SplittableRandom fate) {
        byte[] torn = new byte[data.length];
        try {
            image.read(offset, MemorySegment.ofArray(torn));
            int unit = fate.nextBoolean() ? SECTOR_BYTES : BlockDevice.ALIGNMENT;
            int units = data.length / unit;
            int cut = fate.nextInt(units + 1);
            int way = fate.nextInt(3);
            for (int i = 0; i < units; i++) {
                boolean kept = switch (way) {
                    case 0 -> i < cut;
                    case 1 -> i >= cut;
                    default -> fate.nextBoolean();
                };
                if (kept) {
                    System.arraycopy(data, i * unit, torn, i * unit, unit);
                }
            }
            image.write(offset, MemorySegment.ofArray(torn));
        } catch (DeviceException e) {
            throw new AssertionError("memory does not fail", e);
        }
    }
}
