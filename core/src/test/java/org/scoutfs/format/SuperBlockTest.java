package org.scoutfs.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The super block's copies and the checks of spec 1 section 6.2. */
class SuperBlockTest {
    private static final long SIZE_64_GIB = 68719476736L;

    private final MkfsImage image = MkfsImage.of(MkfsImageTest.parameters(2));

    @Test
    void bothCopiesOfANewVolumeAreGood() {
        assertThat(problems(image.metaSuper().bytes())).isEmpty();
        assertThat(problems(image.dataSuper().bytes())).isEmpty();
        assertThat(SuperBlockCheck.pairProblems(meta(), data())).isEmpty();
        assertThat(meta().quorumConfig().problems()).isEmpty();
    }

    @Test
    void namesWhatIsWrongWithACopy() {
        assertThat(changed(block -> block.setFormatVersion(3)))
                .containsExactly("super block has format version 3 outside of supported version range 1-2");
        assertThat(changed(block -> block.setTotalMetaBlocks(1048577)))
                .containsExactly("total_meta_blocks is 1048577, the metadata device has 1048576 blocks of 65536 bytes");
        assertThat(changed(block -> block.setTotalDataBlocks(-1)))
                .containsExactly(
                        "total_data_blocks is 18446744073709551615, the data device has 16777216 blocks of 4096 bytes");
        assertThat(changed(block -> block.setHeader(new BlockHeader(0, Magic.SUPER, 1, 1, 17))))
                .containsExactly("super block blkno is 17, expected 16");
        assertThat(changed(block -> block.setHeader(new BlockHeader(0, Magic.QUORUM, 1, 1, 16))))
                .singleElement()
                .asString()
                .contains("magic value 0xbc310868", "not a scoutfs device");
        MemorySegment torn = image.metaSuper().bytes();
        Le.put8(torn, 4000, 1);
        assertThat(problems(torn))
                .singleElement()
                .asString()
                .startsWith("super block has invalid crc 0x58537c73, computed 0x");
    }

    @Test
    void namesWhatDoesNotBelongTogether() {
        SuperBlock other = data();
        other.setUuid(new UUID(1, 2));
        other.setFormatVersion(1);
        other.setFlags(SuperBlock.FLAG_META_DEVICE);
        SuperBlock unflagged = meta();
        unflagged.setFlags(0);
        assertThat(SuperBlockCheck.pairProblems(unflagged, other))
                .hasSize(4)
                .anyMatch(problem -> problem.contains("00010203-0405-0607-0809-0a0b0c0d0e0f"));
    }

    @Test
    void copyIsIndependent() {
        SuperBlock original = meta();
        SuperBlock copy = original.copy();
        copy.setSeq(99);
        copy.setMetaAlloc(1, AllocExtentRoot.EMPTY);
        copy.setServerMetaAvail(0, AllocListHead.EMPTY);
        assertThat(original.seq()).isEqualTo(1);
        assertThat(original.metaAlloc(1).totalLen()).isNotZero();
        assertThat(original.serverMetaAvail(0).totalNr()).isEqualTo(1024);
    }

    @Test
    void replacementForADataDeviceOnlyIdentifiesTheVolume() {
        SuperBlock committed = meta();
        committed.setHeader(committed.header().withSeq(50));
        SuperBlock replacement = committed.replacementForDataDevice(20_000_000);
        MemorySegment bytes = TestBytes.zeros(VolumeLayout.SMALL_BLOCK_SIZE);
        replacement.writeBlock(bytes, 0);
        assertThat(SuperBlockCheck.problems(bytes, 0, SIZE_64_GIB, 20_000_000L * 4096))
                .isEmpty();
        assertThat(SuperBlockCheck.pairProblems(committed, replacement)).isEmpty();
        assertThat(replacement.header().seq()).isEqualTo(1);
        assertThat(replacement.totalDataBlocks()).isEqualTo(20_000_000);
        assertThat(replacement.fsRoot()).isEqualTo(BtreeRoot.EMPTY);
        assertThat(replacement.fsid()).isEqualTo(committed.fsid());
    }

    @Test
    void optionsAreSetAndUnset() {
        VolumeOptions options = VolumeOptions.NONE.with(VolumeOptions.DATA_ALLOC_ZONE_BLOCKS, 5);
        assertThat(options.setBits()).isEqualTo(1);
        assertThat(options.dataAllocZoneBlocks()).isEqualTo(5);
        assertThat(options.without(VolumeOptions.DATA_ALLOC_ZONE_BLOCKS)).isEqualTo(VolumeOptions.NONE);
        assertThat(VolumeOptions.zoneBlocksProblem(1 << 20, 16777216)).isEmpty();
        assertThat(VolumeOptions.zoneBlocksProblem(1 << 20, 1L << 31)).isPresent();
        assertThat(VolumeOptions.zoneBlocksProblem(16777217, 16777216)).isPresent();
        assertThat(VolumeOptions.zoneBlocksProblem(-1, 16777216)).isPresent();
    }

    private List<String> changed(Consumer<SuperBlock> change) {
        SuperBlock block = meta();
        change.accept(block);
        MemorySegment bytes = TestBytes.zeros(VolumeLayout.SMALL_BLOCK_SIZE);
        block.writeBlock(bytes, 0);
        return problems(bytes);
    }

    private SuperBlock meta() {
        return SuperBlock.read(image.metaSuper().bytes(), 0);
    }

    private SuperBlock data() {
        return SuperBlock.read(image.dataSuper().bytes(), 0);
    }

    private static List<String> problems(MemorySegment bytes) {
        return SuperBlockCheck.problems(bytes, 0, SIZE_64_GIB, SIZE_64_GIB);
    }
}
