package org.scoutfs.alloc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AllocLevelsTest {
    @Test
    void reservesWhatTheReferenceReserves() {
        // Observed on a mount that is not the server, spec 5 section 2.4.
        assertThat(AllocLevels.metaReserve(0)).isEqualTo(34_681);
        assertThat(AllocLevels.metaReserve(1)).isEqualTo(34_681);
        assertThat(AllocLevels.metaReserve(3)).isEqualTo(16_370 + 3 * 18_311);
    }

    @Test
    void lowBeginsAtTheReserveForMetadataAndBelowTheFillLevelForData() {
        assertThat(AllocLevels.isMetaLow(34_681, 1)).isTrue();
        assertThat(AllocLevels.isMetaLow(34_682, 1)).isFalse();
        assertThat(AllocLevels.isDataLow(262_143)).isTrue();
        assertThat(AllocLevels.isDataLow(262_144)).isFalse();
    }

    @Test
    void rootsSwapWhenTheSourceIsSmallAndTheOtherLarger() {
        assertThat(AllocLevels.shouldSwapMetaRoots(2 * 34_681 - 1, 2 * 34_681, 1))
                .isTrue();
        assertThat(AllocLevels.shouldSwapMetaRoots(2 * 34_681, 3 * 34_681, 1)).isFalse();
        assertThat(AllocLevels.shouldSwapMetaRoots(1000, 1000, 1)).isFalse();
    }
}
