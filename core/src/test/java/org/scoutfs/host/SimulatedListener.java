package org.scoutfs.host;

import java.net.SocketException;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;

/** A listening TCP socket of a {@link SimulatedNetwork}, guarded by its lock. */
final class SimulatedListener implements StreamListener {
    final int hostIpv4;
    final Endpoint key;

    private final SimulatedNetwork network;
    private final Endpoint local;
    private final int backlog;
    private final Condition changed;
    private final ArrayDeque<SimulatedStream> arrived = new ArrayDeque<>();
    private boolean closed;

    SimulatedListener(SimulatedNetwork network, int hostIpv4, Endpoint local, Endpoint key, int backlog) {
        this.network = network;
        this.hostIpv4 = hostIpv4;
        this.local = local;
        this.key = key;
        this.backlog = backlog;
        this.changed = network.lock.newCondition();
    }

    @Override
    public Endpoint local() {
        return local;
    }

    @Override
    public StreamConnection accept() throws SocketException {
        network.lock.lock();
        try {
            while (true) {
                if (closed) {
                    throw SimulatedNetwork.closed(this);
                }
                SimulatedStream stream = arrived.poll();
                if (stream != null) {
                    network.roomToConnect();
                    return stream;
                }
                changed.await();
            }
        } catch (InterruptedException e) {
            close();
            throw SimulatedNetwork.interrupted(this);
        } finally {
            network.lock.unlock();
        }
    }

    /** Connections nobody accepted are reset. */
    @Override
    public void close() {
        network.lock.lock();
        try {
            closed = true;
            network.forget(this);
            network.roomToConnect();
            arrived.forEach(SimulatedStream::abort);
            arrived.clear();
            changed.signalAll();
        } finally {
            network.lock.unlock();
        }
    }

    /** The system accepts one more than the backlog. */
    boolean isFull() {
        return arrived.size() > backlog;
    }

    void arrive(SimulatedStream stream) {
        arrived.add(stream);
        changed.signal();
    }

    @Override
    public String toString() {
        return "TCP listener " + local;
    }
}
