package org.scoutfs.format;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The blocks of an empty volume, spec 1 sections 16.2..16.4. Blocks that are not written keep whatever the device holds.
 *
 * <p>A device is a volume once its super block is on it. So all of {@link #blocks} are written and flushed first, then
 * {@link #dataSuper} is written and flushed, then {@link #metaSuper}.
 *
 * @param blocks everything but the super blocks, all on the metadata device
 * @param dataSuper super block of the data device
 * @param metaSuper super block of the metadata device
 */
public record MkfsImage(List<Write> blocks, Write dataSuper, Write metaSuper) {
    private static final long FS_ROOT_BLKNO = 2;
    private static final long AVAIL_LIST_BLKNO = 3;
    private static final long FIRST_AVAIL_BLKNO = 4;
    private static final int AVAIL_NR = 1024;
    private static final long DATA_ALLOC_BLKNO = 1028;
    private static final long META_ALLOC_0_BLKNO = 1029;
    private static final long META_ALLOC_1_BLKNO = 1030;
    private static final long FIRST_FREE_BLKNO = 1031;

    /** Stamp of every block and seq of every item. */
    private static final long SEQ = 1;

    private static final int ROOT_MODE = 0040755;

    /** One of a volume's two devices. */
    public enum Device {
        META,
        DATA
    }

    /**
     * Bytes to write to a device.
     *
     * @param offsetBytes from the start of the device
     * @param bytes one whole block, a heap segment
     */
    public record Write(Device device, long offsetBytes, MemorySegment bytes) {}

    /** Copies {@code blocks}. */
    public MkfsImage {
        blocks = List.copyOf(blocks);
    }

    /**
     * The blocks of the volume that {@code parameters} describe.
     *
     * @throws IllegalArgumentException if the parameters have problems other than the devices being smaller than 64 GiB
     */
    public static MkfsImage of(MkfsParameters parameters) {
        List<String> problems = parameters.problems(true);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
        return new Builder(parameters).build();
    }

    /** All writes in their order; see above for where to flush. */
    public List<Write> writes() {
        List<Write> writes = new ArrayList<>(blocks);
        writes.add(dataSuper);
        writes.add(metaSuper);
        return List.copyOf(writes);
    }

    private record Builder(MkfsParameters parameters) {

        MkfsImage build() {
            List<Write> blocks = new ArrayList<>();
            blocks.add(large(FS_ROOT_BLKNO, fsRoot()));
            blocks.add(large(AVAIL_LIST_BLKNO, availList()));
            blocks.add(large(
                    DATA_ALLOC_BLKNO,
                    freeExtent(DATA_ALLOC_BLKNO, VolumeLayout.FIRST_DATA_BLKNO, parameters.totalDataBlocks() - 1)));
            long firstHalf = metaLength(0);
            blocks.add(large(
                    META_ALLOC_0_BLKNO,
                    freeExtent(META_ALLOC_0_BLKNO, FIRST_FREE_BLKNO, FIRST_FREE_BLKNO + firstHalf - 1)));
            blocks.add(large(
                    META_ALLOC_1_BLKNO,
                    freeExtent(META_ALLOC_1_BLKNO, FIRST_FREE_BLKNO + firstHalf, parameters.totalMetaBlocks() - 1)));
            for (int slot = 0; slot < VolumeLayout.QUORUM_SLOTS; slot++) {
                MemorySegment block = smallBlock();
                QuorumBlock.unused(parameters.fsid(), slot).writeBlock(block, 0);
                blocks.add(new Write(Device.META, VolumeLayout.smallOffset(VolumeLayout.quorumBlkno(slot)), block));
            }
            SuperBlock metaSuper = superBlock();
            SuperBlock dataSuper = metaSuper.copy();
            dataSuper.setFlags(0);
            return new MkfsImage(blocks, superWrite(Device.DATA, dataSuper), superWrite(Device.META, metaSuper));
        }

        /** Free blocks in meta_alloc[index]: the first half is the longer one. */
        private long metaLength(int index) {
            long free = parameters.totalMetaBlocks() - FIRST_FREE_BLKNO;
            return index == 0 ? Math.ceilDiv(free, 2L) : free / 2;
        }

        private MemorySegment fsRoot() {
            int inodeSize = InodeItem.sizeFor(parameters.formatVersion());
            InodeItem root = new InodeItem();
            root.setNextReaddirPos(Limits.FIRST_DIRENT_POS);
            root.setNlink(2);
            root.setMode(ROOT_MODE);
            root.setAtime(parameters.now());
            root.setCtime(parameters.now());
            root.setMtime(parameters.now());
            root.setCrtime(parameters.now());
            MemorySegment value = MemorySegment.ofArray(new byte[inodeSize]);
            root.write(value, 0, inodeSize);
            return leaf(
                    FS_ROOT_BLKNO,
                    Keys.metaSeqIndex(0, VolumeLayout.ROOT_INO),
                    Keys.inode(VolumeLayout.ROOT_INO),
                    value);
        }

        private MemorySegment availList() {
            MemorySegment block = largeBlock(AVAIL_LIST_BLKNO, Magic.ALLOC_LIST);
            AllocListBlock.setNr(block, 0, AVAIL_NR);
            for (int i = 0; i < AVAIL_NR; i++) {
                AllocListBlock.setBlkno(block, 0, i, FIRST_AVAIL_BLKNO + i);
            }
            return block;
        }

        /** A free extent tree with the one extent from {@code first} to {@code last}. */
        private MemorySegment freeExtent(long blkno, long first, long last) {
            long len = last - first + 1;
            return leaf(
                    blkno,
                    Keys.freeExtentByBlkno(last, len),
                    Keys.freeExtentByOrder(last, len),
                    MemorySegment.ofArray(new byte[0]));
        }

        /** A btree leaf of two items, the second with a value. */
        private MemorySegment leaf(long blkno, Key lesser, Key greater, MemorySegment value) {
            MemorySegment block = largeBlock(blkno, Magic.BTREE);
            int valueLength = Math.toIntExact(value.byteSize());
            int itemBytes = BtreeBlock.itemBytes(0) + BtreeBlock.itemBytes(valueLength);
            int lesserLink = BtreeBlock.itemOffset(0) - BtreeBlock.LINK_BASE;
            int greaterLink = BtreeBlock.itemOffset(1) - BtreeBlock.LINK_BASE;
            Le.put16(block, BtreeBlock.ITEM_ROOT, greaterLink);
            Le.put16(block, BtreeBlock.NR_ITEMS, 2);
            Le.put16(block, BtreeBlock.TOTAL_ITEM_BYTES, itemBytes);
            Le.put16(block, BtreeBlock.MID_FREE_LEN, BtreeBlock.LEAF_SPACE - itemBytes);

            long first = BtreeBlock.itemOffset(0);
            Le.put16(block, first + BtreeBlock.ITEM_PARENT, greaterLink);
            Le.put8(block, first + BtreeBlock.ITEM_HEIGHT, 1);
            putItem(block, first, lesser);

            // The height of the upper item stays 0 as in volumes made by the reference; nothing may depend on heights.
            long second = BtreeBlock.itemOffset(1);
            Le.put16(block, second + BtreeBlock.ITEM_LEFT, lesserLink);
            putItem(block, second, greater);
            if (valueLength != 0) {
                int valueOffset = BtreeBlock.LEAF_HASH - BtreeBlock.paddedLength(valueLength);
                Le.put16(block, second + BtreeBlock.ITEM_VAL_OFF, valueOffset);
                Le.put16(block, second + BtreeBlock.ITEM_VAL_LEN, valueLength);
                MemorySegment.copy(value, 0, block, valueOffset, valueLength);
            }
            return block;
        }

        private static void putItem(MemorySegment block, long item, Key key) {
            key.write(block, item + BtreeBlock.ITEM_KEY);
            Le.put64(block, item + BtreeBlock.ITEM_SEQ, SEQ);
            int bucket = Hashes.leafBucket(key);
            while (Le.u16(block, BtreeBlock.LEAF_HASH + 2L * bucket) != 0) {
                bucket = (bucket + 1) % BtreeBlock.LEAF_BUCKETS;
            }
            Le.put16(block, BtreeBlock.LEAF_HASH + 2L * bucket, (int) item);
        }

        private SuperBlock superBlock() {
            SuperBlock block = new SuperBlock();
            block.setHeader(new BlockHeader(0, Magic.SUPER, parameters.fsid(), SEQ, VolumeLayout.SUPER_BLKNO));
            block.setFormatVersion(parameters.formatVersion());
            block.setFlags(SuperBlock.FLAG_META_DEVICE);
            block.setUuid(parameters.uuid());
            block.setSeq(SEQ);
            block.setNextIno(VolumeLayout.FIRST_INO);
            block.setInodeCount(1);
            block.setTotalMetaBlocks(parameters.totalMetaBlocks());
            block.setTotalDataBlocks(parameters.totalDataBlocks());
            block.setQuorumConfig(quorumConfig());
            block.setMetaAlloc(0, new AllocExtentRoot(metaLength(0), 0, root(META_ALLOC_0_BLKNO)));
            block.setMetaAlloc(1, new AllocExtentRoot(metaLength(1), 0, root(META_ALLOC_1_BLKNO)));
            long dataLength = parameters.totalDataBlocks() - VolumeLayout.FIRST_DATA_BLKNO;
            block.setDataAlloc(new AllocExtentRoot(dataLength, 0, root(DATA_ALLOC_BLKNO)));
            BlockReference availRef = new BlockReference(AVAIL_LIST_BLKNO, SEQ);
            block.setServerMetaAvail(0, new AllocListHead(availRef, AVAIL_NR, AVAIL_NR, 0));
            block.setFsRoot(root(FS_ROOT_BLKNO));
            if (parameters.dataAllocZoneBlocks() != 0) {
                block.setVolumeOptions(VolumeOptions.NONE.with(
                        VolumeOptions.DATA_ALLOC_ZONE_BLOCKS, parameters.dataAllocZoneBlocks()));
            }
            return block;
        }

        private QuorumConfig quorumConfig() {
            QuorumConfig config = QuorumConfig.EMPTY.withVersion(1);
            for (MkfsParameters.QuorumSlot slot : parameters.slots()) {
                config = config.withSlot(slot.nr(), slot.addr());
            }
            return config;
        }

        private static BtreeRoot root(long blkno) {
            return new BtreeRoot(new BlockReference(blkno, SEQ), 1);
        }

        private static Write superWrite(Device device, SuperBlock block) {
            MemorySegment bytes = smallBlock();
            block.writeBlock(bytes, 0);
            return new Write(device, VolumeLayout.SUPER_OFFSET, bytes);
        }

        /** The finished block; its checksum is stored here. */
        private static Write large(long blkno, MemorySegment block) {
            BlockHeader.seal(block, 0, VolumeLayout.LARGE_BLOCK_SIZE);
            return new Write(Device.META, VolumeLayout.largeOffset(blkno), block);
        }

        private MemorySegment largeBlock(long blkno, int magic) {
            MemorySegment block = MemorySegment.ofArray(new byte[VolumeLayout.LARGE_BLOCK_SIZE]);
            new BlockHeader(0, magic, parameters.fsid(), SEQ, blkno).write(block, 0);
            return block;
        }

        private static MemorySegment smallBlock() {
            return MemorySegment.ofArray(new byte[VolumeLayout.SMALL_BLOCK_SIZE]);
        }
    }
}
