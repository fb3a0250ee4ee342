package org.scoutfs.fuse;

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
 *          write reply
 *          close window
 * </pre>
 *
 * <p>All of these are sequentially consistent. Either (1) comes before (b), then the revoker waits until the kernel has the reply; or (b) comes
 * before (1), then (2) sees (a) and the reply carries no timeouts. An operation that waited, however long, needs nothing else: windows
 * are open for the time of one {@code write(2)} only, so a revoker never waits for an operation. Requests that touch the inodes after (a)
 * are kept out by the cluster lock itself.
 *
 * <p>Safe for all threads. Source: rules R1 and R2 of spec 6 section 6.2, with the window in place of a guard count per lock.
 */
final class RevocationLog {
    /** Revocations that can be told apart; an operation that lasted longer than so many is treated as if its inode was among them. */
    static final int REMEMBERED = 1024;

    private final long[] first = new long[REMEMBERED];
    private final long[] last = new long[REMEMBERED];

    /** Entries below this number are valid, and those of the last {@link #REMEMBERED} still there. */
    private volatile long sequence = 1;

    /** The moment to compare with later. */
    long now() {
        return sequence;
    }

    /** Logs a revocation. @return the sequence number from which on readers know of it */
    synchronized long add(long firstIno, long lastIno) {
        long next = sequence;
        int slot = (int) (next % REMEMBERED);
        first[slot] = firstIno;
        last[slot] = lastIno;
        sequence = next + 1;
        return next + 1;
    }

    /** Whether a revocation of this inode began after the moment {@code since}. Call with the reader's window open. */
    boolean revokedSince(long since, long ino) {
        return sequence != since && search(since, ino);
    }

    private synchronized boolean search(long since, long ino) {
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
