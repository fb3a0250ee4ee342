package org.scoutfs.quorum;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.scoutfs.block.QuorumBlockFile;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.FsException;
import org.scoutfs.format.QuorumBlock;
import org.scoutfs.format.QuorumBlock.Event;
import org.scoutfs.format.QuorumBlockEvent;
import org.scoutfs.format.QuorumConfig;
import org.scoutfs.format.wire.QuorumMessage;
import org.scoutfs.host.Host;
import org.scoutfs.host.HostClock;

/**
 * A member mount's part in elections: keeps the {@link Election} going on a thread of its own, from {@link #start} until {@link #close}
 * (spec 3 sections 3.4 to 3.6).
 *
 * <p>It ends in one of three ways, always with the own server down:
 *
 * <ul>
 *   <li>{@link #close}: the server is stopped, with heartbeats going on until it is down; STOP, RESIGNATION, END are sent and recorded.
 *   <li>{@link #forceUnmount}: nothing is sent any more; STOP is tried.
 *   <li>an error of the socket or of the own block, or a foreign BEGIN in it: the server is stopped, STOP is tried, the mount stays a plain
 *       client ({@link #failure}).
 * </ul>
 */
public final class QuorumAgent implements AutoCloseable {
    /** How long the agent does not look at its server and whether it is to end, at most. */
    private static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** Datagrams in a row that nobody can use before a pass is made: a flood of them must not hold up heartbeats. */
    private static final int UNACCEPTABLE_LIMIT = 64;

    private static final Logger LOG = System.getLogger("org.scoutfs.quorum");

    private final Host host;
    private final QuorumBlockFile blocks;
    private final QuorumConfig config;
    private final int slot;
    private final LongSupplier heartbeatTimeoutMs;
    private final ServerControl server;
    private final Counters counters;
    private final QuorumSocket socket;
    private final OwnQuorumBlock ownBlock;

    private volatile boolean leaving;
    private volatile boolean forced;
    private volatile @Nullable FsException failure;
    private volatile QuorumStatus status;
    private @Nullable Thread thread;

    private QuorumAgent(
            Host host,
            QuorumBlockFile blocks,
            QuorumConfig config,
            int slot,
            long rid,
            LongSupplier heartbeatTimeoutMs,
            ServerControl server,
            Counters counters,
            QuorumSocket socket) {
        this.host = host;
        this.blocks = blocks;
        this.config = config;
        this.slot = slot;
        this.heartbeatTimeoutMs = heartbeatTimeoutMs;
        this.server = server;
        this.counters = counters;
        this.socket = socket;
        this.ownBlock = new OwnQuorumBlock(blocks, slot, rid, host.clock(), counters);
        this.status = idle();
    }

    /**
     * Starts to take part. The caller closes it.
     *
     * @param config as read at mount, checked with {@link QuorumSlots#check}
     * @param slot of this mount
     * @param rid of this mount
     * @param heartbeatTimeoutMs option quorum_heartbeat_timeout_ms, asked each time it is armed
     * @throws FsException if the slot's address cannot be bound: the mount fails
     */
    public static QuorumAgent start(
            Host host,
            QuorumBlockFile blocks,
            QuorumConfig config,
            long fsid,
            int slot,
            long rid,
            LongSupplier heartbeatTimeoutMs,
            ServerControl server,
            Counters counters)
            throws FsException {
        QuorumSocket socket = QuorumSocket.bind(host.network(), config, slot, fsid, host.clock(), counters);
        QuorumAgent agent =
                new QuorumAgent(host, blocks, config, slot, rid, heartbeatTimeoutMs, server, counters, socket);
        agent.thread = host.threads().platform("scoutfs-quorum-" + slot, agent::run);
        return agent;
    }

    /** What the agent was about to do at its last pass. */
    public QuorumStatus status() {
        return status;
    }

    /** Why this mount takes no part in quorum any more; null while it does. */
    public @Nullable FsException failure() {
        return failure;
    }

    /** The unmount is forced: nothing is sent or written any more, and the agent ends as soon as its server is down. Does not wait. */
    public void forceUnmount() {
        forced = true;
    }

