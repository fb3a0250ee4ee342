package org.scoutfs.format;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * What a new volume is made from, spec 1 section 16.1.
 *
 * @param metaSizeBytes bytes of the metadata device to use; rounded down to large blocks
 * @param dataSizeBytes bytes of the data device to use; rounded down to small blocks
 * @param fsid random
 * @param uuid random
 * @param now times of the root directory; nanoseconds a multiple of 1000
 * @param formatVersion 1 or 2
 * @param slots quorum slots, at least one
 * @param dataAllocZoneBlocks small blocks, 0 = option not set
 */
public record MkfsParameters(
        long metaSizeBytes,
        long dataSizeBytes,
        long fsid,
        UUID uuid,
        Timespec now,
        long formatVersion,
        List<QuorumSlot> slots,
        long dataAllocZoneBlocks) {
    /** Least size of either device unless overridden, 64 GiB. */
    public static final long MIN_DEVICE_BYTES = 1L << 36;
    /** Least total blocks for the layout to be possible at all. */
    public static final long MIN_META_BLOCKS = 1033;

    public static final long MIN_DATA_BLOCKS = 65;

    /**
     * Address of one quorum slot.
     *
     * @param nr 0..14
     */
    public record QuorumSlot(int nr, InetAddr addr) {}

    /** Copies {@code slots}. */
    public MkfsParameters {
        slots = List.copyOf(slots);
    }

    /** Large blocks on the metadata device. */
    public long totalMetaBlocks() {
        return metaSizeBytes / VolumeLayout.LARGE_BLOCK_SIZE;
    }

    /** Small blocks on the data device. */
    public long totalDataBlocks() {
        return dataSizeBytes / VolumeLayout.SMALL_BLOCK_SIZE;
    }

    /** Why no volume can be made from this, in words; {@code allowSmall} waives the least size of 64 GiB. Empty if it can. */
    public List<String> problems(boolean allowSmall) {
        List<String> problems = new ArrayList<>();
        checkSize(problems, "metadata", metaSizeBytes, MIN_META_BLOCKS * VolumeLayout.LARGE_BLOCK_SIZE, allowSmall);
        checkSize(problems, "data", dataSizeBytes, MIN_DATA_BLOCKS * VolumeLayout.SMALL_BLOCK_SIZE, allowSmall);
        if (formatVersion < VolumeLayout.FORMAT_VERSION_MIN || formatVersion > VolumeLayout.FORMAT_VERSION_MAX) {
            problems.add("format version is " + formatVersion + ", supported are 1..2");
        }
        if (dataAllocZoneBlocks != 0) {
            VolumeOptions.zoneBlocksProblem(dataAllocZoneBlocks, totalDataBlocks())
                    .ifPresent(problems::add);
        }
        checkSlots(problems);
        return problems;
    }

    private static void checkSize(
            List<String> problems, String device, long sizeBytes, long possibleBytes, boolean allowSmall) {
        long least = allowSmall ? possibleBytes : MIN_DEVICE_BYTES;
        if (sizeBytes < least) {
            problems.add("%s device has %d bytes, expected at least %d".formatted(device, sizeBytes, least));
        }
    }

    private void checkSlots(List<String> problems) {
        Set<Integer> numbers = new HashSet<>();
        Set<InetAddr> addresses = new HashSet<>();
        for (QuorumSlot slot : slots) {
            InetAddr addr = slot.addr();
            if (slot.nr() < 0 || slot.nr() >= VolumeLayout.QUORUM_SLOTS) {
                problems.add("quorum slot number is " + slot.nr() + ", expected 0..14");
            }
            if (!addr.isPresent() || addr.addr() == 0 || addr.addr() == -1 || addr.port() == 0) {
                problems.add(
                        "quorum slot %d: %s is not an IPv4 address with a port of 1..65535".formatted(slot.nr(), addr));
            }
            if (!numbers.add(slot.nr())) {
                problems.add("quorum slot " + slot.nr() + " is given twice");
            }
            if (!addresses.add(addr)) {
                problems.add("quorum address " + addr + " is given twice");
            }
        }
        if (slots.isEmpty()) {
            problems.add("at least one quorum slot is needed");
        }
    }
}
