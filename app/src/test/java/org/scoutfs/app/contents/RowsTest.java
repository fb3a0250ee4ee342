package org.scoutfs.app.contents;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Timespec;
import org.scoutfs.vfs.ArchiveFiles;
import org.scoutfs.vfs.ArchiveFiles.AttrX;
import org.scoutfs.vfs.ArchiveFiles.MappedExtent;
import org.scoutfs.vfs.ArchiveFiles.Waiting;

/** Lines of spec 5 section 5.2, byte for byte. */
class RowsTest {
    private static final AttrX ATTRIBUTES = new AttrX(
            0x3ff, 0, 2, 2, 1, 1, 0, new Timespec(1795356487, 788000000), new Timespec(1795356487, 5), 6, false, 0);

    @Test
    void allAttributesHaveTheirNames() throws FsException {
        assertThat(GetAttrXCommand.row(ATTRIBUTES, 0x3ff).text()).isEqualTo("""
            meta_seq: 2
            data_seq: 2
            data_version: 1
            online_blocks: 1
            offline_blocks: 0
            ctime: 1795356487.788000000
            crtime: 1795356487.5
            size: 6
            retention: 0
            project_id: 0
            """);
    }

    @Test
    void oneAttributeIsBare() throws FsException {
        assertThat(GetAttrXCommand.row(ATTRIBUTES, ArchiveFiles.ATTR_DATA_VERSION)
                        .text())
                .isEqualTo("1\n");
    }

    @Test
    void twoAttributesHaveTheirNames() throws FsException {
        assertThat(GetAttrXCommand.row(ATTRIBUTES, ArchiveFiles.ATTR_SIZE | ArchiveFiles.ATTR_CRTIME)
                        .text())
                .isEqualTo("crtime: 1795356487.5\nsize: 6\n");
    }

    @Test
    void waitsShowTheirOperations() {
        assertThat(new DataWaitingCommand.WaitingRow(new Waiting(11325, 0, 3)).text())
                .isEqualTo("ino 11325 iblock 0 ops read,write\n");
        assertThat(new DataWaitingCommand.WaitingRow(new Waiting(1, 2, 4)).text())
                .isEqualTo("ino 1 iblock 2 ops change_size\n");
    }

    @Test
    void extentsShowPlacesAndFlags() {
        var offline = new MappedExtent(0, 0, 16384, true, false, false);
        var unwritten = new MappedExtent(4096, 66 * 4096, 15 * 4096, false, true, true);
        var both = new GetFiemapCommand.Form(true, true, 4096);

        assertThat(new GetFiemapCommand.ExtentRow(0, offline, both).text())
                .isEqualTo("0: offset: 0 0 length: 4 flags: O..\n");
        assertThat(new GetFiemapCommand.ExtentRow(1, unwritten, both).text())
                .isEqualTo("1: offset: 1 66 length: 15 flags: .UL\n");

        var big = new MappedExtent(0, 65 * 4096, 1 << 20, false, false, true);
        assertThat(new GetFiemapCommand.ExtentRow(0, big, new GetFiemapCommand.Form(false, true, 4096)).text())
                .isEqualTo("0: offset: 65 length: 256 flags: ..L\n");
        assertThat(new GetFiemapCommand.ExtentRow(0, big, new GetFiemapCommand.Form(true, false, 1)).text())
                .isEqualTo("0: offset: 0 length: 1048576 flags: ..L\n");
    }
}
