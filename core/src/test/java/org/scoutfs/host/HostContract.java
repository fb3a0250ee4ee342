package org.scoutfs.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.scoutfs.host.DatagramPort.Datagram;

/** What {@link Host} promises, for every implementation. */
abstract class HostContract {
    static final long MILLI = 1_000_000;
    static final long SECOND = 1_000_000_000;

    abstract Host host();

    /** Runs a body that may block on the host, while the host's time passes. */
    abstract void inHost(Body body) throws Exception;

    interface Body {
        void run() throws Exception;
    }

    // ---- time

    @Test
    void sleepsAtLeastAsLongAsAsked() throws Exception {
        inHost(() -> {
            long before = host().clock().nanoTime();
            host().clock().sleep(20 * MILLI);
            assertThat(host().clock().nanoTime() - before).isGreaterThanOrEqualTo(20 * MILLI);
            host().clock().sleep(0);
            host().clock().sleep(-SECOND);
        });
    }

    @Test
    void sleepingEndsWithAnInterrupt() throws Exception {
        inHost(() -> {
            Result<String> sleeper = start(() -> {
                try {
                    host().clock().sleep(3600 * SECOND);
                    return "slept";
                } catch (InterruptedException e) {
                    return "interrupted";
                }
            });
            sleeper.thread.interrupt();
            assertThat(sleeper.get()).isEqualTo("interrupted");
        });
    }

    @Test
    void wallTimePassesAndCoarseTimeFollows() throws Exception {
        inHost(() -> {
            WallTime before = host().clock().wallTime();
            host().clock().sleep(50 * MILLI);
            WallTime coarse = host().clock().coarseWallTime();
            WallTime after = host().clock().wallTime();
            assertThat(after).isGreaterThanOrEqualTo(before.plusNanos(40 * MILLI));
            assertThat(coarse).isLessThanOrEqualTo(after).isGreaterThan(before);
        });
    }

    @Test
    void awaitReturnsWhenSignalledOrWhenTimeIsUp() throws Exception {
        ReentrantLock lock = new ReentrantLock();
        Condition condition = lock.newCondition();
        inHost(() -> {
            boolean[] flag = new boolean[1];
            Result<Long> waiter = start(() -> {
                lock.lock();
                try {
                    long left = 3600 * SECOND;
                    while (!flag[0] && left > 0) {
                        left = host().clock().awaitNanos(lock, condition, left);
                    }
                    return left;
                } finally {
                    lock.unlock();
                }
            });
            lock.lock();
            try {
                flag[0] = true;
                condition.signalAll();
            } finally {
                lock.unlock();
            }
            assertThat(waiter.get()).isPositive();

            long before = host().clock().nanoTime();
            lock.lock();
            try {
                long left = 10 * MILLI;
                while (left > 0) {
                    left = host().clock().awaitNanos(lock, condition, left);
                }
            } finally {
                lock.unlock();
            }
            assertThat(host().clock().nanoTime() - before).isGreaterThanOrEqualTo(10 * MILLI);
        });
    }

    @Test
    void timersRunTheirTaskOnceOnAVirtualThread() throws Exception {
        BlockingQueue<String> ran = new LinkedBlockingQueue<>();
        inHost(() -> {
            long before = host().clock().nanoTime();
            host().clock().schedule("ring", 10 * MILLI, () -> {
                Thread thread = Thread.currentThread();
                long late = host().clock().nanoTime() - before;
                ran.add(thread.getName() + " " + thread.isVirtual() + " " + (late >= 10 * MILLI));
            });
            assertThat(ran.take()).isEqualTo("ring true true");
            host().clock().schedule("at once", -1, () -> ran.add("now"));
            assertThat(ran.take()).isEqualTo("now");
        });
        assertThat(ran).isEmpty();
    }

