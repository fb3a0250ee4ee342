package org.scoutfs.lock;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;
import org.scoutfs.format.wire.LockMessage;

/**
 * One cluster lock of this mount: the right to use a key range in a mode. Obtained from {@link LockClient}, given back with
 * {@link #unlock} by the same thread, once per successful lock call and in the mode that was asked for. Between the two the
 * granted mode satisfies the user; afterwards the object may be kept, but says nothing about the future.
 *
 * <p>Mode and users are one word ({@link LockWord}), so that using a granted lock is one compare-and-set. Everything that is not a user coming or going changes under this object's monitor, the word included. Nothing blocks under the
 * monitor and no other lock is taken inside it but the client's queue of idle locks.
 */
public final class ClusterLock {
    private static final VarHandle STATE;
    private static final VarHandle LAST_DIRTY;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            STATE = lookup.findVarHandle(ClusterLock.class, "state", long.class);
            LAST_DIRTY = lookup.findVarHandle(ClusterLock.class, "lastDirtyTransSeq", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final LockClient client;
    private final LockRange range;

    private volatile long state;
    private volatile long writeSeq;
    private volatile long refreshGeneration;
    /** Greatest transaction that was open when a writer left: until it is committed, changes may be in memory only. */
    private volatile long lastDirtyTransSeq;

    /** Used since the sweep of idle locks came by. Races are benign. */
    private boolean accessed = true;

    private volatile long bloomEpoch;
    private volatile @Nullable Object items;
    private volatile @Nullable Object attachment;

    /** A request to the server has no answer yet. */
    @GuardedBy("this")
    private boolean requestPending;

    /** Mode being given up while an invalidation runs; it is what the server still counts on. */
    @GuardedBy("this")
    private LockMode previous = LockMode.NULL;

    /** Its write seq. */
    @GuardedBy("this")
    private long previousWriteSeq;

    /** An invalidation waits for users or runs. */
    @GuardedBy("this")
    private boolean draining;

    /** The invalidation has not come to lowering the mode yet. */
    @GuardedBy("this")
    private boolean admitting;

    @GuardedBy("this")
    private final ArrayDeque<Invalidation> invalidations = new ArrayDeque<>(2);

    @GuardedBy("this")
    private final ArrayList<LockWaiter> waiters = new ArrayList<>(2);

    ClusterLock(LockClient client, LockRange range) {
        this.client = client;
        this.range = range;
    }

    public LockRange range() {
        return range;
    }

    /** The mode that users may use now. */
    public LockMode mode() {
        return LockWord.mode(state);
    }

    /** Seq of the present WRITE or WRITE_ONLY grant, 0 for others; items written under it are never older. */
    public long writeSeq() {
        return writeSeq;
    }

    /**
     * Number of the present readable period: greater than 0 while the lock is readable, the same across READ to WRITE and back,
     * a new and greater one each time the lock becomes readable again; 0 when not readable. What was loaded under an equal
     * generation is still true.
     */
    public long refreshGeneration() {
        return refreshGeneration;
    }

    /** Gives back one use in {@code mode}. Must be called by the thread that locked. */
    public void unlock(LockMode mode) {
        client.left();
        if (mode.canWrite()) {
            // Before the user goes: whoever sees no users left must see this.
            wroteIn(client.transSeq());
        }
        long one = LockWord.user(mode);
        long before = (long) STATE.getAndAdd(this, -one);
        if (LockWord.users(before, mode) == 0) {
            STATE.getAndAdd(this, one);
            throw new IllegalStateException("lock " + range + " has no user of " + mode);
        }
        if (LockWord.needsAttention(before)) {
            userLeft();
        }
    }

    /** Log tree epoch in which the bloom bits of this range were set last ({@code LogTreeWriter}); 0 at first. */
    public long bloomEpoch() {
        return bloomEpoch;
    }

    public void setBloomEpoch(long epoch) {
        bloomEpoch = epoch;
    }

    /** Cached items of this range; belongs to the item cache. */
    public @Nullable Object items() {
        return items;
    }

    public void setItems(@Nullable Object items) {
        this.items = items;
    }

    /** Whatever the file system ties to this lock (open map of the group); it compares {@link #writeSeq} itself. */
    public @Nullable Object attachment() {
        return attachment;
    }

    public void setAttachment(@Nullable Object attachment) {
        this.attachment = attachment;
    }

    @Override
    public synchronized String toString() {
        long now = state;
        return "lock " + range.start() + " " + LockWord.toString(now) + " waiters " + waiters.size()
                + (requestPending ? " requested" : "") + (draining ? " draining" : "");
    }

    /** A line of the debug file {@code client_locks} (spec 5 section 6.3), and after it what the lock waits for. */
    synchronized String debugLine() {
        long now = state;
        return "start %s end %s refresh_gen %d mode %d waiters: rd %d wr %d wo %d users: rd %d wr %d wo %d%s%s%s"
                .formatted(
                        range.start(),
                        range.end(),
                        refreshGeneration,
                        LockWord.mode(now).number(),
                        waiters(LockMode.READ),
                        waiters(LockMode.WRITE),
                        waiters(LockMode.WRITE_ONLY),
                        LockWord.users(now, LockMode.READ),
                        LockWord.users(now, LockMode.WRITE),
                        LockWord.users(now, LockMode.WRITE_ONLY),
                        requestPending ? " requested" : "",
                        draining ? " draining" : "",
                        invalidations.isEmpty() ? "" : " invalidations " + invalidations.size());
    }

    @GuardedBy("this")
    private int waiters(LockMode mode) {
        int count = 0;
        for (LockWaiter waiter : waiters) {
            if (waiter.mode == mode) {
                count++;
            }
        }
        return count;
    }

    // ---- the way in

    /** The fast path: counts the caller as a user if the mode is granted and nobody waits for a change. */
    boolean tryUse(LockMode mode) {
        for (; ; ) {
            long now = state;
            if (LockWord.isDead(now)
                    || LockWord.needsAttention(now)
                    || !LockWord.mode(now).satisfies(mode)) {
                return false;
            }
            if (STATE.compareAndSet(this, now, now + LockWord.user(mode))) {
                if (!accessed) {
                    accessed = true;
                }
                return true;
            }
        }
    }

    /**
     * As {@link #tryUse} also while an invalidation waits, for a thread that holds locks: it may hold this one, and the invalidation
     * would wait for it.
     */
    synchronized boolean tryUseNested(LockMode mode) {
        return useIfGranted(mode);
    }

    boolean isDead() {
        return LockWord.isDead(state);
    }

    /**
     * Decides, and enters {@code waiter} among those who wait unless it need not.
     *
     * @param nested the thread holds some lock
     * @param admitted see {@link LockClient#admit}
     */
    @GuardedBy("this")
    LockStep want(LockWaiter waiter, boolean nested, boolean admitted) {
        if (isDead()) {
            return LockStep.GONE;
        }
        if ((nested || !draining || admitted && admitting) && useIfGranted(waiter.mode)) {
            waiter.done = true;
            waiters.remove(waiter);
            attend();
            return LockStep.USE;
        }
        if (!waiters.contains(waiter)) {
            waiters.add(waiter);
            attend();
        }
        // An invalidation comes first: the server counts on it, and grants nothing before.
        if (requestPending || draining) {
            return LockStep.WAIT;
        }
        requestPending = true;
        return LockStep.REQUEST;
    }

    @GuardedBy("this")
    void giveUp(LockWaiter waiter) {
        waiters.remove(waiter);
        attend();
    }

    synchronized void requestFailed(FsException failure) {
        requestPending = false;
        for (LockWaiter waiter : waiters) {
            waiter.done = true;
            waiter.failure = failure;
        }
        waiters.clear();
        attend();
        notifyAll();
    }

    // ---- messages

    /**
     * The server granted {@code mode}. All waiters it satisfies become users here and now: an invalidation that is right behind
     * the grant must not take the lock from them before they have run, or two mounts starve each other (spec 3, R91).
     *
     * @throws FsException if nothing was asked for
     */
    synchronized void granted(LockMode mode, long seq, LockInvalidator audit) throws FsException {
        LockMode before = mode();
        if (!requestPending) {
            throw new FsException(Errno.EIO, "grant of " + mode + " that nobody asked for: " + this);
        }
        requestPending = false;
        // The server grants only after it was answered.
        previous = LockMode.NULL;
        audit.granted(this, before, mode);
        writeSeq = seq;
        if (!mode.canRead()) {
            refreshGeneration = 0;
        } else if (!before.canRead()) {
            refreshGeneration = client.nextRefreshGeneration();
        }
        setMode(mode);
        accessed = true;
        for (int i = 0; i < waiters.size(); ) {
            LockWaiter waiter = waiters.get(i);
            if (useIfGranted(waiter.mode)) {
                waiter.done = true;
                waiters.remove(i);
            } else {
                i++;
            }
        }
        attend();
        notifyAll();
    }

    /** Queues an invalidation; true if the caller must start a thread that works the queue off. */
    synchronized boolean enqueue(Invalidation invalidation) {
        invalidations.addLast(invalidation);
        return invalidations.size() == 1;
    }

    /** The invalidation whose turn it is; null if none is left, and then the lock may be free. */
    synchronized @Nullable Invalidation head() {
        return invalidations.peekFirst();
    }

    /**
     * An invalidation begins: from now on new users wait, but for threads that hold some lock. Returns when those inside may stay in mode
     * {@code wanted}; from then on until {@link #lower} admitted threads get in, too.
     */
    synchronized void keepOut(LockMode wanted) {
        draining = true;
        attend();
        awaitCompatible(wanted);
        admitting = true;
        notifyAll();
    }

    /**
     * Waits until all users are compatible with {@code wanted} and lowers the mode. Never raises it: a repeated invalidation may find
     * less than it names. {@link #keepOut} came before.
     *
     * @return the mode before
     */
    synchronized LockMode lower(LockMode wanted) {
        admitting = false;
        awaitCompatible(wanted);
        LockMode before = mode();
        previous = before;
        previousWriteSeq = writeSeq;
        boolean keepsReading = wanted == LockMode.READ && before.canRead();
        if (!keepsReading) {
            refreshGeneration = 0;
        }
        writeSeq = 0;
        setMode(keepsReading ? LockMode.READ : LockMode.NULL);
        return before;
    }

    /**
     * The invalidation was answered.
     *
     * @return whether another one waits
     */
    synchronized boolean lowered() {
        previous = LockMode.NULL;
        invalidations.pollFirst();
        draining = !invalidations.isEmpty();
        attend();
        notifyAll();
        return draining;
    }

    /**
     * What a new server is told: the mode the old one counted on, which is the one before a running invalidation (spec 3, R74). Null if
     * that grants nothing.
     */
    synchronized @Nullable LockMessage recoveryEntry() {
        LockMode mode = previous == LockMode.NULL ? mode() : previous;
        if (mode == LockMode.NULL) {
            return null;
        }
        return new LockMessage(
                key(), previous == LockMode.NULL ? writeSeq : previousWriteSeq, mode.number(), mode.number());
    }

    // ---- the end

    /** Starts to give the lock back if it is granted, unused and nobody wants anything of it. */
    synchronized boolean requestNull() {
        if (isDead() || LockWord.isUsed(state) || mode() == LockMode.NULL || busy()) {
            return false;
        }
        requestPending = true;
        return true;
    }

    /** Takes the lock out of use for good if it grants nothing and nobody wants anything of it. */
    synchronized boolean tryKill() {
        return !busy() && STATE.compareAndSet(this, LockWord.UNUSED_NULL, LockWord.DEAD);
    }

    /** Whatever its state: waiters fail, pending invalidations are forgotten. */
    synchronized void destroy(FsException reason) {
        long now;
        do {
            now = state;
        } while (!STATE.compareAndSet(this, now, LockWord.withMode(now, LockMode.NULL) | LockWord.DEAD));
        invalidations.clear();
        requestFailed(reason);
    }

    /** Clears the mark of use; returns whether it was set. */
    boolean wasAccessed() {
        boolean was = accessed;
        accessed = false;
        return was;
    }

    boolean inUse() {
        return LockWord.isUsed(state);
    }

    long lastDirtyTransSeq() {
        return lastDirtyTransSeq;
    }

    Key key() {
        return range.start();
    }

    @GuardedBy("this")
    private boolean busy() {
        return requestPending || draining || !invalidations.isEmpty() || !waiters.isEmpty();
    }

    @GuardedBy("this")
    private void awaitCompatible(LockMode wanted) {
        boolean interrupted = false;
        while (!compatible(wanted)) {
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

    /** Whether the present users may go on when the mode is lowered. */
    private boolean compatible(LockMode wanted) {
        long now = state;
        return wanted == LockMode.READ ? !LockWord.isUsedByWriters(now) : !LockWord.isUsed(now);
    }

    /** Never goes back: a writer that read the seq before a commit may come here after one that read it after. */
    private void wroteIn(long transSeq) {
        for (long last = lastDirtyTransSeq; Long.compareUnsigned(last, transSeq) < 0; last = lastDirtyTransSeq) {
            if (LAST_DIRTY.compareAndSet(this, last, transSeq)) {
                return;
            }
        }
    }

    private synchronized void userLeft() {
        notifyAll();
    }

    @GuardedBy("this")
    private boolean useIfGranted(LockMode mode) {
        long now;
        do {
            now = state;
            if (LockWord.isDead(now) || !LockWord.mode(now).satisfies(mode)) {
                return false;
            }
        } while (!STATE.compareAndSet(this, now, now + LockWord.user(mode)));
        return true;
    }

    @GuardedBy("this")
    private void setMode(LockMode mode) {
        long now;
        do {
            now = state;
        } while (!STATE.compareAndSet(this, now, LockWord.withMode(now, mode)));
    }

    /** Sends users through the monitor exactly while somebody waits for them. */
    @GuardedBy("this")
    private void attend() {
        boolean wanted = draining || !waiters.isEmpty();
        long now;
        do {
            now = state;
            if (LockWord.needsAttention(now) == wanted) {
                return;
            }
        } while (!STATE.compareAndSet(this, now, now ^ LockWord.ATTENTION));
    }
}
