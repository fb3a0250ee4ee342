package org.scoutfs.quorum;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.QuorumBlockEvent;
import org.scoutfs.format.wire.QuorumMessage;
import org.scoutfs.quorum.QuorumStatus.Role;

/** The rules of spec 3 section 3.5: the state table row by row, and the order of what a pass does. Slot 0 of three. */
class ElectionTest {
    private static final long TERM = 5;
    private static final long HEARTBEAT_TIMEOUT = SECONDS.toNanos(10);

    private final ScriptedServer server = new ScriptedServer(false);
    private final Counters counters = new Counters();
    private final Log log = new Log();
    private long now = SECONDS.toNanos(100);

    private final class Log implements Election.Effects {
        final List<String> lines = new ArrayList<>();

        @Nullable
        QuorumBlockEvent failing;

        @Override
        public void sendToAll(QuorumMessage.Type type, long term) {
            lines.add(type + " " + term + " to all");
        }

        @Override
        public void send(int slot, QuorumMessage.Type type, long term) {
            lines.add(type + " " + term + " to " + slot);
        }

        @Override
        public void record(QuorumBlockEvent event, long term) throws FsException {
            if (event == failing) {
                throw new FsException(Errno.EIO);
            }
            lines.add("write " + event + " " + term);
        }

        @Override
        public void publish(Election state) {
            if (state.role() == Role.LEADER && state.serverStartTerm() == state.term() && server.starts() == 0) {
                lines.add("publish leader");
            }
        }

        List<String> take() {
            List<String> taken = List.copyOf(lines);
            lines.clear();
            return taken;
        }
    }

    private Election election(long startingTerm) {
        return new Election(
                0, 2, startingTerm, false, () -> now, () -> 0L, () -> HEARTBEAT_TIMEOUT, server, log, counters);
    }

    /** A member in {@link #TERM} whose vote is free if it follows, with an empty log. */
    private Election inRole(Role role) throws FsException {
        Election election = election(TERM - 1);
        if (role == Role.FOLLOWER) {
            election.pass(message(QuorumMessage.Type.HEARTBEAT, TERM, 1));
        } else {
            expire(election);
            if (role == Role.LEADER) {
                election.pass(message(QuorumMessage.Type.VOTE, TERM, 1));
            }
        }
        assertThat(election.role()).isEqualTo(role);
        assertThat(election.term()).isEqualTo(TERM);
        log.take();
        return election;
    }

    private void expire(Election election) throws FsException {
        now = election.deadline() + 1;
        election.pass(null);
    }

    private static QuorumMessage message(QuorumMessage.Type type, long term, int from) {
        return new QuorumMessage(1, term, type, from);
    }

    private String timer(Election election) {
        long left = election.deadline() - now;
        if (left == HEARTBEAT_TIMEOUT) {
            return "hb";
        }
        if (left == Election.ELECTION_TIMEOUT_NANOS) {
            return "election";
        }
        return left == Election.HEARTBEAT_INTERVAL_NANOS ? "100ms" : "kept";
    }

