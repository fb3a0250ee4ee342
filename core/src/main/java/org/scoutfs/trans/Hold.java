package org.scoutfs.trans;

import org.jspecify.annotations.Nullable;

/**
 * A thread's part in the open transaction, from {@link Transactions#hold}; one reused object per thread. It knows its transactions only while
 * it is held: threads outlive mounts, and would keep all of a closed one in memory.
 */
public final class Hold implements AutoCloseable {
    // Only the thread itself reads and writes these.
    private @Nullable Transactions transactions;

    /** Nested holds of this thread. */
    private int depth;

    Hold() {}

    boolean isHeld() {
        return depth > 0;
    }

    void enter(Transactions held) {
        transactions = held;
        depth++;
    }

    /** @return whether that was the last of nested holds */
    boolean leave() {
        if (depth <= 0) {
            throw new IllegalStateException("this thread does not hold the transaction");
        }
        depth--;
        if (depth == 0) {
            transactions = null;
        }
        return depth == 0;
    }

    /** {@link Transactions#release}. */
    @Override
    public void close() {
        Transactions held = transactions;
        if (held == null) {
            throw new IllegalStateException("this thread does not hold the transaction");
        }
        held.release(this);
    }
}
