package org.scoutfs.server;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;

/**
 * Groups the changes of many requests into one super block write (spec 2 section 4.9, spec 3 section 6.2).
 *
 * <p>A request <em>holds</em>, changes blocks, and <em>applies</em>, which returns when its changes are stable. While somebody waits
 * in apply no new holder is admitted, so a commit is at most as late as the slowest holder that was already in. There is no commit
 * thread: the first waiter that finds nobody holding writes for all of them, which saves two thread switches in the latency that
 * every mount feels at each of its own commits.
 *
 * <p>Each holder may use {@value #HOLD_BLOCKS} blocks of the allocation list and as much room of the freed list. There is no way back
 * from a list that runs empty inside a commit, hence admission looks at the levels first. When there is no room and nobody holds, the
 * one who waits writes an empty commit, which swaps in the other lists; a server start and nearly full freed lists depend on it
 * (races R58, R59).
 *
 * <p>Any thread may call. The lock inside is held only for bookkeeping, never while blocks are changed or written. Never hold or apply
 * with the volume's lock held.
 */
final class ServerCommit {
    /** Blocks that one holder may allocate and, separately, free. */
    static final int HOLD_BLOCKS = 500;

    /** Empty commits in a row after which missing room is reported instead of waited for. */
    private static final int FUTILE_COMMITS = 16;

    private static final System.Logger LOG = System.getLogger(ServerCommit.class.getName());

    /** Blocks left in the lists that the present commit allocates from and frees to. */
    record Room(long avail, long freed) {
        boolean fits(Room need) {
            return avail >= need.avail && freed >= need.freed;
        }

        Room plus(long blocks) {
            return new Room(avail + blocks, freed + blocks);
        }
    }

    /** What the holders change. */
    interface Target {
        /** Called when nobody holds or writes. */
        Room room() throws FsException;

        /** Makes all changes stable; called when nobody holds. On an error everything stays as it is, to be written by a later call. */
        void write() throws FsException;
    }

    /** Changes that one super block write makes stable. */
    private static final class Round {
        private int waiting;
        private boolean done;
        private @Nullable FsException error;
    }

    private final Target target;
    private final Counter holdCount;
    private final Counter workerCount;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    private Round round = new Round();
    private int holders;
    private boolean writing;
    private boolean closed;
    private boolean aloneHolds;
    private int aloneWanted;
    private Room budget = new Room(0, 0);
    private Room start = new Room(0, 0);
    private boolean overBudgetReported;

    ServerCommit(Target target, Counters counters) {
        this.target = target;
        this.holdCount = counters.get("server_commit_hold");
        this.workerCount = counters.get("server_commit_worker");
    }

    /**
     * Waits to become a holder that may use {@value #HOLD_BLOCKS} blocks in each direction.
     *
     * @throws FsException ENOSPC if commits do not provide so much room, ENOLINK if the server stopped, or the error of a commit that
     *     had to be written to get room
     */
    void hold() throws FsException {
        lock.lock();
        try {
            admit(null);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits to become the only holder, with room of its own choice: for long work that must not be cut.
     *
     * @param need up to a few thousand in each direction; more than lists can have is refused
     * @throws FsException as {@link #hold}
     */
    void holdAlone(Room need) throws FsException {
        lock.lock();
        try {
            aloneWanted++;
            try {
                admit(need);
            } finally {
                aloneWanted--;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private void admit(@Nullable Room alone) throws FsException {
        int futile = 0;
        while (true) {
            requireOpen();
            boolean yield = alone != null ? holders > 0 : aloneHolds || aloneWanted > 0;
            if (writing || round.waiting > 0 || yield) {
                changed.awaitUninterruptibly();
                continue;
            }
            if (holders == 0) {
                start = target.room();
                budget = new Room(0, 0);
            }
            Room need = alone != null ? alone.plus(HOLD_BLOCKS) : shared();
            if (start.fits(need)) {
                budget = need;
                aloneHolds = alone != null;
                holders++;
                holdCount.increment();
                return;
            }
            if (holders > 0) {
                changed.awaitUninterruptibly();
            } else if (futile++ < FUTILE_COMMITS) {
                Round written = writeRound();
                if (written.error != null) {
                    throw written.error;
                }
            } else {
                throw new FsException(Errno.ENOSPC, "the server's block lists have no room for " + need + ": " + start);
            }
        }
    }

    /** Ends a hold and returns when its changes are stable. */
    void apply() throws FsException {
        lock.lock();
        try {
            Round mine = round;
            mine.waiting++;
            leave();
            while (!mine.done) {
                if (writing || (holders > 0 && !closed)) {
                    changed.awaitUninterruptibly();
                } else {
                    requireOpen();
                    writeRound();
                }
            }
            if (mine.error != null) {
                throw mine.error;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends a hold that failed. Nothing is undone: whatever it changed goes out with the next commit. */
    void abandon() {
        lock.lock();
        try {
            leave();
        } finally {
            lock.unlock();
        }
    }

    /** Refuses holders and releases waiters from now on, and returns when no commit is being written. */
    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
            while (writing || holders > 0) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private void leave() {
        holders--;
        if (holders < 0) {
            throw new IllegalStateException("commit left without a hold");
        }
        if (holders == 0) {
            aloneHolds = false;
            changed.signalAll();
        }
    }

    /** Called with the lock held and nobody holding; gives the lock up while the target writes. */
    private Round writeRound() throws FsException {
        Round current = round;
        reportOverBudget();
        writing = true;
        lock.unlock();
        FsException error = null;
        try {
            workerCount.increment();
            target.write();
        } catch (FsException e) {
            LOG.log(System.Logger.Level.WARNING, "server commit failed: {0}", e.getMessage());
            error = e;
        } catch (RuntimeException | Error e) {
            error = new FsException(Errno.EIO, "server commit failed: " + e, e);
            throw e;
        } finally {
            lock.lock();
            writing = false;
            current.done = true;
            current.error = error;
            round = new Round();
            changed.signalAll();
        }
        return current;
    }

    /** Room for those who hold, for one more, and for the commit's own work. */
    private Room shared() {
        long blocks = (long) (holders + 2) * HOLD_BLOCKS;
        return new Room(Math.max(budget.avail, blocks), Math.max(budget.freed, blocks));
    }

    private void reportOverBudget() throws FsException {
        Room left = target.room();
        Room used = new Room(start.avail - left.avail, start.freed - left.freed);
        if (budget.avail > 0 && !budget.fits(used) && !overBudgetReported) {
            overBudgetReported = true;
            LOG.log(System.Logger.Level.WARNING, "holders of a server commit used {0} of {1}", used, budget);
        }
    }

    private void requireOpen() throws FsException {
        if (closed) {
            throw new FsException(Errno.ENOLINK, "the server has stopped");
        }
    }
}