    /** The table of section 3.5. Own term is 5; {@code timer} says what the deadline was set to, "kept" that it was not touched. */
    @ParameterizedTest
    @CsvSource(textBlock = """
        # role,    message,      term, role then, term then, timer,    what was done
        FOLLOWER,  REQUEST_VOTE, 4,    FOLLOWER,  5,         kept,     ''
        FOLLOWER,  VOTE,         4,    FOLLOWER,  5,         kept,     ''
        FOLLOWER,  HEARTBEAT,    4,    FOLLOWER,  5,         kept,     ''
        FOLLOWER,  RESIGNATION,  4,    FOLLOWER,  5,         kept,     ''
        CANDIDATE, REQUEST_VOTE, 4,    CANDIDATE, 5,         kept,     ''
        CANDIDATE, VOTE,         4,    CANDIDATE, 5,         kept,     ''
        CANDIDATE, HEARTBEAT,    4,    CANDIDATE, 5,         kept,     ''
        CANDIDATE, RESIGNATION,  4,    CANDIDATE, 5,         kept,     ''
        LEADER,    REQUEST_VOTE, 4,    LEADER,    5,         kept,     ''
        LEADER,    VOTE,         4,    LEADER,    5,         kept,     ''
        LEADER,    HEARTBEAT,    4,    LEADER,    5,         kept,     ''
        LEADER,    RESIGNATION,  4,    LEADER,    5,         kept,     ''
        FOLLOWER,  REQUEST_VOTE, 5,    FOLLOWER,  5,         kept,     VOTE 5 to 2
        FOLLOWER,  VOTE,         5,    FOLLOWER,  5,         kept,     ''
        FOLLOWER,  HEARTBEAT,    5,    FOLLOWER,  5,         hb,       ''
        FOLLOWER,  RESIGNATION,  5,    FOLLOWER,  5,         election, ''
        CANDIDATE, REQUEST_VOTE, 5,    CANDIDATE, 5,         kept,     ''
        CANDIDATE, VOTE,         5,    LEADER,    5,         100ms,    HEARTBEAT 5 to all|write ELECT 5|publish leader
        CANDIDATE, HEARTBEAT,    5,    CANDIDATE, 5,         hb,       ''
        CANDIDATE, RESIGNATION,  5,    CANDIDATE, 5,         kept,     ''
        LEADER,    REQUEST_VOTE, 5,    LEADER,    5,         kept,     ''
        LEADER,    VOTE,         5,    LEADER,    5,         kept,     ''
        LEADER,    HEARTBEAT,    5,    LEADER,    5,         kept,     ''
        LEADER,    RESIGNATION,  5,    LEADER,    5,         kept,     ''
        FOLLOWER,  REQUEST_VOTE, 6,    FOLLOWER,  6,         election, write TERM 6|VOTE 6 to 2
        FOLLOWER,  VOTE,         6,    FOLLOWER,  6,         election, write TERM 6
        FOLLOWER,  HEARTBEAT,    6,    FOLLOWER,  6,         hb,       write TERM 6
        FOLLOWER,  RESIGNATION,  6,    FOLLOWER,  6,         election, write TERM 6
        CANDIDATE, REQUEST_VOTE, 6,    FOLLOWER,  6,         election, write TERM 6|VOTE 6 to 2
        CANDIDATE, VOTE,         6,    FOLLOWER,  6,         election, write TERM 6
        CANDIDATE, HEARTBEAT,    6,    FOLLOWER,  6,         hb,       write TERM 6
        CANDIDATE, RESIGNATION,  6,    FOLLOWER,  6,         election, write TERM 6
        LEADER,    REQUEST_VOTE, 6,    FOLLOWER,  6,         election, write TERM 6|VOTE 6 to 2
        LEADER,    VOTE,         6,    FOLLOWER,  6,         election, write TERM 6
        LEADER,    HEARTBEAT,    6,    FOLLOWER,  6,         hb,       write TERM 6
        LEADER,    RESIGNATION,  6,    FOLLOWER,  6,         election, write TERM 6
        """)
    void followsTheTable(
            Role role, QuorumMessage.Type type, long term, Role roleThen, long termThen, String timer, String done)
            throws FsException {
        Election election = inRole(role);
        now += MILLISECONDS.toNanos(7);
        election.pass(message(type, term, 2));
        assertThat(election.role()).isEqualTo(roleThen);
        assertThat(election.term()).isEqualTo(termThen);
        assertThat(timer(election)).isEqualTo(timer);
        assertThat(String.join("|", log.take())).isEqualTo(done);
        assertThat(server.state())
                .isEqualTo(
                        role == Role.LEADER && roleThen != Role.LEADER
                                ? ServerControl.State.STOPPING
                                : roleThen == Role.LEADER ? ServerControl.State.STARTING : ServerControl.State.DOWN);
    }

