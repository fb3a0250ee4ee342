package org.scoutfs.fuse;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.host.HostClock;

/**
 * Lets callers go on on the processor of the reader that answers them.
 *
 * <p>Linux wakes a thread on an idle processor if there is one and the one where it slept is busy, and when an answer is handed over that one is
 * busy: with the reader. So a lone caller changes the processor with each round trip, and each time a processor has to be woken, which takes
 * longer than all the rest (5 to 35 µs on a virtual machine). But a processor that runs nothing except a thread of policy SCHED_IDLE counts
 * as idle too. A reader of that policy hands its answer over, gives way to its caller at once, and finds the next request there when the
 * caller sleeps again.
 *
 * <p>The price is that such a thread gets next to nothing of a processor that somebody else wants. Therefore a reader has that policy only between
 * two requests, when it holds no lock of ours, and only while requests come fast; and a watch of ordinary policy gives it back to each reader that
 * has made no progress for a tick. If such a reader could have run, somebody else uses its processor: its queue does without for
 * a while, twice as long if that comes again soon.
 */
final class Courtesy implements AutoCloseable {
    private static final int SCHED_OTHER = 0;
    private static final int SCHED_IDLE = 5;

    /** Time from request to request up to which a pause is worth it. */
    private static final long FAST_NANOS = 500_000;

    private static final long TICK_NANOS = 1_000_000;

    /** Ticks without a request after which the watch sleeps. */
    private static final int QUIET_TICKS = 50;

    /** Penalties after which another one would be the first again. */
    private static final int AGAIN = 4;

    private static final long LEAST_PENALTY_NANOS = 25_000_000;
    private static final long MOST_PENALTY_NANOS = 400_000_000;

    private final HostClock clock;
    private final Counter starved;
    private final List<Turn> turns = new CopyOnWriteArrayList<>();
    private final Thread watch;
    private final MemorySegment watchErrno = NativeCalls.newErrno();
    private volatile boolean watching = true;
    private volatile boolean closed;

    private Courtesy(HostClock clock, Counters counters) {
        this.clock = clock;
        this.starved = counters.get("fuse_reader_starved");
        this.watch = Thread.ofPlatform().daemon().name("fuse-courtesy").start(this::watch);
    }

    /** @return null where a thread that has taken the policy may not give it back */
    static @Nullable Courtesy make(HostClock clock, Counters counters) {
        return isAllowed() ? new Courtesy(clock, counters) : null;
    }

    /** Tried by a thread that ends afterwards. */
    private static boolean isAllowed() {
        boolean[] allowed = new boolean[1];
        Thread trial = Thread.ofPlatform().name("fuse-courtesy-trial").start(() -> {
            MemorySegment errno = NativeCalls.newErrno();
            allowed[0] =
                    NativeCalls.schedule(errno, 0, SCHED_IDLE) == 0 && NativeCalls.schedule(errno, 0, SCHED_OTHER) == 0;
        });
        boolean interrupted = false;
        while (true) {
            try {
                trial.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return allowed[0];
    }

    /** For the readers of one queue, of which one at a time waits. */
    Turn turn() {
        Turn turn = new Turn();
        turns.add(turn);
        return turn;
    }

    private void watch() {
        int quiet = 0;
        while (!closed) {
            boolean any = false;
            for (Turn turn : turns) {
                any |= turn.check();
            }
            quiet = any ? 0 : quiet + 1;
            if (quiet > QUIET_TICKS) {
                watching = false;
                // Whoever begins from here on sees that and wakes us; who has begun before is seen here.
                if (turns.stream().noneMatch(turn -> turn.low)) {
                    LockSupport.park(this);
                }
                watching = true;
                quiet = 0;
            }
            try {
                clock.sleep(TICK_NANOS);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** When no reader waits any more. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(watch);
    }

    /** The waits of one queue's readers. {@link #begin} and {@link #end} by the one that waits. */
    final class Turn {
        private volatile boolean low;
        private volatile int thread;
        private volatile long rounds;
        private volatile long notBefore;

        /** By the waiting reader. */
        private long last;

        /** By the watch. */
        private long seen;

        private long penaltyNanos = LEAST_PENALTY_NANOS;

        private Turn() {
            last = clock.nanoTime() - FAST_NANOS;
            notBefore = last;
        }

        /** The calling thread, of number {@code tid}, is about to hand over its answer and to wait. */
        void begin(MemorySegment errno, int tid) {
            long now = clock.nanoTime();
            boolean fast = now - last < FAST_NANOS;
            last = now;
            if (!fast || now - notBefore < 0) {
                return;
            }
            thread = tid;
            // One reader at a time.
            long round = rounds + 1;
            rounds = round;
            low = true;
            NativeCalls.schedule(errno, 0, SCHED_IDLE);
            if (!watching) {
                LockSupport.unpark(watch);
            }
        }

        /** There is a request. */
        void end(MemorySegment errno) {
            if (low) {
                // Also if the watch did it: it may be late.
                low = false;
                NativeCalls.schedule(errno, 0, SCHED_OTHER);
            }
        }

        private void punish() {
            starved.increment();
            long now = clock.nanoTime();
            boolean again = now - notBefore < AGAIN * penaltyNanos;
            penaltyNanos = again ? Math.min(MOST_PENALTY_NANOS, 2 * penaltyNanos) : LEAST_PENALTY_NANOS;
            notBefore = now + penaltyNanos;
        }

        /** By the watch. @return whether anything has moved since the last time */
        private boolean check() {
            long now = rounds;
            if (now != seen) {
                seen = now;
                return true;
            }
            if (low) {
                int tid = thread;
                boolean runnable = isRunnable(tid);
                NativeCalls.schedule(watchErrno, tid, SCHED_OTHER);
                if (runnable) {
                    punish();
                }
            }
            return false;
        }
    }

    private static boolean isRunnable(int tid) {
        try {
            String stat = Files.readString(
                    Path.of("/proc/self/task", Integer.toString(tid), "stat"), StandardCharsets.ISO_8859_1);
            return stat.charAt(stat.lastIndexOf(')') + 2) == 'R';
        } catch (IOException | RuntimeException e) {
            // It has ended.
            return false;
        }
    }
}
