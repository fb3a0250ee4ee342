package org.scoutfs.trans;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.scoutfs.client.LogTreesService;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.LogTrees;
import org.scoutfs.host.Host;
import org.scoutfs.host.HostTimer;

/**
 * The thread that commits transactions one after the other, spec 2 sections 5.3 and 5.4.
 *
 * <p>Nothing but a forced unmount ends a commit without success: it is repeated every two seconds, first the commit until it is
 * stable, then the opening of the next transaction. The two loops are apart: once the server has committed, sending the same
 * transaction again with anything changed would be refused for ever (spec 3, R46).
 */
final class CommitLoop {
    /** Commits even when nothing is dirty: the server finalizes log trees only when every mount comes by. */
    static final long SYNC_DELAY_NANOS = 10_000_000_000L;

    static final long RETRY_DELAY_NANOS = 2_000_000_000L;

    private static final System.Logger LOG = System.getLogger("org.scoutfs.trans");

    private final Transactions transactions;
    private final LogTreeWriter logTree;
    private final LogTreesService server;
    private final Host host;
    private final Counter timers;
    private final Counter written;
    private final Counter failures;

    private final ReentrantLock lock = new ReentrantLock();
    /** A commit is wanted, the last holder left, an end is wanted. */
    private final Condition work = lock.newCondition();
    /** A commit attempt finished, the next transaction is open, or the mount was forced down. */
    private final Condition finished = lock.newCondition();

    @GuardedBy("lock")
    private boolean requested;

    /** Holders are being kept out: whoever comes now is served by this commit. */
    @GuardedBy("lock")
    private boolean committing;

    /** Commits finished so far. */
    @GuardedBy("lock")
    private long finishedCommits;

    @GuardedBy("lock")
    private boolean stopping;

    /** The thread is gone or about to go. */
    @GuardedBy("lock")
    private boolean ended;

    @GuardedBy("lock")
    private @Nullable HostTimer timer;

    private volatile boolean forced;
    private volatile long lastCommitNanos;
    private volatile @Nullable Thread thread;
    private volatile @Nullable DirtyItems items;
    private volatile @Nullable DirtyData data;

    /** The open transaction's items are in the log tree; greatest seq of them. Only the committing thread uses these. */
    private boolean itemsWritten;

    private long maxItemSeq;

    CommitLoop(Transactions transactions, LogTreeWriter logTree, LogTreesService server, Host host, Counters counters) {
        this.transactions = transactions;
        this.logTree = logTree;
        this.server = server;
        this.host = host;
        this.timers = counters.get("trans_commit_timer");
        this.written = counters.get("trans_commit_written");
        this.failures = counters.get("trans_commit_failed");
    }

    void setParticipants(DirtyItems dirtyItems, DirtyData dirtyData) {
        items = dirtyItems;
        data = dirtyData;
    }

    void start() throws FsException {
        transactions.exclude();
        lock.lock();
        try {
            committing = true;
        } finally {
            lock.unlock();
        }
        // not repeated: a mount that cannot have a transaction says so
        openOnce();
        lastCommitNanos = host.clock().nanoTime();
        thread = host.threads().platform("scoutfs-commit", this::run);
        finish();
    }

    /** Host time of the last commit, or of the start. */
    long lastCommitNanos() {
        return lastCommitNanos;
    }

