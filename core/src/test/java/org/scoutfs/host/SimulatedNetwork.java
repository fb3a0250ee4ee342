package org.scoutfs.host;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A network in memory between hosts with one address each. Perfect and without delay until told otherwise; everything random comes from
 * its seed.
 *
 * <p>Datagrams are delayed, lost, doubled and thereby reordered. Streams are delayed, never lossy: where a path is blocked their bytes
 * wait until it is unblocked, or until an end with keepalive has had enough. The keepalive of a host that cannot do better does
 * not exist here: what was asked for counts from the moment the path was blocked.
 */
public final class SimulatedNetwork {
    private static final int FIRST_EPHEMERAL_PORT = 32768;

    final ReentrantLock lock = new ReentrantLock();
    final VirtualClock clock;

    // all below is guarded by lock
    private final HostRandom random;
    private final Condition pathsChanged = lock.newCondition();
    private final Map<Endpoint, SimulatedPort> ports = new HashMap<>();
    private final Map<Endpoint, SimulatedListener> listeners = new HashMap<>();
    private final Set<SimulatedStream> streams = new LinkedHashSet<>();
    private final Set<Path> blocked = new LinkedHashSet<>();
    private long minDelayNanos;
    private long maxDelayNanos;
    private double lost;
    private double doubled;
    private int nextPort = FIRST_EPHEMERAL_PORT;

    SimulatedNetwork(VirtualClock clock, long seed) {
        this.clock = clock;
        this.random = new MixedRandom(seed);
    }

    private record Path(int from, int to) {}

    /** Each datagram and each write takes a time in this range, drawn anew. */
    public void delays(long minNanos, long maxNanos) {
        lock.lock();
        try {
            minDelayNanos = minNanos;
            maxDelayNanos = maxNanos;
        } finally {
            lock.unlock();
        }
    }

    /** The share of datagrams that vanish and that arrive twice, 0 to 1. */
    public void datagramFaults(double lostShare, double doubledShare) {
        lock.lock();
        try {
            lost = lostShare;
            doubled = doubledShare;
        } finally {
            lock.unlock();
        }
    }

    /** Nothing passes from one host to the other; the way back stays open. */
    public void block(int fromIpv4, int toIpv4) {
        lock.lock();
        try {
            blocked.add(new Path(fromIpv4, toIpv4));
            pathsHaveChanged();
        } finally {
            lock.unlock();
        }
    }

    /** Nothing passes between two hosts. */
    public void partition(int ipv4, int otherIpv4) {
        block(ipv4, otherIpv4);
        block(otherIpv4, ipv4);
    }

    /** All paths are open again. */
    public void heal() {
        lock.lock();
        try {
            blocked.clear();
            pathsHaveChanged();
        } finally {
            lock.unlock();
        }
    }

