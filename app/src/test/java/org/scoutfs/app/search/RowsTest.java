package org.scoutfs.app.search;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.scoutfs.app.output.ByteText;
import org.scoutfs.vfs.ArchiveQueries.InoPath;
import org.scoutfs.vfs.ArchiveQueries.ReferringEntry;
import org.scoutfs.vfs.ArchiveQueries.SeqEntry;
import org.scoutfs.vfs.ArchiveQueries.XattrIndexEntry;
import org.scoutfs.vfs.ArchiveQueries.XattrTotal;
import picocli.CommandLine.TypeConversionException;

/** Lines of spec 5 section 5.2, byte for byte, and positions as text. */
class RowsTest {
    @Test
    void linesAreThoseOfTheReference() {
        assertThat(new WalkInodesCommand.EntryRow(new SeqEntry(2, 11264)).text())
                .isEqualTo("0                    2                    0          11264               \n");
        assertThat(new GetReferringEntriesCommand.EntryRow(
                                new ReferringEntry(1024, 3, 11264, 8, "hard".getBytes(UTF_8), true))
                        .text())
                .isEqualTo("dir 1024 pos 3 type 8 name hard\n");
        assertThat(new InoPathCommand.PathRow(new InoPath(1024, 2, "d/f".getBytes(UTF_8))).text())
                .isEqualTo("d/f\n");
        assertThat(new ReadXattrTotalsCommand.TotalRow(new XattrTotal(1, 2, 3, 10, 1)).text())
                .isEqualTo("1.2.3 = 10, 1\n");
        assertThat(new ReadXattrTotalsCommand.TotalRow(new XattrTotal(-1, 2, 3, -10, -1)).text())
                .isEqualTo("18446744073709551615.2.3 = -10, -1\n");
        assertThat(new ReadXattrIndexCommand.EntryRow(new XattrIndexEntry(5, 77, 11264)).text())
                .isEqualTo("5.77 = 11264\n");
        assertThat(new InoRow(-1).text()).isEqualTo("18446744073709551615\n");
    }

    @Test
    void hiddenNamesShowOnlyWhatPrints() {
        byte[] name = "scoutfs.hide.a\nb\u00e9".getBytes(UTF_8);

        assertThat(new ListHiddenXattrsCommand.NameRow(name).text()).isEqualTo("scoutfs.hide.a?b??\n");
    }

    @Test
    void pathsKeepTheirBytes() {
        byte[] name = {'d', '/', (byte) 0xff, (byte) 0xc3, (byte) 0xa9, (byte) 0xc3};

        String text = new InoPathCommand.PathRow(new InoPath(1, 2, name)).text();

        assertThat(ByteText.encode(text)).containsExactly('d', '/', 0xff, 0xc3, 0xa9, 0xc3, '\n');
    }

    @Test
    void positionOfAWalkMayLackItsEnd() {
        assertThat(IndexPosition.parseSeq("first", "7")).isEqualTo(new SeqEntry(7, 0));
        assertThat(IndexPosition.parseSeq("first", "0x10.0.010")).isEqualTo(new SeqEntry(16, 8));
        assertThat(IndexPosition.parseSeq("last", "-1")).isEqualTo(new SeqEntry(-1, -1));
        assertThatThrownBy(() -> IndexPosition.parseSeq("first", "1.x.3"))
                .isInstanceOf(TypeConversionException.class)
                .hasMessage("bad index pos at 'x.3'\ninvalid first position '1.x.3', try '1.2.3' or '-1'");
        assertThatThrownBy(() -> IndexPosition.parseSeq("last", "1.2.3.4"))
                .hasMessage("bad index pos at '4'\ninvalid last position '1.2.3.4', try '1.2.3' or '-1'");
    }

    @Test
    void positionOfAnXattrIndexIsWhole() {
        assertThat(IndexPosition.parseXattr("255.-1.3")).isEqualTo(new XattrIndexEntry(255, -1, 3));
        assertThatThrownBy(() -> IndexPosition.parseXattr("5.0"))
                .hasMessageStartingWith("bad index position entry argument '5.0', ");
        assertThatThrownBy(() -> IndexPosition.parseXattr("300.0.0"))
                .hasMessage("initial major index position '300' must be between 0 and 255, inclusive.");
    }
}
