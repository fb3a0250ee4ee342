package org.scoutfs.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.scoutfs.format.MkfsImage.Device;
import org.scoutfs.format.MkfsImage.Write;
import org.scoutfs.format.MkfsParameters.QuorumSlot;

/** The empty volume of spec 1 section 18.7 to the byte, and what mkfs refuses. */
class MkfsImageTest {
    private static final long SIZE_64_GIB = 68719476736L;
    private static final InetAddr LOOPBACK = InetAddr.parse("127.0.0.1", 42000);

    private static final Map<String, String> VERSION_2 = Map.of(
            "META 65536", "07995e985452de3d2c6f8efaf652a1717ae9ea540496f110764d545ddae8423a",
            "DATA 65536", "c1ecff7df3e5a20cb5badb0b394a8fcc591ab6ac15627629ba23fc28e208c535",
            "META 69632", "d8892549473a72085328ca687a309384f2152f4825e8b811af8ad8843aba22ca",
            "META 126976", "ae9b1866018e5354440c9e41ee56cae2daf828e00a2aae3e6ae64b8f376324fb",
            "META 131072", "00b133dd2fcafab1b64dc498f8fd9373cfe9303936c66fdff6019e6238811c89",
            "META 196608", "47c595f996b5aa6e0d38eb56b471c0770495b2037e9e3cf94001932988918588",
            "META 67371008", "881e2af3a8cdb63ab32a3c74f680a55f166e54d77c2e56e3a47f67e8514b0684",
            "META 67436544", "75cf16edbdb425377f75572540e05f2905631d01159a5936ac48748a91f30744",
            "META 67502080", "2b90ab3049984e01e1cd00a6c68d0efdc005dcbd98ca28a95e76e3271c720be5");

    private static final Map<String, String> VERSION_1 = Map.of(
            "META 65536", "284076626a650fea4e99c46ef9b31185fb2dc64254f06b89648e89191c6f61d8",
            "DATA 65536", "f99fbfba383f9584a48907a11d8ffa5bfbb1c57db62305d282cb78e3d48c6915",
            "META 69632", "d8892549473a72085328ca687a309384f2152f4825e8b811af8ad8843aba22ca",
            "META 126976", "ae9b1866018e5354440c9e41ee56cae2daf828e00a2aae3e6ae64b8f376324fb",
            "META 131072", "a65fb72a0fd38137c9a347bec08d8ec1ab0f7fd7696e0801e1ad2b0be23fdc70",
            "META 196608", "47c595f996b5aa6e0d38eb56b471c0770495b2037e9e3cf94001932988918588",
            "META 67371008", "881e2af3a8cdb63ab32a3c74f680a55f166e54d77c2e56e3a47f67e8514b0684",
            "META 67436544", "75cf16edbdb425377f75572540e05f2905631d01159a5936ac48748a91f30744",
            "META 67502080", "2b90ab3049984e01e1cd00a6c68d0efdc005dcbd98ca28a95e76e3271c720be5");

    @Test
    void version2IsTheSpecifiedVolume() {
        assertThat(sums(MkfsImage.of(parameters(2)))).containsAllEntriesOf(VERSION_2);
    }

    @Test
    void version1IsTheSpecifiedVolume() {
        assertThat(sums(MkfsImage.of(parameters(1)))).containsAllEntriesOf(VERSION_1);
    }

    @Test
    void selectedFieldsOfVersion2() {
        MkfsImage image = MkfsImage.of(parameters(2));
        assertThat(BlockHeader.crc(image.metaSuper().bytes(), 0)).isEqualTo(0x58537c73);
        assertThat(BlockHeader.crc(image.dataSuper().bytes(), 0)).isEqualTo(0xde96bed1);
        MemorySegment fsRoot = block(image, 2);
        assertThat(BlockHeader.crc(fsRoot, 0)).isEqualTo(0xcc694307);
        assertThat(bucket(fsRoot, 252)).isEqualTo(48);
        assertThat(bucket(fsRoot, 1040)).isEqualTo(104);
        assertThat(Le.u16(fsRoot, 104 + BtreeBlock.ITEM_VAL_OFF)).isEqualTo(62344);
        MemorySegment metaAlloc = block(image, 1029);
        assertThat(bucket(metaAlloc, 387)).isEqualTo(104);
        assertThat(bucket(metaAlloc, 1157)).isEqualTo(48);
    }

    @Test
    void writesSupersLastAndTheMetadataDevicesVeryLast() {
        MkfsImage image = MkfsImage.of(parameters(2));
        List<Write> writes = image.writes();
        assertThat(writes).hasSize(5 + 15 + 2);
        assertThat(writes.subList(20, 22)).containsExactly(image.dataSuper(), image.metaSuper());
        assertThat(image.blocks()).allMatch(write -> write.device() == Device.META);
    }

    @Test
    void everyBlockHasItsOwnNumberAndAValidChecksum() {
        for (Write write : MkfsImage.of(parameters(2)).writes()) {
            int size = Math.toIntExact(write.bytes().byteSize());
            assertThat(BlockHeader.crcMatches(write.bytes(), 0, size)).isTrue();
            assertThat(BlockHeader.blkno(write.bytes(), 0) * size).isEqualTo(write.offsetBytes());
        }
    }

