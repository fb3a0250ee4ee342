package org.scoutfs.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ValuesTest {
    @Test
    void wallTimesCarryAcrossSecondsAlsoBefore1970() {
        WallTime time = new WallTime(0, 500_000_000);
        assertThat(time.plusNanos(500_000_000)).isEqualTo(new WallTime(1, 0));
        assertThat(time.plusNanos(-500_000_001)).isEqualTo(new WallTime(-1, 999_999_999));
        assertThat(time.plusNanos(-3_500_000_000L)).isEqualTo(new WallTime(-3, 0));
        assertThat(new WallTime(-1, 999_999_999)).isLessThan(new WallTime(0, 0));
        assertThatThrownBy(() -> new WallTime(0, 1_000_000_000)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new WallTime(0, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void endpointsReadAsPeopleWriteThem() {
        assertThat(new Endpoint(0xc0a80102, 42000)).hasToString("192.168.1.2:42000");
        assertThat(Endpoint.loopback(0)).hasToString("127.0.0.1:0");
        assertThatThrownBy(() -> new Endpoint(0, 65536)).isInstanceOf(IllegalArgumentException.class);
    }
}
