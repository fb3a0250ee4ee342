package org.scoutfs.trans;

/** A thread's part in the open transaction, from {@link Transactions#hold}; one reused object per thread. */
public final class Hold implements AutoCloseable {
    private final Transactions transactions;

    /** Nested holds of this thread; only it reads and writes this. */
    int depth;

    Hold(Transactions transactions) {
        this.transactions = transactions;
    }

    /** {@link Transactions#release}. */
    @Override
    public void close() {
        transactions.release(this);
    }
}
