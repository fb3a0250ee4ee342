package org.scoutfs.app.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.scoutfs.app.archive.AgentFixture.PART;
import static org.scoutfs.app.archive.AgentFixture.bytes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.scoutfs.error.Errno;

/** Who waits gets what was archived, or an error when that is lost, or goes on waiting. */
class StagerTest {
    private static final int PART_BLOCKS = PART / FakeVolume.BLOCK;

    @TempDir
    private Path dir;

    @SuppressWarnings("NullAway.Init")
    private AgentFixture f;

    @BeforeEach
    void make() throws IOException {
        f = new AgentFixture(dir);
    }

    private Path object(long ino) throws IOException {
        return f.store().path(f.record(ino).object());
    }

    @Test
    void bringsBackFromTheBlockThatIsWaitedForOn() throws Exception {
        byte[] contents = bytes(1, 3 * PART + 10);
        long ino = f.released(contents);
        f.volume.somebodyReads(ino, PART_BLOCKS + 5);
        assertThat(f.stager().serve()).isEqualTo(1);
        assertThat(f.volume.stagedOffsets).containsExactly((long) PART, 2L * PART, 3L * PART, 0L);
        assertThat(f.volume.inode(ino).bytes).isEqualTo(contents);
        assertThat(f.volume.waiting).isEmpty();
        assertThat(f.log.get(AgentCount.FILES_STAGED)).isEqualTo(1);
        assertThat(f.log.get(AgentCount.BYTES_STAGED)).isEqualTo(contents.length);
    }

    @Test
    void whoeverWaitsForAnotherPartMeanwhileIsNext() throws Exception {
        byte[] contents = bytes(1, 4 * PART);
        long ino = f.released(contents);
        Stager stager = f.stager();
        AtomicBoolean once = new AtomicBoolean();
        f.volume.meanwhile = (call, i) -> {
            if (call == FakeVolume.Call.STAGE && once.compareAndSet(false, true)) {
                f.volume.somebodyReads(i, 3 * PART_BLOCKS);
                stager.serve();
            }
        };
        f.volume.somebodyReads(ino, 0);
        stager.serve();
        assertThat(f.volume.stagedOffsets).containsExactly(0L, 3L * PART, (long) PART, 2L * PART);
    }

    @Test
    void oneDamagedPartFailsOnlyWhoWaitsForIt() throws Exception {
        byte[] contents = bytes(1, 3 * PART);
        long ino = f.released(contents);
        byte[] stored = Files.readAllBytes(object(ino));
        stored[PART + 7] ^= 1;
        Files.write(object(ino), stored);
        f.volume.somebodyReads(ino, 0);
        f.volume.somebodyReads(ino, PART_BLOCKS + 1);
        f.volume.somebodyReads(ino, 2 * PART_BLOCKS);
        f.stager().serve();
        assertThat(f.volume.failedBlocks).containsExactly(PART_BLOCKS + 1L);
        assertThat(f.volume.waiting).isEmpty();
        assertThat(f.log.get(AgentCount.WAITS_FAILED)).isEqualTo(1);
        assertThat(f.lines.toString()).contains("are not those that were archived");
        assertThat(f.volume.inode(ino).offline.cardinality()).isEqualTo(PART_BLOCKS);
        assertThat(Arrays.copyOf(f.volume.inode(ino).bytes, PART)).isEqualTo(Arrays.copyOf(contents, PART));
    }

    @Test
    void aMissingObjectFailsAllWhoWait() throws Exception {
        long ino = f.released(bytes(1, 2 * PART));
        Files.delete(object(ino));
        f.volume.somebodyReads(ino, 0);
        f.volume.somebodyReads(ino, PART_BLOCKS);
        f.stager().serve();
        assertThat(f.volume.failedBlocks).containsExactly(0L, (long) PART_BLOCKS);
        assertThat(f.lines.toString()).contains("2 waiting operations fail", "is missing");
    }

    @Test
    void whileTheStoreIsNotMountedWhoWaitsGoesOnWaiting() throws Exception {
        byte[] contents = bytes(1, 5000);
        long ino = f.released(contents);
        f.volume.somebodyReads(ino, 0);
        Stager stager = f.stager();
        Path away = Files.move(f.root, dir.resolve("away"));
        Files.createDirectory(f.root);
        stager.serve();
        assertThat(f.volume.failedBlocks).isEmpty();
        assertThat(f.volume.waiting).hasSize(1);
        assertThat(f.log.get(AgentCount.STAGES_PUT_OFF)).isEqualTo(1);
        Files.delete(f.root);
        Files.move(away, f.root);
        assertThat(stager.serve()).as("not at once again").isZero();
        f.clock.pass(5);
        stager.serve();
        assertThat(f.volume.inode(ino).bytes).isEqualTo(contents);
    }

    @Test
    void withoutSpaceWhoWaitsGoesOnWaiting() throws Exception {
        long ino = f.released(bytes(1, 5000));
        f.volume.somebodyReads(ino, 0);
        f.volume.stageFails = Errno.ENOSPC;
        Stager stager = f.stager();
        stager.serve();
        assertThat(f.volume.waiting).hasSize(1);
        assertThat(f.lines.toString()).contains("no space on the data device");
        f.volume.stageFails = null;
        f.clock.pass(5);
        stager.serve();
        assertThat(f.volume.waiting).isEmpty();
    }

