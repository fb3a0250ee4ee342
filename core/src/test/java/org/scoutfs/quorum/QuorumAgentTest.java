package org.scoutfs.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.scoutfs.error.Errno;
import org.scoutfs.format.QuorumBlock;
import org.scoutfs.format.QuorumBlockEvent;
import org.scoutfs.format.Timespec;
import org.scoutfs.format.wire.QuorumMessage;
import org.scoutfs.host.Endpoint;
import org.scoutfs.quorum.Members.Member;

/** Members with real blocks on a simulated network and clock. Every step checks that no term has two leaders. */
class QuorumAgentTest {
    private static final long SEED = Long.getLong("scoutfs.seed", 42);

    /** More for a soak: {@code -Dscoutfs.rounds=300}. */
    private static final int ROUNDS = Integer.getInteger("scoutfs.rounds", 20);

    @Test
    void singleMemberElectsItselfAndRecordsEverything() throws Exception {
        try (Members members = new Members(SEED, 1)) {
            Member only = members.start(0, 77);
            Member leader = members.awaitLeader(360);
            assertThat(leader).isSameAs(only);
            members.advanceMs(200);
            assertThat(members.events(0)).isEqualTo("BEGIN 0, TERM 1, ELECT 1, FENCE 1");
            assertThat(only.server.term()).isEqualTo(1);
            assertThat(only.agent.status().text(0))
                    .contains("role 2 (leader)", "server_event 3", "server_start_term 1");
            members.close(only);
            assertThat(members.events(0)).isEqualTo("BEGIN 0, TERM 1, ELECT 1, FENCE 1, STOP 1, END 1");
            assertThat(members.block(0).isInUse()).isFalse();
            assertThat(only.server.state()).isEqualTo(ServerControl.State.DOWN);
        }
    }

