package org.scoutfs.check;

import java.util.Arrays;
import org.scoutfs.format.VolumeLayout;

/** Who owns which data blocks; each has exactly one owner (spec 1 section 17.7). */
final class DataSpace {
    private record Claim(long start, long len, String by) {}

    private final CheckReport report;
    private final long totalBlocks;
    private Claim[] claims = new Claim[1024];
    private int count;

    DataSpace(CheckReport report, long totalBlocks) {
        this.report = report;
        this.totalBlocks = totalBlocks;
    }

    void claim(long start, long len, String by) {
        boolean inside = start >= VolumeLayout.FIRST_DATA_BLKNO && len > 0 && len <= totalBlocks - start;
        if (!inside) {
            report.problem(
                    "%s: data blocks %s+%s are outside of [64, %d)",
                    by, Long.toUnsignedString(start), Long.toUnsignedString(len), totalBlocks);
            return;
        }
        if (count == claims.length) {
            claims = Arrays.copyOf(claims, count * 2);
        }
        claims[count++] = new Claim(start, len, by);
    }

    /** Reports overlaps and blocks without owner. */
    void verify() {
        Arrays.sort(claims, 0, count, (a, b) -> Long.compare(a.start(), b.start()));
        long next = VolumeLayout.FIRST_DATA_BLKNO;
        String before = "the reserved start of the device";
        for (int i = 0; i < count; i++) {
            Claim claim = claims[i];
            if (claim.start() < next) {
                report.problem("data blocks from %d on belong to %s and to %s", claim.start(), before, claim.by());
            } else if (claim.start() > next) {
                report.problem("data blocks %d..%d belong to nobody", next, claim.start() - 1);
            }
            if (claim.start() + claim.len() > next) {
                next = claim.start() + claim.len();
                before = claim.by();
            }
        }
        if (next < totalBlocks) {
            report.problem("data blocks %d..%d belong to nobody", next, totalBlocks - 1);
        }
    }
}
