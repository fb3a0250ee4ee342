package org.scoutfs.host;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.reflect.Constructor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Many hosts in one thread, repeatable from a seed: which thread runs next, how long a datagram takes and every random number follow
 * from it.
 *
 * <p>Every thread of its hosts, also one asked for as a platform thread, is a virtual thread whose scheduler is this object. They run
 * one at a time, inside the test's own call of {@link #call}, {@link #advance} or {@link #settle}; a thread runs until it blocks. When
 * none can run, the clock moves to the next event. So a minute of heartbeats takes as long as its work takes, and a deadlock is found at
 * once: nothing can run and nothing is due, and every thread's stack is in the message.
 *
 * <ul>
 *   <li>The test's own thread is outside: it must not block on anything the hosts do. It uses {@link #call}.
 *   <li>Timed waits of the JDK are errors here; they wait for a time that does not pass. Real device I/O is fine, it just takes no time.
 *   <li>So is waiting for a monitor ({@code synchronized}) whose holder waits for time to pass or for a message. While other threads can
 *       run the holder may come by; but the JDK hands monitors on through a thread of its own, so where that happens a seed repeats things
 *       nearly, not exactly. Locks of {@code java.util.concurrent} are handed on here.
 *   <li>Not safe for several test threads. Needs {@code --add-opens java.base/java.lang=ALL-UNNAMED}.
 * </ul>
 */
public final class Simulation implements AutoCloseable {
    /** How long a thread may be runnable and not come to be run. */
    private static final long STRAGGLER_MILLIS = 10_000;

    /** How long a thread may wait for a monitor while nothing else can run. */
    private static final long MONITOR_MILLIS = 5_000;

    private final long seed;
    private final HostRandom order;
    private final Constructor<?> threadBuilder;
    private final Set<Thread> live = ConcurrentHashMap.newKeySet();
    private final List<Throwable> failures = new CopyOnWriteArrayList<>();
    private final AtomicLong uncaughtCount = new AtomicLong();
    private final HostThreads threads = new Threads();
    private final VirtualClock clock = new VirtualClock(threads);
    private final SimulatedNetwork net;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition runnable = lock.newCondition();

    @GuardedBy("lock")
    private final List<Runnable> ready = new ArrayList<>();

    /** Print the seed: with it, and the same code, everything happens again. */
    public Simulation(long seed) {
        Constructor<?> builder = threadBuilder();
        if (builder == null) {
            throw new IllegalStateException("start the JVM with --add-opens java.base/java.lang=ALL-UNNAMED");
        }
        this.seed = seed;
        threadBuilder = builder;
        order = new MixedRandom(seed ^ 0x5eed);
        net = new SimulatedNetwork(clock, seed);
    }

    /** Whether this JVM was started so that simulations are possible. */
    public static boolean isAvailable() {
        return threadBuilder() != null;
    }

    /** The builder of virtual threads with a scheduler of one's own, which the JDK keeps for its own tests. */
    private static @Nullable Constructor<?> threadBuilder() {
        try {
            Constructor<?> builder = Class.forName("java.lang.ThreadBuilders$VirtualThreadBuilder")
                    .getDeclaredConstructor(Executor.class);
            return builder.trySetAccessible() ? builder : null;
        } catch (ReflectiveOperationException e) {
            return null;
        }
    }

    /** A machine with this address. */
    public TestHost host(int ipv4) {
        return new TestHost(ipv4, seed, clock, net, threads, failures);
    }

    public VirtualClock clock() {
        return clock;
    }

    public SimulatedNetwork net() {
        return net;
    }

    /**
     * Runs a body in a thread of the simulation until it ends, with everything else, letting time pass as needed.
     *
     * @throws AssertionError if it has not ended after {@code limitNanos} of virtual time, or waits for something that cannot come
     */
    public <T> T call(long limitNanos, Callable<T> body) throws Exception {
        List<T> result = new ArrayList<>(1);
        List<Throwable> thrown = new ArrayList<>(1);
        Thread thread = threads.virtual("test", () -> {
            try {
                result.add(body.call());
            } catch (Throwable t) {
                thrown.add(t);
            }
        });
        long limit = clock.nanoTime() + limitNanos;
        settle();
        while (thread.isAlive()) {
            if (!clock.step(limit)) {
                String why = clock.waiting() > 0 ? "not done in " + limitNanos + " ns" : "nothing can happen any more";
                throw new AssertionError("seed " + seed + ": " + why + "; threads:" + dump());
            }
            settle();
        }
        for (Throwable t : thrown) {
            if (t instanceof Error e) {
                throw e;
            }
            throw (Exception) t;
        }
        return result.getFirst();
    }

