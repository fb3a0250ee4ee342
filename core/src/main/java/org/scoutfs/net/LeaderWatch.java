package org.scoutfs.net;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.FsException;
import org.scoutfs.host.Host;
import org.scoutfs.host.HostTimer;

/**
 * Looks into the quorum blocks again and again while a client is connected, and breaks the connection when a later server leads. A server
 * that hangs on a host that answers keeps its connections for ever: no keepalive tells, and requests wait without limit by design. Whoever
 * does not come to the next server in its recovery time is fenced, so idle clients look, too. Safe for all threads.
 */
final class LeaderWatch implements AutoCloseable {
    /** A small part of the time in which a new server waits for its clients. */
    static final long LOOK_MS = 5_000;

    private static final Logger LOG = System.getLogger("org.scoutfs.net");

    private final Host host;
    private final ServerLocator locator;
    private final Link link;

    /** Of the server that the link leads to. */
    @GuardedBy("this")
    private long term;

    @GuardedBy("this")
    private @Nullable HostTimer timer;

    @GuardedBy("this")
    private @Nullable Thread looking;

    @GuardedBy("this")
    private boolean closed;

    /** Begins to watch; {@code term} is that in which the server was found, which may be less than it says itself. */
    LeaderWatch(Host host, ServerLocator locator, Link link, long term) {
        this.host = host;
        this.locator = locator;
        this.link = link;
        this.term = term;
        schedule();
    }

    /** What the server says. */
    synchronized void greeted(long serverTerm) {
        if (Long.compareUnsigned(serverTerm, term) > 0) {
            term = serverTerm;
        }
    }

    private synchronized void schedule() {
        if (!closed) {
            timer = host.clock().schedule("net-leader", TimeUnit.MILLISECONDS.toNanos(LOOK_MS), this::begin);
        }
    }

    /** Reading may wait for a device, which nobody's timer should. */
    private synchronized void begin() {
        if (!closed) {
            looking = host.threads().virtual("net-leader", this::look);
        }
    }

    private void look() {
        try {
            ServerLocator.Location found = locator.locate();
            if (found != null && isLater(found.term())) {
                link.shut("a later server leads, in term " + Long.toUnsignedString(found.term()));
                return;
            }
        } catch (FsException e) {
            LOG.log(Level.DEBUG, "cannot look for a later server: {0}", e.getMessage());
        }
        schedule();
    }

    private synchronized boolean isLater(long found) {
        return Long.compareUnsigned(found, term) > 0;
    }

    /** Returns when nothing is looked at any more. */
    @Override
    public void close() {
        Thread last;
        synchronized (this) {
            closed = true;
            if (timer != null) {
                timer.cancel();
            }
            last = looking;
        }
        if (last != null) {
            Threads.join(last);
        }
    }
}