    @Test
    void aTaskThatBlocksDelaysNoOther() throws Exception {
        CountDownLatch second = new CountDownLatch(1);
        CountDownLatch first = new CountDownLatch(1);
        inHost(() -> {
            host().clock().schedule("blocks", MILLI, () -> {
                awaitQuietly(second);
                first.countDown();
            });
            host().clock().schedule("helps", 2 * MILLI, second::countDown);
            first.await();
        });
    }

    @Test
    void cancelledTimersDoNotRun() throws Exception {
        BlockingQueue<String> ran = new LinkedBlockingQueue<>();
        inHost(() -> {
            HostTimer timer = host().clock().schedule("cancelled", 10 * MILLI, () -> ran.add("cancelled"));
            assertThat(timer.cancel()).isTrue();
            assertThat(timer.cancel()).isFalse();
            HostTimer other = host().clock().schedule("other", 20 * MILLI, () -> ran.add("other"));
            assertThat(ran.take()).isEqualTo("other");
            assertThat(other.cancel()).isFalse();
        });
        assertThat(ran).isEmpty();
    }

    // ---- threads

    @Test
    void threadsHaveNamesAndTheirFailuresAreCounted() throws Exception {
        inHost(() -> {
            BlockingQueue<String> names = new LinkedBlockingQueue<>();
            Runnable body = () -> names.add(Thread.currentThread().getName());
            host().threads().platform("platform", body).join();
            host().threads().virtual("virtual", body).join();
            assertThat(names).containsExactly("platform", "virtual");
            assertThat(host().threads().uncaught()).isZero();
            Thread failing = host().threads().virtual("fails", () -> {
                throw new IllegalStateException("on purpose");
            });
            failing.join();
            assertThat(host().threads().uncaught()).isEqualTo(1);
        });
    }

    @Test
    void workersRunTasksAndHandBackTheirOutcome() throws Exception {
        inHost(() -> {
            try (HostWorkers workers = host().threads().workers("io", 2, 1)) {
                String name = workers.call(() -> Thread.currentThread().getName());
                assertThat(name).startsWith("io-");
                assertThatThrownBy(() -> workers.call(() -> {
                            throw new EOFException("on purpose");
                        }))
                        .isInstanceOf(EOFException.class);
                assertThat(host().threads().uncaught()).isZero();
                workers.execute(() -> {
                    throw new IllegalStateException("on purpose");
                });
                assertThat(workers.call(() -> 1) + workers.call(() -> 2)).isEqualTo(3);
            }
            assertThat(host().threads().uncaught()).isEqualTo(1);
        });
    }