    @Test
    void nextMountOfASlotStartsInTheTermOfTheLast() throws Exception {
        try (Members members = new Members(SEED, 1)) {
            members.close(members.start(0, 77));
            Member first = members.start(0, 78);
            members.awaitLeader(400);
            members.close(first);
            Member second = members.start(0, 79);
            members.awaitLeader(400);
            assertThat(second.server.term()).isEqualTo(2);
            assertThat(members.block(0).event(QuorumBlockEvent.BEGIN).term()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5, 15})
    void membersStartedTogetherElectOne(int count) throws Exception {
        try (Members members = new Members(SEED, Math.max(3, count))) {
            for (int slot = 0; slot < count; slot++) {
                members.start(slot, 100 + slot);
            }
            Member leader = members.awaitLeader(30_000);
            members.advanceMs(3_000);
            assertThat(members.leader()).isSameAs(leader);
            long term = leader.agent.status().term();
            assertThat(leader.counters.get("quorum_elected").get()).isEqualTo(1);
            assertThat(members.block(leader.slot).event(QuorumBlockEvent.FENCE).term())
                    .isEqualTo(term);
        }
    }

    @Test
    void oneOfThreeIsNoMajority() throws Exception {
        try (Members members = new Members(SEED, 3)) {
            Member lonely = members.start(1, 101);
            members.advanceMs(5_000);
            assertThat(members.leader()).isNull();
            assertThat(lonely.agent.status().term()).isGreaterThan(10);
            members.start(2, 102);
            members.awaitLeader(5_000);
        }
    }

    @Test
    void cleanUnmountOfTheLeaderIsFollowedAtOnceAndNobodyIsFenced() throws Exception {
        try (Members members = new Members(SEED, 3)) {
            for (int slot = 0; slot < 3; slot++) {
                members.start(slot, 100 + slot);
            }
            Member leader = members.awaitLeader(10_000);
            members.advanceMs(1_000);
            members.close(leader);
            long term = members.block(leader.slot).event(QuorumBlockEvent.ELECT).term();
            assertThat(members.block(leader.slot).event(QuorumBlockEvent.STOP).term())
                    .isEqualTo(term);
            Member next = members.awaitLeader(1_500);
            assertThat(next).isNotSameAs(leader);
            assertThat(suspects(members, next)).isEmpty();
        }
    }

    @Test
    void silentLeaderIsReplacedAfterTheHeartbeatTimeoutAndStepsDownWhenItReturns() throws Exception {
        try (Members members = new Members(SEED, 3)) {
            for (int slot = 0; slot < 3; slot++) {
                members.start(slot, 100 + slot);
            }
            Member old = members.awaitLeader(10_000);
            long oldTerm = old.server.term();
            members.advanceMs(500);
            for (int slot = 0; slot < 3; slot++) {
                if (slot != old.slot) {
                    members.simulation.net().partition(Members.address(old.slot), Members.address(slot));
                }
            }
            members.advanceMs(9_500);
            assertThat(members.leader()).isSameAs(old);
            members.advanceMs(2_500);
            Member next = members.awaitLeader(2_000);
            assertThat(next).isNotSameAs(old);
            assertThat(suspects(members, next))
                    .extracting(EarlierLeaders.Leader::rid)
                    .containsExactly(old.rid);
            members.simulation.net().heal();
            members.advanceMs(1_000);
            assertThat(old.isLeader()).isFalse();
            assertThat(old.server.state()).isEqualTo(ServerControl.State.DOWN);
            assertThat(members.block(old.slot).event(QuorumBlockEvent.STOP).term())
                    .isEqualTo(oldTerm);
            assertThat(members.leader()).isSameAs(next);
        }
    }

    @Test
    void crashedLeaderIsReplacedAndStaysRecordedUntilFenced() throws Exception {
        try (Members members = new Members(SEED, 3)) {
            for (int slot = 0; slot < 3; slot++) {
                members.start(slot, 100 + slot);
            }
            Member old = members.awaitLeader(10_000);
            old.meta.forceUnmount();
            old.agent.forceUnmount();
            members.close(old);
            assertThat(members.block(old.slot).mayHaveServer()).isTrue();
            assertThat(old.server.state()).isEqualTo(ServerControl.State.DOWN);
            members.advanceMs(9_000);
            assertThat(members.leader()).isNull();
            Member next = members.awaitLeader(4_000);
            assertThat(suspects(members, next))
                    .extracting(EarlierLeaders.Leader::rid)
                    .containsExactly(old.rid);
        }
    }

    @Test
    void forcedUnmountSendsNothing() throws Exception {
        try (Members members = new Members(SEED, 3)) {
            for (int slot = 0; slot < 3; slot++) {
                members.start(slot, 100 + slot);
            }
            Member old = members.awaitLeader(10_000);
            members.advanceMs(300);
            old.agent.forceUnmount();
            long heartbeats = old.counters.get("quorum_send_heartbeat").get();
            members.close(old);
            assertThat(old.counters.get("quorum_send_heartbeat").get()).isEqualTo(heartbeats);
            assertThat(old.counters.get("quorum_send_resignation").get()).isZero();
        }
    }

    @Test
    void foreignBeginEndsTheAgentAndItsServerAndIsLeftAlone() throws Exception {
        try (Members members = new Members(SEED, 1)) {
            Member member = members.start(0, 77, false, 10_000);
            members.advanceMs(400);
            assertThat(member.server.state()).isEqualTo(ServerControl.State.STARTING);
            QuorumBlock foreign = members.block(0).withEvent(QuorumBlockEvent.BEGIN, 78, 1, Timespec.ZERO);
            members.write(0, foreign);
            member.server.become(ServerControl.State.UP);
            members.advanceMs(200);
            assertThat(member.server.state()).isEqualTo(ServerControl.State.STOPPING);
            assertThat(member.agent.failure()).isNotNull();
            member.server.become(ServerControl.State.DOWN);
            members.advanceMs(100);
            assertThat(member.agent.failure().errno()).isEqualTo(Errno.EIO);
            assertThat(member.counters.get("quorum_read_invalid_block").get()).isEqualTo(2);
            assertThat(members.block(0).events()).isEqualTo(foreign.events());
            members.close(member);
        }
    }

    @Test
    void deviceErrorEndsTheAgentOnlyWhenItsServerIsDown() throws Exception {
        try (Members members = new Members(SEED, 1)) {
            Member member = members.start(0, 77, false, 10_000);
            members.advanceMs(400);
            member.meta.forceUnmount();
            member.server.become(ServerControl.State.UP);
            members.advanceMs(1_000);
            assertThat(member.server.state()).isEqualTo(ServerControl.State.STOPPING);
            assertThat(member.agent.failure().errno()).isEqualTo(Errno.ENOLINK);
            member.server.become(ServerControl.State.DOWN);
            members.close(member);
        }
    }

    @Test
    void failedStartHandsLeadershipOn() throws Exception {
        try (Members members = new Members(SEED, 1)) {
            Member member = members.start(0, 77, false, 10_000);
            members.advanceMs(400);
            member.server.become(ServerControl.State.DOWN);
            members.advanceMs(100);
            assertThat(members.events(0)).isEqualTo("BEGIN 0, TERM 1, ELECT 1, STOP 1");
            members.advanceMs(400);
            assertThat(member.server.starts()).isEqualTo(2);
            assertThat(member.server.term()).isEqualTo(2);
            member.server.become(ServerControl.State.DOWN);
            members.advanceMs(10);
        }
    }

    @Test
    void unmountWaitsForAServerThatIsStillStopping() throws Exception {
        try (Members members = new Members(SEED, 1)) {
            Member member = members.start(0, 77, false, 10_000);
            members.advanceMs(400);
            member.server.become(ServerControl.State.STOPPING);
            member.host.clock().schedule("down", 3_000_000_000L, () -> member.server.become(ServerControl.State.DOWN));
            members.close(member);
            assertThat(members.events(0)).isEqualTo("BEGIN 0, TERM 1, ELECT 1, STOP 1, END 1");
        }
    }

    /** Fencing earlier leaders can take long; whoever does it leads meanwhile (R2). */
    @Test
    void heartbeatsGoOnWhileTheServerStarts() throws Exception {
        try (Members members = new Members(SEED, 3)) {
            for (int slot = 0; slot < 3; slot++) {
                members.start(slot, 100 + slot, false, 2_000);
            }
            while (members.leader() == null) {
                members.advanceMs(10);
            }
            members.advanceMs(500);
            Member leader = members.leader();
            long term = leader.agent.status().term();
            members.advanceMs(20_000);
            assertThat(leader.server.state()).isEqualTo(ServerControl.State.STARTING);
            assertThat(members.leader()).isSameAs(leader);
            assertThat(leader.agent.status().term()).isEqualTo(term);
            assertThat(members.events(leader.slot)).endsWith("ELECT " + term);
            leader.server.become(ServerControl.State.UP);
            members.advanceMs(100);
            assertThat(members.events(leader.slot)).endsWith("FENCE " + term);
        }
    }

    /** Whoever crashed far ahead of the others must not unseat every leader of theirs when it comes back (R3). */
    @Test
    void everybodyStartsFromTheGreatestTermOfAllBlocks() throws Exception {
        try (Members members = new Members(SEED, 3)) {
            members.write(2, members.block(2).withEvent(QuorumBlockEvent.TERM, 99, 50, Timespec.ZERO));
            members.start(0, 100);
            members.start(1, 101);
            Member leader = members.awaitLeader(5_000);
            assertThat(leader.server.term()).isGreaterThan(50);
            long term = leader.server.term();
            members.start(2, 102);
            members.advanceMs(5_000);
            assertThat(members.leader()).isSameAs(leader);
            assertThat(leader.agent.status().term()).isEqualTo(term);
        }
    }

    @Test
    void strangersMessagesAreIgnored() throws Exception {
        try (Members members = new Members(SEED, 3)) {
            Member member = members.start(0, 77);
            members.simulation.run(() -> {
                var port = members.simulation.host(0x0a0000ff).network().bindDatagrams(new Endpoint(0, 0));
                var to = member.host.endpoint(4000);
                port.send(to, new byte[32]);
                port.send(to, new byte[0]);
                port.send(to, new byte[33]);
                port.send(to, message(Members.FSID + 1, 99, 1));
                port.send(to, message(Members.FSID, 99, 3));
                port.send(to, message(Members.FSID, 99, 200));
                port.close();
            });
            members.advanceMs(100);
            assertThat(member.counters.get("quorum_recv_invalid").get()).isEqualTo(6);
            assertThat(member.agent.status().term()).isLessThan(99);
        }
    }

    /** The member was held up by its device, and meanwhile a heartbeat arrived behind what strangers sent (R1). */
    @Test
    void heartbeatThatWaitsBehindGarbageCountsBeforeTheClock() throws Exception {
        try (Members members = new Members(SEED, 3)) {
            Member member = members.start(0, 77, true, 2_000);
            var port = members.simulation.host(Members.address(1)).network().bindDatagrams(new Endpoint(0, 4000));
            var to = member.host.endpoint(4000);
            // the status shows what was before the last pass
            members.simulation.run(() -> port.send(to, message(Members.FSID, 50, 1)));
            members.simulation.run(() -> port.send(to, message(Members.FSID, 50, 1)));
            members.advanceMs(100);
            assertThat(member.agent.status().term()).isEqualTo(50);
            member.disk.slow(60_000_000_000L);
            byte[] wish = new QuorumMessage(Members.FSID, 60, QuorumMessage.Type.REQUEST_VOTE, 1).toBytes();
            members.simulation.run(() -> port.send(to, wish));
            members.advanceMs(3_000);
            members.simulation.run(() -> {
                for (int i = 0; i < 10; i++) {
                    port.send(to, new byte[i]);
                }
                port.send(to, message(Members.FSID, 60, 1));
            });
            assertThat(member.agent.status().term())
                    .as("still writes the new term")
                    .isEqualTo(50);
            member.disk.slow(0);
            long requests = member.counters.get("quorum_send_request").get();
            while (member.agent.status().term() == 50) {
                members.advanceMs(10);
            }
            assertThat(member.counters.get("quorum_send_vote").get()).isEqualTo(1);
            members.advanceMs(1_000);
            assertThat(member.agent.status().term()).isEqualTo(60);
            assertThat(member.counters.get("quorum_send_request").get()).isEqualTo(requests);
            assertThat(member.counters.get("quorum_recv_invalid").get()).isEqualTo(10);
            port.close();
        }
    }

    /** However much of it comes: the leader's heartbeats go out, and followers hear them. */
    @Test
    void floodOfGarbageChangesNothing() throws Exception {
        try (Members members = new Members(SEED, 3)) {
            for (int slot = 0; slot < 3; slot++) {
                members.start(slot, 100 + slot, true, 2_000);
            }
            Member leader = members.awaitLeader(10_000);
            long term = leader.agent.status().term();
            members.simulation.run(() -> {
                var port = members.simulation.host(0x0a0000ff).network().bindDatagrams(new Endpoint(0, 0));
                for (int i = 0; i < 5_000; i++) {
                    for (int slot = 0; slot < 3; slot++) {
                        port.send(new Endpoint(Members.address(slot), 4000), new byte[i % 70]);
                    }
                    if (i % 10 == 0) {
                        leader.host.clock().sleep(10_000_000);
                    }
                }
                port.close();
            });
            assertThat(members.leader()).isSameAs(leader);
            assertThat(leader.agent.status().term()).isEqualTo(term);
            assertThat(leader.counters.get("quorum_recv_invalid").get()).isEqualTo(5_000);
        }
    }

    private static byte[] message(long fsid, long term, int from) {
        return new QuorumMessage(fsid, term, QuorumMessage.Type.HEARTBEAT, from).toBytes();
    }

    /** Volumes of three and five slots on a bad network, with leaders cut off again and again. */
    @Test
    void neverTwoLeadersInATermOnABadNetwork() throws Exception {
        for (long seed = SEED; seed < SEED + ROUNDS; seed++) {
            System.out.println("scoutfs.seed=" + seed);
            try (Members members = new Members(seed, 3 + (int) (seed % 2) * 2)) {
                members.simulation.net().delays(0, 40_000_000);
                members.simulation.net().datagramFaults(0.2, 0.1);
                int count = members.config.countPresent();
                for (int slot = 0; slot < count; slot++) {
                    members.start(slot, 100 + slot, true, 2_000);
                }
                for (int round = 0; round < 3; round++) {
                    Member leader = members.awaitLeader(60_000);
                    for (int slot = 0; slot < count; slot++) {
                        if (slot != leader.slot) {
                            members.simulation.net().partition(Members.address(leader.slot), Members.address(slot));
                        }
                    }
                    members.advanceMs(3_000);
                    members.simulation.net().heal();
                }
                assertElectedTermsDiffer(members);
            }
        }
    }

    private static void assertElectedTermsDiffer(Members members) throws Exception {
        Map<Long, Integer> elected = new TreeMap<>();
        for (int slot = 0; slot < members.config.countPresent(); slot++) {
            long term = members.block(slot).event(QuorumBlockEvent.ELECT).term();
            if (term != 0) {
                assertThat(elected.put(term, slot)).isNull();
            }
        }
    }

    private static java.util.List<EarlierLeaders.Leader> suspects(Members members, Member leader) throws Exception {
        Map<Integer, QuorumBlock> blocks = new TreeMap<>();
        for (int slot = 0; slot < members.config.countPresent(); slot++) {
            blocks.put(slot, members.block(slot));
        }
        // as it was before this leader recorded its own fencing
        blocks.computeIfPresent(leader.slot, (slot, block) -> {
            var events = new ArrayList<>(block.events());
            events.set(3, QuorumBlock.Event.ZERO);
            return new QuorumBlock(block.header(), block.writeNr(), events);
        });
        return EarlierLeaders.suspects(blocks, members.config, leader.server.term(), leader.rid);
    }
}
