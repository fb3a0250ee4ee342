package org.scoutfs.app.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.scoutfs.app.archive.store.ObjectName;
import org.scoutfs.format.Timespec;
import picocli.CommandLine.TypeConversionException;

/** Words that people and attributes give. */
class ArchiveWordsTest {
    private static final ObjectName OBJECT = new ObjectName(-2L, 3, "ab".repeat(32));

    @ParameterizedTest
    @CsvSource({"0, 0", "90, 90", "90s, 90", "15m, 900", "12h, 43200", "30d, 2592000"})
    void spansOfTime(String text, long seconds) {
        assertThat(new Seconds().convert(text)).isEqualTo(seconds);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "1w", "d", "1 d", "1.5h", "9999999999"})
    void otherWordsAreNoSpans(String text) {
        assertThatThrownBy(() -> new Seconds().convert(text)).isInstanceOf(TypeConversionException.class);
    }

    @Test
    void recordsReadBack() {
        ArchiveRecord record = new ArchiveRecord(-1L, OBJECT, 5, new Timespec(-7, 8), 9);
        assertThat(ArchiveRecord.parse(record.text())).isEqualTo(record);
        assertThat(ArchiveRecord.parse(record.text() + " later=words of another version"))
                .isEqualTo(record);
        assertThat(record.text())
                .isEqualTo("v=1 store=ffffffffffffffff object=18446744073709551614.3." + "ab".repeat(32)
                        + " size=5 mtime=-7.000000008 archived=9");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "v=2 store=1 object=1.2.D size=1 mtime=1.1 archived=1",
                "v=1 store=x object=1.2.D size=1 mtime=1.1 archived=1",
                "v=1 store=1 object=../1.2.D size=1 mtime=1.1 archived=1",
                "v=1 store=1 object=1.2.D size=1 mtime=1 archived=1",
                "v=1 store=1 object=1.2.D size= mtime=1.1 archived=1",
                "v=1 store=1 object=1.2.D size=1 mtime=1.1"
            })
    void otherTextsAreNoRecords(String text) {
        assertThat(ArchiveRecord.parse(text.replace("D", "ab".repeat(32)))).isNull();
    }

    @Test
    void noTextIsNoRecord() {
        assertThat(ArchiveRecord.parse(null)).isNull();
    }
}
