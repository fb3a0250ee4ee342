package org.scoutfs.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SimulationTest extends HostContract {
    private Simulation simulation;
    private TestHost host;

    @BeforeEach
    void make() {
        Assumptions.assumeTrue(Simulation.isAvailable(), "skipped, needs --add-opens java.base/java.lang=ALL-UNNAMED");
        simulation = new Simulation(1);
        host = simulation.host(0x0a000001);
    }

    @AfterEach
    void nothingIsLeft() {
        if (simulation != null && simulation.failures().stream().allMatch(e -> "on purpose".equals(e.getMessage()))) {
            assertThat(simulation.liveThreads()).isEmpty();
        }
    }

    @Override
    Host host() {
        return host;
    }

    @Override
    void inHost(Body body) throws Exception {
        simulation.run(body::run);
    }

    @Test
    void theSameSeedDoesTheSame() throws Exception {
        List<String> first = trace(7);
        assertThat(first).hasSizeGreaterThan(100);
        assertThat(trace(7)).isEqualTo(first);
        assertThat(trace(8)).isNotEqualTo(first);
    }

    /** Some threads that contend for a lock, send datagrams and sleep. */
    private static List<String> trace(long seed) throws Exception {
        List<String> trace = new ArrayList<>();
        try (Simulation simulation = new Simulation(seed)) {
            simulation.net().delays(0, HostContract.SECOND);
            simulation.net().datagramFaults(0.2, 0.2);
            TestHost host = simulation.host(1);
            ReentrantLock lock = new ReentrantLock();
            simulation.run(() -> {
                List<Thread> threads = new ArrayList<>();
                for (int i = 0; i < 5; i++) {
                    threads.add(host.threads().platform("t" + i, () -> chatter(host, lock, trace)));
                }
                for (Thread thread : threads) {
                    thread.join();
                }
            });
        }
        return trace;
    }

    private static void chatter(TestHost host, ReentrantLock lock, List<String> trace) {
        String name = Thread.currentThread().getName();
        try (DatagramPort port = host.network().bindDatagrams(Endpoint.loopback(0))) {
            for (int i = 0; i < 20; i++) {
                port.send(port.local(), new byte[] {(byte) i});
                lock.lock();
                try {
                    host.clock().sleep(host.random().nextLong(HostContract.SECOND));
                    trace.add(name + " " + host.clock().nanoTime());
                } finally {
                    lock.unlock();
                }
                DatagramPort.Datagram datagram = port.receive(HostContract.SECOND / 2);
                trace.add(name + " " + (datagram == null ? "nothing" : datagram.payload()[0]));
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void anHourTakesNoTime() throws Exception {
        long realStart = System.nanoTime();
        simulation.run(() -> host.clock().sleep(3599 * SECOND));
        assertThat(simulation.clock().nanoTime()).isEqualTo(3599 * SECOND);
        assertThat(System.nanoTime() - realStart).isLessThan(60 * SECOND);
    }

    @Test
    void advanceFiresWhatIsDueAndNoMore() {
        List<Long> ticks = new ArrayList<>();
        Thread ticker = host.threads().virtual("ticker", () -> {
            try {
                while (ticks.size() < 5) {
                    host.clock().sleep(SECOND);
                    ticks.add(host.clock().nanoTime());
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        simulation.advance(2 * SECOND + 1);
        assertThat(ticks).containsExactly(SECOND, 2 * SECOND);
        simulation.advance(10 * SECOND);
        assertThat(ticks).hasSize(5);
        assertThat(ticker.isAlive()).isFalse();
    }

    @Test
    void aDeadlockIsFoundAtOnce() {
        CountDownLatch never = new CountDownLatch(1);
        assertThatThrownBy(() -> simulation.run(never::await))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("nothing can happen any more")
                .hasMessageContaining("CountDownLatch.await");
        never.countDown();
        simulation.settle();
    }

    @Test
    void timedWaitsOfTheJdkAreFound() {
        CountDownLatch never = new CountDownLatch(1);
        assertThatThrownBy(() -> simulation.run(() -> never.await(1, TimeUnit.HOURS)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("waits for the clock of the JDK");
        never.countDown();
        simulation.settle();
    }

    @Test
    void blockingWhileHoldingAMonitorIsFound() {
        Object monitor = new Object();
        Simulation other = new Simulation(1);
        TestHost hostOfOther = other.host(1);
        assertThatThrownBy(() -> other.run(() -> {
                    synchronized (monitor) {
                        hostOfOther.threads().virtual("contender", () -> {
                            synchronized (monitor) {
                                throw new IllegalStateException("too late");
                            }
                        });
                        hostOfOther.clock().sleep(SECOND);
                    }
                }))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("contender waits for a monitor");
    }

    @Test
    void leftoversAreReported() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        simulation.run(() -> host.threads().virtual("forgotten", () -> {
            try {
                end.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }));
        assertThatThrownBy(simulation::close).isInstanceOf(AssertionError.class).hasMessageContaining("forgotten");
        end.countDown();
        simulation.close();
        host.threads().virtual("fails", () -> {
            throw new IllegalStateException("on purpose");
        });
        assertThatThrownBy(simulation::close).isInstanceOf(AssertionError.class).hasMessageContaining("on purpose");
    }

    @Test
    void connectingIntoAPartitionTimesOutOrSucceedsWhenItHeals() throws Exception {
        TestHost other = simulation.host(0x0a000002);
        simulation.run(() -> {
            try (StreamListener listener = other.network().listen(other.endpoint(1), 1)) {
                simulation.net().partition(host.ipv4(), other.ipv4());
                assertThatThrownBy(() -> host.network().connect(listener.local(), SECOND))
                        .isInstanceOf(SocketTimeoutException.class);
                assertThat(host.clock().nanoTime()).isEqualTo(SECOND);
                host.clock().schedule("heal", SECOND, simulation.net()::heal);
                host.network().connect(listener.local(), 5 * SECOND).close();
                assertThat(host.clock().nanoTime()).isEqualTo(2 * SECOND);
            }
        });
    }
}
