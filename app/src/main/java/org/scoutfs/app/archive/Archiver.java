package org.scoutfs.app.archive;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.scoutfs.app.Failures;
import org.scoutfs.app.archive.store.ArchiveStore;
import org.scoutfs.app.archive.store.DamagedObjectException;
import org.scoutfs.app.archive.store.ObjectName;
import org.scoutfs.app.archive.store.StorePosition;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.host.HostClock;
import org.scoutfs.vfs.ArchiveQueries.SeqEntry;

/**
 * Follows the index of changed contents and archives what it finds. One thread calls {@link #pass}; copies run on the threads of an executor.
 *
 * <p>The saved position is behind a file only when the file's record is durable, or the file is gone, is empty, has changed again (and so
 * comes again at a later place), or is in the list to try again. So an end at any moment loses nothing and repeats at most one batch.
 */
final class Archiver {
    private static final int BATCH = 1024;
    /** More than these, and the position waits for them. */
    private static final int AGAIN_MAX = 10_000;
    /** Between two attempts at those. */
    private static final long AGAIN_NANOS = 60_000_000_000L;

    /** What became of one file. */
    enum Outcome {
        ARCHIVED,
        /** Nothing to do. */
        CURRENT,
        CHANGED,
        /** It has no name, but may get one without another change of its contents: to look at again. */
        NAMELESS,
        FAILED,
        STOPPED
    }

    private final Volume volume;
    private final ArchiveStore store;
    private final Copier copier;
    private final StagerOfWholeFiles stager;
    private final ExecutorService threads;
    private final HostClock clock;
    private final AgentLog log;
    private final BooleanSupplier stop;
    private long nextAgainNanos;

    /** Brings a file back as a whole before it can be copied. */
    @FunctionalInterface
    interface StagerOfWholeFiles {
        void stage(long ino) throws FsException, IOException;
    }

    Archiver(
            Volume volume,
            ArchiveStore store,
            StagerOfWholeFiles stager,
            ExecutorService threads,
            HostClock clock,
            AgentLog log,
            BooleanSupplier stop) {
        this.volume = volume;
        this.store = store;
        this.copier = new Copier(store, stop);
        this.stager = stager;
        this.threads = threads;
        this.clock = clock;
        this.log = log;
        this.stop = stop;
        this.nextAgainNanos = clock.nanoTime();
    }

    /**
     * Archives everything that has changed since the saved position, and what could not be archived before.
     *
     * @return how many files are left to try again
     * @throws FsException if the volume does not answer
     * @throws IOException if the store does not
     */
    int pass() throws FsException, IOException, InterruptedException {
        StorePosition position = store.position();
        position = tryAgain(position);
        while (!stop.getAsBoolean() && position.again().size() < AGAIN_MAX) {
            List<SeqEntry> batch = volume.changed(after(position), BATCH);
            if (batch.isEmpty()) {
                break;
            }
            SortedSet<Long> again = new TreeSet<>(position.again());
            List<Outcome> outcomes =
                    archiveAll(batch.stream().map(SeqEntry::ino).toList());
            if (outcomes.contains(Outcome.STOPPED)) {
                break;
            }
            for (int i = 0; i < outcomes.size(); i++) {
                if (isLeft(outcomes.get(i))) {
                    again.add(batch.get(i).ino());
                }
            }
            position = save(
                    new StorePosition(batch.getLast().seq(), batch.getLast().ino(), again));
        }
        return position.again().size();
    }

    private static boolean isLeft(Outcome outcome) {
        return outcome == Outcome.FAILED || outcome == Outcome.NAMELESS;
    }

    private StorePosition tryAgain(StorePosition position) throws FsException, IOException, InterruptedException {
        if (position.again().isEmpty() || clock.nanoTime() - nextAgainNanos < 0) {
            return position;
        }
        nextAgainNanos = clock.nanoTime() + AGAIN_NANOS;
        List<Long> inos = List.copyOf(position.again());
        List<Outcome> outcomes = archiveAll(inos);
        SortedSet<Long> again = new TreeSet<>();
        for (int i = 0; i < outcomes.size(); i++) {
            if (isLeft(outcomes.get(i)) || outcomes.get(i) == Outcome.STOPPED) {
                again.add(inos.get(i));
            }
        }
        return again.equals(position.again())
                ? position
                : save(new StorePosition(position.seq(), position.ino(), again));
    }

    /** First the records, then the position that relies on them. */
    private StorePosition save(StorePosition position) throws FsException, IOException {
        volume.sync();
        store.savePosition(position);
        return position;
    }

