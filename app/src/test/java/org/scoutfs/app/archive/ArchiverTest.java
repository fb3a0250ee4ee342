package org.scoutfs.app.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.scoutfs.app.archive.AgentFixture.bytes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.scoutfs.error.FsException;

/** What changes is archived, whatever happens meanwhile. */
class ArchiverTest {
    @TempDir
    private Path dir;

    @SuppressWarnings("NullAway.Init")
    private AgentFixture f;

    @BeforeEach
    void make() throws IOException {
        f = new AgentFixture(dir);
    }

    @Test
    void archivesWhatChangedAndOnlyThat() throws Exception {
        long one = f.volume.create(bytes(1, 10_000));
        long empty = f.volume.create(new byte[0]);
        assertThat(f.archiver().pass()).isZero();
        assertThat(f.isArchived(one)).isTrue();
        assertThat(f.volume.inode(empty).record).isNull();
        assertThat(f.log.get(AgentCount.FILES_ARCHIVED)).isEqualTo(1);
        f.volume.write(one, bytes(2, 20_000));
        long two = f.volume.create(bytes(3, 1));
        f.archiver().pass();
        assertThat(f.isArchived(one)).isTrue();
        assertThat(f.isArchived(two)).isTrue();
        assertThat(f.log.get(AgentCount.FILES_ARCHIVED)).isEqualTo(3);
    }

    @Test
    void whatIsLostWithThePositionIsLookedAtAgainAndNotCopied() throws Exception {
        f.volume.create(bytes(1, 100));
        f.archiver().pass();
        Files.delete(f.root.resolve("position"));
        f.archiver().pass();
        assertThat(f.log.get(AgentCount.FILES_ARCHIVED)).isEqualTo(1);
    }

    @Test
    void thePositionIsSavedAfterTheRecordsAreDurable() throws Exception {
        long ino = f.volume.create(bytes(1, 100));
        f.volume.meanwhile = (call, _) -> f.volume.alive = call != FakeVolume.Call.SET_RECORD;
        assertThatThrownBy(() -> f.archiver().pass()).isInstanceOf(FsException.class);
        assertThat(f.store().position().seq()).isZero();
        f.volume.alive = true;
        f.volume.meanwhile = (_, _) -> {};
        f.archiver().pass();
        assertThat(f.isArchived(ino)).isTrue();
        assertThat(f.volume.syncs).isEqualTo(1);
        assertThat(f.store().position().seq()).isEqualTo(f.volume.inode(ino).seq);
    }

    @Test
    void aFileThatChangesWhileItIsCopiedGetsNoRecordAndComesAgain() throws Exception {
        long ino = f.volume.create(bytes(1, 10_000));
        AtomicBoolean once = new AtomicBoolean();
        f.volume.meanwhile = (call, i) -> {
            if (call == FakeVolume.Call.READ && once.compareAndSet(false, true)) {
                assertThat(f.volume.inode(i).record).isNull();
                f.volume.write(i, bytes(2, 10_000));
            }
        };
        f.archiver().pass();
        assertThat(f.log.get(AgentCount.FILES_CHANGED_WHILE_COPIED)).isEqualTo(1);
        assertThat(f.isArchived(ino)).isTrue();
        assertThat(f.release(ino)).isEqualTo(Releaser.Outcome.RELEASED);
        Stager.stageNow(f.volume, f.store(), f.clock, f.log, () -> false, ino);
        assertThat(f.volume.inode(ino).bytes).isEqualTo(bytes(2, 10_000));
    }

    @Test
    void aChangeAfterTheLastLookMakesARecordThatReleasesNothing() throws Exception {
        long ino = f.volume.create(bytes(1, 10_000));
        f.volume.meanwhile = (call, i) -> {
            if (call == FakeVolume.Call.SET_RECORD) {
                f.stop = true;
                f.volume.write(i, bytes(2, 10_000));
            }
        };
        f.archiver().pass();
        f.volume.meanwhile = (_, _) -> {};
        assertThat(f.record(ino).object().version()).isEqualTo(1);
        assertThat(f.release(ino)).isEqualTo(Releaser.Outcome.NOT_ARCHIVED);
        assertThat(f.volume.inode(ino).offline.isEmpty()).isTrue();
        f.stop = false;
        f.archiver().pass();
        assertThat(f.isArchived(ino)).isTrue();
    }

