package org.scoutfs.app.archive;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.Failures;
import org.scoutfs.app.archive.store.ArchiveStore;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.host.HostClock;

/**
 * {@code scoutfs archive run}: works on one mount until it is told to stop, and waits for the mount to come back when its daemon has ended.
 * {@link #run} by one thread, {@link #stop} by any.
 */
final class Agent {
    private static final long RETURN_MS = 1000;

    private final ArchiveStore store;
    private final AgentOptions options;
    private final HostClock clock;
    private final AgentLog log;
    private final Opener opener;
    private final CountDownLatch stopped = new CountDownLatch(1);

    /** Opens the volume of a path. */
    @FunctionalInterface
    interface Opener {
        Volume open(String path) throws FsException;
    }

    Agent(ArchiveStore store, AgentOptions options, HostClock clock, AgentLog log, Opener opener) {
        this.store = store;
        this.options = options;
        this.clock = clock;
        this.log = log;
        this.opener = opener;
    }

    /** Ends what runs at the next part of a file. */
    void stop() {
        stopped.countDown();
    }

    private boolean isStopped() {
        return stopped.getCount() == 0;
    }

    /**
     * Works until {@link #stop}, or with the option once until all is done.
     *
     * @return whether all was done
     * @throws FsException if the volume cannot be opened at the beginning, or is that of another store
     */
    boolean run() throws FsException, IOException, InterruptedException {
        Volume first = open();
        boolean complete = session(first);
        while (!isStopped() && !options.once() && !options.dryRun()) {
            log.problem("the mount at " + options.path() + " has ended; waiting until it is back");
            Volume again = waitForReturn();
            if (again != null) {
                log.info("the mount at " + options.path() + " is back as " + again.ident());
                complete = session(again);
            }
        }
        return complete;
    }

    private Volume open() throws FsException {
        Volume volume = opener.open(options.path());
        if (volume.fsid() != store.fsid()) {
            long fsid = volume.fsid();
            volume.close();
            throw new FsException(
                    Errno.EINVAL,
                    "the store %s belongs to the volume with fsid %016x, at %s is %016x"
                            .formatted(store.root(), store.fsid(), options.path(), fsid));
        }
        return volume;
    }

    private @Nullable Volume waitForReturn() throws InterruptedException {
        while (!stopped.await(RETURN_MS, TimeUnit.MILLISECONDS)) {
            try {
                return open();
            } catch (FsException e) {
                // not there yet
            }
        }
        return null;
    }

    private boolean session(Volume volume) throws IOException, InterruptedException {
        try (volume;
                AgentSession session = new AgentSession(volume, store, options, clock, log, stopped)) {
            return session.run();
        } catch (FsException e) {
            if (volume.isAlive() || options.once() || options.dryRun()) {
                log.problem(Failures.line(e));
            }
            return false;
        }
    }
}
