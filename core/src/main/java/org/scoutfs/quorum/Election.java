package org.scoutfs.quorum;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.FsException;
import org.scoutfs.format.QuorumBlockEvent;
import org.scoutfs.format.wire.QuorumMessage;
import org.scoutfs.host.HostRandom;
import org.scoutfs.quorum.QuorumStatus.Role;
import org.scoutfs.quorum.ServerControl.State;

/**
 * The rules of the election (spec 3 section 3.5), without threads and I/O: {@link #pass} is called with what was received, and tells {@link
 * Effects} what to do, in the order that is binding. Used by the agent's thread alone.
 */
final class Election {
    static final long ELECTION_TIMEOUT_NANOS = MILLISECONDS.toNanos(250);
    static final long ELECTION_JITTER_NANOS = MILLISECONDS.toNanos(100);
    static final long HEARTBEAT_INTERVAL_NANOS = MILLISECONDS.toNanos(100);
    /** {@link #voteFor()}: no vote was given in this term. */
    static final int NO_VOTE = -1;

    private static final Logger LOG = System.getLogger("org.scoutfs.quorum");

    /** What the election does to the world. */
    interface Effects {
        /** Sends to all other present slots; never fails. */
        void sendToAll(QuorumMessage.Type type, long term);

        /** Sends to one slot; never fails. */
        void send(int slot, QuorumMessage.Type type, long term);

        /** Records an event in the own block, stable on return. An exception ends the agent. */
        void record(QuorumBlockEvent event, long term) throws FsException;

        /** Makes the present state visible to readers of the status. */
        void publish(Election state);
    }

    private final int slot;
    private final int votesNeeded;
    private final LongSupplier clock;
    private final HostRandom random;
    private final LongSupplier heartbeatTimeoutNanos;
    private final ServerControl server;
    private final Effects effects;
    private final HeartbeatDelays delays = new HeartbeatDelays();
    private final Counter elected;
    private final Counter serverStopping;
    private final Counter serverShutdown;
    private final Counter termFollower;

    private Role role = Role.FOLLOWER;
    private long term;
    /** The vote of this term is given, or must be taken as given. */
    private boolean voted;

    private int voteFor = NO_VOTE;
    private int voteBits;
    private long deadline;
    private long serverStartTerm;
    private boolean fenceWritten;
    private boolean leaving;
    private boolean sentHeartbeat;

    /**
     * A follower in a term it was in before, as far as the blocks know: its vote counts as given, since it may have been (R14).
     *
     * @param clock nanoseconds
     * @param heartbeatTimeoutNanos asked each time it is armed
     * @param leaderMayRun whether to wait for the heartbeat of a leader before standing for election
     */
    Election(
            int slot,
            int votesNeeded,
            long startingTerm,
            boolean leaderMayRun,
            LongSupplier clock,
            HostRandom random,
            LongSupplier heartbeatTimeoutNanos,
            ServerControl server,
            Effects effects,
            Counters counters) {
        this.slot = slot;
        this.votesNeeded = votesNeeded;
        this.clock = clock;
        this.random = random;
        this.heartbeatTimeoutNanos = heartbeatTimeoutNanos;
        this.server = server;
        this.effects = effects;
        this.elected = counters.get("quorum_elected");
        this.serverStopping = counters.get("quorum_candidate_server_stopping");
        this.serverShutdown = counters.get("quorum_server_shutdown");
        this.termFollower = counters.get("quorum_term_follower");
        this.term = startingTerm;
        this.voted = true;
        if (leaderMayRun) {
            armHeartbeatTimeout();
        } else {
            armElectionTimeout();
        }
    }

    Role role() {
        return role;
    }

    long term() {
        return term;
    }

    int voteFor() {
        return voteFor;
    }

    int voteBits() {
        return voteBits;
    }

    /** When the next pass is due if nothing is received. */
    long deadline() {
        return deadline;
    }

