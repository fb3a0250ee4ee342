package org.scoutfs.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.scoutfs.format.TestBytes.zeros;

import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import org.junit.jupiter.api.Test;

/** Numbers of spec 1 section 19, and accessors of blocks that are used in place. */
class BlockLayoutTest {
    @Test
    void constantsAreThoseOfTheSpecification() {
        assertThat(VolumeLayout.SUPER_OFFSET).isEqualTo(65536);
        assertThat(VolumeLayout.smallOffset(VolumeLayout.quorumBlkno(0))).isEqualTo(69632);
        assertThat(VolumeLayout.quorumBlkno(14)).isEqualTo(31);
        assertThat(VolumeLayout.largeOffset(VolumeLayout.FIRST_META_BLKNO)).isEqualTo(131072);
        assertThat(VolumeLayout.smallOffset(VolumeLayout.FIRST_DATA_BLKNO)).isEqualTo(262144);
        assertThat(BtreeBlock.LEAF_HASH_BYTES).isEqualTo(3024);
        assertThat(BtreeBlock.LEAF_HASH).isEqualTo(62512);
        assertThat(BtreeBlock.LEAF_SPACE).isEqualTo(62464).isEqualTo(BtreeBlock.space(0));
        assertThat(BtreeBlock.PARENT_SPACE).isEqualTo(65488).isEqualTo(BtreeBlock.space(1));
        assertThat(BtreeBlock.MAX_LEAF_ITEMS).isEqualTo(1115);
        assertThat(BtreeBlock.MAX_PARENT_ITEMS).isEqualTo(909);
        assertThat(BtreeBlock.JOIN_LOW_BYTES).isEqualTo(16372);
        assertThat(AllocListBlock.CAPACITY).isEqualTo(8185);
        assertThat(BloomBlock.BITS).isEqualTo(523968);
        assertThat(SrchBlock.ENTRIES_SIZE).isEqualTo(65424);
        assertThat(SrchBlock.SAFE_POS).isEqualTo(65398);
        assertThat(SrchEntryCodec.MAX_BYTES).isEqualTo(26);
        assertThat(Limits.LAST_DATA_BLOCK).isEqualTo(4503599627370495L);
        assertThat(Long.toUnsignedString(Limits.LAST_DIRENT_POS)).isEqualTo("18446744073709551614");
        assertThat(Magic.name(Magic.SRCH_PARENT)).isEqualTo("srch parent");
        assertThat(Magic.name(0x12)).isEqualTo("0x00000012");
    }

    @Test
    void itemsAndValuesAreMeasuredWithTheirPadding() {
        assertThat(BtreeBlock.itemOffset(2)).isEqualTo(160);
        assertThat(BtreeBlock.itemBytes(0)).isEqualTo(56);
        assertThat(BtreeBlock.itemBytes(1)).isEqualTo(64);
        assertThat(BtreeBlock.itemBytes(896)).isEqualTo(952);
        assertThat(BtreeBlock.valueEnd(0)).isEqualTo(62512);
        assertThat(BtreeBlock.valueEnd(3)).isEqualTo(65536);
    }

    @Test
    void bloomCountsTheBitsItSets() {
        MemorySegment block = zeros(VolumeLayout.LARGE_BLOCK_SIZE);
        int[] bits = {0, 9, 523967};
        assertThat(BloomBlock.contains(block, 0, bits)).isFalse();
        assertThat(BloomBlock.add(block, 0, bits)).isTrue();
        assertThat(BloomBlock.contains(block, 0, bits)).isTrue();
        assertThat(BloomBlock.totalSet(block, 0)).isEqualTo(3);
        assertThat(Le.u8(block, 40)).isEqualTo(1);
        assertThat(Le.u8(block, 41)).isEqualTo(2);
        assertThat(Le.u8(block, 65535)).isEqualTo(128);
        assertThat(BloomBlock.add(block, 0, bits)).isFalse();
        assertThat(BloomBlock.add(block, 0, new int[] {1, 1, 9})).isTrue();
        assertThat(BloomBlock.totalSet(block, 0)).isEqualTo(4);
        assertThat(BloomBlock.isSet(block, 0, 2)).isFalse();
    }

