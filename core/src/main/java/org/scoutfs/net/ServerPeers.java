package org.scoutfs.net;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.wire.Greeting;
import org.scoutfs.host.HostClock;
import org.scoutfs.host.HostTimer;

/**
 * The client mounts that one server has an association with, and those it refuses. Safe for all threads.
 *
 * <p>The life of a rid: a greeting creates its association; a broken socket starts the reconnect wait; another greeting takes the
 * association over, whatever term it names (R29, R30); the end of the wait, {@link #evict}, or the socket's end after an answered farewell
 * frees it.
 *
 * <p>Several sockets of one rid race like this: the greatest greeting id is noted, the present owner is shut, and when its thread has let go
 * the socket with the greatest id becomes the owner; the others are closed (R26, R27).
 */
final class ServerPeers {
    /** How often a client that is waited for is looked at. */
    private static final long LOOK_MS = 100;

    private static final Logger LOG = System.getLogger("org.scoutfs.net");

    private final HostClock clock;

    private final ReentrantLock lock = new ReentrantLock();
    /** An owner let go of a peer, a peer was forgotten, or a timer is done. */
    private final Condition changed = lock.newCondition();

    @GuardedBy("lock")
    private final Map<Long, Peer> peers = new HashMap<>();

    @GuardedBy("lock")
    private final Set<Long> refused = new HashSet<>();

    /** Associations that ended while handlers of theirs were running. */
    @GuardedBy("lock")
    private final List<Association> retired = new ArrayList<>();

    /** Timers that are asking or telling the server about a lost client. */
    @GuardedBy("lock")
    private int timersRunning;

    @GuardedBy("lock")
    private boolean closed;

    ServerPeers(HostClock clock) {
        this.clock = clock;
    }

    /** One client mount. Fields are guarded by the lock of the table. */
    static final class Peer {
        final Association association;

        /** The socket whose thread reads for this association, from before it is attached until it has let go. */
        private @Nullable Link owner;

        private long greetingId;
        private boolean firstContact;
        private @Nullable HostTimer reconnectTimer;

        /** Tells a timer that came too late from the present one. */
        private long waits;

        private Peer(Association association, boolean firstContact) {
            this.association = association;
            this.firstContact = firstContact;
        }
    }

    @Nullable
    Association find(long rid) {
        lock.lock();
        try {
            Peer peer = peers.get(rid);
            return peer == null ? null : peer.association;
        } finally {
            lock.unlock();
        }
    }

    boolean isRefused(long rid) {
        lock.lock();
        try {
            return refused.contains(rid);
        } finally {
            lock.unlock();
        }
    }

    /** Ends the association of a rid, if there is one, and refuses the rid. */
    void evict(long rid) {
        Peer peer;
        lock.lock();
        try {
            refused.add(rid);
            peer = peers.get(rid);
            if (peer != null) {
                retire(peer);
            }
        } finally {
            lock.unlock();
        }
        if (peer != null) {
            end(peer.association, "evicted");
        }
    }

