package org.scoutfs.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.scoutfs.format.TestBytes.utf8;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tags and numbers in xattr names, spec 1 section 12.6 and spec 4 section 9.3; part counts of section 18.6. */
class XattrNamesTest {
    @ParameterizedTest
    @CsvSource({
        "user.hide.something.long, false, false, false, false",
        "scoutfs.a, false, false, false, false",
        "scoutfs.hide., false, false, false, false",
        "scoutfs.hide.a, true, false, false, false",
        "scoutfs.srch.totl.x.1.2.3, false, false, true, true",
        "scoutfs.totl.srch.hide.x, true, false, true, true",
        "scoutfs.indx.hide.x.hide.srch., true, true, false, false",
        "scoutfs.hide.srch.totl.indx., true, true, true, true",
        "scoutfs.hide.hideous, true, false, false, false"
    })
    void findsTags(String name, boolean hide, boolean indx, boolean srch, boolean totl) {
        assertThat(XattrTags.parse(utf8(name))).contains(new XattrTags(hide, indx, srch, totl));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "scoutfs.unknown.x",
                "scoutfs.hidexx",
                "scoutfs..hide.x",
                "scoutfs.hide.hide.x",
                "scoutfs.srch.totl.srch."
            })
    void rejectsUnknownAndRepeatedTags(String name) {
        assertThat(XattrTags.parse(utf8(name))).isEmpty();
    }

    @Test
    void totlAndIndxConflict() {
        assertThat(XattrTags.parse(utf8("scoutfs.totl.indx.1.2.3"))
                        .orElseThrow()
                        .isConflicting())
                .isTrue();
        assertThat(XattrTags.parse(utf8("scoutfs.totl.hide.1.2.3"))
                        .orElseThrow()
                        .isConflicting())
                .isFalse();
        assertThat(XattrTags.NONE.any()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "7, 7",
        "10, 10",
        "010, 8",
        "0x10, 16",
        "0xfF, 255",
        "18446744073709551615, -1",
        "0xffffffffffffffff, -1",
        "01777777777777777777777, -1",
        "00000000000000000000001, 1",
        "0x000000000000000000001, 1"
    })
    void parsesNumbers(String text, long expected) {
        assertThat(NumberText.parse(utf8(text))).isEqualTo(OptionalLong.of(expected));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "+1",
                "-1",
                "-",
                "10.",
                "junk10",
                "10junk",
                " 1",
                "1 ",
                "1\n",
                "08",
                "0x",
                "0xg",
                "x10",
                "٣",
                "18446744073709551616",
                "99999999999999999999",
                "0x10000000000000000",
                "02000000000000000000000",
                "000000000000000000000001"
            })
    void refusesWhatIsNoNumber(String text) {
        assertThat(NumberText.parse(utf8(text))).isEmpty();
    }

    @Test
    void findsTheNumbersOfATotlNameFromItsEnd() {
        assertThat(TotlName.parse(utf8("scoutfs.totl.1.2.3"))).contains(new TotlName(1, 2, 3));
        assertThat(TotlName.parse(utf8("scoutfs.totl.a.b.9.0x10.010.7"))).contains(new TotlName(16, 8, 7));
        assertThat(new TotlName(1, 2, 3).key()).isEqualTo(Keys.totl(1, 2, 3));
    }

    @ParameterizedTest
    @ValueSource(strings = {"test...", "..2.3", "1..3", "1.2.", "1", "1.2"})
    void refusesTotlNamesWithoutThreeNumbers(String end) {
        assertThat(TotlName.parse(utf8("scoutfs.totl." + end))).isEmpty();
    }

    @Test
    void findsTheNumbersOfAnIndxName() {
        assertThat(IndxName.parse(utf8("scoutfs.indx.255.18446744073709551615")))
                .contains(new IndxName(255, -1));
        assertThat(IndxName.parse(utf8("scoutfs.indx.free.text.0.5"))).contains(new IndxName(0, 5));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1",
                "256.1",
                "1.abc",
                "abc.1",
                "1.-1",
                "-1.1",
                "1.18446744073709551616",
                "18446744073709551615.1"
            })
    void refusesIndxNamesWithoutTwoNumbersInRange(String end) {
        assertThat(IndxName.parse(utf8("scoutfs.indx.x." + end))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"10, 878, 1", "10, 879, 2", "10, 1774, 2", "10, 1775, 3", "255, 65535, 74"})
    void countsParts(int nameLen, int valLen, int parts) {
        assertThat(new XattrHeader(valLen, nameLen).parts()).isEqualTo(parts);
    }
}
