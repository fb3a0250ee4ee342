package org.scoutfs.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Runs phases on one target with the threads of one worker. Threads and sessions live as long as the runner. */
final class PhaseRunner implements AutoCloseable {
    /** The same offsets in each run and on each target. */
    private static final long SEED = 0x5c0f5;

    private final Shape shape;
    private final List<Session> sessions = new ArrayList<>();
    private final ExecutorService threads;
    private final byte[] middle;

    PhaseRunner(Target target, Shape shape) throws IOException {
        this.shape = shape;
        for (int i = 0; i < shape.threads(); i++) {
            sessions.add(target.session());
        }
        this.middle = (shape.process() + ".").getBytes(StandardCharsets.US_ASCII);
        this.threads = Executors.newFixedThreadPool(shape.threads());
    }

    /** Runs one phase on all threads at once. */
    Outcome run(Phase phase) throws IOException {
        CyclicBarrier start = new CyclicBarrier(shape.threads());
        List<Callable<Outcome>> tasks = new ArrayList<>();
        for (int i = 0; i < shape.threads(); i++) {
            int thread = i;
            tasks.add(() -> timed(phase, thread, start));
        }
        Outcome sum = new Outcome(0, 1);
        try {
            for (Future<Outcome> future : threads.invokeAll(tasks)) {
                sum = sum.plus(future.get());
            }
        } catch (InterruptedException e) {
            throw new IOException("interrupted in phase " + phase.word(), e);
        } catch (ExecutionException e) {
            throw new IOException("phase " + phase.word() + ": " + e.getCause(), e.getCause());
        }
        return sum;
    }

    private Outcome timed(Phase phase, int thread, CyclicBarrier start)
            throws IOException, BrokenBarrierException, InterruptedException {
        start.await();
        long begin = System.nanoTime();
        double units = work(phase, thread);
        return new Outcome(units, System.nanoTime() - begin);
    }

    private double work(Phase phase, int thread) throws IOException {
        Session session = sessions.get(thread);
        int from = (int) ((long) shape.files() * thread / shape.threads());
        int to = (int) ((long) shape.files() * (thread + 1) / shape.threads());
        switch (phase) {
            case CREATE -> {
                for (int i = from; i < to; i++) {
                    session.create(name('f', i));
                }
            }
            case STAT_COLD, STAT -> {
                for (int i = from; i < to; i++) {
                    session.stat(name('f', i));
                }
            }
            case READDIR -> {
                return list(session);
            }
            case RENAME -> {
                for (int i = from; i < to; i++) {
                    session.rename(name('f', i), name('r', i));
                }
            }
            case UNLINK -> {
                for (int i = from; i < to; i++) {
                    session.unlink(name('r', i));
                }
            }
            case WRITE_4K -> {
                for (int i = from; i < to; i++) {
                    session.writeSmall(name('w', i));
                }
            }
            case READ_4K_COLD, READ_4K -> {
                for (int i = from; i < to; i++) {
                    session.readSmall(name('w', i));
                }
            }
            case UNLINK_4K -> {
                for (int i = from; i < to; i++) {
                    session.unlink(name('w', i));
                }
            }
            case SEQUENTIAL_WRITE, SEQUENTIAL_READ -> {
                return sequential(session, thread, phase == Phase.SEQUENTIAL_WRITE);
            }
            case RANDOM_READ, RANDOM_WRITE -> {
                return random(session, thread, phase == Phase.RANDOM_WRITE);
            }
        }
        return to - from;
    }

    private double list(Session session) throws IOException {
        long entries = 0;
        for (int i = 0; i < shape.listings(); i++) {
            entries += session.list();
        }
        return entries;
    }

    private double sequential(Session session, int thread, boolean write) throws IOException {
        int count = mibOfThread();
        session.openLarge(name('b', thread), write);
        for (int i = 0; i < count; i++) {
            long offset = (long) i * Session.LARGE_BYTES;
            if (write) {
                session.writeLarge(offset, Session.LARGE_BYTES);
            } else {
                session.readLarge(offset, Session.LARGE_BYTES);
            }
        }
        session.closeLarge();
        return count;
    }

    private double random(Session session, int thread, boolean write) throws IOException {
        SplittableRandom random = new SplittableRandom(SEED + 31L * shape.process() + thread);
        int count = Math.max(1, shape.randomOperations() / shape.threads());
        int blocks = mibOfThread() * (Session.LARGE_BYTES / Session.SMALL_BYTES);
        session.openLarge(name('b', thread), false);
        for (int i = 0; i < count; i++) {
            long offset = (long) random.nextInt(blocks) * Session.SMALL_BYTES;
            if (write) {
                session.writeLarge(offset, Session.SMALL_BYTES);
            } else {
                session.readLarge(offset, Session.SMALL_BYTES);
            }
        }
        session.closeLarge();
        return count;
    }

    private int mibOfThread() {
        return Math.max(1, shape.sizeMib() / shape.threads());
    }

    /** Removes what {@code phases} left: only those whose files no later phase removed. */
    void removeLeftovers(List<Phase> phases) throws IOException {
        Session session = sessions.getFirst();
        if (phases.contains(Phase.CREATE) && !phases.contains(Phase.UNLINK)) {
            char kind = phases.contains(Phase.RENAME) ? 'r' : 'f';
            for (int i = 0; i < shape.files(); i++) {
                session.unlink(name(kind, i));
            }
        }
        if (phases.contains(Phase.WRITE_4K) && !phases.contains(Phase.UNLINK_4K)) {
            for (int i = 0; i < shape.files(); i++) {
                session.unlink(name('w', i));
            }
        }
        if (phases.contains(Phase.SEQUENTIAL_WRITE)) {
            for (int i = 0; i < shape.threads(); i++) {
                session.unlink(name('b', i));
            }
        }
    }

    /** For example {@code f0.00001234}. */
    private byte[] name(char kind, int index) {
        int digits = 1 + middle.length;
        byte[] name = new byte[digits + 8];
        name[0] = (byte) kind;
        System.arraycopy(middle, 0, name, 1, middle.length);
        int rest = index;
        for (int i = name.length - 1; i >= digits; i--) {
            name[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return name;
    }

    @Override
    public void close() {
        threads.shutdown();
        sessions.forEach(Session::close);
    }
}
