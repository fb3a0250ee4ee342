package org.scoutfs.app.archive;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongPredicate;
import org.scoutfs.app.Failures;
import org.scoutfs.app.archive.store.ArchiveStore;
import org.scoutfs.app.archive.store.DamagedObjectException;
import org.scoutfs.app.archive.store.StoredObject;
import org.scoutfs.error.FsException;
import org.scoutfs.host.HostClock;
import org.scoutfs.vfs.ArchiveQueries.SeqEntry;

/**
 * Releases files whose present version is in the archive: it looks at the record, and at the object that it names, and has the volume compare
 * the version once more. Follows the index of changes, which is the order of "least recently changed". One thread.
 */
final class Releaser {
    private static final int BLOCK = 4096;
    private static final int BATCH = 1024;

    private final Volume volume;
    private final ArchiveStore store;
    private final LongPredicate isStaging;
    private final HostClock clock;
    private final AgentLog log;
    private final BooleanSupplier stop;
    private final boolean dryRun;

    /** What became of one file. */
    enum Outcome {
        RELEASED,
        /** Nothing of it is on the data device, or it is gone. */
        NOTHING,
        /** Used too recently. */
        KEPT,
        /** Its present version is not archived. */
        NOT_ARCHIVED,
        /** It changed in this moment. */
        CHANGED,
        /** The archive has lost it. */
        REFUSED
    }

    /** @param blocks how many it freed */
    record Result(Outcome outcome, long blocks) {
        private static Result of(Outcome outcome) {
            return new Result(outcome, 0);
        }
    }

    /** @param isStaging whether a file, by inode number, is coming back just now */
    Releaser(
            Volume volume,
            ArchiveStore store,
            LongPredicate isStaging,
            HostClock clock,
            AgentLog log,
            BooleanSupplier stop,
            boolean dryRun) {
        this.volume = volume;
        this.store = store;
        this.isStaging = isStaging;
        this.clock = clock;
        this.log = log;
        this.stop = stop;
        this.dryRun = dryRun;
    }

    /**
     * Releases every file that was not used for some time.
     *
     * @throws FsException if the volume does not answer
     * @throws IOException if the store does not
     */
    void releaseOlderThan(long seconds) throws FsException, IOException {
        releaseInOrder(seconds, Long.MAX_VALUE);
    }

    /** Releases the least recently changed files until so many bytes are free, or none is left that may go. @return how many bytes */
    long releaseInOrder(long keepSeconds, long bytes) throws FsException, IOException {
        long freed = 0;
        SeqEntry from = new SeqEntry(0, 0);
        while (freed < bytes) {
            List<SeqEntry> batch = volume.changed(from, BATCH);
            for (SeqEntry entry : batch) {
                if (freed >= bytes || stop.getAsBoolean()) {
                    return freed;
                }
                freed += release(entry.ino(), keepSeconds).blocks() * BLOCK;
            }
            if (batch.isEmpty()) {
                break;
            }
            SeqEntry last = batch.getLast();
            from = last.ino() == -1L ? new SeqEntry(last.seq() + 1, 0) : new SeqEntry(last.seq(), last.ino() + 1);
            log.progress("released " + log.get(AgentCount.FILES_RELEASED) + " files");
        }
        return freed;
    }

    /**
     * Releases one file if that is safe.
     *
     * @param keepSeconds not if it was changed, archived or staged within this time
     */
    Result release(long ino, long keepSeconds) throws FsException, IOException {
        if (isStaging.test(ino)) {
            return Result.of(Outcome.KEPT);
        }
        try (VolumeFile file = volume.open(ino, Volume.Access.WRITE)) {
            return release(ino, file, keepSeconds);
        } catch (FsException e) {
            return switch (e.errno()) {
                case ESTALE -> Result.of(volume.isOpenable(ino) ? Outcome.CHANGED : Outcome.NOTHING);
                case ENOENT -> Result.of(Outcome.NOTHING);
                case ETXTBSY -> Result.of(Outcome.KEPT);
                default ->
                    throw new FsException(
                            e.errno(), "cannot release " + volume.name(ino) + ": " + Failures.text(e.errno()), e);
            };
        } catch (DamagedObjectException e) {
            log.count(AgentCount.RELEASES_REFUSED, 1);
            log.problem(volume.name(ino) + " is not released: " + e.getMessage());
            return Result.of(Outcome.REFUSED);
        }
    }

    private Result release(long ino, VolumeFile file, long keepSeconds) throws FsException, IOException {
        VolumeFile.State state = file.state();
        if (!state.regular() || state.size() == 0 || state.online() == 0) {
            return Result.of(Outcome.NOTHING);
        }
        ArchiveRecord record = ArchiveRecord.parse(file.record());
        if (record == null || !record.isFor(ino, store.id()) || !record.covers(state)) {
            return Result.of(Outcome.NOT_ARCHIVED);
        }
        long used = Math.max(state.mtime().seconds(), record.archivedSeconds());
        try (StoredObject object = store.open(record.object())) {
            if (object.size() != state.size()) {
                throw new DamagedObjectException("object " + record.object() + " has " + object.size()
                        + " bytes of contents, the file " + state.size());
            }
            used = Math.max(used, object.lastUse().to(TimeUnit.SECONDS));
        }
        if (keepSeconds > 0 && clock.wallTime().seconds() - used < keepSeconds) {
            return Result.of(Outcome.KEPT);
        }
        if (dryRun) {
            log.plain("would release " + volume.name(ino) + ", " + state.online() * BLOCK + " bytes");
        } else {
            file.release(state.version());
            log.count(AgentCount.FILES_RELEASED, 1);
            log.count(AgentCount.BYTES_RELEASED, state.online() * BLOCK);
        }
        return new Result(Outcome.RELEASED, state.online());
    }
}
