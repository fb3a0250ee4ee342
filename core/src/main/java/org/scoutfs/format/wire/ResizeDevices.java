package org.scoutfs.format.wire;

import java.lang.foreign.MemorySegment;
import org.scoutfs.format.Le;

/**
 * Request to use more of the devices ({@code struct scoutfs_net_resize_devices}), 16 bytes, spec 3 section 5.9.
 *
 * <pre>
 * off len field
 *   0   8 new_total_meta_blocks   64 KiB blocks; 0 = unchanged
 *   8   8 new_total_data_blocks   4 KiB blocks; 0 = unchanged
 * </pre>
 */
public record ResizeDevices(long newTotalMetaBlocks, long newTotalDataBlocks) {
    public static final int SIZE = 16;

    private static final int META = 0;
    private static final int DATA = 8;

    /** @throws IllegalArgumentException if {@code payload} is not 16 bytes */
    public static ResizeDevices of(byte[] payload) {
        MemorySegment seg = Payloads.segment(payload, SIZE);
        return new ResizeDevices(Le.u64(seg, META), Le.u64(seg, DATA));
    }

    public byte[] toBytes() {
        byte[] bytes = new byte[SIZE];
        MemorySegment seg = MemorySegment.ofArray(bytes);
        Le.put64(seg, META, newTotalMetaBlocks);
        Le.put64(seg, DATA, newTotalDataBlocks);
        return bytes;
    }
}
