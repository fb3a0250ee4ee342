package org.scoutfs.format.wire;

import java.lang.foreign.MemorySegment;
import java.util.UUID;
import org.scoutfs.format.Le;

/**
 * Response to STATFS ({@code struct scoutfs_net_statfs}), 56 bytes, spec 3 section 5.5.
 *
 * <pre>
 * off len field
 *   0  16 uuid                in the byte order of RFC 4122
 *  16   8 free_meta_blocks    64 KiB blocks
 *  24   8 total_meta_blocks
 *  32   8 free_data_blocks    4 KiB blocks
 *  40   8 total_data_blocks
 *  48   8 inode_count
 * </pre>
 */
public record StatfsReply(
        UUID uuid,
        long freeMetaBlocks,
        long totalMetaBlocks,
        long freeDataBlocks,
        long totalDataBlocks,
        long inodeCount) {
    public static final int SIZE = 56;

    private static final int UUID_HIGH = 0;
    private static final int UUID_LOW = 8;
    private static final int FREE_META = 16;
    private static final int TOTAL_META = 24;
    private static final int FREE_DATA = 32;
    private static final int TOTAL_DATA = 40;
    private static final int INODES = 48;

    /** @throws IllegalArgumentException if {@code payload} is not 56 bytes */
    public static StatfsReply of(byte[] payload) {
        MemorySegment seg = Payloads.segment(payload, SIZE);
        return new StatfsReply(
                new UUID(Long.reverseBytes(Le.u64(seg, UUID_HIGH)), Long.reverseBytes(Le.u64(seg, UUID_LOW))),
                Le.u64(seg, FREE_META),
                Le.u64(seg, TOTAL_META),
                Le.u64(seg, FREE_DATA),
                Le.u64(seg, TOTAL_DATA),
                Le.u64(seg, INODES));
    }

    public byte[] toBytes() {
        byte[] bytes = new byte[SIZE];
        MemorySegment seg = MemorySegment.ofArray(bytes);
        Le.put64(seg, UUID_HIGH, Long.reverseBytes(uuid.getMostSignificantBits()));
        Le.put64(seg, UUID_LOW, Long.reverseBytes(uuid.getLeastSignificantBits()));
        Le.put64(seg, FREE_META, freeMetaBlocks);
        Le.put64(seg, TOTAL_META, totalMetaBlocks);
        Le.put64(seg, FREE_DATA, freeDataBlocks);
        Le.put64(seg, TOTAL_DATA, totalDataBlocks);
        Le.put64(seg, INODES, inodeCount);
        return bytes;
    }
}