    @Test
    void oneFileThatTheVolumeDoesNotTakeDoesNotHoldUpTheOthers() throws Exception {
        long bad = f.released(bytes(1, 5000));
        long good = f.released(bytes(2, 5000));
        f.volume.somebodyReads(bad, 0);
        f.volume.stageFails = Errno.EIO;
        Stager stager = f.stager();
        stager.serve();
        f.volume.stageFails = null;
        f.volume.somebodyReads(good, 0);
        stager.serve();
        assertThat(f.volume.waiting).extracting(w -> w.ino()).containsExactly(bad);
        f.clock.pass(5);
        stager.serve();
        assertThat(f.volume.waiting).isEmpty();
    }

    @Test
    void aFileWithoutANameFailsWhoWaits() throws Exception {
        long ino = f.released(bytes(1, 5000));
        f.volume.somebodyReads(ino, 1);
        f.volume.inode(ino).named = false;
        f.stager().serve();
        assertThat(f.volume.failedBlocks).containsExactly(1L);
        assertThat(f.lines.toString()).contains("it was removed");
    }

    @Test
    void aFileThatIsTruncatedAndWrittenMeanwhileIsLeftAlone() throws Exception {
        long ino = f.released(bytes(1, 2 * PART));
        f.volume.somebodyReads(ino, 0);
        byte[] other = bytes(2, 3 * PART);
        f.volume.meanwhile = (call, i) -> {
            if (call == FakeVolume.Call.STAGE && f.volume.stagedOffsets.size() == 1) {
                f.volume.write(i, other);
            }
        };
        f.stager().serve();
        assertThat(f.volume.inode(ino).bytes).isEqualTo(other);
        assertThat(f.volume.failedBlocks).isEmpty();
    }

    @Test
    void aFileThatGrowsMeanwhileComesBackAtItsNewVersion() throws Exception {
        byte[] contents = bytes(1, 2 * PART + 100);
        long ino = f.released(contents);
        f.volume.somebodyReads(ino, 0);
        AtomicBoolean once = new AtomicBoolean();
        f.volume.meanwhile = (call, i) -> {
            if (call == FakeVolume.Call.STAGE && once.compareAndSet(false, true)) {
                f.volume.grow(i, 3 * PART);
            }
        };
        Stager stager = f.stager();
        stager.serve();
        stager.serve();
        assertThat(f.volume.inode(ino).bytes).isEqualTo(Arrays.copyOf(contents, 3 * PART));
        assertThat(f.volume.inode(ino).offline.isEmpty()).isTrue();
        assertThat(f.volume.failedBlocks).isEmpty();
    }

    @Test
    void whatSomebodyElseReleasedUnarchivedFailsInsteadOfComingBackWrong() throws Exception {
        long ino = f.volume.create(bytes(1, 5000));
        f.archiver().pass();
        f.clock.pass(1);
        f.volume.write(ino, bytes(2, 9000));
        f.volume.inode(ino).offline.set(0, 3);
        f.volume.somebodyReads(ino, 0);
        f.stager().serve();
        assertThat(f.volume.stagedOffsets).isEmpty();
        assertThat(f.volume.failedBlocks).containsExactly(0L);
        assertThat(f.lines.toString()).contains("something else released it");
    }

    @Test
    void aRecordThatALateAgentHasOverwrittenDoesNotMislead() throws Exception {
        long ino = f.volume.create(bytes(1, 5000));
        f.archiver().pass();
        String old = f.volume.inode(ino).record;
        byte[] contents = bytes(2, 5000);
        f.volume.write(ino, contents);
        f.archiver().pass();
        f.release(ino);
        f.volume.inode(ino).record = old;
        f.volume.somebodyReads(ino, 0);
        f.stager().serve();
        assertThat(f.volume.inode(ino).bytes).isEqualTo(contents);
    }

    @Test
    void aFileThatIsReleasedAgainAndAgainIsPutOff() throws Exception {
        long ino = f.released(bytes(1, 5000));
        f.volume.somebodyReads(ino, 0);
        f.volume.meanwhile = (call, i) -> {
            if (call == FakeVolume.Call.STATE) {
                f.volume.inode(i).offline.set(0, 2);
            }
        };
        f.stager().serve();
        assertThat(f.lines.toString()).contains("something else releases it");
        assertThat(f.volume.failedBlocks).isEmpty();
    }

    @Test
    void verifySeesDamageWithoutStaging() throws Exception {
        long good = f.released(bytes(1, 5000));
        long bad = f.released(bytes(2, PART + 5000));
        byte[] stored = Files.readAllBytes(object(bad));
        stored[PART + 1] ^= 1;
        Files.write(object(bad), stored);
        long unarchived = f.volume.create(bytes(3, 10));
        Verifier verifier = new Verifier(f.volume, f.store(), f.log);
        verifier.verifyAll();
        assertThat(verifier.damaged()).isEqualTo(1);
        assertThat(verifier.summary())
                .isEqualTo("verified 1 objects, " + (5000 + PART)
                        + " bytes; damaged or missing 1; not archived at their present version 1");
        assertThat(f.volume.stagedOffsets).isEmpty();
        assertThat(f.volume.inode(good).offline.isEmpty()).isFalse();
        assertThat(f.volume.inode(unarchived).record).isNull();
    }
}
