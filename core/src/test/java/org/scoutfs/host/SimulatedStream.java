package org.scoutfs.host;

import java.io.IOException;
import java.net.SocketException;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** One end of a TCP connection of a {@link SimulatedNetwork}, guarded by its lock. */
final class SimulatedStream implements StreamConnection {
    /** Bytes that may be under way and unread; then writers wait. */
    private static final int WINDOW_BYTES = 256 << 10;

    private static final int LARGEST_PIECE_BYTES = WINDOW_BYTES / 4;

    final int hostIpv4;

    private final SimulatedNetwork network;
    private final Endpoint local;
    private final Endpoint remote;
    private final int peerIpv4;
    private final Condition changed;

    /** Taken before the network's lock: keeps the bytes of one write together. */
    private final ReentrantLock writing = new ReentrantLock();

    private @Nullable SimulatedStream peer;

    /** From the peer, on their way; the first is the next to arrive, whatever the delays of the others. */
    private final ArrayDeque<Piece> inTransit = new ArrayDeque<>();

    /** How many of {@link #inTransit} should have arrived but wait for the path to be unblocked. */
    private int stalled;

    private long lastArrivalNanos = Long.MIN_VALUE;

    private final ArrayDeque<byte[]> arrived = new ArrayDeque<>();
    private int headOffset;

    /** Sent by the peer and not read yet. */
    private int unreadBytes;

    private boolean ended;
    private boolean closed;
    private @Nullable String broken;
    private long keepAliveNanos;

    /** Since when the path to or from the peer is blocked; -1: it is open. */
    private long blockedSinceNanos = -1;

    SimulatedStream(SimulatedNetwork network, int hostIpv4, Endpoint local, Endpoint remote, int peerIpv4) {
        this.network = network;
        this.hostIpv4 = hostIpv4;
        this.local = local;
        this.remote = remote;
        this.peerIpv4 = peerIpv4;
        this.changed = network.lock.newCondition();
    }

    static void join(SimulatedStream one, SimulatedStream other) {
        one.peer = other;
        other.peer = one;
    }

    /** Bytes, or what ends them. */
    private sealed interface Piece {}

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Bytes(byte[] bytes) implements Piece {}

    private record End() implements Piece {}

    private record Reset() implements Piece {}

    @Override
    public Endpoint local() {
        return local;
    }

    @Override
    public Endpoint remote() {
        return remote;
    }

    @Override
    public int read(byte[] buffer, int offset, int lengthBytes) throws IOException {
        Objects.checkFromIndexSize(offset, lengthBytes, buffer.length);
        network.lock.lock();
        try {
            while (true) {
                if (closed) {
                    throw SimulatedNetwork.closed(this);
                }
                if (lengthBytes == 0) {
                    return 0;
                }
                byte[] head = arrived.peek();
                if (head != null) {
                    return take(head, buffer, offset, lengthBytes);
                }
                if (broken != null) {
                    throw new SocketException(broken + ": " + this);
                }
                if (ended) {
                    return -1;
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

    private int take(byte[] head, byte[] buffer, int offset, int lengthBytes) {
        int n = Math.min(lengthBytes, head.length - headOffset);
        System.arraycopy(head, headOffset, buffer, offset, n);
        headOffset += n;
        if (headOffset == head.length) {
            arrived.remove();
            headOffset = 0;
        }
        unreadBytes -= n;
        peer().changed.signalAll();
        return n;
    }

    @Override
    public void write(byte[]... parts) throws IOException {
        writing.lock();
        try {
            network.lock.lock();
            try {
                for (byte[] part : parts) {
                    writePart(part);
                }
            } finally {
                network.lock.unlock();
            }
        } catch (InterruptedException e) {
            close();
            throw SimulatedNetwork.interrupted(this);
        } finally {
            writing.unlock();
        }
    }

    private void writePart(byte[] part) throws IOException, InterruptedException {
        for (int done = 0; done < part.length; ) {
            while (!closed && broken == null && peer().unreadBytes >= WINDOW_BYTES) {
                changed.await();
            }
            if (closed) {
                throw SimulatedNetwork.closed(this);
            }
            if (broken != null) {
                throw new SocketException(broken + ": " + this);
            }
            byte[] piece = new byte[Math.min(part.length - done, LARGEST_PIECE_BYTES)];
            System.arraycopy(part, done, piece, 0, piece.length);
            peer().unreadBytes += piece.length;
            send(new Bytes(piece));
            done += piece.length;
        }
    }

    @Override
    public void noDelay(boolean on) {
        // nothing is ever held back here
    }

    @Override
    public void keepAlive(int idleSeconds, int intervalSeconds, int probes) {
        network.lock.lock();
        try {
            keepAliveNanos = (idleSeconds + (long) intervalSeconds * probes) * 1_000_000_000L;
            watchPath();
        } finally {
            network.lock.unlock();
        }
    }

    @Override
    public boolean userTimeout(long millis) {
        return false;
    }

    /** As TCP: who closes without having read everything resets the connection. */
    @Override
    public void close() {
        network.lock.lock();
        try {
            if (closed) {
                return;
            }
            if (broken == null) {
                send(arrived.isEmpty() ? new End() : new Reset());
            }
            shut();
        } finally {
            network.lock.unlock();
        }
    }

    /** The process that had it is dead. */
    void abort() {
        if (!closed) {
            send(new Reset());
            shut();
        }
    }

    private void shut() {
        closed = true;
        network.forget(this);
        changed.signalAll();
        peer().changed.signalAll();
    }

    private void send(Piece piece) {
        SimulatedStream to = peer();
        to.inTransit.add(piece);
        to.lastArrivalNanos = Math.max(to.lastArrivalNanos, network.arrivalNanos());
        network.deliverAt(to.lastArrivalNanos, to::arriveNext);
    }

    private void arriveNext() {
        if (stalled > 0 || network.isBlocked(peerIpv4, hostIpv4)) {
            stalled++;
            return;
        }
        Piece piece = inTransit.remove();
        if (closed) {
            unreadBytes = 0;
            if (piece instanceof Bytes) {
                peer().breakOff("Connection reset");
            }
            return;
        }
        switch (piece) {
            case Bytes bytes -> arrived.add(bytes.bytes());
            case End() -> ended = true;
            case Reset() -> breakOff("Connection reset");
        }
        changed.signalAll();
    }

    private void breakOff(String why) {
        if (broken == null) {
            broken = why;
            changed.signalAll();
        }
    }

    /** Called for open streams whenever a path was blocked or unblocked. */
    void pathsChanged() {
        while (stalled > 0 && !network.isBlocked(peerIpv4, hostIpv4)) {
            int waiting = stalled;
            stalled = 0;
            for (int i = 0; i < waiting; i++) {
                arriveNext();
            }
        }
        boolean blockedNow = network.isBlocked(peerIpv4, hostIpv4) || network.isBlocked(hostIpv4, peerIpv4);
        if (!blockedNow) {
            blockedSinceNanos = -1;
        } else if (blockedSinceNanos < 0) {
            blockedSinceNanos = network.clock.nanoTime();
            watchPath();
        }
    }

    private void watchPath() {
        if (keepAliveNanos > 0 && blockedSinceNanos >= 0) {
            long since = blockedSinceNanos;
            network.deliverAt(since + keepAliveNanos, () -> {
                if (blockedSinceNanos == since) {
                    breakOff("Connection timed out");
                }
            });
        }
    }

    private SimulatedStream peer() {
        return Objects.requireNonNull(peer);
    }

    @Override
    public String toString() {
        return "TCP " + local + " to " + remote;
    }
}
