package org.scoutfs.trans;

/** A thread's part in the open transaction, from {@link Transactions#hold}; one reused object per thread. */
public final class Hold implements AutoCloseable {
    /** {@link Transactions#release}. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
