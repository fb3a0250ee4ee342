package org.scoutfs.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.QuorumConfig;

class QuorumSlotsTest {
    private static QuorumConfig slots(int... present) {
        QuorumConfig config = QuorumConfig.EMPTY.withVersion(1);
        for (int slot : present) {
            config = config.withSlot(slot, InetAddr.parse("10.0.0." + (slot + 1), 4000));
        }
        return config;
    }

    @Test
    void ownSlotMustBePresent() {
        assertThatCode(() -> QuorumSlots.check(slots(0, 3), 3)).doesNotThrowAnyException();
        assertThatThrownBy(() -> QuorumSlots.check(slots(0, 3), 1))
                .isInstanceOf(FsException.class)
                .hasMessage("quorum_slot_nr=1 option references unused slot, must be one of the following configured"
                        + " slots: 0,3");
        assertThatThrownBy(() -> QuorumSlots.check(slots(0), 15)).hasMessageContaining("configured slots: 0");
    }

    @ParameterizedTest
    @CsvSource({
        "224.0.0.1, 4000",
        "239.1.2.3, 4000",
        "255.255.255.255, 4000",
        "0.1.2.3, 4000",
        "10.0.0.9, 0",
        "10.0.0.9, 65535",
        "10.0.0.1, 4000"
    })
    void everySlotMustBeUsable(String address, int port) {
        QuorumConfig config = slots(0).withSlot(7, InetAddr.parse(address, port));
        assertThatThrownBy(() -> QuorumSlots.check(config, 0))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL))
                .hasMessageContaining("7");
    }

    @Test
    void someSlotMustBePresent() {
        assertThatThrownBy(() -> QuorumSlots.check(QuorumConfig.EMPTY, 0)).hasMessageContaining("no quorum slot");
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 1", "3, 2", "4, 3", "5, 3", "14, 8", "15, 8"})
    void votesAreAMajorityFromThreeSlotsOn(int present, int votes) {
        int[] nrs = new int[present];
        for (int i = 0; i < present; i++) {
            nrs[i] = i;
        }
        assertThat(QuorumSlots.votesNeeded(slots(nrs))).isEqualTo(votes);
    }
}