    /** Leaves the quorum and waits for the end of the agent, which waits for the own server to be down. After the client's farewell. */
    @Override
    public void close() {
        leaving = true;
        Thread running = thread;
        boolean interrupted = false;
        while (running != null && running.isAlive()) {
            try {
                running.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        Election election = null;
        try (socket) {
            election = begin();
            while (!forced && !election.hasLeft()) {
                if (leaving) {
                    election.leave();
                }
                QuorumMessage received = receive(election);
                if (!forced) {
                    election.pass(received);
                }
            }
            endOrderly(election);
        } catch (FsException e) {
            endAfter(e, election);
        } finally {
            stopServer();
        }
    }

    /** Reads where the volume stands, records BEGIN, and makes a follower. */
    private Election begin() throws FsException {
        long term = 0;
        boolean leaderMayRun = false;
        for (int nr = 0; nr < QuorumConfig.SLOTS; nr++) {
            if (!config.isPresent(nr)) {
                continue;
            }
            try {
                QuorumBlock block = blocks.read(nr);
                term = maxTerm(term, block);
                // Whoever led in the own slot is gone or, with the slot given twice, is about to see our BEGIN and to
                // end.
                leaderMayRun |= nr != slot && block.mayHaveServer();
            } catch (FsException e) {
                LOG.log(Level.WARNING, "quorum block of slot {0} is skipped: {1}", nr, e.getMessage());
            }
        }
        ownBlock.write(QuorumBlockEvent.BEGIN, term);
        HostClock clock = host.clock();
        return new Election(
                slot,
                QuorumSlots.votesNeeded(config),
                term,
                leaderMayRun,
                clock::nanoTime,
                host.random(),
                () -> TimeUnit.MILLISECONDS.toNanos(heartbeatTimeoutMs.getAsLong()),
                server,
                new Effects(),
                counters);
    }

    private static long maxTerm(long atLeast, QuorumBlock block) {
        long max = atLeast;
        for (Event event : block.events()) {
            if (event.rid() != 0 && Long.compareUnsigned(event.term(), max) > 0) {
                max = event.term();
            }
        }
        return max;
    }

    /**
     * Waits for a message until the deadline, which may have passed: then for what has already arrived. Returns early without one if the
     * own server has changed or the agent is to leave.
     */
    private @Nullable QuorumMessage receive(Election election) throws FsException {
        boolean wasLeaving = leaving;
        ServerControl.State before = server.state();
        int unacceptable = 0;
        while (true) {
            long left = election.deadline() - host.clock().nanoTime();
            QuorumSocket.Received received = socket.receive(Math.min(Math.max(left, 0) + 1, SLICE_NANOS));
            if (received != null) {
                if (received.message() != null || ++unacceptable == UNACCEPTABLE_LIMIT) {
                    return received.message();
                }
                // A heartbeat may be behind it: strangers do not make the time run out (R1).
                continue;
            }
            if (left <= SLICE_NANOS || server.state() != before || leaving != wasLeaving || forced) {
                return null;
            }
        }
    }

    private void endOrderly(Election election) throws FsException {
        if (forced) {
            stopServer();
            election.recordStopAtEnd();
            return;
        }
        ownBlock.write(QuorumBlockEvent.END, election.term());
        status = idle();
    }

    /** The agent cannot go on. A server without heartbeats must not (R11). */
    private void endAfter(FsException error, @Nullable Election election) {
        failure = error;
        if (!forced) {
            LOG.log(
                    Level.ERROR,
                    "quorum service saw error {0}, shutting down.  This mount is no longer participating in quorum. "
                            + " It should be remounted to restore service. ({1})",
                    -error.errno().number(),
                    error.getMessage());
        }
        stopServer();
        if (election != null) {
            try {
                election.recordStopAtEnd();
            } catch (FsException e) {
                Level level = forced ? Level.DEBUG : Level.WARNING;
                LOG.log(level, "the stop of the server was not recorded: {0}", e.getMessage());
            }
        }
    }

    /** Returns when the own server is down. */
    private void stopServer() {
        boolean interrupted = false;
        while (server.state() != ServerControl.State.DOWN) {
            server.stop();
            try {
                host.clock().sleep(SLICE_NANOS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private QuorumStatus idle() {
        return new QuorumStatus(
                slot,
                0,
                0,
                QuorumBlockEvent.BEGIN,
                QuorumStatus.Role.FOLLOWER,
                Election.NO_VOTE,
                0,
                host.clock().nanoTime(),
                List.of(),
                List.of(),
                List.of());
    }

    /** What the election does to the world. Called by the agent's thread. */
    private final class Effects implements Election.Effects {
        @Override
        public void sendToAll(QuorumMessage.Type type, long term) {
            if (!forced) {
                socket.sendToAll(type, term);
            }
        }

        @Override
        public void send(int to, QuorumMessage.Type type, long term) {
            if (!forced) {
                socket.send(to, type, term);
            }
        }

        @Override
        public void record(QuorumBlockEvent event, long term) throws FsException {
            ownBlock.write(event, term);
        }

        @Override
        public void publish(Election election) {
            QuorumBlockEvent last = ownBlock.last();
            status = new QuorumStatus(
                    slot,
                    election.term(),
                    election.serverStartTerm(),
                    last == null ? QuorumBlockEvent.BEGIN : last,
                    election.role(),
                    election.voteFor(),
                    election.voteBits(),
                    election.deadline(),
                    socket.lastSent(),
                    socket.lastReceived(),
                    election.delays().list());
        }
    }
}
