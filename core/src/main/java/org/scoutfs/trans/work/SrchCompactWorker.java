package org.scoutfs.trans.work;

import org.scoutfs.block.BlockCache;
import org.scoutfs.client.SrchCompactService;
import org.scoutfs.counter.Counters;
import org.scoutfs.counter.Triggers;
import org.scoutfs.error.FsException;
import org.scoutfs.format.SrchCompact;
import org.scoutfs.host.Host;
import org.scoutfs.srch.SrchCompactor;

/** Compacts srch files, as the server hands them out (spec 2 section 10.4). */
public final class SrchCompactWorker extends ServerWorker {
    /** Pause after "no work" or an error unless set otherwise. */
    public static final int DEFAULT_DELAY_MS = 10_000;

    public static final int MIN_DELAY_MS = 1_000;
    public static final int MAX_DELAY_MS = 60_000;

    private static final long NANOS_PER_MS = 1_000_000;

    private final SrchCompactService server;
    private final SrchCompactor compactor;
    private volatile int delayMs = DEFAULT_DELAY_MS;

    public SrchCompactWorker(
            SrchCompactService server, BlockCache blocks, Host host, Counters counters, Triggers triggers) {
        super("scoutfs-srch-compact", host);
        this.server = server;
        this.compactor = new SrchCompactor(blocks, counters, triggers);
    }

    /** Pause between requests that found no work, milliseconds. */
    public int delayMs() {
        return delayMs;
    }

    /**
     * Changes the pause; asks at once.
     *
     * @param newDelayMs {@value #MIN_DELAY_MS} to {@value #MAX_DELAY_MS}
     */
    public void setDelayMs(int newDelayMs) {
        if (newDelayMs < MIN_DELAY_MS || newDelayMs > MAX_DELAY_MS) {
            throw new IllegalArgumentException("srch compaction delay of " + newDelayMs + " ms");
        }
        delayMs = newDelayMs;
        endPause();
    }

    @Override
    long pauseNanos() {
        return delayMs * NANOS_PER_MS;
    }

    @Override
    boolean work() throws FsException {
        SrchCompact request = server.srchGetCompact();
        if (request == null) {
            return false;
        }
        SrchCompact answer = compactor.run(request, this::isStopping);
        answer(() -> server.srchCommitCompact(answer));
        return !answer.has(SrchCompact.FLAG_ERROR);
    }
}
