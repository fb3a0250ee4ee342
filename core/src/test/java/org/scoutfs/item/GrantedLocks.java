package org.scoutfs.item;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.FsException;
import org.scoutfs.format.wire.LockMessage;
import org.scoutfs.host.Host;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockClient;
import org.scoutfs.lock.LockMode;
import org.scoutfs.lock.LockRange;

/** Cluster locks that are granted as soon as they are asked for, and given back when the test says so. */
final class GrantedLocks implements AutoCloseable {
    final LockClient client;
    final AtomicLong writeSeq = new AtomicLong(1);

    GrantedLocks(Host host) {
        LockClient[] self = new LockClient[1];
        client = new LockClient(
                request -> self[0].messages()
                        .granted(new LockMessage(request.key(), writeSeq.get(), request.oldMode(), request.newMode())),
                host,
                new Counters(),
                1000);
        self[0] = client;
    }

    ClusterLock lock(LockRange range, LockMode mode) throws FsException {
        return client.lock(range, mode);
    }

    /** Gives back a use and has the server take the lock away; waits until that is done. */
    void revoke(ClusterLock lock, LockMode mode) throws Exception {
        lock.unlock(mode);
        CountDownLatch answered = new CountDownLatch(1);
        LockMessage message = new LockMessage(lock.range().start(), 0, mode.number(), LockMode.NULL.number());
        client.messages().invalidate(message, answered::countDown);
        answered.await();
    }

    @Override
    public void close() {
        client.destroy();
    }
}