    @Test
    void workersHaveABoundedQueueAndFinishItBeforeTheyClose() throws Exception {
        inHost(() -> {
            HostWorkers workers = host().threads().workers("one", 1, 2);
            CountDownLatch started = new CountDownLatch(1);
            CountDownLatch release = new CountDownLatch(1);
            List<Integer> done = Collections.synchronizedList(new ArrayList<>());
            workers.execute(() -> {
                started.countDown();
                awaitQuietly(release);
                done.add(0);
            });
            started.await();
            assertThat(workers.tryExecute(() -> done.add(1))).isTrue();
            assertThat(workers.tryExecute(() -> done.add(2))).isTrue();
            assertThat(workers.tryExecute(() -> done.add(-1))).isFalse();
            assertThat(workers.queued()).isEqualTo(2);
            assertThat(workers.busy()).isEqualTo(1);
            Result<Boolean> blocked = start(() -> {
                workers.execute(() -> done.add(3));
                return true;
            });
            host().clock().sleep(5 * MILLI);
            assertThat(blocked.thread.isAlive()).isTrue();
            release.countDown();
            blocked.get();
            workers.close();
            assertThat(done).containsExactly(0, 1, 2, 3);
            assertThatThrownBy(() -> workers.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
            assertThatThrownBy(() -> workers.call(() -> 1)).isInstanceOf(RejectedExecutionException.class);
        });
    }

    // ---- datagrams

    @Test
    void datagramsArriveWithTheirSource() throws Exception {
        inHost(() -> {
            try (DatagramPort a = bind();
                    DatagramPort b = bind()) {
                byte[] large = new byte[65507];
                Arrays.fill(large, (byte) 5);
                for (byte[] payload : List.of(new byte[] {1, 2, 3}, new byte[0], large)) {
                    a.send(b.local(), payload);
                    Datagram datagram = b.receive(10 * SECOND);
                    assertThat(datagram).isNotNull();
                    assertThat(datagram.source()).isEqualTo(a.local());
                    assertThat(datagram.payload()).isEqualTo(payload);
                }
                b.send(a.local(), new byte[] {9});
                assertThat(a.receive(DatagramPort.FOREVER).payload()).containsExactly(9);
            }
        });
    }

    @Test
    void receivingEndsWhenTimeIsUp() throws Exception {
        inHost(() -> {
            try (DatagramPort port = bind()) {
                long before = host().clock().nanoTime();
                assertThat(port.receive(5 * MILLI)).isNull();
                assertThat(host().clock().nanoTime() - before).isGreaterThanOrEqualTo(5 * MILLI);
                assertThat(port.receive(0)).isNull();
                assertThat(port.receive(-SECOND)).isNull();
            }
        });
    }

    @Test
    void whatHasArrivedIsReceivedWithoutWaiting() throws Exception {
        inHost(() -> {
            try (DatagramPort port = bind()) {
                port.send(port.local(), new byte[] {1});
                port.send(port.local(), new byte[] {2});
                assertThat(port.receive(10 * SECOND).payload()).containsExactly(1);
                assertThat(port.receive(0).payload()).containsExactly(2);
            }
        });
    }

    @Test
    void closingWakesTheReceiver() throws Exception {
        inHost(() -> {
            DatagramPort port = bind();
            Result<Datagram> receiver = start(() -> port.receive(DatagramPort.FOREVER));
            host().clock().sleep(5 * MILLI);
            port.close();
            port.close();
            assertThatThrownBy(receiver::get).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> port.send(port.local(), new byte[1])).isInstanceOf(IOException.class);
        });
    }