    void readmit(long rid) {
        lock.lock();
        try {
            refused.remove(rid);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Makes a socket the owner of its rid's association, which is made if there is none, once the present owner has let go.
     *
     * @param term of this server
     * @return null if it cannot: then the link was shut, or the greeting names this server's term without an association
     */
    @Nullable
    Peer claim(Link link, long greetingId, Greeting greeting, long term, Function<Long, Association> maker) {
        long rid = greeting.rid();
        String name = Long.toHexString(rid);
        lock.lock();
        try {
            while (true) {
                if (closed || refused.contains(rid)) {
                    link.shut(closed ? "server stops" : "rid " + name + " is refused");
                    return null;
                }
                Peer peer = peers.get(rid);
                if (peer == null) {
                    if (greeting.serverTerm() == term && !greeting.isFarewell()) {
                        return null;
                    }
                    peer = new Peer(maker.apply(rid), greeting.serverTerm() != term);
                    peers.put(rid, peer);
                }
                if (Long.compareUnsigned(peer.greetingId, greetingId) >= 0) {
                    link.shut("rid " + name + " has greeted again on another socket");
                    return null;
                }
                peer.greetingId = greetingId;
                if (peer.owner != null) {
                    peer.owner.shut("rid " + name + " has connected again");
                }
                while (peer.owner != null && isCurrent(peer, greetingId)) {
                    changed.awaitUninterruptibly();
                }
                if (isCurrent(peer, greetingId)) {
                    cancelWait(peer);
                    peer.owner = link;
                    return peer;
                }
            }
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private boolean isCurrent(Peer peer, long greetingId) {
        return peer.greetingId == greetingId && peers.get(peer.association.rid()) == peer;
    }

    /** Whether what is to be done once for an association is to be done now. */
    boolean takeFirstContact(Peer peer) {
        lock.lock();
        try {
            boolean first = peer.firstContact;
            peer.firstContact = false;
            return first;
        } finally {
            lock.unlock();
        }
    }

    /** The owner's socket is gone and detached: the association waits for another one, or has done all it was for. */
    void release(Link link, Peer peer, ServerEvents events) {
        Association association = peer.association;
        boolean over = false;
        lock.lock();
        try {
            peer.owner = null;
            if (peers.get(association.rid()) == peer) {
                over = association.farewellAnswered();
                if (over) {
                    retire(peer);
                } else {
                    startWait(peer, Addresses.inetAddr(link.remote()), events);
                }
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (over) {
            end(association, "farewell");
        }
    }

    @GuardedBy("lock")
    private void startWait(Peer peer, InetAddr lastPeer, ServerEvents events) {
        scheduleLook(new Wait(peer, ++peer.waits, lastPeer, events), ServerNetwork.RECONNECT_WAIT_MS);
    }

    /** For one socket to come after another has broken. */
    private record Wait(Peer peer, long number, InetAddr lastPeer, ServerEvents events) {
        long rid() {
            return peer.association.rid();
        }
    }

    @GuardedBy("lock")
    private void scheduleLook(Wait wait, long leftMs) {
        long pauseMs = Math.min(leftMs, LOOK_MS);
        wait.peer.reconnectTimer = clock.schedule(
                "net-reconnect", TimeUnit.MILLISECONDS.toNanos(pauseMs), () -> look(wait, leftMs - pauseMs));
    }

    /** Whether the wait is over, because its time is or because the client will never come. */
    private void look(Wait wait, long leftMs) {
        lock.lock();
        try {
            if (wait.peer.waits != wait.number) {
                return;
            }
            timersRunning++;
        } finally {
            lock.unlock();
        }
        try {
            boolean gone = leftMs > 0 && wait.events.isGone(wait.rid(), wait.lastPeer);
            if (gone || leftMs <= 0) {
                waitedInVain(wait, gone ? "is gone" : "reconnect timed out");
            } else {
                lookAgain(wait, leftMs);
            }
        } finally {
            lock.lock();
            try {
                timersRunning--;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private void lookAgain(Wait wait, long leftMs) {
        lock.lock();
        try {
            if (wait.peer.waits == wait.number) {
                scheduleLook(wait, leftMs);
            }
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void cancelWait(Peer peer) {
        peer.waits++;
        if (peer.reconnectTimer != null) {
            peer.reconnectTimer.cancel();
            peer.reconnectTimer = null;
        }
    }

    private void waitedInVain(Wait wait, String why) {
        lock.lock();
        try {
            if (wait.peer.waits != wait.number) {
                return;
            }
            retire(wait.peer);
            refused.add(wait.rid());
        } finally {
            lock.unlock();
        }
        LOG.log(Level.INFO, "client {0} {1}, fencing", wait.lastPeer, why);
        end(wait.peer.association, why);
        wait.events.reconnectTimedOut(wait.rid(), wait.lastPeer);
    }

    /** Forgets a peer. Its association is to be ended next, without the lock. */
    @GuardedBy("lock")
    private void retire(Peer peer) {
        peers.remove(peer.association.rid());
        cancelWait(peer);
        retired.removeIf(Association::isIdle);
        retired.add(peer.association);
        changed.signalAll();
    }

    private static void end(Association association, String reason) {
        association.end(Errno.ENOTCONN, Errno.ENOTCONN, reason);
    }

    List<ConnectionStatus> connections() {
        lock.lock();
        try {
            List<ConnectionStatus> all = new ArrayList<>(peers.size());
            for (Peer peer : peers.values()) {
                Association association = peer.association;
                long[] numbers = association.numbers();
                Link owner = peer.owner;
                all.add(new ConnectionStatus(
                        "server",
                        owner == null ? null : Addresses.inetAddr(owner.local()),
                        association.peer(),
                        association.rid(),
                        peer.greetingId,
                        association.isConnected(),
                        association.farewellAnswered(),
                        peer.reconnectTimer != null,
                        numbers[0],
                        numbers[1],
                        numbers[2]));
            }
            return all;
        } finally {
            lock.unlock();
        }
    }

    List<String> messageLines() {
        lock.lock();
        try {
            return peers.values().stream()
                    .flatMap(peer -> peer.association.messageLines().stream())
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    /** Ends all associations and makes no more. */
    void close() {
        List<Peer> ended;
        lock.lock();
        try {
            closed = true;
            ended = List.copyOf(peers.values());
            ended.forEach(this::retire);
        } finally {
            lock.unlock();
        }
        ended.forEach(peer -> end(peer.association, "server stops"));
    }

    /** Waits for timers and handlers. The table is closed and no socket is open. */
    void awaitIdle() {
        List<Association> unfinished;
        lock.lock();
        try {
            while (timersRunning > 0) {
                changed.awaitUninterruptibly();
            }
            unfinished = List.copyOf(retired);
        } finally {
            lock.unlock();
        }
        unfinished.forEach(Association::awaitHandlers);
    }
}
