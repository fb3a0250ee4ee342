package org.scoutfs.fs;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counter;
import org.scoutfs.error.FsException;
import org.scoutfs.host.HostTimer;

/**
 * Finds orphans that nobody deleted when their last use ended: unlinked by a mount while another one had them open, or left by a
 * mount that died (spec 4 section 3.4). Looks only at the committed fs tree, so at what has been an orphan for a while.
 *
 * <p>Runs for ever, each pass a random time of 0.8 to 1.2 times the option after the end of the one before.
 */
public final class OrphanScan {
    private static final System.Logger LOG = System.getLogger("org.scoutfs.fs");
    private static final long NANOS_PER_MS = 1_000_000;
    private static final long FIRST_INO = 2;

    private final FsContext fs;
    private final Deletion deletion;
    private final Counter scans;
    private final Counter errors;

    @GuardedBy("this")
    private @Nullable HostTimer timer;

    @GuardedBy("this")
    private boolean started;

    @GuardedBy("this")
    private boolean running;

    private volatile boolean stopped;

    OrphanScan(FsContext fs, Deletion deletion) {
        this.fs = fs;
        this.deletion = deletion;
        this.scans = fs.counters().get("orphan_scan");
        this.errors = fs.counters().get("orphan_scan_error");
    }

    /** Begins to scan, at the end of mounting. A volume mounted read-only is not scanned. */
    public synchronized void start() {
        started = !fs.options().readOnly();
        schedule();
    }

    /** Ends a pass at its next inode and waits for it; no other will come. */
    public synchronized void stop() {
        stopped = true;
        HostTimer waiting = timer;
        if (waiting != null) {
            waiting.cancel();
        }
        boolean interrupted = false;
        while (running) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The option has a new value: it counts from now. */
    public synchronized void delayChanged() {
        HostTimer waiting = timer;
        if (waiting != null && waiting.cancel()) {
            schedule();
        }
    }

    @GuardedBy("this")
    private void schedule() {
        if (!started || stopped) {
            return;
        }
        long delay = fs.options().orphanScanDelayMs() * NANOS_PER_MS;
        long jittered =
                Math.max(NANOS_PER_MS, delay * 4 / 5 + fs.host().random().nextLong(Math.max(1, delay * 2 / 5)));
        timer = fs.host().clock().schedule("orphan scan", jittered, this::scheduledPass);
    }

    private void scheduledPass() {
        synchronized (this) {
            if (stopped) {
                return;
            }
            running = true;
        }
        try {
            pass();
        } catch (FsException e) {
            errors.increment();
            LOG.log(System.Logger.Level.DEBUG, "orphan scan ended early: {0}", e.getMessage());
        } finally {
            synchronized (this) {
                running = false;
                notifyAll();
                schedule();
            }
        }
    }

    /**
     * Walks all orphans once, on this thread.
     *
     * @return how many of them do not exist any more
     */
    public int pass() throws FsException {
        scans.increment();
        int gone = 0;
        long mapGroup = -1;
        long[] map = new long[0];
        for (long ino = next(FIRST_INO); ino != 0 && !stopped; ino = ino == -1L ? 0 : next(ino + 1)) {
            if (fs.inodes().inUse(ino)) {
                continue;
            }
            // without a lock: only a filter
            if (ino >>> 10 != mapGroup) {
                mapGroup = ino >>> 10;
                map = fs.cluster().openInodeMap(mapGroup);
            }
            if ((map[(int) (ino & 1023) >> 6] & 1L << ino) != 0) {
                continue;
            }
            if (deletion.tryDelete(ino) == Deletion.Outcome.DONE) {
                gone++;
            }
        }
        return gone;
    }

    private long next(long ino) throws FsException {
        return fs.cluster().nextCommittedOrphan(ino);
    }
}
