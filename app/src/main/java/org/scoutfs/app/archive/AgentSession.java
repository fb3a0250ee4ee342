package org.scoutfs.app.archive;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.Failures;
import org.scoutfs.app.archive.store.ArchiveStore;
import org.scoutfs.app.archive.store.StorePosition;
import org.scoutfs.error.FsException;
import org.scoutfs.host.HostClock;

/**
 * An agent's work on one life of a mount. Threads: the caller of {@link #run} archives and releases in turn; {@code archive-wait} looks who
 * waits; {@code archive-copy} and {@code archive-stage} threads, fixed in number, move contents. All are platform threads, since system calls
 * pin, and none keeps the process alive: one may wait in the kernel for contents that never come.
 */
final class AgentSession implements AutoCloseable {
    private static final long STORE_RETRY_MS = 10_000;
    private static final long AGE_LOOK_NANOS = 60_000_000_000L;
    private static final long SUMMARY_NANOS = 60_000_000_000L;
    private static final long END_SECONDS = 10;

    private final Volume volume;
    private final ArchiveStore store;
    private final AgentOptions options;
    private final HostClock clock;
    private final AgentLog log;
    private final CountDownLatch stopped;
    /** Ends this session: the agent stops, or the mount is gone. */
    private final CountDownLatch ended = new CountDownLatch(1);

    private final ExecutorService copies;
    private final ExecutorService stages;
    private final Stager stager;
    private final Archiver archiver;
    private final Releaser releaser;

    private ArchiveStore.@Nullable Held lock;
    private long nextAgeLookNanos;
    private long nextSummaryNanos;
    private String lastSummary = "";

    AgentSession(
            Volume volume,
            ArchiveStore store,
            AgentOptions options,
            HostClock clock,
            AgentLog log,
            CountDownLatch stopped) {
        this.volume = volume;
        this.store = store;
        this.options = options;
        this.clock = clock;
        this.log = log;
        this.stopped = stopped;
        this.copies = threads("archive-copy-", options.copies());
        this.stages = threads("archive-stage-", options.stages());
        this.stager = new Stager(volume, store, stages, clock, log, this::isEnding);
        this.archiver = new Archiver(
                volume,
                store,
                ino -> Stager.stageNow(volume, store, clock, log, this::isEnding, ino),
                copies,
                clock,
                log,
                this::isEnding);
        this.releaser = new Releaser(volume, store, stager::isStaging, clock, log, this::isEnding, options.dryRun());
        this.nextAgeLookNanos = clock.nanoTime();
        this.nextSummaryNanos = clock.nanoTime();
    }

    private static ExecutorService threads(String name, int count) {
        return Executors.newFixedThreadPool(
                count, Thread.ofPlatform().daemon().name(name, 0).factory());
    }

    private boolean isEnding() {
        return stopped.getCount() == 0 || ended.getCount() == 0;
    }

    /**
     * Works until the agent stops or the mount has gone.
     *
     * @return whether all was done; only with the option once
     */
    boolean run() throws FsException, IOException, InterruptedException {
        if (options.dryRun()) {
            archiver.show();
            release(true);
            return true;
        }
        if (options.once()) {
            return once();
        }
        log.info("archiving %s at %s into %s".formatted(volume.ident(), options.path(), store.root()));
        Thread.ofPlatform().daemon().name("archive-wait").start(this::serveWaiting);
        while (!isEnding()) {
            long pauseMs = options.intervalMs();
            try {
                cycle();
            } catch (IOException e) {
                log.problem("the store " + store.root() + " cannot be used, will try again: " + e.getMessage());
                pauseMs = STORE_RETRY_MS;
            } catch (FsException e) {
                if (!volume.isAlive()) {
                    throw e;
                }
                log.problem(Failures.line(e));
            }
            pause(pauseMs);
        }
        log.info("stopped: " + log.summary());
        return true;
    }

