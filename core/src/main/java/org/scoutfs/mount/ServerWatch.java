package org.scoutfs.mount;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.FsException;
import org.scoutfs.host.Host;

/** Interrupts the thread that made it when it turns out that the server it waits for will not come. Closed by that thread. */
final class ServerWatch implements AutoCloseable {
    private static final long PAUSE_NANOS = 100_000_000;

    private final Host host;
    private final Supplier<@Nullable FsException> whyNot;
    private final Thread waiting = Thread.currentThread();
    private final Thread watcher;
    private volatile @Nullable FsException reason;

    ServerWatch(Host host, Supplier<@Nullable FsException> whyNot) {
        this.host = host;
        this.whyNot = whyNot;
        this.watcher = host.threads().virtual("scoutfs-mount-watch", this::watch);
    }

    private void watch() {
        try {
            while (reason == null) {
                host.clock().sleep(PAUSE_NANOS);
                reason = whyNot.get();
            }
            waiting.interrupt();
        } catch (InterruptedException e) {
            // closed: the server came, or the wait has ended otherwise
        }
    }

    /** Why the thread was interrupted; null if it was not from here. */
    @Nullable
    FsException reason() {
        return reason;
    }

    @Override
    public void close() {
        watcher.interrupt();
        boolean interrupted = false;
        while (watcher.isAlive()) {
            try {
                watcher.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        // an interrupt that came from here has been dealt with
        if (interrupted && reason == null) {
            waiting.interrupt();
        } else if (reason != null) {
            Thread.interrupted();
        }
    }
}