    void request() {
        lock.lock();
        try {
            if (!stopping) {
                requested = true;
                work.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the end of a commit that includes everything done before this call. */
    void sync() throws FsException {
        lock.lock();
        try {
            long seen = finishedCommits;
            // One that keeps holders out already has all that the caller could have done.
            if (!committing) {
                requested = true;
                work.signalAll();
            }
            while (finishedCommits == seen) {
                checkEnded();
                finished.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits until transaction {@code seq}, which did not let the caller in, is over or may let it in after all. */
    void awaitNextTransaction(long seq) throws FsException {
        lock.lock();
        try {
            while (transactions.transSeq() == seq && (committing || requested)) {
                checkEnded();
                finished.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    void lastHolderLeft() {
        lock.lock();
        try {
            work.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean isForced() {
        return forced;
    }

    void checkForced() throws FsException {
        if (forced) {
            throw new FsException(Errno.ENOLINK, "the mount was forced down");
        }
    }

    @GuardedBy("lock")
    private void checkEnded() throws FsException {
        checkForced();
        if (ended) {
            throw new FsException(Errno.ENOLINK, "the mount has made its last commit");
        }
    }

    void force() {
        forced = true;
        lock.lock();
        try {
            work.signalAll();
            finished.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void close() {
        Thread committer = thread;
        if (committer != null) {
            lock.lock();
            try {
                requested = !forced;
                stopping = true;
                work.signalAll();
                cancelTimer();
            } finally {
                lock.unlock();
            }
            join(committer);
        }
        try {
            logTree.forget();
        } catch (FsException e) {
            LOG.log(System.Logger.Level.ERROR, "blocks of the last transaction could not be let go of", e);
        }
    }

    // ---- the commit thread

    private void run() {
        try {
            while (awaitRequest()) {
                drain();
                transactions.enterAsCommitter();
                try {
                    commit();
                    open();
                } finally {
                    transactions.leaveAsCommitter();
                }
                finish();
            }
        } catch (FsException e) {
            // Forced down. Holders stay out for good, and everybody who waits sees the same.
            LOG.log(System.Logger.Level.WARNING, "transaction {0} is lost: {1}", logTree.transSeq(), e.getMessage());
        } finally {
            lock.lock();
            try {
                ended = true;
                finished.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /** False: it is time to end. */
    private boolean awaitRequest() {
        lock.lock();
        try {
            while (!requested && !stopping && !forced) {
                work.awaitUninterruptibly();
            }
            if (!requested || forced) {
                return false;
            }
            requested = false;
            committing = true;
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void drain() throws FsException {
        if (transactions.exclude()) {
            return;
        }
        lock.lock();
        try {
            while (!transactions.isExclusive()) {
                checkForced();
                work.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Lets holders into the transaction that was opened. In one step with the end of the commit: whoever has changed something in the new
     * transaction must not find the old one's commit still under way and wait for that.
     */
    private void finish() {
        lock.lock();
        try {
            committing = false;
            finishedCommits++;
            transactions.admit(logTree.transSeq());
            if (!stopping) {
                armTimer();
            }
            finished.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Makes the open transaction stable, however often it takes. */
    private void commit() throws FsException {
        repeat("commit of transaction " + logTree.transSeq(), false, this::tryCommit);
        itemsWritten = false;
        lastCommitNanos = host.clock().nanoTime();
        written.increment();
    }

    private void tryCommit() throws FsException {
        DirtyItems dirtyItems = items;
        DirtyData dirtyData = data;
        if (dirtyData != null) {
            dirtyData.startWriteback();
        }
        if (!itemsWritten && dirtyItems != null) {
            // Once per transaction: deltas add to what an earlier attempt has put into the tree.
            maxItemSeq = dirtyItems.writeDirty(logTree.items());
            itemsWritten = true;
        }
        logTree.prepareCommit();
        logTree.writeBlocks();
        if (dirtyData != null) {
            dirtyData.finishWriteback();
        }
        server.commitLogTrees(logTree.toCommit(maxItemSeq));
        if (dirtyItems != null) {
            dirtyItems.cleaned();
        }
    }

    /** Opens the next transaction, however often it takes; but an unmount does not wait for one that it does not need. */
    private void open() throws FsException {
        repeat("opening of a transaction", true, this::openOnce);
    }

    private void openOnce() throws FsException {
        LogTrees trees = server.getLogTrees();
        if (trees.getTransSeq() == 0 || trees.isCommitted()) {
            throw new FsException(
                    Errno.EIO,
                    "the server gave log trees that are not open: get_trans_seq " + trees.getTransSeq()
                            + ", commit_trans_seq " + trees.commitTransSeq());
        }
        maxItemSeq = 0;
        logTree.open(trees);
    }

    /** One step of a commit. */
    @FunctionalInterface
    private interface Step {
        void run() throws FsException;
    }

    /** @param endsWithMount whether the step is given up once the mount is being closed */
    private void repeat(String what, boolean endsWithMount, Step step) throws FsException {
        for (long attempts = 1; ; attempts++) {
            checkForced();
            try {
                step.run();
                if (attempts > 1) {
                    LOG.log(System.Logger.Level.INFO, "retried transaction commit succeeded");
                }
                return;
            } catch (FsException e) {
                report(what, attempts, e);
            } catch (RuntimeException e) {
                // A defect; but giving up would leave the mount waiting for ever just the same, without a word.
                report(what, attempts, e);
            }
            if (endsWithMount && isStopping()) {
                return;
            }
            pause();
        }
    }

    private boolean isStopping() {
        lock.lock();
        try {
            return stopping;
        } finally {
            lock.unlock();
        }
    }

    private void report(String what, long attempts, Exception failure) {
        failures.increment();
        if (attempts > 1 || forced) {
            return;
        }
        if (failure instanceof FsException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "critical transaction commit failure: {0} = {1}, retrying ({2})",
                    what,
                    -e.errno().number(),
                    e.getMessage());
        } else {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "critical transaction commit failure: " + what + " = " + -Errno.EIO.number() + ", retrying",
                    failure);
        }
    }

    private void pause() throws FsException {
        long deadline = host.clock().nanoTime() + RETRY_DELAY_NANOS;
        lock.lock();
        try {
            for (long left = RETRY_DELAY_NANOS;
                    left > 0;
                    left = deadline - host.clock().nanoTime()) {
                checkForced();
                host.clock().awaitNanos(lock, work, left);
            }
        } catch (InterruptedException e) {
            throw new FsException(Errno.ENOLINK, "the commit thread was interrupted", e);
        } finally {
            lock.unlock();
        }
    }

    // ---- timer and end

    @GuardedBy("lock")
    private void armTimer() {
        cancelTimer();
        timer = host.clock().schedule("scoutfs-commit-timer", SYNC_DELAY_NANOS, () -> {
            timers.increment();
            request();
        });
    }

    @GuardedBy("lock")
    private void cancelTimer() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    private static void join(Thread committer) {
        boolean interrupted = false;
        while (true) {
            try {
                committer.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
