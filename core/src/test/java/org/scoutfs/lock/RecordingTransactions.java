package org.scoutfs.lock;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** Commits when the test says so. */
final class RecordingTransactions implements LockTransactions {
    volatile long seq = 10;
    volatile boolean held;
    final List<Long> commits = new CopyOnWriteArrayList<>();
    volatile CountDownLatch mayFinish = new CountDownLatch(0);

    @Override
    public long transSeq() {
        return seq;
    }

    @Override
    public boolean heldByThisThread() {
        return held;
    }

    @Override
    public void commitAndWait(long transSeq) {
        commits.add(transSeq);
        try {
            mayFinish.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        seq = transSeq + 1;
    }
}
