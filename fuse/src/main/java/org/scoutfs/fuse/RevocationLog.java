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
 * reader:  s = now()           revoker:  log the inodes, advance the sequence   (a)
 *          operation                     wait until no window that was opened
 *          open window         (1)       before (a) is open                     (b)
 *          revoked since s?    (2)       tell the kernel to forget
 *          write reply                     give up the lock, then log the inodes again   (c)
 *          close window
 * </pre>
 *
 * <p>All of these are sequentially consistent. Either (1) comes before (b), then the revoker waits until the kernel has the reply; or (b) comes
 * before (1), then (2) sees (a) and the reply carries no timeouts. An operation that waited, however long, needs nothing else: windows
 * are open for the time of one {@code write(2)} only, so a revoker never waits for an operation.
 *
 * <p>Most requests that begin after (a) are kept out by the cluster lock itself. Some are not: those that hold another lock, and those that the
 * revocation waits for. From (a) to (c) nothing that is found out about the inodes may be kept, and what was found out before (c) and is judged
 * after it is told so by (c).
 *
 * <p>Safe for all threads. Source: rules R1 and R2 of spec 6 section 6.2, with the window in place of a guard count per lock.
 */
final class RevocationLog {
    /** Revocations that can be told apart; an operation that lasted longer than so many is treated as if its inode was among them. */
    static final int REMEMBERED = 1024;

    private final long[] first = new long[REMEMBERED];
    private final long[] last = new long[REMEMBERED];

    /** Pairs of first and last of those between {@link #add} and {@link #end}. */
    @GuardedBy("this")
    private long[] running = new long[16];

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
        anyRunning = true;
        return add(firstIno, lastIno);
    }

    /** Nobody is left who used the lock of these inodes. Nothing happens if {@link #begin} was not called. */
    synchronized void end(long firstIno, long lastIno) {
        for (int i = 0; i < runningEnd; i += 2) {
            if (running[i] == firstIno && running[i + 1] == lastIno) {
                add(firstIno, lastIno);
                running[i] = running[runningEnd - 2];
                running[i + 1] = running[runningEnd - 1];
                runningEnd -= 2;
                anyRunning = runningEnd > 0;
                return;
            }
        }
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

    /** Whether a revocation of this inode is running, or began or ended after the moment {@code since}. Call with the reader's window open. */
    boolean revokedSince(long since, long ino) {
        return (sequence != since || anyRunning) && search(since, ino);
    }

    private synchronized boolean search(long since, long ino) {
        for (int i = 0; i < runningEnd; i += 2) {
            if (Long.compareUnsigned(running[i], ino) <= 0 && Long.compareUnsigned(ino, running[i + 1]) <= 0) {
                return true;
            }
        }
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