    @Test
    void aFileThatBecomesShorterWhileItIsReadEndsTheCopy() throws Exception {
        long ino = f.volume.create(bytes(1, AgentFixture.PART + 100));
        AtomicBoolean once = new AtomicBoolean();
        f.volume.meanwhile = (call, i) -> {
            if (call == FakeVolume.Call.READ && once.compareAndSet(false, true)) {
                f.volume.write(i, bytes(2, 50));
            }
        };
        f.archiver().pass();
        assertThat(f.isArchived(ino)).isTrue();
        assertThat(f.store().temporaries()).isEmpty();
    }

    @Test
    void aFileThatIsRemovedIsForgotten() throws Exception {
        long ino = f.volume.create(bytes(1, 100));
        f.volume.meanwhile = (_, i) -> f.volume.unlink(i);
        assertThat(f.archiver().pass()).isZero();
        assertThat(f.volume.inodes).doesNotContainKey(ino);
    }

    @Test
    void aFileThatGetsItsNameLaterIsArchivedThen() throws Exception {
        long ino = f.volume.create(bytes(1, 100));
        f.volume.inode(ino).named = false;
        assertThat(f.archiver().pass()).isEqualTo(1);
        // a link changes no contents: no index of changed contents will show it again
        f.volume.inode(ino).named = true;
        assertThat(f.archiver().pass()).isZero();
        assertThat(f.isArchived(ino)).isTrue();
    }

    @Test
    void aFileThatNeverGetsANameIsDroppedWithItsInode() throws Exception {
        long ino = f.volume.create(bytes(1, 100));
        f.volume.inode(ino).named = false;
        assertThat(f.archiver().pass()).isEqualTo(1);
        f.volume.unlink(ino);
        assertThat(f.archiver().pass()).isZero();
    }

    @Test
    void aStoreThatIsNotMountedStopsThePassAndLosesNothing() throws Exception {
        long ino = f.volume.create(bytes(1, 100));
        Path mark = f.root.resolve("store");
        Archiver archiver = f.archiver();
        String text = Files.readString(mark);
        Path hidden = Files.move(f.root.resolve("tmp"), f.root.resolve("hidden"));
        Files.delete(mark);
        assertThatThrownBy(archiver::pass).isInstanceOf(IOException.class);
        Files.move(hidden, f.root.resolve("tmp"));
        Files.writeString(mark, text);
        assertThat(f.store().position().seq()).isZero();
        archiver.pass();
        assertThat(f.isArchived(ino)).isTrue();
    }

    @Test
    void aReleasedFileThatHasGrownComesBackAndIsArchivedAgain() throws Exception {
        long ino = f.released(bytes(1, 5000));
        f.volume.grow(ino, 20_000);
        f.archiver().pass();
        assertThat(f.isArchived(ino)).isTrue();
        byte[] expected = java.util.Arrays.copyOf(bytes(1, 5000), 20_000);
        assertThat(f.volume.inode(ino).bytes).isEqualTo(expected);
        assertThat(f.release(ino)).isEqualTo(Releaser.Outcome.RELEASED);
        Stager.stageNow(f.volume, f.store(), f.clock, f.log, () -> false, ino);
        assertThat(f.volume.inode(ino).bytes).isEqualTo(expected);
    }

    @Test
    void anOfflineFileThatTheStoreDoesNotHaveIsToldAndTriedAgain() throws Exception {
        long ino = f.volume.create(bytes(1, 5000));
        f.volume.inode(ino).offline.set(0, 2);
        assertThat(f.archiver().pass()).isEqualTo(1);
        assertThat(f.lines.toString()).contains("cannot archive inode " + ino, "no record of this store");
        assertThat(f.volume.inode(ino).record).isNull();
    }

    @Test
    void aCopiedAttributeIsNoRecord() throws Exception {
        long one = f.volume.create(bytes(1, 5000));
        f.archiver().pass();
        long other = f.volume.create(bytes(2, 5000));
        f.volume.inode(other).record = f.volume.inode(one).record;
        assertThat(f.release(other)).isEqualTo(Releaser.Outcome.NOT_ARCHIVED);
        f.archiver().pass();
        assertThat(f.isArchived(other)).isTrue();
        assertThat(f.record(other).object().ino()).isEqualTo(other);
    }
}
