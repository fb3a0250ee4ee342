package org.scoutfs.app.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.scoutfs.app.archive.AgentFixture.bytes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.scoutfs.app.archive.Releaser.Outcome;

/** Only what can come back goes. */
class ReleaserTest {
    @TempDir
    private Path dir;

    @SuppressWarnings("NullAway.Init")
    private AgentFixture f;

    @BeforeEach
    void make() throws IOException {
        f = new AgentFixture(dir);
    }

    private long archived(int size) throws Exception {
        long ino = f.volume.create(bytes(size, size));
        f.archiver().pass();
        touch(ino);
        return ino;
    }

    /** The store is a real directory with real times; this clock is another. */
    private void touch(long ino) throws IOException {
        Files.setLastModifiedTime(
                f.store().path(f.record(ino).object()), FileTime.from(f.clock.seconds(), TimeUnit.SECONDS));
    }

    private boolean isReleased(long ino) {
        return !f.volume.inode(ino).offline.isEmpty();
    }

    @Test
    void releasesWhatIsArchivedAndOnce() throws Exception {
        long ino = archived(5000);
        assertThat(f.release(ino)).isEqualTo(Outcome.RELEASED);
        assertThat(isReleased(ino)).isTrue();
        assertThat(f.release(ino)).isEqualTo(Outcome.NOTHING);
        assertThat(f.log.get(AgentCount.BYTES_RELEASED)).isEqualTo(8192);
    }

    @Test
    void aFileThatIsNotArchivedStays() throws Exception {
        long ino = f.volume.create(bytes(1, 5000));
        assertThat(f.release(ino)).isEqualTo(Outcome.NOT_ARCHIVED);
        f.archiver().pass();
        f.volume.write(ino, bytes(2, 5000));
        assertThat(f.release(ino)).isEqualTo(Outcome.NOT_ARCHIVED);
        assertThat(isReleased(ino)).isFalse();
    }

    @Test
    void aChangeInTheLastMomentKeepsTheFile() throws Exception {
        long ino = archived(5000);
        f.volume.meanwhile = (call, i) -> {
            if (call == FakeVolume.Call.RELEASE) {
                f.volume.write(i, bytes(9, 5000));
            }
        };
        assertThat(f.release(ino)).isEqualTo(Outcome.CHANGED);
        assertThat(f.volume.inode(ino).bytes).isEqualTo(bytes(9, 5000));
    }

    @Test
    void aFileThatIsRemovedInTheLastMomentIsNothing() throws Exception {
        long ino = archived(5000);
        f.volume.meanwhile = (call, i) -> {
            if (call == FakeVolume.Call.RELEASE) {
                f.volume.unlink(i);
                throw new org.scoutfs.error.FsException(org.scoutfs.error.Errno.ESTALE);
            }
        };
        assertThat(f.release(ino)).isEqualTo(Outcome.NOTHING);
        assertThat(f.release(ino)).isEqualTo(Outcome.NOTHING);
    }

    @Test
    void aFileWhoseObjectIsMissingOrCutStays() throws Exception {
        long missing = archived(5000);
        Files.delete(f.store().path(f.record(missing).object()));
        assertThat(f.release(missing)).isEqualTo(Outcome.REFUSED);
        long cut = archived(6000);
        Files.write(f.store().path(f.record(cut).object()), new byte[100]);
        assertThat(f.release(cut)).isEqualTo(Outcome.REFUSED);
        assertThat(isReleased(missing) || isReleased(cut)).isFalse();
        assertThat(f.lines.toString()).contains("is missing", "was cut");
        assertThat(f.log.get(AgentCount.RELEASES_REFUSED)).isEqualTo(2);
    }

    @Test
    void aProgramThatRunsStays() throws Exception {
        long ino = archived(5000);
        f.volume.inode(ino).executed = true;
        assertThat(f.release(ino)).isEqualTo(Outcome.KEPT);
    }

    @Test
    void ageCountsFromTheLastChangeArchivingOrStaging() throws Exception {
        long ino = archived(5000);
        f.clock.pass(99);
        f.releaser().releaseOlderThan(100);
        assertThat(isReleased(ino)).isFalse();
        f.clock.pass(1);
        f.releaser().releaseOlderThan(100);
        assertThat(isReleased(ino)).isTrue();
        Stager.stageNow(f.volume, f.store(), f.clock, f.log, () -> false, ino);
        f.releaser().releaseOlderThan(100);
        assertThat(isReleased(ino)).isFalse();
        f.clock.pass(100);
        f.releaser().releaseOlderThan(100);
        assertThat(isReleased(ino)).isTrue();
    }

    @Test
    void theLeastRecentlyChangedGoFirstAndNoMoreThanNeeded() throws Exception {
        List<Long> inos = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            inos.add(archived(4096 * (i + 1)));
        }
        f.volume.write(inos.get(0), bytes(7, 4096));
        f.archiver().pass();
        touch(inos.get(0));
        f.clock.pass(10);
        // the order is 1, 2, 3, 0 with 2, 3, 4 and 1 blocks
        assertThat(f.releaser().releaseInOrder(0, 3 * 4096)).isEqualTo(5 * 4096);
        assertThat(inos.stream().map(this::isReleased)).containsExactly(false, true, true, false);
    }

    @Test
    void watermarksSayHowMuch() {
        ReleasePolicy policy = new ReleasePolicy(-1, 80, 70, 0);
        assertThat(policy.excess(new Volume.Space(1000, 201))).isZero();
        assertThat(policy.excess(new Volume.Space(1000, 200))).isEqualTo(100);
        assertThat(policy.excess(new Volume.Space(1000, 0))).isEqualTo(300);
        assertThat(policy.excess(new Volume.Space(0, 0))).isZero();
        assertThat(ReleasePolicy.NEVER.excess(new Volume.Space(1000, 0))).isZero();
        assertThat(ReleasePolicy.NEVER.byAge()).isFalse();
    }

    @Test
    void pruneKeepsWhatAFileCanComeBackFrom() throws Exception {
        long present = archived(5000);
        long changed = archived(6000);
        f.volume.write(changed, bytes(8, 6000));
        f.archiver().pass();
        touch(changed);
        long gone = archived(7000);
        Path goneObject = f.store().path(f.record(gone).object());
        f.volume.unlink(gone);
        f.clock.pass(1000);
        new Pruner(f.volume, f.store(), f.clock, f.log, 1001, false).prune();
        assertThat(goneObject).exists();
        Pruner dry = new Pruner(f.volume, f.store(), f.clock, f.log, 1000, true);
        dry.prune();
        assertThat(goneObject).exists();
        assertThat(dry.summary()).startsWith("would remove 2 objects");
        Pruner pruner = new Pruner(f.volume, f.store(), f.clock, f.log, 1000, false);
        pruner.prune();
        assertThat(pruner.summary()).startsWith("removed 2 objects").endsWith("kept 2");
        assertThat(goneObject).doesNotExist();
        for (long ino : List.of(present, changed)) {
            assertThat(f.release(ino)).isEqualTo(Outcome.RELEASED);
        }
    }

    @Test
    void pruneKeepsTheObjectsOfAnInodeWithoutAName() throws Exception {
        long ino = archived(5000);
        f.volume.inode(ino).named = false;
        f.clock.pass(1000);
        new Pruner(f.volume, f.store(), f.clock, f.log, 0, false).prune();
        assertThat(f.store().path(f.record(ino).object())).exists();
    }
}
