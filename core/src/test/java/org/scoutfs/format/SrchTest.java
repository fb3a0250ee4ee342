package org.scoutfs.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.scoutfs.format.TestBytes.hex;
import static org.scoutfs.format.TestBytes.toHex;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Srch entries, their encoding, and the radix of srch files: spec 1 sections 3.8 and 13. */
class SrchTest {
    @Test
    void encodesTheWorkedExample() {
        SrchEntry a = new SrchEntry(0x10, 1024, 0);
        SrchEntry b = new SrchEntry(0x0f, 1025, 3);
        MemorySegment seg = TestBytes.zeros(11);
        assertThat(SrchEntryCodec.encode(seg, 0, SrchEntry.ZERO, a)).isEqualTo(5);
        assertThat(SrchEntryCodec.encode(seg, 5, a, b)).isEqualTo(5);
        assertThat(toHex(seg)).isEqualTo("2100200008" + "1101010206" + "00");
        assertThat(SrchEntryCodec.encodedLength(seg, 0)).isEqualTo(5);
        assertThat(SrchEntryCodec.decode(seg, 0, SrchEntry.ZERO)).isEqualTo(a);
        assertThat(SrchEntryCodec.decode(seg, 5, a)).isEqualTo(b);
    }

    @Test
    void sameEntryTakesTwoBytesAndTheFarthestTwentySix() {
        SrchEntry far = new SrchEntry(Long.MIN_VALUE, Long.MIN_VALUE, Long.MIN_VALUE);
        MemorySegment seg = TestBytes.zeros(SrchEntryCodec.MAX_BYTES);
        assertThat(SrchEntryCodec.encode(seg, 0, far, far)).isEqualTo(2);
        assertThat(SrchEntryCodec.encode(seg, 0, SrchEntry.ZERO, far)).isEqualTo(26);
        assertThat(SrchEntryCodec.decode(seg, 0, SrchEntry.ZERO)).isEqualTo(far);
    }

    @Test
    void acceptsSuperfluousZeroBytesAndTooLargeCounts() {
        // counts 3, 0, 15: hash z = 2 in three bytes, id z = 4 in "15" meaning 8 bytes
        MemorySegment seg = hex("030f" + "020000" + "0400000000000000");
        assertThat(SrchEntryCodec.encodedLength(seg, 0)).isEqualTo(13);
        assertThat(SrchEntryCodec.decode(seg, 0, SrchEntry.ZERO)).isEqualTo(new SrchEntry(1, 0, 2));
    }

    @Test
    void decodesWhatItEncoded() {
        Random random = TestBytes.random();
        List<SrchEntry> entries = new ArrayList<>();
        MemorySegment seg = TestBytes.zeros(1000 * SrchEntryCodec.MAX_BYTES);
        long off = 0;
        SrchEntry previous = SrchEntry.ZERO;
        for (int i = 0; i < 1000; i++) {
            SrchEntry entry = new SrchEntry(
                    previous.hash() + difference(random),
                    previous.ino() + difference(random),
                    previous.id() + difference(random));
            int length = SrchEntryCodec.encode(seg, off, previous, entry);
            assertThat(length).isBetween(2, 26).isEqualTo(SrchEntryCodec.encodedLength(seg, off));
            entries.add(entry);
            off += length;
            previous = entry;
        }
        off = 0;
        previous = SrchEntry.ZERO;
        for (SrchEntry entry : entries) {
            assertThat(SrchEntryCodec.decode(seg, off, previous)).isEqualTo(entry);
            off += SrchEntryCodec.encodedLength(seg, off);
            previous = entry;
        }
    }

    @Test
    void ordersEntriesUnsigned() {
        assertThat(List.of(
                        SrchEntry.ZERO,
                        new SrchEntry(0, 0, -1),
                        new SrchEntry(0, 1, 0),
                        new SrchEntry(1, 0, 0),
                        new SrchEntry(-1, 0, 0),
                        SrchEntry.MAX))
                .isSorted();
    }

    @Test
    void heightIsTheSmallestThatAddressesAllLeaves() {
        assertThat(SrchParent.CAPACITY).isEqualTo(4094);
        assertThat(SrchParent.heightFor(0)).isZero();
        assertThat(SrchParent.heightFor(1)).isEqualTo(1);
        assertThat(SrchParent.heightFor(2)).isEqualTo(2);
        assertThat(SrchParent.heightFor(4094)).isEqualTo(2);
        assertThat(SrchParent.heightFor(4095)).isEqualTo(3);
        assertThat(SrchParent.heightFor(4094L * 4094)).isEqualTo(3);
        assertThat(SrchParent.heightFor(4094L * 4094 + 1)).isEqualTo(4);
    }

    @Test
    void indexIsTheDigitOfTheLeafNumberToBase4094() {
        long leaf = (3L * 4094 + 17) * 4094 + 4093;
        assertThat(SrchParent.index(leaf, 1)).isEqualTo(4093);
        assertThat(SrchParent.index(leaf, 2)).isEqualTo(17);
        assertThat(SrchParent.index(leaf, 3)).isEqualTo(3);
        assertThat(SrchParent.index(leaf, 4)).isZero();
    }

    @Test
    void blockAndParentHaveTheirFields() {
        MemorySegment block = TestBytes.zeros(VolumeLayout.LARGE_BLOCK_SIZE);
        SrchBlock.setFirst(block, 0, new SrchEntry(1, 2, 3));
        SrchBlock.setLast(block, 0, new SrchEntry(4, 5, 6));
        SrchBlock.setTail(block, 0, new SrchEntry(7, 8, 9));
        SrchBlock.setEntryNr(block, 0, 10);
        SrchBlock.setEntryBytes(block, 0, 11);
        for (int i = 0; i < 9; i++) {
            assertThat(Le.u64(block, 32 + 8L * i)).isEqualTo(i + 1);
        }
        assertThat(Le.u32(block, 104)).isEqualTo(10);
        assertThat(Le.u32(block, 108)).isEqualTo(11);
        assertThat(SrchBlock.first(block, 0)).isEqualTo(new SrchEntry(1, 2, 3));
        assertThat(SrchBlock.last(block, 0)).isEqualTo(new SrchEntry(4, 5, 6));
        assertThat(SrchBlock.tail(block, 0)).isEqualTo(new SrchEntry(7, 8, 9));
        assertThat(SrchBlock.entryNr(block, 0)).isEqualTo(10);
        assertThat(SrchBlock.entryBytes(block, 0)).isEqualTo(11);

        MemorySegment parent = TestBytes.zeros(VolumeLayout.LARGE_BLOCK_SIZE);
        BlockReference ref = new BlockReference(77, 88);
        SrchParent.setRef(parent, 0, 4093, ref);
        assertThat(SrchParent.ref(parent, 0, 4093)).isEqualTo(ref);
        assertThat(Le.u64(parent, 65536 - 16)).isEqualTo(77);
    }

    private static long difference(Random random) {
        return random.nextLong() >> random.nextInt(64);
    }
}