    /** Term the own server was started with, 0 if its stop is recorded. */
    long serverStartTerm() {
        return serverStartTerm;
    }

    HeartbeatDelays delays() {
        return delays;
    }

    /** From now on: no candidacy, and the own server is stopped. Heartbeats go on until it is down, so that nobody is elected against it. */
    void leave() {
        leaving = true;
        if (role == Role.CANDIDATE) {
            follow();
        }
    }

    /** Whether nothing keeps a leaving member: its server is down, and recorded so. */
    boolean hasLeft() {
        return leaving && serverStartTerm == 0 && server.state() == State.DOWN;
    }

    /**
     * One pass.
     *
     * @param received what was accepted since the last pass, null if nothing
     * @throws FsException if an event could not be recorded: the agent must end
     */
    void pass(@Nullable QuorumMessage received) throws FsException {
        effects.publish(this);
        sentHeartbeat = false;
        QuorumMessage message = received != null && Long.compareUnsigned(received.term(), term) < 0 ? null : received;
        if (message != null && message.term() != term) {
            adopt(message);
        }
        applyTimer(message);
        if (role != Role.LEADER && message == null && clock.getAsLong() - deadline > 0) {
            standForElection();
        }
        if (role == Role.CANDIDATE && message != null && message.type() == QuorumMessage.Type.VOTE) {
            count(message);
        }
        if (role == Role.CANDIDATE && Integer.bitCount(voteBits) >= votesNeeded) {
            lead();
        }
        watchServer();
        if (role == Role.LEADER && clock.getAsLong() - deadline > 0) {
            heartbeat();
        }
        if (role == Role.FOLLOWER && message != null && message.type() == QuorumMessage.Type.REQUEST_VOTE && !voted) {
            vote(message.from());
        }
        measureDelay(message);
    }

    /** A higher term: whoever knows it is ahead. It is on the device before it is answered. */
    private void adopt(QuorumMessage message) throws FsException {
        if (role == Role.LEADER) {
            LOG.log(
                    Level.INFO,
                    "quorum slot {0} leads no more: slot {1} is in term {2}, we were in {3}",
                    slot,
                    message.from(),
                    Long.toUnsignedString(message.term()),
                    Long.toUnsignedString(term));
        }
        termFollower.increment();
        term = message.term();
        follow();
        voted = false;
        if (message.type() == QuorumMessage.Type.HEARTBEAT) {
            armHeartbeatTimeout();
        } else {
            armElectionTimeout();
        }
        effects.record(QuorumBlockEvent.TERM, term);
    }

    /** The received message counts before the clock is looked at (R1). A leader is not put off by another of its term (R13). */
    private void applyTimer(@Nullable QuorumMessage message) {
        if (message == null || role == Role.LEADER) {
            return;
        }
        if (message.type() == QuorumMessage.Type.HEARTBEAT) {
            armHeartbeatTimeout();
        } else if (message.type() == QuorumMessage.Type.RESIGNATION && role == Role.FOLLOWER) {
            armElectionTimeout();
        }
    }

    private void standForElection() throws FsException {
        if (leaving) {
            armElectionTimeout();
            return;
        }
        if (server.state() != State.DOWN) {
            // the own server of an earlier term is still going down: two in one mount must not be (R12)
            serverStopping.increment();
            armElectionTimeout();
            return;
        }
        if (serverStartTerm != 0) {
            // it went down since the last pass: recorded before another term begins
            recordStop();
        }
        role = Role.CANDIDATE;
        term++;
        voted = true;
        voteFor = NO_VOTE;
        voteBits = 1 << slot;
        effects.sendToAll(QuorumMessage.Type.REQUEST_VOTE, term);
        armElectionTimeout();
        effects.record(QuorumBlockEvent.TERM, term);
    }

