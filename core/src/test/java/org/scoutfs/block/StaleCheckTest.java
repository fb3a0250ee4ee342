package org.scoutfs.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.error.StaleException;
import org.scoutfs.format.BlockReference;

class StaleCheckTest {
    private final StaleException stale = new StaleException("block 5");
    private static final BlockReference A = new BlockReference(5, 1);
    private static final BlockReference B = new BlockReference(6, 1);

    @Test
    void retriesWhileRootsMove() {
        StaleCheck check = new StaleCheck();
        for (int seq = 0; seq < 100; seq++) {
            BlockReference moved = new BlockReference(5, seq);
            assertThatCode(() -> check.check(stale, moved, B)).doesNotThrowAnyException();
        }
    }

    @Test
    void secondFailureFromSameRootsIsHard() throws FsException {
        StaleCheck check = new StaleCheck();
        check.check(stale, A, B);
        assertThatThrownBy(() -> check.check(stale, A, B))
                .isNotInstanceOf(StaleException.class)
                .hasMessageContaining("block 5")
                .satisfies(e -> assertThat(((FsException) e).errno()).isEqualTo(Errno.EIO));
    }

    @Test
    void absentRootIsNotCompared() throws FsException {
        StaleCheck check = new StaleCheck();
        check.check(stale, A, null);
        assertThatThrownBy(() -> check.check(stale, A, null)).isInstanceOf(FsException.class);
        check.check(stale, B, null);
    }
}