    @Test
    void followerStandsWhenTheLeaderIsSilent() throws FsException {
        Election election = inRole(Role.FOLLOWER);
        now = election.deadline();
        election.pass(null);
        assertThat(election.role()).isEqualTo(Role.FOLLOWER);
        now++;
        election.pass(null);
        assertThat(election.role()).isEqualTo(Role.CANDIDATE);
        assertThat(election.term()).isEqualTo(TERM + 1);
        assertThat(election.voteBits()).isEqualTo(1);
        assertThat(log.take()).containsExactly("REQUEST_VOTE 6 to all", "write TERM 6");
    }

    @Test
    void candidateWithoutVotesStandsAgain() throws FsException {
        Election election = inRole(Role.CANDIDATE);
        expire(election);
        assertThat(election.term()).isEqualTo(TERM + 1);
        assertThat(log.take()).containsExactly("REQUEST_VOTE 6 to all", "write TERM 6");
    }

    @Test
    void messageCountsBeforeTheClock() throws FsException {
        Election election = inRole(Role.FOLLOWER);
        now = election.deadline() + SECONDS.toNanos(60);
        election.pass(message(QuorumMessage.Type.HEARTBEAT, TERM, 1));
        assertThat(election.role()).isEqualTo(Role.FOLLOWER);
        assertThat(timer(election)).isEqualTo("hb");
    }

    @Test
    void onlyAnEmptyPassTimesOut() throws FsException {
        Election election = inRole(Role.FOLLOWER);
        now = election.deadline() + 1;
        election.pass(message(QuorumMessage.Type.VOTE, TERM, 1));
        assertThat(election.role()).isEqualTo(Role.FOLLOWER);
        election.pass(null);
        assertThat(election.role()).isEqualTo(Role.CANDIDATE);
    }

    @Test
    void lowerTermCountsAsNothing() throws FsException {
        Election election = inRole(Role.FOLLOWER);
        now = election.deadline() + 1;
        election.pass(message(QuorumMessage.Type.HEARTBEAT, TERM - 1, 1));
        assertThat(election.role()).isEqualTo(Role.CANDIDATE);
    }

    @Test
    void followerVotesOncePerTerm() throws FsException {
        Election election = inRole(Role.FOLLOWER);
        election.pass(message(QuorumMessage.Type.REQUEST_VOTE, TERM, 1));
        election.pass(message(QuorumMessage.Type.REQUEST_VOTE, TERM, 2));
        election.pass(message(QuorumMessage.Type.REQUEST_VOTE, TERM, 1));
        assertThat(log.take()).containsExactly("VOTE 5 to 1");
        assertThat(election.voteFor()).isEqualTo(1);
    }

    @Test
    void startingTermCountsAsVoted() throws FsException {
        Election election = election(TERM);
        election.pass(message(QuorumMessage.Type.REQUEST_VOTE, TERM, 1));
        assertThat(log.take()).isEmpty();
        election.pass(message(QuorumMessage.Type.REQUEST_VOTE, TERM + 1, 1));
        assertThat(log.take()).containsExactly("write TERM 6", "VOTE 6 to 1");
    }

    @Test
    void duplicateVoteDoesNotCount() throws FsException {
        Election election =
                new Election(0, 3, TERM, false, () -> now, () -> 0L, () -> HEARTBEAT_TIMEOUT, server, log, counters);
        expire(election);
        election.pass(message(QuorumMessage.Type.VOTE, TERM + 1, 1));
        election.pass(message(QuorumMessage.Type.VOTE, TERM + 1, 1));
        assertThat(election.role()).isEqualTo(Role.CANDIDATE);
        election.pass(message(QuorumMessage.Type.VOTE, TERM + 1, 4));
        assertThat(election.role()).isEqualTo(Role.LEADER);
        assertThat(counters.get("quorum_elected").get()).isEqualTo(1);
    }

