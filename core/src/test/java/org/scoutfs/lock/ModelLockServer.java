package org.scoutfs.lock;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.scoutfs.client.LockMessageHandler;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;
import org.scoutfs.format.wire.LockMessage;

/** The lock server of spec 3 section 8.7 on one thread, for a few clients; one thread per client delivers in order. */
final class ModelLockServer implements AutoCloseable {
    private final BlockingQueue<Runnable> inbox = new LinkedBlockingQueue<>();
    private final List<BlockingQueue<Runnable>> outboxes = new ArrayList<>();
    private final List<LockMessageHandler> clients = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final Map<Key, State> locks = new HashMap<>();
    private final List<Throwable> failures = new ArrayList<>();
    private long seq = 100;

    /** Ends a thread. */
    private record End() implements Runnable {
        @Override
        public void run() {}
    }

    private record Entry(int client, LockMode mode, LockMessage message) {}

    private static final class State {
        final List<Entry> granted = new ArrayList<>();
        final ArrayDeque<Entry> requested = new ArrayDeque<>();
        final List<Entry> invalidated = new ArrayList<>();
    }

    ModelLockServer() {
        threads.add(Thread.ofPlatform().start(() -> drain(inbox)));
    }

    /** Adds a client; its number. */
    synchronized int add() {
        BlockingQueue<Runnable> outbox = new LinkedBlockingQueue<>();
        outboxes.add(outbox);
        threads.add(Thread.ofPlatform().start(() -> drain(outbox)));
        return outboxes.size() - 1;
    }

    void connect(LockMessageHandler handler) {
        clients.add(handler);
    }

    void request(int client, LockMessage message) {
        inbox.add(() -> {
            State lock = locks.computeIfAbsent(message.key(), k -> new State());
            lock.requested.add(new Entry(client, LockMode.of(message.newMode()), message));
            process(message.key(), lock);
        });
    }

    List<Throwable> failures() {
        synchronized (failures) {
            return List.copyOf(failures);
        }
    }

    private void process(Key key, State lock) {
        if (!lock.invalidated.isEmpty()) {
            return;
        }
        while (!lock.requested.isEmpty()) {
            Entry wanted = lock.requested.getFirst();
            for (Iterator<Entry> all = lock.granted.iterator(); all.hasNext(); ) {
                Entry granted = all.next();
                if (!compatible(granted, wanted)) {
                    all.remove();
                    lock.invalidated.add(granted);
                    LockMode target = granted.mode == LockMode.WRITE && wanted.mode == LockMode.READ
                            ? LockMode.READ
                            : LockMode.NULL;
                    LockMessage message = new LockMessage(key, 0, granted.mode.number(), target.number());
                    deliver(
                            granted.client,
                            handler -> handler.invalidate(
                                    message, () -> inbox.add(() -> answered(key, lock, granted, target))));
                }
            }
            if (!lock.invalidated.isEmpty()) {
                return;
            }
            lock.requested.removeFirst();
            LockMode old = LockMode.NULL;
            for (Iterator<Entry> all = lock.granted.iterator(); all.hasNext(); ) {
                Entry granted = all.next();
                if (granted.client == wanted.client) {
                    old = granted.mode;
                    all.remove();
                }
            }
            LockMessage grant =
                    new LockMessage(key, wanted.mode.canWrite() ? ++seq : 0, old.number(), wanted.mode.number());
            if (wanted.mode != LockMode.NULL) {
                lock.granted.add(wanted);
            }
            deliver(wanted.client, handler -> handler.granted(grant));
        }
    }

    private void answered(Key key, State lock, Entry entry, LockMode target) {
        if (!lock.invalidated.remove(entry)) {
            throw new AssertionError("answer for an entry that is not being invalidated: " + entry);
        }
        if (target != LockMode.NULL) {
            lock.granted.add(new Entry(entry.client, target, entry.message));
        }
        process(key, lock);
    }

    private static boolean compatible(Entry granted, Entry wanted) {
        if (granted.mode == wanted.mode && (granted.mode == LockMode.READ || granted.mode == LockMode.WRITE_ONLY)) {
            return true;
        }
        if (granted.client == wanted.client) {
            return granted.mode == LockMode.READ && wanted.mode == LockMode.WRITE;
        }
        return wanted.mode == LockMode.NULL;
    }

    @FunctionalInterface
    private interface Delivery {
        void to(LockMessageHandler handler) throws FsException;
    }

    private void deliver(int client, Delivery delivery) {
        outboxes.get(client).add(() -> {
            try {
                delivery.to(clients.get(client));
            } catch (FsException e) {
                throw new AssertionError(e);
            }
        });
    }

    private void drain(BlockingQueue<Runnable> queue) {
        try {
            for (Runnable task = queue.take(); !(task instanceof End); task = queue.take()) {
                task.run();
            }
        } catch (InterruptedException | RuntimeException | AssertionError e) {
            synchronized (failures) {
                failures.add(e);
            }
        }
    }

    @Override
    public void close() {
        inbox.add(new End());
        outboxes.forEach(outbox -> outbox.add(new End()));
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
