package org.scoutfs.format;

import java.lang.foreign.MemorySegment;

/**
 * What a mount works with between two commits, and what a finalized log tree leaves to the log merge ({@code struct
 * scoutfs_log_trees}), as an item and as a message, 472 bytes, spec 1 section 10.1.
 *
 * <pre>
 * off len field
 *   0  32 meta_avail               blocks the mount may allocate
 *  32  32 meta_freed               blocks the mount has freed
 *  64  24 item_root                log btree of items written by the mount
 *  88  16 bloom_ref                bloom block of item_root, zero if none
 * 104  40 data_avail               data extents the mount may allocate
 * 144  40 data_freed               data extents the mount has freed
 * 184  88 srch_file                growing srch log
 * 272   8 data_alloc_zone_blocks   zone size data_alloc_zones was computed with, 0 if none
 * 280 128 data_alloc_zones         zones that data_avail intersects
 * 408   8 inode_count_delta        inodes created minus deleted, signed
 * 416   8 get_trans_seq            of the transaction opened last
 * 424   8 commit_trans_seq         equals get_trans_seq iff that transaction is committed
 * 432   8 max_item_seq             greatest item seq written by the last commit that wrote items
 * 440   8 finalize_seq             0 until finalized
 * 448   8 rid                      same as the item's key
 * 456   8 nr                       same as the item's key
 * 464   8 flags                    bit 0 FINALIZED
 * </pre>
 */