    private void count(QuorumMessage vote) {
        int bit = 1 << vote.from();
        if ((voteBits & bit) != 0) {
            LOG.log(
                    Level.WARNING,
                    "already received vote from {0} in term {1}, are there multiple mounts with quorum_slot_nr={0}?",
                    vote.from(),
                    Long.toUnsignedString(term));
        }
        voteBits |= bit;
    }

    private void lead() throws FsException {
        elected.increment();
        role = Role.LEADER;
        delays.clear();
        heartbeat();
        effects.record(QuorumBlockEvent.ELECT, term);
        serverStartTerm = term;
        fenceWritten = false;
        // nobody may be served before it can be seen who leads (R20)
        effects.publish(this);
        server.start(term);
    }

    /** Follows what the own server does, and stops it when it must not run any more. */
    private void watchServer() throws FsException {
        if (role == Role.LEADER && !fenceWritten && server.state() == State.UP) {
            effects.record(QuorumBlockEvent.FENCE, term);
            fenceWritten = true;
        }
        State state = server.state();
        boolean mayRun = role == Role.LEADER && term == serverStartTerm && !leaving;
        if (!mayRun && (state == State.STARTING || state == State.UP)) {
            serverShutdown.increment();
            server.stop();
        }
        if (serverStartTerm != 0 && server.state() == State.DOWN) {
            recordStop();
        }
    }

    /** The own server is down, for whatever reason. STOP is on the device before others hear of it, or they would fence this mount (R9). */
    private void recordStop() throws FsException {
        long stopped = serverStartTerm;
        effects.record(QuorumBlockEvent.STOP, stopped);
        serverStartTerm = 0;
        if (role == Role.LEADER) {
            follow();
            armElectionTimeout();
            effects.sendToAll(QuorumMessage.Type.RESIGNATION, stopped);
            delays.clear();
        }
    }

    /**
     * Ends without more passes, after an error or in a forced unmount; the own server is down. Tries to record that.
     *
     * @throws FsException if it could not be recorded: the next leader will have this mount fenced
     */
    void recordStopAtEnd() throws FsException {
        role = Role.FOLLOWER;
        effects.publish(this);
        if (serverStartTerm != 0) {
            effects.record(QuorumBlockEvent.STOP, serverStartTerm);
            serverStartTerm = 0;
            effects.publish(this);
        }
    }

    private void heartbeat() {
        effects.sendToAll(QuorumMessage.Type.HEARTBEAT, term);
        sentHeartbeat = true;
        deadline = clock.getAsLong() + HEARTBEAT_INTERVAL_NANOS;
    }

    private void vote(int candidate) {
        voted = true;
        voteFor = candidate;
        effects.send(candidate, QuorumMessage.Type.VOTE, term);
    }

    /** Becomes a follower. In the term it is in, its vote is given: candidates and leaders have voted for themselves. */
    private void follow() {
        role = Role.FOLLOWER;
        voteFor = NO_VOTE;
        voteBits = 0;
    }

    private void measureDelay(@Nullable QuorumMessage message) {
        HeartbeatDelays.Kind kind = null;
        if (sentHeartbeat) {
            kind = HeartbeatDelays.Kind.SEND;
        } else if (role == Role.FOLLOWER && message != null && message.type() == QuorumMessage.Type.HEARTBEAT) {
            kind = HeartbeatDelays.Kind.RECV;
        }
        delays.pass(kind, clock.getAsLong());
    }

    /**
     * All followers heard the same last heartbeat. Without jitter they would stand at one moment: votes split, and on a volume of two
     * slots both win and have each other fenced.
     */
    private void armHeartbeatTimeout() {
        deadline = clock.getAsLong() + heartbeatTimeoutNanos.getAsLong() + random.nextLong(ELECTION_JITTER_NANOS);
    }

    private void armElectionTimeout() {
        deadline = clock.getAsLong() + ELECTION_TIMEOUT_NANOS + random.nextLong(ELECTION_JITTER_NANOS);
    }
}
