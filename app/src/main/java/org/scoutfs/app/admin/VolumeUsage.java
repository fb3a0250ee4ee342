package org.scoutfs.app.admin;

import java.nio.file.Path;
import java.util.List;
import org.scoutfs.app.ByteSizes;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.app.ioctl.OpenFlags;
import org.scoutfs.app.output.FieldSink;
import org.scoutfs.app.output.Row;
import org.scoutfs.error.FsException;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.vfs.VolumeDetails;
import org.scoutfs.vfs.VolumeDetails.AllocEntry;
import org.scoutfs.vfs.VolumeDetails.StatfsMore;

/**
 * How full the two devices of a volume are, as {@code scoutfs df} shows it.
 *
 * @param totalMeta blocks of 64 KiB
 * @param freeMeta those that files can still have: without the reserve
 * @param totalData blocks of 4 KiB
 * @param freeData blocks of 4 KiB
 */
public record VolumeUsage(long totalMeta, long freeMeta, long totalData, long freeData) {
    private static final List<String> HEADINGS = List.of("Type", "Size", "Total", "Used", "Free", "Use%");

    /** Of the volume mounted at a path, by ioctl. */
    public static VolumeUsage of(Path path) throws FsException {
        try (IoctlFile file = IoctlFile.open(path.toString(), OpenFlags.O_RDONLY)) {
            return of(file);
        }
    }

    /** Of the volume of an open file, by ioctl. */
    public static VolumeUsage of(IoctlFile file) throws FsException {
        return of(file.statfsMore(), file.allocDetail());
    }

    /** Of a mount in this process. */
    public static VolumeUsage of(VolumeDetails details) throws FsException {
        return of(details.statfsMore(), details.allocDetail());
    }

    static VolumeUsage of(StatfsMore statfs, List<AllocEntry> entries) {
        long meta = 0;
        long data = 0;
        for (AllocEntry entry : entries) {
            if (entry.meta()) {
                meta += entry.blocks();
            } else {
                data += entry.blocks();
            }
        }
        return new VolumeUsage(
                statfs.totalMetaBlocks(),
                Math.max(0, meta - statfs.reservedMetaBlocks()),
                statfs.totalDataBlocks(),
                data);
    }

    Row row(boolean human) {
        return new Row() {
            @Override
            public String text() {
                return table(human);
            }

            @Override
            public void fields(FieldSink to) {
                to.unsigned("total_meta_blocks", totalMeta);
                to.unsigned("free_meta_blocks", freeMeta);
                to.unsigned("total_data_blocks", totalData);
                to.unsigned("free_data_blocks", freeData);
            }
        };
    }

    /** The table of the df command: right-aligned cells, two blanks after each, lines ended by newlines. */
    public String table(boolean human) {
        return Columns.rightAligned(List.of(
                HEADINGS,
                row("MetaData", totalMeta, freeMeta, VolumeLayout.LARGE_BLOCK_SIZE, human),
                row("Data", totalData, freeData, VolumeLayout.SMALL_BLOCK_SIZE, human)));
    }

    private static List<String> row(String type, long total, long free, long unit, boolean human) {
        long used = total - free;
        return List.of(
                type,
                unit / 1024 + "KB",
                amount(total, unit, human),
                amount(used, unit, human),
                amount(free, unit, human),
                Long.toString(total == 0 ? 0 : used * 100 / total));
    }

    private static String amount(long blocks, long unit, boolean human) {
        return human ? ByteSizes.human(blocks * unit) : Long.toString(blocks);
    }
}