public record LogTrees(
        AllocListHead metaAvail,
        AllocListHead metaFreed,
        BtreeRoot itemRoot,
        BlockReference bloomRef,
        AllocExtentRoot dataAvail,
        AllocExtentRoot dataFreed,
        SrchFile srchFile,
        long dataAllocZoneBlocks,
        DataAllocZones dataAllocZones,
        long inodeCountDelta,
        long getTransSeq,
        long commitTransSeq,
        long maxItemSeq,
        long finalizeSeq,
        long rid,
        long nr,
        long flags) {
    public static final int SIZE = 472;
    /** The tree gets no more items; it serves readers and the log merge. */
    public static final long FLAG_FINALIZED = 1;

    /** All zero. */
    public static final LogTrees EMPTY = new Builder().build();

    private static final int META_AVAIL = 0;
    private static final int META_FREED = 32;
    private static final int ITEM_ROOT = 64;
    private static final int BLOOM_REF = 88;
    private static final int DATA_AVAIL = 104;
    private static final int DATA_FREED = 144;
    private static final int SRCH_FILE = 184;
    private static final int DATA_ALLOC_ZONE_BLOCKS = 272;
    private static final int DATA_ALLOC_ZONES = 280;
    private static final int INODE_COUNT_DELTA = 408;
    private static final int GET_TRANS_SEQ = 416;
    private static final int COMMIT_TRANS_SEQ = 424;
    private static final int MAX_ITEM_SEQ = 432;
    private static final int FINALIZE_SEQ = 440;
    private static final int RID = 448;
    private static final int NR = 456;
    private static final int FLAGS = 464;

    public static LogTrees read(MemorySegment seg, long off) {
        return new LogTrees(
                AllocListHead.read(seg, off + META_AVAIL),
                AllocListHead.read(seg, off + META_FREED),
                BtreeRoot.read(seg, off + ITEM_ROOT),
                BlockReference.read(seg, off + BLOOM_REF),
                AllocExtentRoot.read(seg, off + DATA_AVAIL),
                AllocExtentRoot.read(seg, off + DATA_FREED),
                SrchFile.read(seg, off + SRCH_FILE),
                Le.u64(seg, off + DATA_ALLOC_ZONE_BLOCKS),
                DataAllocZones.read(seg, off + DATA_ALLOC_ZONES),
                Le.u64(seg, off + INODE_COUNT_DELTA),
                Le.u64(seg, off + GET_TRANS_SEQ),
                Le.u64(seg, off + COMMIT_TRANS_SEQ),
                Le.u64(seg, off + MAX_ITEM_SEQ),
                Le.u64(seg, off + FINALIZE_SEQ),
                Le.u64(seg, off + RID),
                Le.u64(seg, off + NR),
                Le.u64(seg, off + FLAGS));
    }

    public void write(MemorySegment seg, long off) {
        metaAvail.write(seg, off + META_AVAIL);
        metaFreed.write(seg, off + META_FREED);
        itemRoot.write(seg, off + ITEM_ROOT);
        bloomRef.write(seg, off + BLOOM_REF);
        dataAvail.write(seg, off + DATA_AVAIL);
        dataFreed.write(seg, off + DATA_FREED);
        srchFile.write(seg, off + SRCH_FILE);
        Le.put64(seg, off + DATA_ALLOC_ZONE_BLOCKS, dataAllocZoneBlocks);
        dataAllocZones.write(seg, off + DATA_ALLOC_ZONES);
        Le.put64(seg, off + INODE_COUNT_DELTA, inodeCountDelta);
        Le.put64(seg, off + GET_TRANS_SEQ, getTransSeq);
        Le.put64(seg, off + COMMIT_TRANS_SEQ, commitTransSeq);
        Le.put64(seg, off + MAX_ITEM_SEQ, maxItemSeq);
        Le.put64(seg, off + FINALIZE_SEQ, finalizeSeq);
        Le.put64(seg, off + RID, rid);
        Le.put64(seg, off + NR, nr);
        Le.put64(seg, off + FLAGS, flags);
    }

    /** Whether the tree gets no more items. */
    public boolean isFinalized() {
        return (flags & FLAG_FINALIZED) != 0;
    }

    /** Whether the transaction opened last has been committed. */
    public boolean isCommitted() {
        return commitTransSeq == getTransSeq;
    }

    /** The key of the item with this value. */
    public Key key() {
        return Keys.logTrees(rid, nr);
    }

    /** A builder with all fields of this. */
    public Builder toBuilder() {
        return new Builder()
                .metaAvail(metaAvail)
                .metaFreed(metaFreed)
                .itemRoot(itemRoot)
                .bloomRef(bloomRef)
                .dataAvail(dataAvail)
                .dataFreed(dataFreed)
                .srchFile(srchFile)
                .dataAllocZoneBlocks(dataAllocZoneBlocks)
                .dataAllocZones(dataAllocZones)
                .inodeCountDelta(inodeCountDelta)
                .getTransSeq(getTransSeq)
                .commitTransSeq(commitTransSeq)
                .maxItemSeq(maxItemSeq)
                .finalizeSeq(finalizeSeq)
                .rid(rid)
                .nr(nr)
                .flags(flags);
    }

    /** Changes fields one by one; starts all zero. Belongs to one thread. */
    public static final class Builder {
        private AllocListHead metaAvail = AllocListHead.EMPTY;
        private AllocListHead metaFreed = AllocListHead.EMPTY;
        private BtreeRoot itemRoot = BtreeRoot.EMPTY;
        private BlockReference bloomRef = BlockReference.ZERO;
        private AllocExtentRoot dataAvail = AllocExtentRoot.EMPTY;
        private AllocExtentRoot dataFreed = AllocExtentRoot.EMPTY;
        private SrchFile srchFile = SrchFile.EMPTY;
        private long dataAllocZoneBlocks;
        private DataAllocZones dataAllocZones = DataAllocZones.EMPTY;
        private long inodeCountDelta;
        private long getTransSeq;
        private long commitTransSeq;
        private long maxItemSeq;
        private long finalizeSeq;
        private long rid;
        private long nr;
        private long flags;

        public Builder metaAvail(AllocListHead value) {
            metaAvail = value;
            return this;
        }

        public Builder metaFreed(AllocListHead value) {
            metaFreed = value;
            return this;
        }

        public Builder itemRoot(BtreeRoot value) {
            itemRoot = value;
            return this;
        }

        public Builder bloomRef(BlockReference value) {
            bloomRef = value;
            return this;
        }

        public Builder dataAvail(AllocExtentRoot value) {
            dataAvail = value;
            return this;
        }

        public Builder dataFreed(AllocExtentRoot value) {
            dataFreed = value;
            return this;
        }

        public Builder srchFile(SrchFile value) {
            srchFile = value;
            return this;
        }

        public Builder dataAllocZoneBlocks(long value) {
            dataAllocZoneBlocks = value;
            return this;
        }

        public Builder dataAllocZones(DataAllocZones value) {
            dataAllocZones = value;
            return this;
        }

        public Builder inodeCountDelta(long value) {
            inodeCountDelta = value;
            return this;
        }

        public Builder getTransSeq(long value) {
            getTransSeq = value;
            return this;
        }

        public Builder commitTransSeq(long value) {
            commitTransSeq = value;
            return this;
        }

        public Builder maxItemSeq(long value) {
            maxItemSeq = value;
            return this;
        }

        public Builder finalizeSeq(long value) {
            finalizeSeq = value;
            return this;
        }

        public Builder rid(long value) {
            rid = value;
            return this;
        }

        public Builder nr(long value) {
            nr = value;
            return this;
        }

        public Builder flags(long value) {
            flags = value;
            return this;
        }

        public LogTrees build() {
            return new LogTrees(
                    metaAvail,
                    metaFreed,
                    itemRoot,
                    bloomRef,
                    dataAvail,
                    dataFreed,
                    srchFile,
                    dataAllocZoneBlocks,
                    dataAllocZones,
                    inodeCountDelta,
                    getTransSeq,
                    commitTransSeq,
                    maxItemSeq,
                    finalizeSeq,
                    rid,
                    nr,
                    flags);
        }
    }
}