    /** As {@link #call}, for a body without result, at most an hour of virtual time. */
    public void run(Body body) throws Exception {
        call(TimeUnit.HOURS.toNanos(1), () -> {
            body.run();
            return true;
        });
    }

    /** A body that may throw. */
    @FunctionalInterface
    public interface Body {
        void run() throws Exception;
    }

    /** Lets exactly this much time pass. */
    public void advance(long nanos) {
        long target = clock.nanoTime() + nanos;
        settle();
        while (clock.step(target)) {
            settle();
        }
        clock.moveTo(target);
    }

    /** Runs everything that can run before time passes. */
    public void settle() {
        do {
            Runnable next;
            while ((next = pick()) != null) {
                next.run();
            }
        } while (moreWillCome());
    }

    /** Exceptions that left a thread. */
    public List<Throwable> failures() {
        return List.copyOf(failures);
    }

    /** Threads that have not ended. */
    public List<Thread> liveThreads() {
        return List.copyOf(live);
    }

    /**
     * Runs what can still run at this time and checks that nothing is left over.
     *
     * @throws AssertionError if a thread failed, or has not ended
     */
    @Override
    public void close() {
        settle();
        if (!failures.isEmpty()) {
            AssertionError error = new AssertionError("seed " + seed + ": threads failed: " + failures);
            failures.forEach(error::addSuppressed);
            throw error;
        }
        if (!live.isEmpty()) {
            throw new AssertionError("seed " + seed + ": threads have not ended:" + dump());
        }
    }

    private @Nullable Runnable pick() {
        lock.lock();
        try {
            if (ready.isEmpty()) {
                return null;
            }
            int chosen = order.nextInt(ready.size());
            Runnable last = ready.removeLast();
            return chosen == ready.size() ? last : ready.set(chosen, last);
        } finally {
            lock.unlock();
        }
    }

    private void makeReady(Runnable continuation) {
        lock.lock();
        try {
            ready.add(continuation);
            runnable.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Called when nothing is ready: waits for threads that were made runnable but have not reached us, and finds forbidden waits. */
    private boolean moreWillCome() {
        long start = System.nanoTime();
        while (true) {
            Thread straggler = null;
            Thread blocked = null;
            for (Thread thread : live) {
                switch (thread.getState()) {
                    case WAITING, TERMINATED -> {}
                    case TIMED_WAITING ->
                        throw forbidden(thread, "waits for the clock of the JDK instead of the host's");
                    case BLOCKED -> blocked = thread;
                    case NEW, RUNNABLE -> straggler = thread;
                }
            }
            lock.lock();
            try {
                if (!ready.isEmpty()) {
                    return true;
                }
                if (straggler == null && blocked == null) {
                    return false;
                }
                long waitedMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
                if (straggler != null && waitedMillis > STRAGGLER_MILLIS) {
                    throw forbidden(straggler, "does not come back");
                }
                if (straggler == null && blocked != null && waitedMillis > MONITOR_MILLIS) {
                    throw forbidden(blocked, "waits for a monitor whose holder has blocked; use a Lock");
                }
                if (runnable.await(1, TimeUnit.MILLISECONDS)) {
                    return true;
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            } finally {
                lock.unlock();
            }
        }
    }

    private AssertionError forbidden(Thread thread, String what) {
        return new AssertionError("seed " + seed + ": " + thread.getName() + " " + what + ":" + dump());
    }

    private String dump() {
        StringBuilder text = new StringBuilder();
        for (Thread thread : live) {
            text.append("\n").append(thread.getName()).append(" ").append(thread.getState());
            for (StackTraceElement frame : thread.getStackTrace()) {
                text.append("\n    at ").append(frame);
            }
        }
        return text.toString();
    }

    private final class Threads implements HostThreads {
        private void noteUncaught(Thread thread, Throwable failure) {
            uncaughtCount.incrementAndGet();
            failures.add(failure);
        }

        @Override
        public Thread platform(String name, Runnable body) {
            return virtual(name, body);
        }

        @Override
        public Thread virtual(String name, Runnable body) {
            try {
                Executor scheduler = Simulation.this::makeReady;
                Thread.Builder.OfVirtual builder = (Thread.Builder.OfVirtual) threadBuilder.newInstance(scheduler);
                Thread thread = builder.name(name)
                        .uncaughtExceptionHandler(this::noteUncaught)
                        .unstarted(() -> {
                            try {
                                body.run();
                            } finally {
                                live.remove(Thread.currentThread());
                            }
                        });
                live.add(thread);
                thread.start();
                return thread;
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public HostWorkers workers(String name, int threadCount, int queueLimit) {
            return new HostWorkers(this, name, threadCount, queueLimit);
        }

        @Override
        public long uncaught() {
            return uncaughtCount.get();
        }
    }
}