    @Test
    void listBlockHasItsFields() {
        MemorySegment block = zeros(VolumeLayout.LARGE_BLOCK_SIZE);
        AllocListBlock.setNext(block, 0, new BlockReference(5, 6));
        AllocListBlock.setStart(block, 0, 8184);
        AllocListBlock.setNr(block, 0, 1);
        AllocListBlock.setBlkno(block, 0, 8184, 99);
        assertThat(AllocListBlock.next(block, 0)).isEqualTo(new BlockReference(5, 6));
        assertThat(AllocListBlock.start(block, 0)).isEqualTo(8184);
        assertThat(AllocListBlock.nr(block, 0)).isEqualTo(1);
        assertThat(AllocListBlock.blkno(block, 0, 8184)).isEqualTo(99);
        assertThat(Le.u64(block, 65528)).isEqualTo(99);
        assertThat(AllocListBlock.isBounded(block, 0)).isTrue();
        AllocListBlock.setNr(block, 0, 2);
        assertThat(AllocListBlock.isBounded(block, 0)).isFalse();
        AllocListBlock.setNr(block, 0, -1);
        assertThat(AllocListBlock.isBounded(block, 0)).isFalse();
    }

    @Test
    void headerFieldsAreReachedInPlace() {
        MemorySegment block = zeros(VolumeLayout.SMALL_BLOCK_SIZE + 8);
        BlockHeader header = new BlockHeader(1, Magic.BTREE, 2, 3, 4);
        header.write(block, 8);
        assertThat(BlockHeader.read(block, 8)).isEqualTo(header);
        assertThat(BlockHeader.magic(block, 8)).isEqualTo(Magic.BTREE);
        assertThat(BlockHeader.fsid(block, 8)).isEqualTo(2);
        assertThat(BlockHeader.crcMatches(block, 8, VolumeLayout.SMALL_BLOCK_SIZE))
                .isFalse();
        BlockHeader.setSeq(block, 8, 33);
        BlockHeader.setBlkno(block, 8, 44);
        BlockHeader.seal(block, 8, VolumeLayout.SMALL_BLOCK_SIZE);
        assertThat(BlockHeader.seq(block, 8)).isEqualTo(33);
        assertThat(BlockHeader.blkno(block, 8)).isEqualTo(44);
        assertThat(BlockHeader.crcMatches(block, 8, VolumeLayout.SMALL_BLOCK_SIZE))
                .isTrue();
    }

    @Test
    void zonesAreBitsFromTheLowEnd() {
        BitSet bits = new BitSet();
        bits.set(0);
        bits.set(1023);
        DataAllocZones zones = DataAllocZones.of(bits);
        bits.clear();
        MemorySegment seg = zeros(DataAllocZones.SIZE);
        zones.write(seg, 0);
        assertThat(Le.u8(seg, 0)).isEqualTo(1);
        assertThat(Le.u8(seg, 127)).isEqualTo(128);
        assertThat(zones.get(1023)).isTrue();
        assertThat(zones).isEqualTo(DataAllocZones.read(seg, 0)).isNotEqualTo(DataAllocZones.EMPTY);
        bits.set(1024);
        assertThatThrownBy(() -> DataAllocZones.of(bits)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void lowFlagIsKeptWhenTheListOrTreeChanges() {
        AllocListHead head = AllocListHead.EMPTY.withLow(true).withList(new BlockReference(1, 2), 3, 4);
        assertThat(head).isEqualTo(new AllocListHead(new BlockReference(1, 2), 3, 4, 1));
        assertThat(head.withLow(false).isLow()).isFalse();
        AllocExtentRoot root = AllocExtentRoot.EMPTY.withLow(true).withTree(5, BtreeRoot.EMPTY);
        assertThat(root.isLow()).isTrue();
        assertThat(root.totalLen()).isEqualTo(5);
    }
}
