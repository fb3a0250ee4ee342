package org.scoutfs.fuse;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.host.HostClock;

/**
 * The reader threads of one source of requests. A fixed number of them serves requests; one that is about to wait steps out and another takes
 * its place, so a mount never stands still because all its readers wait for the same lock. After its request it steps back in, or becomes a
 * spare if its place is taken.
 *
 * <p>The lock is held for a few assignments and is touched only by requests that wait. Bounded: when the limit of threads is reached
 * a place stays empty until a reader is done with waiting, and the counter {@code fuse_readers_exhausted} moves.
 */
final class ReaderPool {
    private static final int MOST_SPARES = 16;
    private static final System.Logger LOG = System.getLogger(ReaderPool.class.getName());

    private final String name;
    private final Dispatcher dispatcher;
    private final Supplier<Source> sources;
    private final HostClock clock;
    private final int places;
    private final int limit;
    private final boolean dismissible;
    private final Counter exhausted;
    private final Counter started;

    /** With those of other pools of this mount. */
    private final CopyOnWriteArrayList<Reader> readers;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition placeFree = lock.newCondition();
    private final Condition allGone = lock.newCondition();

    @GuardedBy("lock")
    private int serving;

    @GuardedBy("lock")
    private int spares;

    /** Spares that have been told to serve, are counted as serving, and have not woken yet. */
    @GuardedBy("lock")
    private int called;

    @GuardedBy("lock")
    private int total;

    private int nextNumber;

    @GuardedBy("lock")
    private @Nullable Reader first;

    @GuardedBy("lock")
    private boolean stopping;

    /**
     * @param readers of the whole mount; this pool adds its own
     * @param places readers that serve when nobody waits
     * @param limit readers with those that wait
     * @param dismissible whether a spare may end while the mount lives
     */
    ReaderPool(
            String name,
            Dispatcher dispatcher,
            Supplier<Source> sources,
            CopyOnWriteArrayList<Reader> readers,
            int places,
            int limit,
            boolean dismissible,
            HostClock clock,
            Counters counters) {
        this.name = name;
        this.dispatcher = dispatcher;
        this.sources = sources;
        this.readers = readers;
        this.clock = clock;
        this.places = places;
        this.limit = Math.max(limit, places);
        this.dismissible = dismissible;
        this.exhausted = counters.get("fuse_readers_exhausted");
        this.started = counters.get("fuse_readers_started");
    }

    /**
     * Returns when requests can come.
     *
     * @throws IOException if not one reader can be started
     */
    void start() throws IOException {
        Reader opener;
        lock.lock();
        try {
            for (int i = 0; i < places; i++) {
                fillPlace();
            }
            if (first == null) {
                throw new IOException(name + ": not one reader could be started");
            }
            opener = first;
        } finally {
            lock.unlock();
        }
        int result = opener.awaitOpened();
        if (result < 0) {
            throw new IOException(name + ": " + Errno.of(-result).text());
        }
    }

    long now() {
        return clock.nanoTime();
    }

    /** The calling reader is about to wait. */
    void waits() {
        lock.lock();
        try {
            serving--;
            if (!stopping && serving < places) {
                fillPlace();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The calling reader is done with a request that waited. Returns when there is a place for it, or false if it has to end. */
    boolean resumed() {
        lock.lock();
        try {
            if (stopping) {
                serving++;
                return false;
            }
            if (serving < places) {
                serving++;
                return true;
            }
            if (dismissible && spares >= MOST_SPARES) {
                // Counted as serving until exited() takes it out.
                serving++;
                return false;
            }
            spares++;
            while (!stopping && called == 0) {
                placeFree.awaitUninterruptibly();
            }
            spares--;
            if (called > 0) {
                called--;
            } else {
                serving++;
            }
            return !stopping;
        } finally {
            lock.unlock();
        }
    }

    /** The calling reader ends. */
    void exited(Reader reader) {
        lock.lock();
        try {
            serving--;
            total--;
            readers.remove(reader);
            if (total == 0) {
                allGone.signalAll();
            }
        } finally {
            lock.unlock();
        }
        reader.close();
    }

    /** No more requests will come: spares end, and nobody is replaced any more. */
    void stop() {
        lock.lock();
        try {
            stopping = true;
            placeFree.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void awaitAllGone() {
        lock.lock();
        try {
            while (total > 0) {
                allGone.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Calls a spare or starts a reader. */
    @GuardedBy("lock")
    private void fillPlace() {
        if (spares > called) {
            called++;
            serving++;
            placeFree.signal();
            return;
        }
        if (total >= limit) {
            exhausted.increment();
            return;
        }
        Reader reader = null;
        try {
            reader = new Reader(name + "-" + nextNumber++, this, dispatcher, sources.get());
            if (first == null) {
                first = reader;
            }
            readers.add(reader);
            reader.start();
            total++;
            serving++;
            started.increment();
        } catch (OutOfMemoryError e) {
            // The system has no more threads or memory: as if the limit were lower. Those that wait will come back.
            LOG.log(System.Logger.Level.WARNING, "no thread for another FUSE reader beside " + total, e);
            exhausted.increment();
            if (reader != null) {
                readers.remove(reader);
                reader.close();
            }
        }
    }
}
