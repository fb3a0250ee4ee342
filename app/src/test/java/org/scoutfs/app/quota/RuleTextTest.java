package org.scoutfs.app.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.scoutfs.error.FsException;
import org.scoutfs.format.QuotaRule;
import org.scoutfs.format.QuotaRule.Name;

/** Rules as text, spec 5 section 5.5. */
class RuleTextTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "200 1,G,S 0,L,- 0,L,- D 18446744073709551615 -",
                "  7 13,L,- 15,P,S 0,U,- D 1000 C",
                "  1 15,L,- 0,L,- 0,L,- I 33 -"
            })
    void comesBackAsItWas(String text) throws FsException {
        assertThat(RuleText.format(RuleText.parse(text))).isEqualTo(text);
    }

    @Test
    void hasAllFields() throws FsException {
        assertThat(RuleText.parse("7 13,L,- 15,P,S 0,U,- D 1000 C"))
                .isEqualTo(new QuotaRule(
                        7, List.of(new Name(13, 0, 0), new Name(15, 1, 1), new Name(0, 2, 0)), 1, 1000, 1));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        1 15,L,- 0,L,- 0,L,- I 33       | invalid rule, missing fields: @
        1 15,L 0,L,- 0,L,- I 33 -       | invalid rule, missing fields: @
        1 15,X,- 0,L,- 0,L,- I 33 -     | invalid name source 'X' in name #1 in rule:~@
        1 15,L,- 0,L,- 0,L,x I 33 -     | invalid name flag 'x' in name #3 in rule:~@
        1 15,L,- 0,L,- 0,L,- Z 33 -     | invalid op 'Z' in rule:~@
        1 15,L,- 0,L,- 0,L,- I 33 X     | invalid flag 'X' in rule:~@
        1 15,L,- 0,L,- 0,L,- I x -      | invalid limit 'x' in rule:~@
        256 15,L,- 0,L,- 0,L,- I 33 -   | invalid priority '256', must be between 0 and 255, in rule:~@
        """)
    void mistakesAreNamed(String text, String message) {
        assertThatThrownBy(() -> RuleText.parse(text))
                .hasMessage(message.replace('~', '\t').replace("@", text));
    }

    @Test
    void restoreTakesOneRuleALine() throws FsException, IOException {
        String text = "  1 15,L,- 0,L,- 0,L,- I 33 -\n\n200 1,G,S 0,L,- 0,L,- D 5 -";

        List<QuotaRule> rules = QuotaRestoreCommand.parse(new BufferedReader(new StringReader(text)));

        assertThat(rules).extracting(QuotaRule::prio).containsExactly(1, 200);
    }
}