    private void pause(long ms) throws InterruptedException {
        long end = clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
        while (!isEnding() && clock.nanoTime() - end < 0) {
            boolean _ = stopped.await(Math.min(ms, 100), TimeUnit.MILLISECONDS);
        }
    }

    private void cycle() throws FsException, IOException, InterruptedException {
        if (!options.stageOnly() && becomeArchiver()) {
            archiver.pass();
            release(false);
        }
        long now = clock.nanoTime();
        if (now - nextSummaryNanos >= 0) {
            nextSummaryNanos = now + SUMMARY_NANOS;
            if (!log.summary().equals(lastSummary)) {
                lastSummary = log.summary();
                log.info(lastSummary);
            }
        }
        saveStatus();
    }

    /** One agent of a store archives and releases. When it ends, another takes over. */
    private boolean becomeArchiver() throws IOException {
        if (lock == null) {
            lock = store.tryLock();
            if (lock != null) {
                log.info("this agent archives and releases");
            }
        }
        return lock != null;
    }

    private void release(boolean now) throws FsException, IOException {
        ReleasePolicy policy = options.policy();
        long before = log.get(AgentCount.FILES_RELEASED);
        if (policy.byAge() && (now || clock.nanoTime() - nextAgeLookNanos >= 0)) {
            nextAgeLookNanos =
                    clock.nanoTime() + Math.min(AGE_LOOK_NANOS, TimeUnit.SECONDS.toNanos(policy.afterSeconds()));
            releaser.releaseOlderThan(policy.afterSeconds());
        }
        Volume.Space space = volume.space();
        long excess = policy.excess(space);
        if (excess > 0) {
            long freed = releaser.releaseInOrder(policy.keepSeconds(), excess);
            log.info("the data device was %d %% full, released %d of %d bytes down to %d %%"
                    .formatted(space.usedPercent(), freed, excess, policy.lowPercent()));
        }
        if (log.get(AgentCount.FILES_RELEASED) != before) {
            // what was freed can be used after a commit
            volume.sync();
        }
    }

    private boolean once() throws FsException, IOException, InterruptedException {
        // what is in the open transaction of this mount is not in the index yet
        volume.sync();
        int left = 0;
        if (!options.stageOnly()) {
            if (!becomeArchiver()) {
                throw new IOException("another agent archives into " + store.root() + "; stop it, or use --stage-only");
            }
            left = archiver.pass();
            release(true);
        }
        long putOff = log.get(AgentCount.STAGES_PUT_OFF);
        while (!isEnding() && log.get(AgentCount.STAGES_PUT_OFF) == putOff) {
            if (stager.serve() == 0 && stager.isIdle()) {
                break;
            }
            pause(options.pollMs());
        }
        saveStatus();
        log.info(log.summary());
        return left == 0 && !isEnding() && log.get(AgentCount.STAGES_PUT_OFF) == putOff;
    }

    private void serveWaiting() {
        while (!isEnding()) {
            try {
                stager.serve();
            } catch (FsException e) {
                if (!volume.isAlive()) {
                    ended.countDown();
                    return;
                }
                log.problem("cannot ask who waits: " + Failures.line(e));
            }
            try {
                pause(options.pollMs());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void saveStatus() throws IOException {
        StorePosition position = store.position();
        store.saveStatus(
                volume.ident(),
                "time %d\npid %d\nmount %s\narchives %s\nposition %s\nto_try_again %d\n"
                                .formatted(
                                        clock.wallTime().seconds(),
                                        ProcessHandle.current().pid(),
                                        options.path(),
                                        lock != null,
                                        Long.toUnsignedString(position.seq()),
                                        position.again().size())
                        + log.countLines());
    }

    @Override
    public void close() throws IOException {
        ended.countDown();
        copies.shutdown();
        stages.shutdown();
        try {
            boolean _ = copies.awaitTermination(END_SECONDS, TimeUnit.SECONDS)
                    && stages.awaitTermination(END_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (lock != null) {
            lock.close();
        }
    }
}
