package org.scoutfs.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.scoutfs.format.TestBytes.toHex;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is read is written back: random bytes come out the same, but for pads, which come out zero, and nothing outside the
 * structure is touched. Sizes are those of the specification.
 */
class StructureRoundTripTest {
    private static final int ROUNDS = 50;
    private static final int GUARD = 13;

    @FunctionalInterface
    interface Writer {
        void write(MemorySegment seg, long off);
    }

    /** Bytes that are read as anything and written as zero. */
    record Pad(int off, int len) {}

    /**
     * A structure under test.
     *
     * @param size as the class has it
     * @param specified as the specification has it
     * @param reader reads at an offset and returns what writes the same
     */
    record Structure(
            String name, int size, int specified, BiFunction<MemorySegment, Long, Writer> reader, List<Pad> pads) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Structure> structures() {
        Pad addr = pad(8, 24);
        Pad root = pad(17, 7);
        Pad key = pad(27, 5);
        return Stream.of(
                structure("header", BlockHeader.SIZE, 32, (s, o) -> BlockHeader.read(s, o)::write),
                structure("reference", BlockReference.SIZE, 16, (s, o) -> BlockReference.read(s, o)::write),
                structure("timespec", Timespec.SIZE, 16, (s, o) -> Timespec.read(s, o)::write, pad(12, 4)),
                structure("inet addr", InetAddr.SIZE, 32, (s, o) -> InetAddr.read(s, o)::write, addr),
                structure("btree root", BtreeRoot.SIZE, 24, (s, o) -> BtreeRoot.read(s, o)::write, root),
                structure("list head", AllocListHead.SIZE, 32, (s, o) -> AllocListHead.read(s, o)::write),
                structure(
                        "extent root",
                        AllocExtentRoot.SIZE,
                        40,
                        (s, o) -> AllocExtentRoot.read(s, o)::write,
                        pad(12, 4),
                        at(16, root)),
                structure("srch entry", SrchEntry.SIZE, 24, (s, o) -> SrchEntry.read(s, o)::write),
                structure("srch file", SrchFile.SIZE, 88, (s, o) -> SrchFile.read(s, o)::write, pad(81, 7)),
                structure("key", Key.SIZE, 32, (s, o) -> Key.read(s, o)::write, key),
                superBlock(),
                quorumBlock(),
                structure("quorum config", QuorumConfig.SIZE, 488, (s, o) -> QuorumConfig.read(s, o)::write, slots(8)),
                structure("volume options", VolumeOptions.SIZE, 520, (s, o) -> VolumeOptions.read(s, o)::write),
                structure(
                        "log trees",
                        LogTrees.SIZE,
                        472,
                        (s, o) -> LogTrees.read(s, o).toBuilder().build()::write,
                        at(64, root),
                        pad(116, 4),
                        at(120, root),
                        pad(156, 4),
                        at(160, root),
                        pad(265, 7)),
                structure("zones", DataAllocZones.SIZE, 128, (s, o) -> DataAllocZones.read(s, o)::write),
                structure(
                        "mounted client",
                        MountedClient.SIZE,
                        40,
                        (s, o) -> MountedClient.read(s, o)::write,
                        addr,
                        pad(33, 7)),
                structure("merge status", LogMergeStatus.SIZE, 56, (s, o) -> LogMergeStatus.read(s, o)::write, key),
                structure(
                        "merge range",
                        LogMergeRange.SIZE,
                        64,
                        (s, o) -> LogMergeRange.read(s, o)::write,
                        key,
                        at(32, key)),
                structure(
                        "merge request",
                        LogMergeRequest.SIZE,
                        208,
                        (s, o) -> LogMergeRequest.read(s, o)::write,
                        at(64, root),
                        at(88, root),
                        at(112, key),
                        at(144, key)),
                structure(
                        "merge complete",
                        LogMergeComplete.SIZE,
                        208,
                        (s, o) -> LogMergeComplete.read(s, o)::write,
                        at(64, root),
                        at(88, key),
                        at(120, key),
                        at(152, key)),
                structure(
                        "merge freeing",
                        LogMergeFreeing.SIZE,
                        64,
                        (s, o) -> LogMergeFreeing.read(s, o)::write,
                        root,
                        at(24, key)),
                structure(
                        "srch compact input",
                        SrchCompactInput.SIZE,
                        104,
                        (s, o) -> SrchCompactInput.read(s, o)::write,
                        pad(81, 7)),
                structure(
                        "srch compact",
                        SrchCompact.SIZE,
                        584,
                        (s, o) -> SrchCompact.read(s, o)::write,
                        pad(74, 6),
                        pad(161, 7),
                        pad(168 + 81, 7),
                        pad(272 + 81, 7),
                        pad(376 + 81, 7),
                        pad(480 + 81, 7)),
                inode(InodeItem.SIZE, 168),
                inode(InodeItem.SIZE_V1, 160),
                structure("dirent", 287, 287, (s, o) -> Dirent.read(s, o, 287)::write, pad(25, 7)),
                structure("shortest dirent", 33, 33, (s, o) -> Dirent.read(s, o, 33)::write, pad(25, 7)),
                structure("xattr header", XattrHeader.SIZE, 8, (s, o) -> XattrHeader.read(s, o)::write, pad(3, 5)),
                structure(
                        "data extent",
                        DataExtentValue.SIZE,
                        16,
                        (s, o) -> DataExtentValue.read(s, o)::write,
                        pad(9, 7)),
                structure("totl", TotlValue.SIZE, 16, (s, o) -> TotlValue.read(s, o)::write),
                structure("quota rule", QuotaRule.SIZE, 48, (s, o) -> QuotaRule.read(s, o)::write, pad(41, 7)));
    }

