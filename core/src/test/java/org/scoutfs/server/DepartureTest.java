package org.scoutfs.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.scoutfs.format.wire.Command;
import org.scoutfs.quorum.ServerControl.State;

/** Mounts whose connection breaks while they leave (spec 3 section 7, races R42 and R108). */
class DepartureTest {
    private static final int LEADER = 0x0a000001;
    private static final int MEMBER = 0x0a000065;

    /** The answer to its farewell waits for a connection that never comes: its missing item told it that it may go. */
    @Test
    void mountThatLeftWithoutConnectionIsNotFenced() throws Exception {
        try (ServerStage stage = new ServerStage(1)) {
            ServerStage.Leader leader = stage.leader(1);
            leader.start(1);
            ServerClientStub member = stage.client(0xa, true);
            ServerClientStub other = stage.client(0xb, false);
            member.getLogTrees();
            other.getLogTrees();
            Thread leaving = stage.simulation.host(MEMBER).threads().virtual("farewell", member.network::farewell);
            stage.advanceSeconds(1);
            assertThat(stage.check().mounts).containsExactlyInAnyOrder(0xaL, 0xbL);

            stage.simulation.net().partition(LEADER, MEMBER);
            stage.advanceSeconds(30);
            other.farewell();
            assertThat(stage.check().withoutLeaks().mounts).isEmpty();
            assertThat(leaving.isAlive()).isTrue();
            stage.advanceSeconds(30);
            assertThat(leader.fenceLog).isEmpty();
            assertThat(leader.server.state()).isEqualTo(State.UP);

            // It can look at the device again, or at least reach the server.
            member.mounted = false;
            stage.simulation.net().heal();
            stage.advanceSeconds(1);
            assertThat(leaving.isAlive()).isFalse();
        }
    }

    /** As before, but the look-up of the item fails all the time: the server answers whom it does not know any more. */
    @Test
    void mountThatLeftIsAnsweredWhenItComesBack() throws Exception {
        try (ServerStage stage = new ServerStage(1)) {
            ServerStage.Leader leader = stage.leader(1);
            leader.start(1);
            ServerClientStub member = stage.client(0xa, true);
            ServerClientStub other = stage.client(0xb, false);
            member.getLogTrees();
            other.getLogTrees();
            Thread leaving = stage.simulation.host(MEMBER).threads().virtual("farewell", member.network::farewell);
            stage.advanceSeconds(1);
            stage.simulation.net().partition(LEADER, MEMBER);
            stage.advanceSeconds(30);
            other.farewell();
            stage.advanceSeconds(30);
            stage.simulation.net().heal();
            stage.advanceSeconds(2);
            assertThat(leaving.isAlive()).isFalse();
            assertThat(leader.fenceLog).isEmpty();
            ServerClientStub next = stage.client(0xc, true);
            next.call(Command.GET_ROOTS);
            stage.advanceSeconds(30);
            assertThat(leader.fenceLog).isEmpty();
        }
    }
}
