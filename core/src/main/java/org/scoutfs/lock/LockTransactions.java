package org.scoutfs.lock;

/** What locks must know of the transactions that stand above them. */
public interface LockTransactions {
    /** Seq of the open transaction; 0 before the first one. Cheap: read at each unlock of a writer. */
    long transSeq();

    /** Whether the calling thread holds the transaction, so that it must not wait for a cluster lock (EDEADLK). */
    boolean heldByThisThread();

    /**
     * Commits transaction {@code transSeq} unless that has happened, and waits until it is stable and the next one is open.
     * Returns early only when the mount is being forced down, when nothing can be committed any more.
     */
    void commitAndWait(long transSeq);
}