    private static SeqEntry after(StorePosition p) {
        return p.ino() == -1L ? new SeqEntry(p.seq() + 1, 0) : new SeqEntry(p.seq(), p.ino() + 1);
    }

    private List<Outcome> archiveAll(List<Long> inos) throws FsException, IOException, InterruptedException {
        List<Future<Outcome>> running = new ArrayList<>();
        for (long ino : inos) {
            running.add(threads.submit((Callable<Outcome>) () -> archive(ino)));
        }
        List<Outcome> outcomes = new ArrayList<>();
        try {
            for (Future<Outcome> one : running) {
                outcomes.add(one.get());
                log.progress("archived " + log.get(AgentCount.FILES_ARCHIVED) + " files");
            }
            return outcomes;
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case FsException fs -> throw fs;
                case IOException io -> throw io;
                case null, default -> throw new IllegalStateException(e);
            }
        } finally {
            running.forEach(one -> one.cancel(false));
        }
    }

    /**
     * Archives one file if it needs it.
     *
     * @throws FsException if the volume does not answer any more; what is wrong with one file only is an outcome
     * @throws IOException if the store does not
     */
    Outcome archive(long ino) throws FsException, IOException {
        if (stop.getAsBoolean()) {
            return Outcome.STOPPED;
        }
        try (VolumeFile file = volume.open(ino, Volume.Access.READ)) {
            return archive(ino, file);
        } catch (FsException e) {
            if (isGone(e)) {
                return Arrays.binarySearch(volume.group(ino), ino) >= 0 ? Outcome.NAMELESS : Outcome.CURRENT;
            }
            if (!volume.isAlive()) {
                throw e;
            }
            return failed(ino, Failures.text(e.errno()));
        } catch (DamagedObjectException e) {
            return failed(ino, "it is offline, and " + e.getMessage());
        }
    }

    private static boolean isGone(FsException e) {
        return e.errno() == Errno.ESTALE || e.errno() == Errno.ENOENT;
    }

    private Outcome failed(long ino, String why) {
        log.count(AgentCount.FILES_NOT_ARCHIVED, 1);
        log.problem("cannot archive " + volume.name(ino) + ", will try again: " + why);
        return Outcome.FAILED;
    }

    private Outcome archive(long ino, VolumeFile file) throws FsException, IOException {
        VolumeFile.State state = file.state();
        if (!needsCopy(ino, file, state)) {
            return Outcome.CURRENT;
        }
        if (state.offline() > 0) {
            stager.stage(ino);
            state = file.state();
        }
        ObjectName object = copier.copy(ino, file, state);
        // The last look. A change right after it makes the record one of an old version, with which nothing can be
        // released.
        if (object != null && file.state().version() == state.version()) {
            file.setRecord(new ArchiveRecord(
                            store.id(),
                            object,
                            state.size(),
                            state.mtime(),
                            clock.wallTime().seconds())
                    .text());
            log.count(AgentCount.FILES_ARCHIVED, 1);
            log.count(AgentCount.BYTES_ARCHIVED, state.size());
            return Outcome.ARCHIVED;
        }
        if (stop.getAsBoolean()) {
            return Outcome.STOPPED;
        }
        log.count(AgentCount.FILES_CHANGED_WHILE_COPIED, 1);
        return Outcome.CHANGED;
    }

    private boolean needsCopy(long ino, VolumeFile file, VolumeFile.State state) throws FsException {
        if (!state.regular() || state.size() == 0) {
            return false;
        }
        ArchiveRecord record = ArchiveRecord.parse(file.record());
        return record == null || !record.isFor(ino, store.id()) || !record.covers(state);
    }

    /** What a pass would archive, to a line each; changes nothing. */
    void show() throws FsException, IOException {
        StorePosition position = store.position();
        for (long ino : position.again()) {
            show(ino);
        }
        List<SeqEntry> batch = volume.changed(after(position), BATCH);
        while (!batch.isEmpty() && !stop.getAsBoolean()) {
            for (SeqEntry entry : batch) {
                show(entry.ino());
            }
            batch = volume.changed(
                    after(new StorePosition(
                            batch.getLast().seq(), batch.getLast().ino(), new TreeSet<>())),
                    BATCH);
        }
    }

    private void show(long ino) throws FsException {
        try (VolumeFile file = volume.open(ino, Volume.Access.READ)) {
            VolumeFile.State state = file.state();
            if (needsCopy(ino, file, state)) {
                log.plain("would archive " + volume.name(ino) + ", " + state.size() + " bytes");
            }
        } catch (FsException e) {
            if (!isGone(e)) {
                throw e;
            }
        }
    }
}
