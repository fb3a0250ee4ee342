package org.scoutfs.host;

import java.net.SocketException;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/** A UDP socket of a {@link SimulatedNetwork}, guarded by its lock. */
final class SimulatedPort implements DatagramPort {
    /** What a socket buffer holds; more is dropped. */
    private static final int QUEUE_LIMIT = 256;

    final int hostIpv4;
    final Endpoint key;

    private final SimulatedNetwork network;
    private final Endpoint local;
    private final Condition changed;
    private final ArrayDeque<Datagram> arrived = new ArrayDeque<>();
    private boolean closed;

    SimulatedPort(SimulatedNetwork network, int hostIpv4, Endpoint local, Endpoint key) {
        this.network = network;
        this.hostIpv4 = hostIpv4;
        this.local = local;
        this.key = key;
        this.changed = network.lock.newCondition();
    }

    @Override
    public Endpoint local() {
        return local;
    }

    @Override
    public void send(Endpoint destination, byte[] payload) throws SocketException {
        network.lock.lock();
        try {
            if (closed) {
                throw SimulatedNetwork.closed(this);
            }
            boolean loopback = destination.ipv4() >>> 24 == 127;
            Endpoint source = new Endpoint(loopback ? Endpoint.LOOPBACK_ADDRESS : hostIpv4, key.port());
            network.sendDatagram(hostIpv4, destination, new Datagram(source, payload.clone()));
        } finally {
            network.lock.unlock();
        }
    }

    @Override
    public @Nullable Datagram receive(long timeoutNanos) throws SocketException {
        network.lock.lock();
        try {
            long left = timeoutNanos;
            while (true) {
                if (closed) {
                    throw SimulatedNetwork.closed(this);
                }
                Datagram datagram = arrived.poll();
                if (datagram != null || left <= 0) {
                    return datagram;
                }
                if (timeoutNanos == FOREVER) {
                    changed.await();
                } else {
                    left = network.clock.awaitNanos(network.lock, changed, left);
                }
            }
        } catch (InterruptedException e) {
            close();
            throw SimulatedNetwork.interrupted(this);
        } finally {
            network.lock.unlock();
        }
    }

    @Override
    public void close() {
        network.lock.lock();
        try {
            closed = true;
            network.forget(this);
            changed.signalAll();
        } finally {
            network.lock.unlock();
        }
    }

    void arrive(Datagram datagram) {
        if (arrived.size() < QUEUE_LIMIT) {
            arrived.add(new Datagram(datagram.source(), datagram.payload().clone()));
            changed.signal();
        }
    }

    @Override
    public String toString() {
        return "UDP " + local;
    }
}