    @Test
    void singleMemberElectsItselfInOnePass() throws FsException {
        Election election =
                new Election(0, 1, 0, false, () -> now, () -> 0L, () -> HEARTBEAT_TIMEOUT, server, log, counters);
        expire(election);
        assertThat(election.role()).isEqualTo(Role.LEADER);
        assertThat(log.take())
                .containsExactly(
                        "REQUEST_VOTE 1 to all",
                        "write TERM 1",
                        "HEARTBEAT 1 to all",
                        "write ELECT 1",
                        "publish leader");
        assertThat(server.term()).isEqualTo(1);
    }

    @Test
    void leaderHeartbeatsEveryHundredMilliseconds() throws FsException {
        Election election = inRole(Role.LEADER);
        for (int i = 0; i < 3; i++) {
            now = election.deadline();
            election.pass(null);
            assertThat(log.take()).isEmpty();
            now++;
            election.pass(null);
            assertThat(log.take()).containsExactly("HEARTBEAT 5 to all");
            assertThat(timer(election)).isEqualTo("100ms");
        }
    }

    @Test
    void leaderIsNotPutOffByAnotherOfItsTerm() throws FsException {
        Election election = inRole(Role.LEADER);
        now = election.deadline() + 1;
        election.pass(message(QuorumMessage.Type.HEARTBEAT, TERM, 1));
        assertThat(log.take()).containsExactly("HEARTBEAT 5 to all");
    }

    @Test
    void fenceIsWrittenOnceTheServerIsUp() throws FsException {
        Election election = inRole(Role.LEADER);
        election.pass(null);
        assertThat(log.take()).isEmpty();
        server.become(ServerControl.State.UP);
        election.pass(null);
        election.pass(null);
        assertThat(log.take()).containsExactly("write FENCE 5");
    }

    @Test
    void stopIsOnTheDeviceBeforeTheResignation() throws FsException {
        Election election = inRole(Role.LEADER);
        server.become(ServerControl.State.DOWN);
        election.pass(null);
        assertThat(log.take()).containsExactly("write STOP 5", "RESIGNATION 5 to all");
        assertThat(election.role()).isEqualTo(Role.FOLLOWER);
        assertThat(timer(election)).isEqualTo("election");
        assertThat(election.serverStartTerm()).isZero();
    }

    @Test
    void failedStartKeepsTheMemberVoting() throws FsException {
        Election election = inRole(Role.LEADER);
        server.become(ServerControl.State.DOWN);
        election.pass(null);
        log.take();
        election.pass(message(QuorumMessage.Type.REQUEST_VOTE, TERM + 1, 2));
        assertThat(log.take()).containsExactly("write TERM 6", "VOTE 6 to 2");
    }

    @Test
    void noSecondVoteInATermItLed() throws FsException {
        Election election = inRole(Role.LEADER);
        server.become(ServerControl.State.DOWN);
        election.pass(null);
        log.take();
        election.pass(message(QuorumMessage.Type.REQUEST_VOTE, TERM, 2));
        assertThat(log.take()).isEmpty();
    }

    @Test
    void unseatedLeaderRecordsTheTermItStartedIn() throws FsException {
        Election election = inRole(Role.LEADER);
        election.pass(message(QuorumMessage.Type.HEARTBEAT, TERM + 3, 1));
        assertThat(server.stops()).isEqualTo(1);
        assertThat(log.take()).containsExactly("write TERM 8");
        election.pass(null);
        assertThat(log.take()).isEmpty();
        server.become(ServerControl.State.DOWN);
        election.pass(null);
        assertThat(log.take()).containsExactly("write STOP 5");
        assertThat(election.role()).isEqualTo(Role.FOLLOWER);
    }

    @Test
    void nobodyStandsWhileItsOwnServerGoesDown() throws FsException {
        Election election = inRole(Role.LEADER);
        election.pass(message(QuorumMessage.Type.RESIGNATION, TERM + 1, 1));
        log.take();
        expire(election);
        assertThat(election.role()).isEqualTo(Role.FOLLOWER);
        assertThat(timer(election)).isEqualTo("election");
        assertThat(counters.get("quorum_candidate_server_stopping").get()).isEqualTo(1);
        server.become(ServerControl.State.DOWN);
        expire(election);
        assertThat(log.take()).containsExactly("write STOP 5", "REQUEST_VOTE 7 to all", "write TERM 7");
    }

