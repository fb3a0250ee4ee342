package org.scoutfs.app.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.scoutfs.app.ioctl.StatMore;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Timespec;
import org.scoutfs.vfs.VolumeDetails.AllocEntry;
import org.scoutfs.vfs.VolumeDetails.StatfsMore;

/** Outputs of spec 5 sections 5.2 and 5.7, byte for byte. */
class OutputTest {
    private static final StatfsMore STATFS =
            new StatfsMore(0xe01c068ffd54d13dL, 0x29930b8a5224eb21L, 7, 1048576, 16777216, 34681);
    private static final List<AllocEntry> ENTRIES = List.of(
            new AllocEntry(0, 1013880 + 34681 - 100, true, true),
            new AllocEntry(0, 16776895, false, true),
            new AllocEntry(1, 100, true, false));

    @Test
    void dfShowsBlocks() {
        assertThat(VolumeUsage.of(STATFS, ENTRIES).table(false)).isEqualTo("""
                Type  Size     Total   Used      Free  Use% \s
            MetaData  64KB   1048576  34696   1013880     3 \s
                Data   4KB  16777216    321  16776895     0 \s
            """);
    }

    @Test
    void dfShowsSizes() {
        assertThat(VolumeUsage.of(STATFS, ENTRIES).table(true)).isEqualTo("""
                Type  Size    Total    Used     Free  Use% \s
            MetaData  64KB  64.00GB  2.12GB  61.88GB     3 \s
                Data   4KB  64.00GB  1.25MB  64.00GB     0 \s
            """);
    }

    @Test
    void dfNeverShowsLessThanNothing() {
        VolumeUsage usage = VolumeUsage.of(STATFS, List.of(new AllocEntry(0, 10, true, true)));

        assertThat(usage.freeMeta()).isZero();
    }

    @Test
    void statfsPadsNamesTo17() {
        assertThat(StatfsCommand.row(STATFS).text()).isEqualTo("""
            fsid              e01c068ffd54d13d
            rid               29930b8a5224eb21
            committed_seq     7
            total_meta_blocks 1048576
            total_data_blocks 16777216
            """);
    }

    @Test
    void statPadsNanoseconds() throws FsException {
        StatMore stat = new StatMore(2, 2, 256, 256, 0, new Timespec(1795356487, 5));

        assertThat(StatCommand.row(stat).only("crtime").text()).isEqualTo("1795356487.000000005\n");
    }

    @Test
    void unknownFieldIsNamed() {
        assertThatThrownBy(() -> StatfsCommand.row(STATFS).only("x")).hasMessage("unknown field: 'x'");
    }

    @Test
    void countersFillColumnsDownwards() {
        List<String> names = List.of("aa", "b", "cccc", "d", "e");
        List<String> values = List.of("1", "22", "3", "4", "555");

        assertThat(Columns.groups(names, values, 0)).isEqualTo("""
            aa     1
            b     22
            cccc   3
            d      4
            e    555
            """);
        assertThat(Columns.groups(names, values, 14)).isEqualTo("""
            aa    1  d   4
            b    22  e 555
            cccc  3
            """);
        assertThat(Columns.groups(names, values, 200)).isEqualTo("aa 1  b 22  cccc 3  d 4  e 555\n");
    }
}
