package org.scoutfs.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.scoutfs.format.Timespec;

class TimesTest {
    private final Times.TimeConverter converter = new Times.TimeConverter();

    @Test
    void digitsAfterTheDotAreNanoseconds() {
        assertThat(converter.convert("5.25")).isEqualTo(new Timespec(5, 25));
        assertThat(converter.convert("1795356487.788000000")).isEqualTo(new Timespec(1795356487, 788000000));
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "", ".", "5.", ".5", "5.x", "x.5", "5.5s"})
    void bothPartsAreNumbers(String text) {
        assertThatThrownBy(() -> converter.convert(text)).hasMessage("invalid timespec string: '" + text + "'");
    }

    @Test
    void nanosecondsAreLessThanASecond() {
        assertThatThrownBy(() -> converter.convert("5.1000000000"))
                .hasMessage("invalid timespec nsec value: '5.1000000000'");
    }
}