    @Test
    void storesZonesAndAllSlots() {
        MkfsParameters base = parameters(2);
        List<QuorumSlot> slots =
                List.of(new QuorumSlot(0, LOOPBACK), new QuorumSlot(14, InetAddr.parse("10.1.2.3", 65535)));
        MkfsImage image = MkfsImage.of(new MkfsParameters(
                base.metaSizeBytes() + 70_000,
                base.dataSizeBytes() + 4095,
                1,
                base.uuid(),
                base.now(),
                2,
                slots,
                1 << 20));
        SuperBlock block = SuperBlock.read(image.metaSuper().bytes(), 0);
        assertThat(block.volumeOptions().dataAllocZoneBlocks()).isEqualTo(1 << 20);
        assertThat(block.quorumConfig().slot(14)).hasToString("10.1.2.3:65535");
        assertThat(block.quorumConfig().countPresent()).isEqualTo(2);
        assertThat(block.totalMetaBlocks()).isEqualTo(1048577);
        assertThat(block.totalDataBlocks()).isEqualTo(16777216);
        assertThat(block.metaAlloc(0).totalLen() + block.metaAlloc(1).totalLen())
                .isEqualTo(1048577 - 1031);
        assertThat(block.metaAlloc(0).totalLen()).isEqualTo(block.metaAlloc(1).totalLen());
    }

    @Test
    void makesTheSmallestPossibleVolume() {
        MkfsParameters small = sized(1033L * 65536, 65L * 4096);
        assertThat(small.problems(true)).isEmpty();
        assertThat(small.problems(false)).hasSize(2);
        SuperBlock block = SuperBlock.read(MkfsImage.of(small).metaSuper().bytes(), 0);
        assertThat(block.metaAlloc(1).totalLen()).isEqualTo(1);
        assertThat(block.dataAlloc().totalLen()).isEqualTo(1);
    }

    @Test
    void refusesTooSmallDevices() {
        assertThat(sized(1033L * 65536 - 1, 65L * 4096 - 1).problems(true))
                .anyMatch(problem -> problem.startsWith("metadata device"))
                .anyMatch(problem -> problem.startsWith("data device"));
    }

    @Test
    void refusesBadVersionsZonesAndSlots() {
        MkfsParameters bad = new MkfsParameters(
                SIZE_64_GIB,
                SIZE_64_GIB,
                1,
                new UUID(0, 0),
                Timespec.ZERO,
                3,
                List.of(
                        new QuorumSlot(15, LOOPBACK),
                        new QuorumSlot(1, LOOPBACK),
                        new QuorumSlot(1, InetAddr.parse("0.0.0.0", 1)),
                        new QuorumSlot(2, InetAddr.parse("1.1.1.1", 0))),
                1048575);
        assertThat(bad.problems(false)).hasSize(7);
        assertThat(bad.problems(false)).anyMatch(problem -> problem.contains("data_alloc_zone_blocks is 1048575"));
        assertThatThrownBy(() -> MkfsImage.of(bad))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("format version is 3");
        MkfsParameters noSlots =
                new MkfsParameters(SIZE_64_GIB, SIZE_64_GIB, 1, new UUID(0, 0), Timespec.ZERO, 2, List.of(), 0);
        assertThat(noSlots.problems(false)).containsExactly("at least one quorum slot is needed");
    }

    static MkfsParameters parameters(int formatVersion) {
        return new MkfsParameters(
                SIZE_64_GIB,
                SIZE_64_GIB,
                0x0123456789abcdefL,
                new UUID(0x0001020304050607L, 0x08090a0b0c0d0e0fL),
                new Timespec(1700000000, 123456000),
                formatVersion,
                List.of(new QuorumSlot(0, LOOPBACK)),
                0);
    }

    private static MkfsParameters sized(long metaSizeBytes, long dataSizeBytes) {
        return new MkfsParameters(
                metaSizeBytes,
                dataSizeBytes,
                1,
                new UUID(1, 2),
                Timespec.ZERO,
                2,
                List.of(new QuorumSlot(0, LOOPBACK)),
                0);
    }

    private static MemorySegment block(MkfsImage image, long blkno) {
        return image.blocks().stream()
                .filter(write -> write.offsetBytes() == VolumeLayout.largeOffset(blkno))
                .findFirst()
                .orElseThrow()
                .bytes();
    }

    private static int bucket(MemorySegment leaf, int bucket) {
        return Le.u16(leaf, BtreeBlock.LEAF_HASH + 2L * bucket);
    }

    private static Map<String, String> sums(MkfsImage image) {
        return image.writes().stream()
                .collect(Collectors.toMap(
                        write -> write.device() + " " + write.offsetBytes(), write -> sha256(write.bytes())));
    }

    private static String sha256(MemorySegment bytes) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(bytes.toArray(ValueLayout.JAVA_BYTE)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