    @Test
    void failingWriteEndsThePassBeforeItIsAnswered() throws FsException {
        Election election = inRole(Role.FOLLOWER);
        log.failing = QuorumBlockEvent.TERM;
        assertThatThrownBy(() -> election.pass(message(QuorumMessage.Type.REQUEST_VOTE, TERM + 1, 1)))
                .isInstanceOf(FsException.class);
        assertThat(log.take()).isEmpty();
    }

    @Test
    void serverIsNotStartedUnlessItsElectionIsRecorded() throws FsException {
        Election election = inRole(Role.CANDIDATE);
        log.failing = QuorumBlockEvent.ELECT;
        assertThatThrownBy(() -> election.pass(message(QuorumMessage.Type.VOTE, TERM, 1)))
                .isInstanceOf(FsException.class);
        assertThat(server.starts()).isZero();
    }

    @Test
    void leavingLeaderHeartbeatsUntilItsServerIsDown() throws FsException {
        Election election = inRole(Role.LEADER);
        election.leave();
        election.pass(null);
        assertThat(server.state()).isEqualTo(ServerControl.State.STOPPING);
        expire(election);
        assertThat(log.take()).containsExactly("HEARTBEAT 5 to all");
        assertThat(election.hasLeft()).isFalse();
        server.become(ServerControl.State.DOWN);
        election.pass(null);
        assertThat(log.take()).containsExactly("write STOP 5", "RESIGNATION 5 to all");
        assertThat(election.hasLeft()).isTrue();
    }

    @Test
    void leavingWaitsForAServerThatIsAlreadyStopping() throws FsException {
        Election election = inRole(Role.LEADER);
        election.pass(message(QuorumMessage.Type.HEARTBEAT, TERM + 1, 1));
        log.take();
        election.leave();
        election.pass(null);
        assertThat(election.hasLeft()).isFalse();
        server.become(ServerControl.State.DOWN);
        election.pass(null);
        assertThat(log.take()).containsExactly("write STOP 5");
        assertThat(election.hasLeft()).isTrue();
    }

    @Test
    void leavingMemberIsNotElected() throws FsException {
        Election election = inRole(Role.CANDIDATE);
        election.leave();
        election.pass(message(QuorumMessage.Type.VOTE, TERM, 1));
        expire(election);
        election.pass(message(QuorumMessage.Type.REQUEST_VOTE, TERM, 2));
        assertThat(log.take()).isEmpty();
        assertThat(election.hasLeft()).isTrue();
    }

    @Test
    void delaysAreMeasuredBetweenConsecutiveHeartbeats() throws FsException {
        Election election = inRole(Role.FOLLOWER);
        now += SECONDS.toNanos(2) + MILLISECONDS.toNanos(900);
        election.pass(message(QuorumMessage.Type.HEARTBEAT, TERM, 1));
        assertThat(election.delays().list()).containsExactly(new QuorumStatus.Delay(2, 1, now));
        election.pass(null);
        now += SECONDS.toNanos(5);
        election.pass(message(QuorumMessage.Type.HEARTBEAT, TERM, 1));
        assertThat(election.delays().list()).hasSize(1);
        now += SECONDS.toNanos(2);
        election.pass(message(QuorumMessage.Type.HEARTBEAT, TERM, 1));
        assertThat(election.delays().list()).containsExactly(new QuorumStatus.Delay(2, 2, now));
    }

    @Test
    void leadersDelaysAreOfItsSending() throws FsException {
        Election election = inRole(Role.LEADER);
        now += SECONDS.toNanos(3);
        election.pass(null);
        assertThat(election.delays().list()).containsExactly(new QuorumStatus.Delay(3, 1, now));
        now += SECONDS.toNanos(90);
        election.pass(null);
        assertThat(election.delays().list())
                .extracting(QuorumStatus.Delay::seconds)
                .containsExactly(3, 59);
    }
}
