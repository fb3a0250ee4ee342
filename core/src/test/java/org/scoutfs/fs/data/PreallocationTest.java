package org.scoutfs.fs.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.Seeds;

/** What writes allocate: spec 4 section 8.3 and the edge cases of section 15 that name the result. */
class PreallocationTest {
    private static final int UNWRITTEN = FileExtent.UNWRITTEN;
    private static final int OFFLINE = FileExtent.OFFLINE;
    private static final long DEFAULT = 2048;

    private final FakeFile file = new FakeFile();

    @Test
    void firstBlockComesAlone() throws Exception {
        file.write(0, 0, DEFAULT, true);
        assertThat(file.all()).containsExactly(new FileExtent(0, 1, 100, 0));
        assertThat(file.inode.onlineBlocks()).isEqualTo(1);
    }

    @Test
    void tenAppendedBlocksHaveSixMore() throws Exception {
        for (int b = 0; b < 10; b++) {
            file.write(b, b, DEFAULT, true);
        }
        assertThat(file.blocks(0)).isEqualTo(10);
        assertThat(file.blocks(UNWRITTEN)).isEqualTo(6);
    }

    @Test
    void oneMebibyteIntoAnEmptyFileHasNoMore() throws Exception {
        file.write(0, 255, DEFAULT, true);
        assertThat(file.all()).containsExactly(new FileExtent(0, 256, 100, 0));
    }

    @Test
    void sparseBlockComesAlone() throws Exception {
        file.write(1L << 30, 1L << 30, DEFAULT, true);
        assertThat(file.inode.onlineBlocks()).isEqualTo(1);
        assertThat(file.all()).hasSize(1);
    }

    @Test
    void writeIntoAllocatedBlocksKeepsTheirPlace() throws Exception {
        file.extents.insert(new FileExtent(0, 5, 100, UNWRITTEN), file.inode);
        file.write(1, 1, DEFAULT, true);
        assertThat(file.all())
                .containsExactly(
                        new FileExtent(0, 1, 100, UNWRITTEN),
                        new FileExtent(1, 1, 101, 0),
                        new FileExtent(2, 3, 102, UNWRITTEN));
    }

    @Test
    void twoFilesInTurnHaveSevenExtentsEach() throws Exception {
        FakeFile other = new FakeFile();
        other.nextBlkno = file.nextBlkno;
        for (int b = 0; b < 64; b++) {
            file.write(b, b, 32, true);
            other.write(b, b, 32, true);
        }
        assertThat(file.all()).hasSize(7);
        assertThat(other.all()).hasSize(7);
    }

    @Test
    void backwardsWritesHaveOneExtentPerBlock() throws Exception {
        for (int b = 63; b >= 0; b--) {
            file.write(b, b, 32, true);
        }
        assertThat(file.all()).hasSize(64);
    }

    @Test
    void regionsHaveEightExtentsForwardsAndBackwards() throws Exception {
        FakeFile disturbing = new FakeFile();
        disturbing.nextBlkno = file.nextBlkno;
        FakeFile backwards = new FakeFile();
        backwards.nextBlkno = file.nextBlkno;
        for (int b = 0; b < 64; b++) {
            file.write(b, b, 16, false);
            disturbing.allocate(1);
            backwards.write(63 - b, 63 - b, 16, false);
            disturbing.allocate(1);
        }
        assertThat(file.all()).hasSize(8);
        assertThat(backwards.all()).hasSize(8);
        assertThat(file.blocks(UNWRITTEN) + backwards.blocks(UNWRITTEN)).isZero();
    }

    @Test
    void stagingBlocksInTurnHasFourExtentsEach() throws Exception {
        FakeFile other = new FakeFile();
        other.nextBlkno = file.nextBlkno;
        for (FakeFile f : List.of(file, other)) {
            f.extents.insert(new FileExtent(0, 64, 0, OFFLINE), f.inode);
        }
        for (int b = 0; b < 64; b++) {
            file.write(b, b, 16, true);
            other.write(b, b, 16, true);
        }
        assertThat(file.all()).hasSize(4);
        assertThat(other.all()).hasSize(4);
        assertThat(file.inode.offlineBlocks()).isZero();
        assertThat(file.inode.onlineBlocks()).isEqualTo(64);
    }

    /** A piece of several blocks leaves what its blocks one by one would have left. */
    @Test
    void piecesAllocateWhatTheirBlocksWould() throws Exception {
        long seed = Seeds.next("PreallocationTest");
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            FakeFile pieces = new FakeFile();
            FakeFile single = new FakeFile();
            long limit = 1 + random.nextInt(40);
            boolean contigOnly = random.nextBoolean();
            for (int i = 0; i < 12; i++) {
                long first = random.nextInt(3) == 0 ? random.nextInt(200) : pieces.inode.onlineBlocks();
                long last = first + random.nextInt(30);
                pieces.write(first, last, limit, contigOnly);
                for (long b = first; b <= last; b++) {
                    single.write(b, b, limit, contigOnly);
                }
                assertThat(kinds(pieces))
                        .as("seed %s round %s write %s", seed, round, i)
                        .isEqualTo(kinds(single));
                assertThat(pieces.inode.onlineBlocks()).isEqualTo(single.inode.onlineBlocks());
            }
        }
    }

    /** Which blocks are mapped, and which of them written, wherever they are. */
    private static String kinds(FakeFile f) throws Exception {
        StringBuilder kinds = new StringBuilder();
        long at = 0;
        for (FileExtent extent : f.all()) {
            kinds.repeat('.', (int) (extent.start() - at));
            kinds.repeat(extent.isWritten() ? 'w' : 'u', (int) extent.len());
            at = extent.end();
        }
        return kinds.toString();
    }

    @Test
    void shortAllocationsStillCoverWhatIsWritten() throws Exception {
        file.allocationMax = 3;
        for (int b = 0; b < 40; b++) {
            file.write(b, b, 16, false);
        }
        file.write(40, 80, DEFAULT, true);
        assertThat(file.inode.onlineBlocks()).isEqualTo(81);
    }

    @Test
    void failedItemChangesGiveTheBlocksBackAndLeaveTheFileAsItWas() throws Exception {
        for (int b = 0; b < 3; b++) {
            file.write(b, b, DEFAULT, true);
        }
        List<FileExtent> before = file.all();
        for (int failAt = 0; failAt < 8; failAt++) {
            file.freed.clear();
            long allocatedFrom = file.nextBlkno[0];
            file.failAfter = failAt;
            boolean failed = false;
            try {
                file.write(4, 4, DEFAULT, false);
            } catch (org.scoutfs.error.FsException e) {
                failed = true;
            }
            file.failAfter = -1;
            if (!failed) {
                assertThat(failAt).isPositive();
                return;
            }
            assertThat(file.all()).isEqualTo(before);
            assertThat(file.freed.stream().mapToLong(e -> e.len()).sum()).isEqualTo(file.nextBlkno[0] - allocatedFrom);
            assertThat(file.inode.onlineBlocks()).isEqualTo(3);
        }
    }
}
