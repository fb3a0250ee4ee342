package org.scoutfs.quorum;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.QuorumConfig;
import org.scoutfs.format.wire.QuorumMessage;
import org.scoutfs.host.DatagramPort;
import org.scoutfs.host.Endpoint;
import org.scoutfs.host.HostClock;
import org.scoutfs.host.HostNetwork;

/** Sends and accepts the messages of an election (spec 3 section 3.2). Used by the agent's thread; any thread may {@link #close}. */
final class QuorumSocket implements AutoCloseable {
    private static final Logger LOG = System.getLogger("org.scoutfs.quorum");

    private final DatagramPort port;
    private final QuorumConfig config;
    private final int slot;
    private final long fsid;
    private final HostClock clock;
    private final QuorumStatus.@Nullable Traffic[] sent = new QuorumStatus.Traffic[QuorumConfig.SLOTS];
    private final QuorumStatus.@Nullable Traffic[] received = new QuorumStatus.Traffic[QuorumConfig.SLOTS];

    private final Counter recvError;
    private final Counter recvHeartbeat;
    private final Counter recvInvalid;
    private final Counter recvResignation;
    private final Counter recvVote;
    private final Counter sendHeartbeat;
    private final Counter heartbeatDropped;
    private final Counter sendRequest;
    private final Counter sendResignation;
    private final Counter sendVote;

    private QuorumSocket(
            DatagramPort port, QuorumConfig config, int slot, long fsid, HostClock clock, Counters counters) {
        this.port = port;
        this.config = config;
        this.slot = slot;
        this.fsid = fsid;
        this.clock = clock;
        this.recvError = counters.get("quorum_recv_error");
        this.recvHeartbeat = counters.get("quorum_recv_heartbeat");
        this.recvInvalid = counters.get("quorum_recv_invalid");
        this.recvResignation = counters.get("quorum_recv_resignation");
        this.recvVote = counters.get("quorum_recv_vote");
        this.sendHeartbeat = counters.get("quorum_send_heartbeat");
        this.heartbeatDropped = counters.get("quorum_send_heartbeat_dropped");
        this.sendRequest = counters.get("quorum_send_request");
        this.sendResignation = counters.get("quorum_send_resignation");
        this.sendVote = counters.get("quorum_send_vote");
    }

    /**
     * Binds the address of the own slot.
     *
     * @throws FsException EADDRINUSE if another mount has this slot, EADDRNOTAVAIL if the address is not this host's
     */
    static QuorumSocket bind(
            HostNetwork network, QuorumConfig config, int slot, long fsid, HostClock clock, Counters counters)
            throws FsException {
        InetAddr address = config.slot(slot);
        try {
            return new QuorumSocket(network.bindDatagrams(endpoint(address)), config, slot, fsid, clock, counters);
        } catch (IOException e) {
            boolean taken = String.valueOf(e.getMessage()).contains("in use");
            throw new FsException(
                    taken ? Errno.EADDRINUSE : Errno.EADDRNOTAVAIL,
                    "cannot bind quorum slot " + slot + " to " + address
                            + (taken
                                    ? ", the port is in use: is the volume mounted with this slot already?"
                                    : ", is this the host of that slot? " + e.getMessage()),
                    e);
        }
    }

    /** Sends to all other present slots. What cannot be sent is lost, as on the way. */
    void sendToAll(QuorumMessage.Type type, long term) {
        for (int to = 0; to < QuorumConfig.SLOTS; to++) {
            if (to != slot && config.isPresent(to)) {
                send(to, type, term);
            }
        }
    }

    /** Sends to one present slot. */
    void send(int to, QuorumMessage.Type type, long term) {
        try {
            port.send(endpoint(config.slot(to)), new QuorumMessage(fsid, term, type, slot).toBytes());
            counterOfSent(type).increment();
            sent[to] = new QuorumStatus.Traffic(to, term, type, clock.nanoTime());
        } catch (IOException e) {
            if (type == QuorumMessage.Type.HEARTBEAT) {
                heartbeatDropped.increment();
            }
            LOG.log(Level.DEBUG, "{0} to slot {1} not sent: {2}", type, to, e.getMessage());
        }
    }

    /** What came of waiting. */
    record Received(@Nullable QuorumMessage message) {
        /** A datagram came, and was not acceptable. */
        static final Received INVALID = new Received(null);
    }

    /**
     * Waits for a datagram.
     *
     * @return null if none came in time; a message is one that every member accepts
     * @throws FsException if the socket does not work any more
     */
    @Nullable
    Received receive(long timeoutNanos) throws FsException {
        DatagramPort.Datagram datagram;
        try {
            datagram = port.receive(timeoutNanos);
        } catch (IOException e) {
            recvError.increment();
            throw new FsException(Errno.EIO, "quorum socket: " + e.getMessage(), e);
        }
        if (datagram == null) {
            return null;
        }
        QuorumMessage message = QuorumMessage.decode(datagram.payload(), datagram.payload().length);
        String violation = violation(message, datagram.payload().length);
        if (message == null || violation != null) {
            ignored(datagram.source(), violation);
            return Received.INVALID;
        }
        switch (message.type()) {
            case VOTE -> recvVote.increment();
            case HEARTBEAT -> recvHeartbeat.increment();
            case RESIGNATION -> recvResignation.increment();
            case REQUEST_VOTE -> {}
        }
        received[message.from()] =
                new QuorumStatus.Traffic(message.from(), message.term(), message.type(), clock.nanoTime());
        return new Received(message);
    }

    /** Why a datagram is no message for this member, as a phrase; null if it is one. */
    private @Nullable String violation(@Nullable QuorumMessage message, int length) {
        if (length != QuorumMessage.SIZE) {
            return length + " bytes, a message has " + QuorumMessage.SIZE;
        }
        if (message == null) {
            return "a wrong checksum or type";
        }
        if (message.fsid() != fsid) {
            return "fsid %016x, ours is %016x".formatted(message.fsid(), fsid);
        }
        if (message.from() >= QuorumConfig.SLOTS || !config.isPresent(message.from())) {
            return "slot " + message.from() + ", which is not configured";
        }
        return null;
    }

    /** Said for the first, the second, the fourth, ...: whoever sends them can send many. */
    private void ignored(Endpoint source, @Nullable String violation) {
        recvInvalid.increment();
        long count = recvInvalid.get();
        if (Long.bitCount(count) == 1) {
            LOG.log(
                    Level.INFO,
                    "quorum slot {0} ignored a datagram from {1} of {2}; it was number {3}",
                    slot,
                    source,
                    violation,
                    Long.toString(count));
        }
    }

    List<QuorumStatus.Traffic> lastSent() {
        return present(sent);
    }

    List<QuorumStatus.Traffic> lastReceived() {
        return present(received);
    }

    @Override
    public void close() {
        port.close();
    }

    private Counter counterOfSent(QuorumMessage.Type type) {
        return switch (type) {
            case REQUEST_VOTE -> sendRequest;
            case VOTE -> sendVote;
            case HEARTBEAT -> sendHeartbeat;
            case RESIGNATION -> sendResignation;
        };
    }

    private static List<QuorumStatus.Traffic> present(QuorumStatus.@Nullable Traffic[] traffic) {
        List<QuorumStatus.Traffic> present = new ArrayList<>();
        for (QuorumStatus.Traffic each : traffic) {
            if (each != null) {
                present.add(each);
            }
        }
        return present;
    }

    private static Endpoint endpoint(InetAddr address) {
        return new Endpoint(address.addr(), address.port());
    }
}
