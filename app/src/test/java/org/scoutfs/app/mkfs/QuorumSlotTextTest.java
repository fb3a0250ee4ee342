package org.scoutfs.app.mkfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The reference's words for quorum slots that make no sense (spec 5 section 5.3). */
class QuorumSlotTextTest {
    private final CommandLine line = new CommandLine(new MkfsCommand());

    @Test
    void takesSlotsInTheOrderGiven() {
        assertThat(QuorumSlotText.parseAll(line, List.of("0,127.0.0.1,12345", "2,10.0.0.7,5000")))
                .extracting(slot -> slot.nr() + " " + slot.addr().dotted() + ":"
                        + slot.addr().port())
                .containsExactly("0 127.0.0.1:12345", "2 10.0.0.7:5000");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0,127.0.0.1,0|invalid ipv4 port '0' in quorum slot '0,127.0.0.1,0', must be between 1 and 65535",
                "15,127.0.0.1,1|invalid nr '15' in quorum slot '15,127.0.0.1,1', must be between 0 and 14",
                "0,0.0.0.0,1|invalid ipv4 address '0.0.0.0' in quorum slot '0,0.0.0.0,1'",
                "0,1.2.3.256,1|invalid ipv4 address '1.2.3.256' in quorum slot '0,1.2.3.256,1'",
                "0,1.2.3.4,1,x|extra unparsed trailing characters in quorum slot '0,1.2.3.4,1,x'",
                "0,1.2.3.4|failed to parse all three NR,ADDR,PORT tokens in quorum slot '0,1.2.3.4'"
            })
    void saysWhatIsWrong(String text, String message) {
        assertThatThrownBy(() -> QuorumSlotText.parseAll(line, List.of(text)))
                .isInstanceOf(ParameterException.class)
                .hasMessage(message);
    }

    @Test
    void refusesTheSameSlotTwice() {
        assertThatThrownBy(() -> QuorumSlotText.parseAll(line, List.of("1,1.2.3.4,5", "1,1.2.3.5,5")))
                .hasMessage("Quorum slot 1 already specified before slot '1,1.2.3.5,5'");
    }

    @Test
    void refusesTheSameAddressTwice() {
        assertThatThrownBy(() -> QuorumSlotText.parseAll(line, List.of("1,1.2.3.4,5", "2,1.2.3.4,5")))
                .hasMessage("invalid quorum slot configuration");
    }
}