    @Test
    void aPortBelongsToOne() throws Exception {
        inHost(() -> {
            DatagramPort port = bind();
            assertThatThrownBy(() -> host().network().bindDatagrams(port.local()))
                    .isInstanceOf(BindException.class);
            port.close();
            host().network().bindDatagrams(port.local()).close();
            try (StreamListener listener = listen()) {
                assertThatThrownBy(() -> host().network().listen(listener.local(), 1))
                        .isInstanceOf(BindException.class);
            }
            Endpoint foreign = new Endpoint(0xc0000201, 4000); // 192.0.2.1 is nobody's
            assertThatThrownBy(() -> host().network().bindDatagrams(foreign)).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> host().network().listen(foreign, 1)).isInstanceOf(BindException.class);
        });
    }

    // ---- streams

    @Test
    void connectionsCarryBytesBothWays() throws Exception {
        inHost(() -> {
            try (Pair pair = new Pair()) {
                assertThat(pair.client.remote()).isEqualTo(pair.listener.local());
                assertThat(pair.server.remote()).isEqualTo(pair.client.local());
                assertThat(pair.server.local()).isEqualTo(pair.client.remote());
                pair.client.noDelay(true);
                pair.server.keepAlive(21, 1, 3);
                pair.client.userTimeout(24_000);
                pair.client.write(new byte[] {1, 2}, new byte[0], new byte[] {3});
                byte[] got = new byte[5];
                pair.server.readFully(got, 1, 3);
                assertThat(got).containsExactly(0, 1, 2, 3, 0);
                pair.server.write(new byte[] {7});
                assertThat(pair.client.read(got, 4, 1)).isEqualTo(1);
                assertThat(got[4]).isEqualTo((byte) 7);
            }
        });
    }

    @Test
    void largeAmountsPassInBothDirectionsAtOnce() throws Exception {
        int total = 3 << 20;
        inHost(() -> {
            try (Pair pair = new Pair()) {
                List<Result<Boolean>> all = List.of(
                        start(() -> writeCounting(pair.client, total)),
                        start(() -> writeCounting(pair.server, total)),
                        start(() -> readCounting(pair.client, total)),
                        start(() -> readCounting(pair.server, total)));
                for (Result<Boolean> one : all) {
                    assertThat(one.get()).isTrue();
                }
            }
        });
    }

    @Test
    void whatWasWrittenBeforeCloseIsReadAndThenTheEnd() throws Exception {
        inHost(() -> {
            try (Pair pair = new Pair()) {
                pair.client.write(new byte[] {1, 2, 3});
                pair.client.close();
                byte[] got = new byte[3];
                pair.server.readFully(got, 0, 3);
                assertThat(pair.server.read(got, 0, 3)).isEqualTo(-1);
                assertThatThrownBy(() -> pair.server.readFully(got, 0, 1)).isInstanceOf(EOFException.class);
            }
        });
    }

    @Test
    void closingWakesReadersAndWriters() throws Exception {
        inHost(() -> {
            try (Pair pair = new Pair()) {
                Result<Integer> reader = start(() -> pair.client.read(new byte[1], 0, 1));
                Result<Boolean> writer = start(() -> {
                    while (true) {
                        pair.client.write(new byte[64 << 10]); // nobody reads
                    }
                });
                host().clock().sleep(20 * MILLI);
                pair.client.close();
                pair.client.close();
                assertThatThrownBy(reader::get).isInstanceOf(IOException.class);
                assertThatThrownBy(writer::get).isInstanceOf(IOException.class);
                assertThatThrownBy(() -> pair.client.write(new byte[1])).isInstanceOf(IOException.class);
            }
        });
    }

    @Test
    void writingToWhoHasGoneFailsInTheEnd() throws Exception {
        inHost(() -> {
            try (Pair pair = new Pair()) {
                pair.server.close();
                assertThatThrownBy(() -> {
                            while (true) {
                                pair.client.write(new byte[1000]);
                            }
                        })
                        .isInstanceOf(IOException.class);
            }
        });
    }

    @Test
    void writesOfManyThreadsAreNotMixed() throws Exception {
        int writers = 4;
        int messages = 200;
        inHost(() -> {
            try (Pair pair = new Pair()) {
                List<Result<Boolean>> all = new ArrayList<>();
                for (int i = 0; i < writers; i++) {
                    byte id = (byte) i;
                    all.add(start(() -> {
                        byte[] head = {id};
                        byte[] body = new byte[99];
                        Arrays.fill(body, id);
                        for (int n = 0; n < messages; n++) {
                            pair.client.write(head, body);
                        }
                        return true;
                    }));
                }
                byte[] message = new byte[100];
                for (int n = 0; n < writers * messages; n++) {
                    pair.server.readFully(message, 0, 100);
                    assertThat(message).containsOnly(message[0]);
                }
                for (Result<Boolean> one : all) {
                    one.get();
                }
            }
        });
    }

    @Test
    void connectionsWaitInTheBacklog() throws Exception {
        inHost(() -> {
            try (StreamListener listener = listen();
                    StreamConnection first = host().network().connect(listener.local(), SECOND);
                    StreamConnection second = host().network().connect(listener.local(), SECOND)) {
                first.write(new byte[] {1});
                second.write(new byte[] {2});
                byte[] got = new byte[2];
                try (StreamConnection a = listener.accept();
                        StreamConnection b = listener.accept()) {
                    a.readFully(got, 0, 1);
                    b.readFully(got, 1, 1);
                    assertThat(got).containsExactlyInAnyOrder(1, 2);
                }
            }
        });
    }

    @Test
    void connectingWhereNobodyListensIsRefused() throws Exception {
        inHost(() -> {
            StreamListener listener = listen();
            listener.close();
            listener.close();
            assertThatThrownBy(() -> host().network().connect(listener.local(), SECOND))
                    .isInstanceOf(ConnectException.class);
            host().network().listen(listener.local(), 1).close();
        });
    }

    @Test
    void connectsFromAChosenAddress() throws Exception {
        inHost(() -> {
            Endpoint local = Endpoint.loopback(0);
            try (StreamListener listener = listen();
                    StreamConnection client = host().network().connect(local, listener.local(), SECOND)) {
                assertThat(client.local().ipv4()).isEqualTo(Endpoint.LOOPBACK_ADDRESS);
                assertThat(client.local().port()).isPositive();
            }
        });
    }

    @Test
    void closingTheListenerWakesTheAccepter() throws Exception {
        inHost(() -> {
            StreamListener listener = listen();
            Result<StreamConnection> accepter = start(listener::accept);
            host().clock().sleep(5 * MILLI);
            listener.close();
            assertThatThrownBy(accepter::get).isInstanceOf(IOException.class);
        });
    }

    // ---- randomness

    @Test
    void randomNumbersDifferAndStayInTheirBounds() {
        HostRandom random = host().random();
        Set<Long> seen = new HashSet<>();
        Set<Integer> small = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            assertThat(seen.add(random.nextNonZeroLong())).isTrue();
            int below = random.nextInt(10);
            assertThat(below).isBetween(0, 9);
            small.add(below);
            assertThat(random.nextLong(Long.MAX_VALUE)).isNotNegative();
        }
        assertThat(small).hasSize(10);
        byte[] bytes = new byte[37];
        random.fill(bytes);
        assertThat(bytes[36] | bytes[35] | bytes[34] | bytes[33] | bytes[32]).isNotZero();
        assertThatThrownBy(() -> random.nextInt(0)).isInstanceOf(IllegalArgumentException.class);
    }

    // ---- helpers

    private DatagramPort bind() throws IOException {
        return host().network().bindDatagrams(Endpoint.loopback(0));
    }

    private StreamListener listen() throws IOException {
        return host().network().listen(Endpoint.loopback(0), 8);
    }

    private boolean writeCounting(StreamConnection connection, int total) throws IOException {
        byte[] piece = new byte[10_007];
        for (int done = 0; done < total; done += piece.length) {
            for (int i = 0; i < piece.length; i++) {
                piece[i] = (byte) ((done + i) % 251);
            }
            int length = Math.min(piece.length, total - done);
            connection.write(length == piece.length ? piece : Arrays.copyOf(piece, length));
        }
        return true;
    }

    private boolean readCounting(StreamConnection connection, int total) throws IOException {
        byte[] buffer = new byte[8192];
        for (int done = 0; done < total; ) {
            int n = connection.read(buffer, 0, buffer.length);
            for (int i = 0; i < n; i++) {
                if (buffer[i] != (byte) ((done + i) % 251)) {
                    return false;
                }
            }
            done += n;
        }
        return true;
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Runs a body in a virtual thread of the host. */
    private <T> Result<T> start(Callable<T> body) {
        return new Result<>(host(), body);
    }

    /** What comes out of a thread. */
    private static final class Result<T> {
        final Thread thread;
        private T value;
        private Exception failure;

        Result(Host host, Callable<T> body) {
            thread = host.threads().virtual("test-part", () -> {
                try {
                    value = body.call();
                } catch (Exception e) {
                    failure = e;
                }
            });
        }

        T get() throws Exception {
            thread.join();
            if (failure != null) {
                throw failure;
            }
            return value;
        }
    }

    /** Both ends of a connection. */
    private final class Pair implements AutoCloseable {
        final StreamListener listener = listen();
        final StreamConnection client = host().network().connect(listener.local(), SECOND);
        final StreamConnection server = listener.accept();

        Pair() throws IOException {}

        @Override
        public void close() {
            client.close();
            server.close();
            listener.close();
        }
    }
}
