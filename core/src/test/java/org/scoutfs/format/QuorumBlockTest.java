package org.scoutfs.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.scoutfs.format.TestBytes.hex;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** Quorum blocks, spec 1 section 7, with the block of a running leader from spec 3 section 18.2. */
class QuorumBlockTest {
    private static final String LEADER = """
        e1 e2 27 11 68 08 31 bc 81 79 d9 38 eb 58 27 ae 01 00 00 00 00 00 00 00 12 00 00 00 00 00 00 00
        05 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 e8 b8 ad fb f1 56 8c 6b 00 00 00 00 00 00 00 00
        11 00 00 00 00 00 00 00 38 87 9b 04 00 00 00 00 03 00 00 00 00 00 00 00 e8 b8 ad fb f1 56 8c 6b
        02 00 00 00 00 00 00 00 11 00 00 00 00 00 00 00 70 65 60 2e 00 00 00 00 04 00 00 00 00 00 00 00
        e8 b8 ad fb f1 56 8c 6b 02 00 00 00 00 00 00 00 11 00 00 00 00 00 00 00 64 52 33 2f 00 00 00 00
        05 00 00 00 00 00 00 00 e8 b8 ad fb f1 56 8c 6b 02 00 00 00 00 00 00 00 11 00 00 00 00 00 00 00
        6e 09 e0 39
        """;

    @Test
    void readsTheBlockOfARunningLeader() {
        MemorySegment block = leaderBlock();
        assertThat(BlockHeader.crcMatches(block, 0, VolumeLayout.SMALL_BLOCK_SIZE))
                .isTrue();
        QuorumBlock leader = QuorumBlock.read(block, 0);
        assertThat(leader.header().magic()).isEqualTo(Magic.QUORUM);
        assertThat(leader.header().blkno()).isEqualTo(VolumeLayout.quorumBlkno(1));
        assertThat(leader.writeNr()).isEqualTo(5);
        assertThat(leader.event(QuorumBlockEvent.ELECT))
                .isEqualTo(new QuorumBlock.Event(4, 0x6b8c56f1fbadb8e8L, 2, new Timespec(17, 0x2f335264)));
        assertThat(leader.mayHaveServer()).isTrue();
        assertThat(leader.isInUse()).isTrue();

        MemorySegment again = TestBytes.zeros(VolumeLayout.SMALL_BLOCK_SIZE);
        again.fill((byte) 0x55);
        leader.writeBlock(again, 0);
        assertThat(again.mismatch(block)).isEqualTo(-1);
    }

    @Test
    void recordsEventsUnderTheNextWriteNumber() {
        Timespec now = new Timespec(1, 2);
        QuorumBlock stopped = QuorumBlock.read(leaderBlock(), 0).withEvent(QuorumBlockEvent.STOP, 7, 2, now);
        assertThat(stopped.writeNr()).isEqualTo(6);
        assertThat(stopped.event(QuorumBlockEvent.STOP)).isEqualTo(new QuorumBlock.Event(6, 7, 2, now));
        assertThat(stopped.mayHaveServer()).isFalse();
        assertThat(stopped.isInUse()).isTrue();
        assertThat(stopped.withEvent(QuorumBlockEvent.END, 7, 2, now).isInUse()).isFalse();
    }

    @Test
    void unusedSlotHasNeither() {
        QuorumBlock unused = QuorumBlock.unused(9, 14);
        assertThat(unused.header()).isEqualTo(new BlockHeader(0, Magic.QUORUM, 9, 1, 31));
        assertThat(unused.mayHaveServer()).isFalse();
        assertThat(unused.isInUse()).isFalse();
    }

    private static MemorySegment leaderBlock() {
        MemorySegment block = TestBytes.zeros(VolumeLayout.SMALL_BLOCK_SIZE);
        MemorySegment used = hex(LEADER);
        MemorySegment.copy(used, 0, block, 0, used.byteSize());
        return block;
    }
}
