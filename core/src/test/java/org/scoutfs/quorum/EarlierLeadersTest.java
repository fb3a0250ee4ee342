package org.scoutfs.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.QuorumBlock;
import org.scoutfs.format.QuorumBlockEvent;
import org.scoutfs.format.QuorumConfig;
import org.scoutfs.format.Timespec;
import org.scoutfs.quorum.EarlierLeaders.Leader;

/** Who must be fenced, spec 3 section 3.7. The starting server is rid 9 in slot 0. */
class EarlierLeadersTest {
    private static final long OWN_RID = 9;

    private final QuorumConfig config = QuorumConfig.EMPTY
            .withSlot(0, InetAddr.parse("10.0.0.1", 4000))
            .withSlot(1, InetAddr.parse("10.0.0.2", 4000))
            .withSlot(2, InetAddr.parse("10.0.0.3", 4000));
    private final Map<Integer, QuorumBlock> blocks = new TreeMap<>();

    EarlierLeadersTest() {
        for (int slot = 0; slot < 3; slot++) {
            blocks.put(slot, QuorumBlock.unused(1, slot));
        }
    }

    private EarlierLeadersTest event(int slot, QuorumBlockEvent event, long rid, long term) {
        blocks.compute(slot, (nr, block) -> {
            if (block == null) {
                throw new IllegalArgumentException("slot " + nr);
            }
            return block.withEvent(event, rid, term, Timespec.ZERO);
        });
        return this;
    }

    private List<Leader> suspects(long ownTerm) {
        return EarlierLeaders.suspects(blocks, config, ownTerm, OWN_RID);
    }

    @Test
    void nobodyOnANewVolume() {
        event(0, QuorumBlockEvent.ELECT, OWN_RID, 1);
        assertThat(suspects(1)).isEmpty();
    }

    @Test
    void leaderWithoutStop() {
        event(1, QuorumBlockEvent.ELECT, 100, 4).event(0, QuorumBlockEvent.ELECT, OWN_RID, 5);
        assertThat(suspects(5)).containsExactly(new Leader(100, 4, 1, InetAddr.parse("10.0.0.2", 4000)));
    }

    @Test
    void notALeaderThatStopped() {
        event(1, QuorumBlockEvent.ELECT, 100, 4).event(1, QuorumBlockEvent.STOP, 100, 4);
        assertThat(suspects(5)).isEmpty();
    }

    @Test
    void previousOwnerOfASlotThatWasFencedByNobody() {
        event(1, QuorumBlockEvent.ELECT, 100, 4)
                .event(1, QuorumBlockEvent.FENCE, 100, 4)
                .event(1, QuorumBlockEvent.ELECT, 101, 6);
        assertThat(suspects(7)).extracting(Leader::rid).containsExactly(101L, 100L);
    }

    @Test
    void notWhomALaterLeaderHadFenced() {
        event(1, QuorumBlockEvent.ELECT, 100, 4)
                .event(2, QuorumBlockEvent.ELECT, 101, 6)
                .event(2, QuorumBlockEvent.FENCE, 101, 6)
                .event(2, QuorumBlockEvent.STOP, 101, 6);
        assertThat(suspects(7)).isEmpty();
    }

    @Test
    void equalTermsOfTwoSlotVolumes() {
        event(1, QuorumBlockEvent.ELECT, 100, 5)
                .event(1, QuorumBlockEvent.FENCE, 100, 5)
                .event(0, QuorumBlockEvent.ELECT, OWN_RID, 5);
        assertThat(suspects(5)).extracting(Leader::rid).containsExactly(100L);
    }

    @Test
    void notItselfNorLaterLeaders() {
        event(0, QuorumBlockEvent.ELECT, OWN_RID, 3)
                .event(1, QuorumBlockEvent.ELECT, 100, 8)
                .event(2, QuorumBlockEvent.ELECT, OWN_RID, 2);
        assertThat(suspects(5)).isEmpty();
    }

    @Test
    void termsAreUnsigned() {
        event(1, QuorumBlockEvent.ELECT, 100, -2).event(0, QuorumBlockEvent.ELECT, OWN_RID, -1);
        assertThat(suspects(-1)).extracting(Leader::rid).containsExactly(100L);
    }
}
