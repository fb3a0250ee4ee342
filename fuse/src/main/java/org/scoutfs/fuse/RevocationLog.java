package org.scoutfs.fuse;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Arrays;

/**
 * Decides whether what an operation has found out may be kept by the kernel.
 *
 * <p>The race: an operation reads attributes under a cluster lock, returns, and before its reply reaches the kernel the lock is given up and
 * the kernel is told to forget. The late reply would then be kept for a day. The guard, in two moves on each side:
 *
 * <pre>
 * reader:  s = now()                  revoker:  begin: the inodes are being revoked   (a)
 *          operation                            wait until no window that was opened
 *          open window         (1)              before (a) is open                    (b)
 *          revoked since s?    (2)              tell the kernel to forget
 *          write reply                          nobody uses the lock any more
 *          close window                         end: the inodes were revoked          (c)
 * </pre>
 *
 * <p>All of these are sequentially consistent. Either (1) comes before (b), then the revoker waits until the kernel has the reply; or (b) comes
 * before (1), then (2) sees that a revocation is running or was, and the reply carries no timeouts. An operation that waited, however
 * long, needs nothing else: windows are open for the time of one {@code write(2)} only, so a revoker never waits for an operation.
 *
 * <p>The cluster lock lets some requests in between (a) and (c). What they find out is true, but must not be kept; the pages that a READ fills
 * are kept by the kernel in any case, so the revoker waits for windows and drops pages once more after (c). A READ that sees (c) reads again.
 *
 * <p>Safe for all threads. Source: rules R1 and R2 of spec 6 section 6.2, with the window in place of a guard count per lock.
 */
final class RevocationLog {
    /** Revocations that can be told apart; an operation that lasted longer than so many is treated as if its inode was among them. */
    static final int REMEMBERED = 1024;

    private final long[] first = new long[REMEMBERED];
    private final long[] last = new long[REMEMBERED];

    /** First, last, and 1 once pages are dropped, of those between {@link #begin} and {@link #end}. */
    @GuardedBy("this")
    private long[] running = new long[24];

    @GuardedBy("this")
    private int runningEnd;

    /** Whether there are any; written before {@link #sequence}. */
    private volatile boolean anyRunning;

    /** Entries below this number are valid, and those of the last {@link #REMEMBERED} still there. */
    private volatile long sequence = 1;

    /** The moment to compare with later. */
    long now() {
        return sequence;
    }

    /** Begins a revocation. @return the sequence number from which on readers know of it */
    synchronized long begin(long firstIno, long lastIno) {
        if (runningEnd == running.length) {
            running = Arrays.copyOf(running, runningEnd * 2);
        }
        running[runningEnd++] = firstIno;
        running[runningEnd++] = lastIno;
        running[runningEnd++] = 0;
        anyRunning = true;
        return add(1, 0);
    }

    /**
     * The pages of a revocation that has begun will be dropped now.
     *
     * @return the sequence number from which on readers know of it
     */
    synchronized long dropping(long firstIno, long lastIno) {
        for (int i = 0; i < runningEnd; i += 3) {
            if (running[i] == firstIno && running[i + 1] == lastIno) {
                running[i + 2] = 1;
            }
        }
        return add(1, 0);
    }

    /**
     * Ends a revocation: nobody uses the lock any more.
     *
     * @return the sequence number from which on readers know of it
     */
    synchronized long end(long firstIno, long lastIno) {
        long after = add(firstIno, lastIno);
        for (int i = 0; i < runningEnd; i += 3) {
            if (running[i] == firstIno && running[i + 1] == lastIno) {
                running[i] = running[runningEnd - 3];
                running[i + 1] = running[runningEnd - 2];
                running[i + 2] = running[runningEnd - 1];
                runningEnd -= 3;
                anyRunning = runningEnd > 0;
                break;
            }
        }
        return after;
    }

    /** Logs a change that is over. @return the sequence number from which on readers know of it */
    synchronized long add(long firstIno, long lastIno) {
        long next = sequence;
        int slot = (int) (next % REMEMBERED);
        first[slot] = firstIno;
        last[slot] = lastIno;
        sequence = next + 1;
        return next + 1;
    }

    /** Whether a revocation of this inode is running, or ended after the moment {@code since}. Call with the reader's window open. */
    boolean revokedSince(long since, long ino) {
        return (sequence != since || anyRunning) && (isRunning(ino, false) || ended(since, ino));
    }

    /** Whether pages of this inode are being dropped, or a revocation of it ended after the moment {@code since}. Call with the window open. */
    boolean droppedSince(long since, long ino) {
        return (sequence != since || anyRunning) && (isRunning(ino, true) || ended(since, ino));
    }

    /** Whether a revocation of this inode ended after the moment {@code since}. Call with the reader's window open. */
    boolean endedSince(long since, long ino) {
        return sequence != since && ended(since, ino);
    }

    private synchronized boolean isRunning(long ino, boolean dropping) {
        for (int i = 0; i < runningEnd; i += 3) {
            if (Long.compareUnsigned(running[i], ino) <= 0
                    && Long.compareUnsigned(ino, running[i + 1]) <= 0
                    && (!dropping || running[i + 2] != 0)) {
                return true;
            }
        }
        return false;
    }

    private synchronized boolean ended(long since, long ino) {
        if (sequence - since > REMEMBERED) {
            return true;
        }
        for (long s = since; s < sequence; s++) {
            int slot = (int) (s % REMEMBERED);
            if (Long.compareUnsigned(first[slot], ino) <= 0 && Long.compareUnsigned(ino, last[slot]) <= 0) {
                return true;
            }
        }
        return false;
    }
}
