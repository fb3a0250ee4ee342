package org.scoutfs.host;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A host for tests: a virtual clock, a network in memory, and randomness from a seed.
 *
 * <p>Made by {@link #create}, its threads are those of the JVM: time stands still until the test calls {@link #advance}, and what
 * threads do then must be waited for. Made by {@link Simulation#host}, everything runs under that simulation.
 */
public final class TestHost implements Host {
    private final int ipv4;
    private final long seed;
    private final VirtualClock clock;
    private final SimulatedNetwork net;
    private final HostThreads threads;
    private final HostNetwork network;
    private final HostRandom random;
    private final List<Throwable> failures;

    TestHost(
            int ipv4,
            long seed,
            VirtualClock clock,
            SimulatedNetwork net,
            HostThreads threads,
            List<Throwable> failures) {
        this.ipv4 = ipv4;
        this.seed = seed;
        this.clock = clock;
        this.net = net;
        this.threads = threads;
        this.network = net.at(ipv4);
        this.random = new MixedRandom(seed + Integer.toUnsignedLong(ipv4));
        this.failures = failures;
    }

    /** A host 10.0.0.1 with a clock and a network of its own. */
    public static TestHost create(long seed) {
        List<Throwable> failures = new CopyOnWriteArrayList<>();
        HostThreads threads = new SystemThreads((thread, failure) -> failures.add(failure));
        VirtualClock clock = new VirtualClock(threads);
        SimulatedNetwork net = new SimulatedNetwork(clock, seed);
        return new TestHost(0x0a000001, seed, clock, net, threads, failures);
    }

    /** Another host on the same network, with the same clock. */
    public TestHost peer(int peerIpv4) {
        return new TestHost(peerIpv4, seed, clock, net, threads, failures);
    }

    public int ipv4() {
        return ipv4;
    }

    /** A port of this host as others reach it. */
    public Endpoint endpoint(int port) {
        return new Endpoint(ipv4, port);
    }

    @Override
    public VirtualClock clock() {
        return clock;
    }

    @Override
    public HostThreads threads() {
        return threads;
    }

    @Override
    public HostNetwork network() {
        return network;
    }

    @Override
    public HostRandom random() {
        return random;
    }

    /** The network with its faults. */
    public SimulatedNetwork net() {
        return net;
    }

    /** Lets time pass for all hosts of this network. */
    public void advance(long nanos) {
        clock.advance(nanos);
    }

    /** Exceptions that left a thread of this host or its peers, in the order they came. */
    public List<Throwable> failures() {
        return List.copyOf(failures);
    }

    @Override
    public void close() {
        // threads are ended by who started them, and timers are nothing but memory
    }
}
