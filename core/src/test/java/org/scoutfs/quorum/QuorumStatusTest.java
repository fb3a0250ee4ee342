package org.scoutfs.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.scoutfs.format.QuorumBlockEvent;
import org.scoutfs.format.wire.QuorumMessage;

/** The status file of spec 5 section 6.2. */
class QuorumStatusTest {
    private static final long NOW = 50_000_000_000L;

    @Test
    void showsALeader() {
        QuorumStatus status = new QuorumStatus(
                0,
                3,
                3,
                QuorumBlockEvent.FENCE,
                QuorumStatus.Role.LEADER,
                -1,
                1,
                NOW + 97_306_270,
                List.of(new QuorumStatus.Traffic(1, 3, QuorumMessage.Type.HEARTBEAT, NOW - 2_872_850)),
                List.of(new QuorumStatus.Traffic(1, 2, QuorumMessage.Type.VOTE, NOW - 100_000_000)),
                List.of(new QuorumStatus.Delay(2, 7, NOW - 1_500_000_000)));
        assertThat(status.isLeaderText()).isEqualTo("1");
        assertThat(status.text(NOW)).isEqualTo("""
            quorum_slot_nr 0
            term 3
            server_start_term 3
            server_event 3
            role 2 (leader)
            vote_for -1
            vote_bits 0x1 (count 1)
            timeout_in_secs 0.097306270
            last_send to 1 term 3 type 2 secs_since 0.002872850
            last_recv from 1 term 2 type 1 secs_since 0.100000000
            HB Delay(s)      Count  Secs Since
                      2          7  1.500000000
            """);
    }

    @Test
    void showsAFollowerWhoseTimeoutHasPassed() {
        QuorumStatus status = new QuorumStatus(
                4,
                -1,
                0,
                QuorumBlockEvent.TERM,
                QuorumStatus.Role.FOLLOWER,
                2,
                0,
                NOW - 1_000_000_001,
                List.of(),
                List.of(),
                List.of());
        assertThat(status.isLeaderText()).isEqualTo("0");
        assertThat(status.text(NOW)).isEqualTo("""
            quorum_slot_nr 4
            term 18446744073709551615
            server_start_term 0
            server_event 1
            role 0 (follower)
            vote_for 2
            vote_bits 0x0 (count 0)
            timeout_in_secs -1.000000001
            """);
    }
}
