package org.scoutfs.app;

import java.io.PrintWriter;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.QuorumConfig;
import org.scoutfs.format.VolumeLayout;

/** What a command has made of a volume: a heading and a line for each fact (spec 5 sections 5.3 and 5.4). */
public final class VolumeSummary {
    private final PrintWriter out;
    private final int width;

    /**
     * @param heading its first line
     * @param width columns of the names, with what follows them
     */
    public VolumeSummary(PrintWriter out, String heading, int width) {
        this.out = out;
        this.width = width;
        out.println(heading);
    }

    public VolumeSummary line(String name, Object value) {
        out.println("  " + name + " ".repeat(Math.max(0, width - name.length())) + value);
        return this;
    }

    public VolumeSummary metaBlocks(long count) {
        return line("64KB metadata blocks:", blocks(count, VolumeLayout.LARGE_BLOCK_SIZE));
    }

    public VolumeSummary dataBlocks(long count) {
        return line("4KB data blocks:", blocks(count, VolumeLayout.SMALL_BLOCK_SIZE));
    }

    /** The configuration's version and its slots, one a line. */
    public VolumeSummary quorum(QuorumConfig config) {
        line("quorum config version:", Long.toUnsignedString(config.version()));
        String name = "quorum slots:";
        for (int nr = 0; nr < QuorumConfig.SLOTS; nr++) {
            InetAddr addr = config.slot(nr);
            if (addr.isPresent()) {
                line(name, nr + ": " + addr.dotted() + ":" + addr.port());
                name = "";
            }
        }
        return this;
    }

    /** Number and size, {@code 1048576 (64.00 GB)}. */
    public static String blocks(long count, long unit) {
        return Long.toUnsignedString(count) + " (" + ByteSizes.humanSpaced(count * unit) + ")";
    }
}
