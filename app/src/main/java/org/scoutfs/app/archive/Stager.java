package org.scoutfs.app.archive;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import org.scoutfs.app.Failures;
import org.scoutfs.app.archive.store.ArchiveStore;
import org.scoutfs.app.archive.store.DamagedObjectException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.host.HostClock;
import org.scoutfs.vfs.ArchiveFiles.Waiting;

/**
 * Serves who waits on one mount for offline contents. {@link #serve} by one thread; files come back on the threads of an executor, each file
 * by one of them. Waits that are not taken up for lack of room are there at the next look.
 */
final class Stager {
    private static final int BLOCK = 4096;
    private static final int LIMIT = 4096;
    private static final int JOBS_MAX = 4096;
    private static final int CHANGES_MAX = 3;
    private static final long PAUSE_NANOS = 5_000_000_000L;

    private final Volume volume;
    private final ArchiveStore store;
    private final ExecutorService threads;
    private final HostClock clock;
    private final AgentLog log;
    private final BooleanSupplier stop;
    private final Map<Long, StageJob> jobs = new ConcurrentHashMap<>();
    /** Files that the volume did not take, and when to try again. */
    private final Map<Long, Long> later = new ConcurrentHashMap<>();

    private volatile long pausedUntilNanos;

    Stager(
            Volume volume,
            ArchiveStore store,
            ExecutorService threads,
            HostClock clock,
            AgentLog log,
            BooleanSupplier stop) {
        this.volume = volume;
        this.store = store;
        this.threads = threads;
        this.clock = clock;
        this.log = log;
        this.stop = stop;
        this.pausedUntilNanos = clock.nanoTime();
    }

    /** Whether a file is coming back just now. */
    boolean isStaging(long ino) {
        return jobs.containsKey(ino);
    }

    boolean isIdle() {
        return jobs.isEmpty();
    }

    /**
     * Takes up whoever waits now.
     *
     * @return how many places are waited for
     * @throws FsException if the volume does not answer
     */
    int serve() throws FsException {
        if (clock.nanoTime() - pausedUntilNanos < 0) {
            return 0;
        }
        int places = 0;
        Waiting last = new Waiting(0, 0, 0);
        while (true) {
            List<Waiting> waiting = volume.waiting(last.ino(), last.block(), LIMIT);
            if (waiting.isEmpty()) {
                return places;
            }
            for (Waiting one : waiting) {
                take(one.ino(), one.block() * BLOCK);
            }
            places += waiting.size();
            last = waiting.getLast();
        }
    }

    private void take(long ino, long offset) {
        Long notBefore = later.get(ino);
        StageJob known = jobs.get(ino);
        if (known != null) {
            known.want(offset);
        } else if ((notBefore == null || clock.nanoTime() - notBefore >= 0) && jobs.size() < JOBS_MAX) {
            later.remove(ino);
            StageJob job = new StageJob(volume, store, clock, log, stop, ino, offset);
            jobs.put(ino, job);
            threads.execute(() -> run(job));
        }
    }

    private void run(StageJob job) {
        boolean more = false;
        try {
            more = job.slice() == StageJob.Outcome.AGAIN && !stop.getAsBoolean();
        } catch (DamagedObjectException e) {
            fail(job.ino(), e.getMessage());
        } catch (IOException e) {
            pausedUntilNanos = clock.nanoTime() + PAUSE_NANOS;
            putOff(job.ino(), "the store does not answer: " + e);
        } catch (FsException e) {
            failed(job.ino(), e);
        } finally {
            if (!more || !goOn(job)) {
                jobs.remove(job.ino());
            }
        }
    }

    private boolean goOn(StageJob job) {
        try {
            threads.execute(() -> run(job));
            return true;
        } catch (RejectedExecutionException e) {
            // the agent is ending
            return false;
        }
    }

    private void failed(long ino, FsException e) {
        switch (e.errno()) {
            case ESTALE -> {
                // It has changed: whoever waits still is taken up again. Or it has lost its last name, and then it can
                // be opened no more.
                if (!volume.isOpenable(ino)) {
                    fail(ino, "it was removed");
                }
            }
            case ENOSPC, EDQUOT -> {
                pausedUntilNanos = clock.nanoTime() + PAUSE_NANOS;
                putOff(ino, "no space on the data device: " + Failures.text(e.errno()));
            }
            default -> putOff(ino, Failures.line(e));
        }
    }

    /** For good: repeating would not help. */
    private void fail(long ino, String why) {
        try {
            int failed = volume.failWaiting(ino, 0, Long.MAX_VALUE & -BLOCK);
            log.count(AgentCount.WAITS_FAILED, failed);
            log.problem("cannot stage " + volume.name(ino) + ", " + failed + " waiting operations fail: " + why);
        } catch (FsException e) {
            putOff(ino, Failures.text(e.errno()));
        }
    }

    private void putOff(long ino, String why) {
        if (later.size() >= JOBS_MAX) {
            later.clear();
        }
        later.put(ino, clock.nanoTime() + PAUSE_NANOS);
        log.count(AgentCount.STAGES_PUT_OFF, 1);
        log.problem("staging of " + volume.name(ino) + " is put off, who waits goes on waiting: " + why);
    }

    /**
     * Brings a whole file back on the calling thread.
     *
     * @throws DamagedObjectException if the archive does not have all of it
     * @throws FsException if the volume does not take it; ESTALE if it is gone or changes all the time
     */
    static void stageNow(
            Volume volume, ArchiveStore store, HostClock clock, AgentLog log, BooleanSupplier stop, long ino)
            throws IOException, FsException {
        StageJob job = new StageJob(volume, store, clock, log, stop, ino, 0);
        for (int changes = 0; ; ) {
            try {
                if (job.slice() != StageJob.Outcome.AGAIN) {
                    break;
                }
            } catch (FsException e) {
                if (e.errno() != Errno.ESTALE || !volume.isOpenable(ino) || ++changes > CHANGES_MAX) {
                    throw e;
                }
            }
        }
        String damage = job.damage();
        if (damage != null) {
            throw new DamagedObjectException(damage);
        }
    }
}
