package org.scoutfs.app.archive;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
import org.scoutfs.app.archive.store.ArchiveStore;
import org.scoutfs.error.FsException;

/** An agent's parts on a {@link FakeVolume} and a real directory. */
final class AgentFixture {
    static final int PART = ArchiveStore.PART_BYTES;

    final AdjustableClock clock = new AdjustableClock();
    final FakeVolume volume = new FakeVolume(clock);
    final StringWriter lines = new StringWriter();
    final AgentLog log = new AgentLog(new PrintWriter(lines), new PrintWriter(lines), false);
    final Path root;
    boolean stop;

    AgentFixture(Path directory) throws IOException {
        this.root = directory.resolve("store");
        ArchiveStore.create(root, 7, volume.fsid());
    }

    ArchiveStore store() throws IOException {
        return ArchiveStore.open(root, 1);
    }

    /** As of an agent that was started just now. */
    Archiver archiver() throws IOException {
        ArchiveStore store = store();
        return new Archiver(
                volume,
                store,
                ino -> Stager.stageNow(volume, store, clock, log, () -> stop, ino),
                new SameThread(),
                clock,
                log,
                () -> stop);
    }

    Releaser releaser() throws IOException {
        return new Releaser(volume, store(), ino -> false, clock, log, () -> stop, false);
    }

    Stager stager() throws IOException {
        return new Stager(volume, store(), new SameThread(), clock, log, () -> stop);
    }

    /** A file that is archived and released. */
    long released(byte[] contents) throws Exception {
        long ino = volume.create(contents);
        archiver().pass();
        release(ino);
        return ino;
    }

    Releaser.Outcome release(long ino) throws FsException, IOException {
        return releaser().release(ino, 0).outcome();
    }

    ArchiveRecord record(long ino) {
        return Objects.requireNonNull(ArchiveRecord.parse(volume.inode(ino).record), "no record");
    }

    boolean isArchived(long ino) {
        ArchiveRecord record = ArchiveRecord.parse(volume.inode(ino).record);
        return record != null && record.object().version() == volume.inode(ino).version;
    }

    static byte[] bytes(long seed, int count) {
        byte[] bytes = new byte[count];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