    /** All processes of a host die: its sockets are gone, its peers are told as far as paths are open. */
    public void crash(int ipv4) {
        lock.lock();
        try {
            for (SimulatedPort port : List.copyOf(ports.values())) {
                if (port.hostIpv4 == ipv4) {
                    port.close();
                }
            }
            for (SimulatedListener listener : List.copyOf(listeners.values())) {
                if (listener.hostIpv4 == ipv4) {
                    listener.close();
                }
            }
            for (SimulatedStream stream : List.copyOf(streams)) {
                if (stream.hostIpv4 == ipv4) {
                    stream.abort();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** The network as one host sees it. */
    HostNetwork at(int ipv4) {
        return new View(ipv4);
    }

    /** Draws a delay. The lock is held, as by all below. */
    private long delay() {
        return minDelayNanos + (maxDelayNanos > minDelayNanos ? random.nextLong(maxDelayNanos - minDelayNanos + 1) : 0);
    }

    /** When what is sent now arrives, at the earliest. */
    long arrivalNanos() {
        return clock.nanoTime() + delay();
    }

    /** Runs an action with the lock held at that time, at once if it is now. */
    void deliverAt(long nanos, Runnable action) {
        long wait = nanos - clock.nanoTime();
        if (wait <= 0) {
            action.run();
            return;
        }
        clock.at(wait, () -> {
            lock.lock();
            try {
                action.run();
            } finally {
                lock.unlock();
            }
        });
    }

    boolean isBlocked(int fromIpv4, int toIpv4) {
        return !blocked.isEmpty() && blocked.contains(new Path(fromIpv4, toIpv4));
    }

    void sendDatagram(int fromHost, Endpoint destination, DatagramPort.Datagram datagram) {
        Endpoint key = keyOf(fromHost, destination);
        int copies = chance(lost) ? 0 : chance(doubled) ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            deliverAt(arrivalNanos(), () -> {
                SimulatedPort port = ports.get(key);
                if (port != null && !isBlocked(fromHost, key.ipv4())) {
                    port.arrive(datagram);
                }
            });
        }
    }

    private boolean chance(double share) {
        return share > 0 && (random.nextLong() >>> 11) * 0x1p-53 < share;
    }

    void forget(SimulatedPort port) {
        ports.remove(port.key, port);
    }

    void forget(SimulatedListener listener) {
        listeners.remove(listener.key, listener);
    }

    void forget(SimulatedStream stream) {
        streams.remove(stream);
    }

    private void pathsHaveChanged() {
        for (SimulatedStream stream : new ArrayList<>(streams)) {
            stream.pathsChanged();
        }
        pathsChanged.signalAll();
    }

    /** Loopback and any stand for the host itself. */
    private static Endpoint keyOf(int hostIpv4, Endpoint endpoint) {
        return isLoopback(endpoint) || endpoint.ipv4() == Endpoint.ANY_ADDRESS
                ? new Endpoint(hostIpv4, endpoint.port())
                : endpoint;
    }

    private static boolean isLoopback(Endpoint endpoint) {
        return endpoint.ipv4() >>> 24 == 127;
    }

    private Endpoint withPort(Endpoint local, int hostIpv4, Map<Endpoint, ?> taken) throws BindException {
        if (!keyOf(hostIpv4, local).equals(new Endpoint(hostIpv4, local.port()))) {
            throw new BindException("Cannot assign requested address: " + local);
        }
        Endpoint chosen = local;
        while (chosen.port() == 0 || (local.port() == 0 && taken.containsKey(keyOf(hostIpv4, chosen)))) {
            chosen = new Endpoint(local.ipv4(), nextPort);
            nextPort = nextPort == 0xffff ? FIRST_EPHEMERAL_PORT : nextPort + 1;
        }
        if (taken.containsKey(keyOf(hostIpv4, chosen))) {
            throw new BindException("Address already in use: " + local);
        }
        return chosen;
    }

    private final class View implements HostNetwork {
        private final int hostIpv4;

        View(int hostIpv4) {
            this.hostIpv4 = hostIpv4;
        }

        @Override
        public DatagramPort bindDatagrams(Endpoint local) throws IOException {
            lock.lock();
            try {
                Endpoint bound = withPort(local, hostIpv4, ports);
                Endpoint key = keyOf(hostIpv4, bound);
                SimulatedPort port = new SimulatedPort(SimulatedNetwork.this, hostIpv4, bound, key);
                ports.put(key, port);
                return port;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public StreamListener listen(Endpoint local, int backlog) throws IOException {
            lock.lock();
            try {
                Endpoint bound = withPort(local, hostIpv4, listeners);
                Endpoint key = keyOf(hostIpv4, bound);
                SimulatedListener listener =
                        new SimulatedListener(SimulatedNetwork.this, hostIpv4, bound, key, backlog);
                listeners.put(key, listener);
                return listener;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public StreamConnection connect(Endpoint local, Endpoint remote, long timeoutNanos) throws IOException {
            lock.lock();
            try {
                int ownAddress = isLoopback(remote) ? Endpoint.LOOPBACK_ADDRESS : hostIpv4;
                Endpoint own = new Endpoint(
                        ownAddress, withPort(local, hostIpv4, listeners).port());
                Endpoint key = keyOf(hostIpv4, remote);
                long deadline = clock.nanoTime() + timeoutNanos;
                long answered = arrivalNanos() + delay();
                // a lost or unanswered request is sent again; here one that can get through is noticed at once
                while (true) {
                    long now = clock.nanoTime();
                    boolean open = !isBlocked(hostIpv4, key.ipv4()) && !isBlocked(key.ipv4(), hostIpv4);
                    SimulatedListener listener = listeners.get(key);
                    if (open && now >= answered && listener == null) {
                        throw new ConnectException("Connection refused: " + remote);
                    }
                    if (open && now >= answered && listener != null && !listener.isFull()) {
                        SimulatedStream client =
                                new SimulatedStream(SimulatedNetwork.this, hostIpv4, own, remote, key.ipv4());
                        SimulatedStream server =
                                new SimulatedStream(SimulatedNetwork.this, key.ipv4(), remote, own, hostIpv4);
                        SimulatedStream.join(client, server);
                        streams.add(client);
                        streams.add(server);
                        listener.arrive(server);
                        return client;
                    }
                    if (deadline - now <= 0) {
                        throw new SocketTimeoutException("Connect timed out: " + remote);
                    }
                    long wait = now < answered ? Math.min(answered, deadline) - now : deadline - now;
                    clock.awaitNanos(lock, pathsChanged, wait);
                }
            } catch (InterruptedException e) {
                throw interrupted("connect");
            } finally {
                lock.unlock();
            }
        }
    }

    /** A listener has room again. */
    void roomToConnect() {
        pathsChanged.signalAll();
    }

    static SocketException closed(Object socket) {
        return new SocketException(socket + " is closed");
    }

    /** As the sockets of the JDK do: the interrupt stays set. */
    static SocketException interrupted(Object socket) {
        Thread.currentThread().interrupt();
        return new SocketException(socket + " was closed by an interrupt");
    }
}
