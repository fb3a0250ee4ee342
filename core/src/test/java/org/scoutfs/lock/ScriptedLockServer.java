package org.scoutfs.lock;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.scoutfs.client.LockService;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.wire.LockMessage;
import org.scoutfs.host.TestHost;

/** A lock server that does what the test says, one message at a time, and a lock client that talks to it. */
final class ScriptedLockServer implements LockService, AutoCloseable {
    static final long TIMEOUT_SECONDS = 10;

    final TestHost host = TestHost.create(1);
    final Counters counters = new Counters();
    final LockClient client;
    final BlockingQueue<LockMessage> requests = new LinkedBlockingQueue<>();
    volatile @Nullable Errno refuse;

    ScriptedLockServer(int idleCount) {
        client = new LockClient(this, host, counters, idleCount);
    }

    @Override
    public void requestLock(LockMessage request) throws FsException {
        Errno error = refuse;
        if (error != null) {
            throw new FsException(error);
        }
        requests.add(request);
    }

    /** The next request of the client. */
    LockMessage request() throws InterruptedException {
        LockMessage request = requests.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        if (request == null) {
            throw new AssertionError("no lock request came");
        }
        return request;
    }

    /** Grants what was asked for. */
    void grant(LockMessage request, long writeSeq) throws FsException {
        client.messages().granted(new LockMessage(request.key(), writeSeq, request.oldMode(), request.newMode()));
    }

    /** Receives a request and grants it. */
    void grantNext(long writeSeq) throws Exception {
        grant(request(), writeSeq);
    }

    /** Sends an invalidation; the result completes when it is answered. */
    CompletableFuture<Integer> invalidate(LockRange range, LockMode from, LockMode to) throws FsException {
        CompletableFuture<Integer> answered = new CompletableFuture<>();
        AtomicInteger answers = new AtomicInteger();
        client.messages()
                .invalidate(
                        new LockMessage(range.start(), 0, from.number(), to.number()),
                        () -> answered.complete(answers.incrementAndGet()));
        return answered;
    }

    /** Locks on a thread of its own, which keeps the lock until {@link Holder#unlock}. */
    Holder lock(LockRange range, LockMode mode) {
        return new Holder(range, mode, 0);
    }

    /** A thread with a lock. */
    final class Holder {
        private final CompletableFuture<ClusterLock> lock = new CompletableFuture<>();
        private final BlockingQueue<Runnable> work = new LinkedBlockingQueue<>();
        private final LockMode mode;

        Holder(LockRange range, LockMode mode, int unused) {
            this.mode = mode;
            host.threads().virtual("holder", () -> run(range));
        }

        private void run(LockRange range) {
            try {
                lock.complete(client.lock(range, mode));
            } catch (FsException e) {
                lock.completeExceptionally(e);
                return;
            }
            try {
                while (true) {
                    work.take().run();
                }
            } catch (InterruptedException e) {
                // the test is over
            }
        }

        ClusterLock await() throws Exception {
            return lock.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        }

        boolean hasLock() {
            return lock.isDone();
        }

        /** Runs on the thread that holds the lock; returns when it has. */
        <T> T call(java.util.concurrent.Callable<T> task) throws Exception {
            CompletableFuture<T> done = new CompletableFuture<>();
            work.add(() -> {
                try {
                    done.complete(task.call());
                } catch (Exception e) {
                    done.completeExceptionally(e);
                }
            });
            return done.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        }

        void unlock() throws Exception {
            ClusterLock held = await();
            call(() -> {
                held.unlock(mode);
                return true;
            });
        }
    }

    @Override
    public void close() {
        client.destroy();
        host.close();
    }
}
