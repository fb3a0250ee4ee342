package org.scoutfs.alloc;

import org.scoutfs.format.VolumeLayout;

/**
 * A run of blocks, metadata (64 KiB) or data (4 KiB) as the tree it is in says.
 *
 * @param start number of the first block
 * @param len blocks, above 0
 */
public record Extent(long start, long len) {
    /** Number of the last block. */
    public long last() {
        return start + len - 1;
    }

    /** Number behind the last block. */
    public long end() {
        return start + len;
    }

    /**
     * Block numbers that one kind of free space may contain.
     *
     * @param first lowest number
     * @param end one above the highest number
     */
    public record Range(long first, long end) {
        /** Of metadata extents, given the super block's total_meta_blocks. */
        public static Range meta(long totalMetaBlocks) {
            return new Range(VolumeLayout.FIRST_META_BLKNO, totalMetaBlocks);
        }

        /** Of data extents, given the super block's total_data_blocks. */
        public static Range data(long totalDataBlocks) {
            return new Range(VolumeLayout.FIRST_DATA_BLKNO, totalDataBlocks);
        }

        /** Whether {@code len} blocks from {@code start}, both taken unsigned, are some blocks and all of them inside. */
        public boolean contains(long start, long len) {
            return Long.compareUnsigned(start, first) >= 0
                    && Long.compareUnsigned(start, end) < 0
                    && len != 0
                    && Long.compareUnsigned(len, end - start) <= 0;
        }
    }
}