    @ParameterizedTest
    @MethodSource("structures")
    void writesWhatItRead(Structure structure) {
        assertThat(structure.size()).isEqualTo(structure.specified());
        Random random = TestBytes.random();
        int size = structure.size();
        try (Arena arena = Arena.ofConfined()) {
            for (int round = 0; round < ROUNDS; round++) {
                byte[] bytes = new byte[size + 2 * GUARD];
                random.nextBytes(bytes);
                MemorySegment from = arena.allocate(bytes.length);
                Le.putBytes(from, 0, bytes);
                MemorySegment to = MemorySegment.ofArray(bytes.clone());
                // The target's old content must not matter.
                to.asSlice(GUARD, size).fill((byte) round);

                structure.reader().apply(from, (long) GUARD).write(to, GUARD);

                MemorySegment expected = MemorySegment.ofArray(bytes.clone());
                for (Pad pad : structure.pads()) {
                    Le.zero(expected, GUARD + pad.off(), pad.len());
                }
                assertThat(toHex(to)).isEqualTo(toHex(expected));
            }
        }
    }

    private static Structure structure(
            String name, int size, int specified, BiFunction<MemorySegment, Long, Writer> reader, Pad... pads) {
        return new Structure(name, size, specified, reader, List.of(pads));
    }

    private static Structure superBlock() {
        Pad[] pads = Stream.of(
                        Stream.of(slots(120)),
                        Stream.of(600, 640, 680).flatMap(off -> Stream.of(pad(off + 12, 4), pad(off + 33, 7))),
                        Stream.of(848, 872, 896, 920, 944).map(off -> pad(off + 17, 7)))
                .flatMap(stream -> stream)
                .toArray(Pad[]::new);
        return structure(
                "super block",
                SuperBlock.SIZE,
                1488,
                (s, o) -> SuperBlock.read(s, o).copy()::write,
                pads);
    }

    private static Structure quorumBlock() {
        Pad[] pads = Stream.iterate(0, e -> e + 1)
                .limit(6)
                .map(e -> pad(40 + 40 * e + 36, 4))
                .toArray(Pad[]::new);
        return structure("quorum block", QuorumBlock.SIZE, 280, (s, o) -> QuorumBlock.read(s, o)::write, pads);
    }

    private static Structure inode(int size, int specified) {
        return structure(
                "inode of " + specified,
                size,
                specified,
                (s, o) -> {
                    InodeItem inode = InodeItem.read(s, o, specified).copy();
                    return (to, off) -> inode.write(to, off, specified);
                },
                pad(108, 4),
                pad(124, 4),
                pad(140, 4),
                pad(156, 4));
    }

    private static Pad[] slots(int off) {
        return Stream.iterate(0, n -> n + 1)
                .limit(15)
                .map(n -> pad(off + 32 * n + 8, 24))
                .toArray(Pad[]::new);
    }

    private static Pad pad(int off, int len) {
        return new Pad(off, len);
    }

    private static Pad at(int off, Pad pad) {
        return pad(off + pad.off(), pad.len());
    }
}
