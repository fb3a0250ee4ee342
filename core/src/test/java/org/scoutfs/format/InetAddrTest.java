package org.scoutfs.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.scoutfs.format.TestBytes.toHex;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses, spec 1 section 3.4, and which of them make a usable quorum configuration, section 6.2. */
class InetAddrTest {
    @Test
    void loopbackIsStoredInHostOrder() {
        InetAddr addr = InetAddr.parse("127.0.0.1", 42000);
        MemorySegment seg = TestBytes.zeros(InetAddr.SIZE);
        addr.write(seg, 0);
        assertThat(toHex(seg)).isEqualTo("0100" + "10a4" + "0100007f" + "00".repeat(24));
        assertThat(addr.addr()).isEqualTo(0x7f000001);
        assertThat(addr.addressBytes()).containsExactly(127, 0, 0, 1);
        assertThat(addr).hasToString("127.0.0.1:42000");
        assertThat(InetAddr.NONE).hasToString("none");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "a.b.c.d", "1..2.3", "1.2.3.-4", "host"})
    void refusesWhatIsNoAddress(String text) {
        assertThatThrownBy(() -> InetAddr.parse(text, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.1, 1, true",
        "223.255.255.255, 65534, true",
        "255.255.255.254, 5, true",
        "0.1.2.3, 5, false",
        "224.0.0.1, 5, false",
        "239.1.1.1, 5, false",
        "255.255.255.255, 5, false",
        "10.0.0.1, 0, false",
        "10.0.0.1, 65535, false"
    })
    void onlyUnicastAddressesWithRealPortsAreUsable(String dotted, int port, boolean usable) {
        assertThat(InetAddr.parse(dotted, port).isUsable()).isEqualTo(usable);
    }

    @Test
    void configurationNamesItsProblems() {
        QuorumConfig none = QuorumConfig.EMPTY;
        assertThat(none.problems()).containsExactly("no quorum slot is configured");
        QuorumConfig good = none.withSlot(0, InetAddr.parse("10.0.0.1", 1)).withSlot(14, InetAddr.parse("10.0.0.1", 2));
        assertThat(good.problems()).isEmpty();
        assertThat(good.countPresent()).isEqualTo(2);
        assertThat(good.isPresent(14)).isTrue();
        assertThat(good.isPresent(1)).isFalse();
        assertThat(good.withSlot(3, InetAddr.parse("10.0.0.1", 2)).problems())
                .containsExactly("quorum slots 3 and 14 have the same address 10.0.0.1:2");
        assertThat(good.withSlot(3, InetAddr.parse("224.0.0.1", 2)).problems())
                .singleElement()
                .asString()
                .contains("slot 3", "224.0.0.1:2", "unicast");
    }
}
