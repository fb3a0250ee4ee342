package org.scoutfs.lock;

import java.util.ArrayList;
import java.util.List;
import org.scoutfs.client.LockMessageHandler;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;
import org.scoutfs.format.wire.LockMessage;
import org.scoutfs.host.Host;

/**
 * What the lock server's messages do to the locks of a {@link LockClient}, spec 3 sections 8.4, 8.5 and 10. Messages change state and
 * return; the work of an invalidation is done by a virtual thread of the lock's own: dropping the kernel's caches of one lock may have
 * to wait for requests that wait for another, and a commit needs the network.
 */
final class LockMessages implements LockMessageHandler {
    private final LockClient client;
    private final Host host;
    private final Counter grants;
    private final Counter invalidations;
    private final Counter invalidationSyncs;
    private final Counter recovers;

    LockMessages(LockClient client, Host host, Counters counters) {
        this.client = client;
        this.host = host;
        this.grants = counters.get("lock_grant_response");
        this.invalidations = counters.get("lock_invalidate_request");
        this.invalidationSyncs = counters.get("lock_invalidate_sync");
        this.recovers = counters.get("lock_recover_request");
    }

    @Override
    public void granted(LockMessage grant) throws FsException {
        grants.increment();
        LockMode mode = mode(grant.newMode(), grant);
        ClusterLock lock = client.find(grant.key());
        if (lock == null) {
            throw new FsException(Errno.EIO, "grant for an unknown lock: " + grant);
        }
        lock.granted(mode, mode.canWrite() ? grant.writeSeq() : 0, client.invalidator());
        if (mode == LockMode.NULL) {
            client.freeIfUnused(lock);
        }
    }

    @Override
    public void requestFailed(LockMessage request, FsException failure) {
        ClusterLock lock = client.find(request.key());
        if (lock != null) {
            lock.requestFailed(failure);
        }
    }

    @Override
    public void invalidate(LockMessage request, Runnable answer) throws FsException {
        invalidations.increment();
        LockMode oldMode = mode(request.oldMode(), request);
        LockMode newMode = mode(request.newMode(), request);
        if (newMode.canWrite()) {
            throw new FsException(Errno.EIO, "invalidation to a mode that writes: " + request);
        }
        ClusterLock lock = client.find(request.key());
        if (lock == null || lock.isDead()) {
            answer.run();
        } else if (lock.enqueue(new Invalidation(oldMode, newMode, answer))) {
            host.threads().virtual("lock-invalidate", () -> lowerAll(lock));
        }
    }

    @Override
    public List<LockMessage> recover(Key from, int limit) {
        recovers.increment();
        List<LockMessage> batch = new ArrayList<>();
        for (ClusterLock lock : client.locksFrom(from)) {
            if (batch.size() == limit) {
                break;
            }
            LockMessage entry = lock.recoveryEntry();
            if (entry != null) {
                batch.add(entry);
            }
        }
        return batch;
    }

    /** Works off a lock's invalidations. */
    private void lowerAll(ClusterLock lock) {
        Invalidation next = lock.head();
        while (next != null) {
            lock.keepOut(next.newMode());
            boolean tell = !client.isShutdown();
            if (tell) {
                client.invalidator().revoking(lock, next.oldMode(), next.newMode());
            }
            LockMode before = lock.lower(next.newMode());
            if (tell) {
                client.invalidator().revoked(lock, next.newMode());
            }
            if (before != LockMode.NULL) {
                // Also after the shutdown: an unmount makes its last commit only then (race R106).
                commitChanges(lock, before);
            }
            if (before != LockMode.NULL && !client.isShutdown()) {
                client.invalidator().invalidate(lock, before, next.newMode());
            }
            next.answer().run();
            next = lock.lowered() ? lock.head() : null;
        }
        client.freeIfUnused(lock);
    }

    /** Nobody may see the lock granted before what was done under it is in the stable super block. */
    private void commitChanges(ClusterLock lock, LockMode before) {
        long dirty = lock.lastDirtyTransSeq();
        if (before.canWrite() && dirty != 0 && dirty == client.transactions().transSeq()) {
            invalidationSyncs.increment();
            client.transactions().commitAndWait(dirty);
        }
    }

    private static LockMode mode(int wire, LockMessage message) throws FsException {
        LockMode mode = LockMode.ofWire(wire);
        if (mode == null) {
            throw new FsException(Errno.EIO, "no such lock mode: " + message);
        }
        return mode;
    }
}
