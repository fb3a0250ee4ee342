package org.scoutfs.trans;

import org.jspecify.annotations.Nullable;
import org.scoutfs.error.FsException;
import org.scoutfs.lock.LockTransactions;

/**
 * The one open transaction of a mount, spec 2 section 5. All changes of items, data allocation and srch files are made under a
 * hold; a commit waits for holders to leave, writes everything and opens the next transaction.
 */
public final class Transactions implements LockTransactions {
    /** Seq of the open transaction; 0 before the first one. */
    @Override
    public long transSeq() {
        throw new UnsupportedOperationException();
    }

    /**
     * Enters the open transaction; nests. May wait for a commit, so no local lock that the commit path needs may be held. After
     * it, {@link #transSeq} does not change until the matching {@link #release}.
     *
     * @param allocating whether the caller will use more metadata space; deletes and truncates do not
     * @return this thread's hold, for try-with-resources
     * @throws FsException ENOSPC if allocating and the volume is low on metadata space; ENOLINK when forced down
     */
    public Hold hold(boolean allocating) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** As {@link #hold}, but null instead of waiting for a commit. */
    public @Nullable Hold tryHold(boolean allocating) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** Leaves the transaction: once per {@link #hold}. */
    public void release() {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean heldByThisThread() {
        throw new UnsupportedOperationException();
    }

    /**
     * Makes everything that was changed before this call stable on both devices and waits; fsync. Does nothing before the first
     * transaction. Must not be called under a hold.
     *
     * @throws FsException ENOLINK when forced down; a commit has no other error, it is repeated until it succeeds
     */
    public void sync() throws FsException {
        throw new UnsupportedOperationException();
    }

    /** Starts a commit and does not wait. */
    public void requestCommit() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void commitAndWait(long transSeq) {
        throw new UnsupportedOperationException();
    }

    /** The mount's own log tree, allocators and srch file of the open transaction. Usable under a hold only. */
    public LogTreeWriter logTree() {
        throw new UnsupportedOperationException();
    }

    /** What commits write. Set once, before the first hold. */
    public void setParticipants(DirtyItems items, DirtyData data) {
        throw new UnsupportedOperationException();
    }
}
