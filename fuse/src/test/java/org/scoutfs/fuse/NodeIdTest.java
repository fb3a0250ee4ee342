package org.scoutfs.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.scoutfs.vfs.Vfs;

class NodeIdTest {
    @Test
    void exchangesHalvesSoThatHandlesBeginWithTheInodeNumber() {
        assertThat(NodeId.of(11264)).isEqualTo(11264L << 32);
        assertThat(NodeId.of(0x1_0000_0002L)).isEqualTo(0x2_0000_0001L);
        for (long ino : new long[] {2, 1024, 0xffff_ffffL, 0x1_0000_0001L, 0x8000_0000_0000_0000L, -1}) {
            assertThat(NodeId.ino(NodeId.of(ino))).isEqualTo(ino);
        }
    }

    @Test
    void theRootIsOneAndNothingElseIsTheRoot() {
        assertThat(NodeId.of(Vfs.ROOT_INO)).isEqualTo(1);
        assertThat(NodeId.ino(1)).isEqualTo(Vfs.ROOT_INO);
        assertThat(NodeId.ino(1L << 32)).isZero();
    }
}
