package org.scoutfs.fuse;

import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.host.BlockingAware;
import org.scoutfs.host.RestartAware;

/** Stands in for cluster locks of inode groups: users share one, a revocation keeps new ones out and waits for those inside. */
final class TestLocks {
    private static final class Group {
        int users;
        boolean revoking;
    }

    private final ConcurrentHashMap<Long, Group> groups = new ConcurrentHashMap<>();
    private final AtomicInteger waiters = new AtomicInteger();
    private final boolean enabled;

    TestLocks(boolean enabled) {
        this.enabled = enabled;
    }

    /** Uses of the groups of some inodes; nothing if locks are off. */
    final class Use implements AutoCloseable {
        private final long[] held;

        Use() {
            held = new long[0];
        }

        Use(long... inos) throws FsException {
            held = Arrays.stream(inos)
                    .map(ino -> ino >>> 10)
                    .sorted()
                    .distinct()
                    .toArray();
            for (long number : held) {
                enter(number);
            }
        }

        @Override
        public void close() {
            for (long number : held) {
                leave(number);
            }
        }
    }

    private final Use nothing = new Use();

    Use use(long... inos) throws FsException {
        return enabled ? new Use(inos) : nothing;
    }

    /** Operations that wait for a revoked group. */
    int waiters() {
        return waiters.get();
    }

    void keepOut(long ino) {
        Group group = group(ino >>> 10);
        synchronized (group) {
            group.revoking = true;
        }
    }

    void drain(long ino) throws InterruptedException {
        Group group = group(ino >>> 10);
        synchronized (group) {
            while (group.users > 0) {
                group.wait();
            }
        }
    }

    void grant(long ino) {
        Group group = group(ino >>> 10);
        synchronized (group) {
            group.revoking = false;
            group.notifyAll();
        }
    }

    void grantAll() {
        groups.keySet().forEach(number -> grant(number << 10));
    }

    private Group group(long number) {
        return groups.computeIfAbsent(number, n -> new Group());
    }

    private void enter(long number) throws FsException {
        Group group = group(number);
        synchronized (group) {
            if (!group.revoking) {
                group.users++;
                return;
            }
        }
        BlockingAware.beforeBlocking();
        synchronized (group) {
            waiters.incrementAndGet();
            try {
                while (group.revoking) {
                    boolean wait = RestartAware.begin(() -> wake(group));
                    try {
                        if (wait) {
                            group.wait();
                        }
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    if (RestartAware.end()) {
                        throw new FsException(Errno.ESTALE);
                    }
                }
            } finally {
                waiters.decrementAndGet();
            }
            group.users++;
        }
    }

    private static void wake(Group group) {
        synchronized (group) {
            group.notifyAll();
        }
    }

    private void leave(long number) {
        Group group = group(number);
        synchronized (group) {
            if (--group.users == 0) {
                group.notifyAll();
            }
        }
    }
}
