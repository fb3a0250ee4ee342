package org.scoutfs.server;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.host.HostClock;

/**
 * The mounts that the server of this mount wants fenced (spec 3 section 11.1). They live in memory as long as the server does; the next
 * server makes new ones from what is on the devices.
 *
 * <p>A {@link View} shows them to fence agents, for instance as directories. With no agent they are not answered and become errors
 * after {@value #LIFE_SECONDS} seconds. Any thread; the view is called without the lock, {@code added} before and {@code removed} after
 * the request can be answered to any effect.
 */
public final class FenceRequests {
    /** Seconds until a request that nobody answered becomes an error. */
    public static final int LIFE_SECONDS = 30;

    private static final System.Logger LOG = System.getLogger(FenceRequests.class.getName());

    /** Shows requests to fence agents. An implementation neither blocks for long nor throws, and takes a second removal. */
    public interface View {
        /** A view that nobody looks at. */
        View NONE = new View() {
            @Override
            public void added(FenceRequest request) {}

            @Override
            public void removed(FenceRequest request) {}
        };

        /** A request was made; answer it with {@link FenceRequest#setFenced} or {@link FenceRequest#setError}. */
        void added(FenceRequest request);

        /** The request is over. */
        void removed(FenceRequest request);

        /**
         * Whether it is certain without asking anybody that the mount can never write again. Such mounts are not waited for when a server
         * starts.
         */
        default boolean isGone(long rid, InetAddr addr) {
            return false;
        }
    }

    private final HostClock clock;
    private final View view;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<Long, FenceRequest> requests = new LinkedHashMap<>();
    private boolean open;
    private Runnable answerListener = () -> {};

    public FenceRequests(HostClock clock, View view) {
        this.clock = clock;
        this.view = view;
    }

    /** Whether it is certain that the mount can never write again, so that nobody need wait for it. */
    boolean isGone(long rid, InetAddr addr) {
        return view.isGone(rid, addr);
    }

    /** The requests now, a copy in the order they were made. */
    public List<FenceRequest> list() {
        lock.lock();
        try {
            return List.copyOf(requests.values());
        } finally {
            lock.unlock();
        }
    }

    /** The request for a mount, if there is one. */
    public @Nullable FenceRequest find(long rid) {
        lock.lock();
        try {
            return requests.get(rid);
        } finally {
            lock.unlock();
        }
    }

    /**
     * A server starts: requests can be made.
     *
     * @param whenAnswered called, without the lock, whenever a request was fenced or failed
     */
    void open(Runnable whenAnswered) {
        lock.lock();
        try {
            open = true;
            answerListener = whenAnswered;
        } finally {
            lock.unlock();
        }
    }

    /** The server stops: all requests vanish, waiters wake, and no more can be made. */
    void close() {
        List<FenceRequest> dropped;
        lock.lock();
        try {
            open = false;
            answerListener = () -> {};
            dropped = List.copyOf(requests.values());
            for (FenceRequest request : dropped) {
                // Only to stop its timer: nobody looks at it any more.
                request.answerLocked(FenceRequest.State.ERROR);
            }
            requests.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        dropped.forEach(view::removed);
    }

    /** Wants a mount fenced. Nothing new if it is wanted already, for whatever reason (race R67), or if the server has stopped. */
    void add(long rid, InetAddr addr, FenceRequest.Reason reason) {
        FenceRequest request = new FenceRequest(this, rid, addr, reason, clock.nanoTime());
        lock.lock();
        try {
            if (!open || requests.putIfAbsent(rid, request) != null) {
                return;
            }
        } finally {
            lock.unlock();
        }
        LOG.log(System.Logger.Level.WARNING, "{0}", request);
        view.added(request);
        boolean dropped;
        lock.lock();
        try {
            dropped = requests.get(rid) != request;
            if (!dropped && request.stateLocked() == FenceRequest.State.PENDING) {
                request.setTimerLocked(clock.schedule(
                        "scoutfs-fence-timeout", TimeUnit.SECONDS.toNanos(LIFE_SECONDS), () -> expired(request)));
            }
        } finally {
            lock.unlock();
        }
        if (dropped) {
            // The server stopped while the view was told, so whoever dropped it may have come before.
            view.removed(request);
        }
    }

    /**
     * Waits until every request is fenced.
     *
     * @throws FsException ETIMEDOUT when time is up, EIO if one failed, ENOLINK if the signal is set and {@link #wake} called
     */
    void awaitAllFenced(long timeoutMs, StopSignal stop) throws FsException {
        long deadline = clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        lock.lock();
        try {
            while (true) {
                stop.check();
                FenceRequest pending = null;
                for (FenceRequest request : requests.values()) {
                    switch (request.stateLocked()) {
                        case ERROR -> throw new FsException(Errno.EIO, request + " failed");
                        case PENDING -> pending = request;
                        case FENCED -> {}
                    }
                }
                if (pending == null) {
                    return;
                }
                long left = deadline - clock.nanoTime();
                if (left <= 0) {
                    throw new FsException(Errno.ETIMEDOUT, pending + " was not answered in time");
                }
                await(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** A request that is fenced or has failed, if there is one. It stays until {@link #remove}. */
    @Nullable
    FenceRequest answered() {
        lock.lock();
        try {
            for (FenceRequest request : requests.values()) {
                if (request.stateLocked() != FenceRequest.State.PENDING) {
                    return request;
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** The mount is fenced and reclaimed. */
    void remove(FenceRequest request) {
        lock.lock();
        try {
            if (!requests.remove(request.rid(), request)) {
                return;
            }
        } finally {
            lock.unlock();
        }
        view.removed(request);
    }

    /** Makes {@link #awaitAllFenced} look at its signal. */
    void wake() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    FenceRequest.State state(FenceRequest request) {
        lock.lock();
        try {
            return request.stateLocked();
        } finally {
            lock.unlock();
        }
    }

    void answer(FenceRequest request, FenceRequest.State answer) {
        Runnable listener;
        lock.lock();
        try {
            if (requests.get(request.rid()) != request || request.stateLocked() != FenceRequest.State.PENDING) {
                return;
            }
            request.answerLocked(answer);
            changed.signalAll();
            listener = answerListener;
        } finally {
            lock.unlock();
        }
        if (answer == FenceRequest.State.ERROR) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "error indicated by fence action for rid {0}",
                    "%016x".formatted(request.rid()));
        } else {
            LOG.log(System.Logger.Level.INFO, "{0}: {1}", request, answer);
        }
        listener.run();
    }

    private void expired(FenceRequest request) {
        LOG.log(
                System.Logger.Level.ERROR,
                "fence request for rid {0} was not serviced in {1}ms, raising error; is 'scoutfs fenced' running here?",
                "%016x".formatted(request.rid()),
                Long.toString(TimeUnit.SECONDS.toMillis(LIFE_SECONDS)));
        answer(request, FenceRequest.State.ERROR);
    }

    long nanoTime() {
        return clock.nanoTime();
    }

    private void await(long nanos) throws FsException {
        try {
            clock.awaitNanos(lock, changed, nanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR, "interrupted while waiting for fencing", e);
        }
    }
}
