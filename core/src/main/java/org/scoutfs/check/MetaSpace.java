package org.scoutfs.check;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.scoutfs.format.VolumeLayout;

/** Who owns which large block; each may have one owner (spec 1 section 17.7). */
final class MetaSpace {
    private final CheckReport report;
    /** Index into {@link #owners}, 0 = nobody. */
    private final short[] owner;

    private final List<String> owners = new ArrayList<>(List.of("nobody"));
    private final Map<String, Short> numbers = new HashMap<>();

    MetaSpace(CheckReport report, long totalBlocks) {
        this.report = report;
        this.owner = new short[Math.toIntExact(totalBlocks)];
    }

    /** Whether a number can be a block at all. */
    boolean isBlock(long blkno) {
        return blkno >= VolumeLayout.FIRST_META_BLKNO && blkno < owner.length;
    }

    /** Writes down an owner; a problem if there is one already or the number is none. Returns whether it was free until now. */
    boolean claim(long blkno, String by) {
        if (!isBlock(blkno)) {
            report.problem("%s: block %s is outside of [2, %d)", by, Long.toUnsignedString(blkno), owner.length);
            return false;
        }
        if (owner[(int) blkno] != 0) {
            report.problem("block %d belongs to %s and to %s", blkno, owners.get(owner[(int) blkno]), by);
            return false;
        }
        owner[(int) blkno] = number(by);
        return true;
    }

    boolean isClaimed(long blkno) {
        return isBlock(blkno) && owner[(int) blkno] != 0;
    }

    private short number(String by) {
        Short known = numbers.get(by);
        if (known != null) {
            return known;
        }
        if (owners.size() == Short.MAX_VALUE) {
            return (short) (owners.size() - 1);
        }
        short number = (short) owners.size();
        owners.add(by);
        numbers.put(by, number);
        return number;
    }

    /** Blocks without owner are a warning: the reference leaks some. */
    void countLeaks() {
        long leaked = 0;
        for (int blkno = (int) VolumeLayout.FIRST_META_BLKNO; blkno < owner.length; blkno++) {
            leaked += owner[blkno] == 0 ? 1 : 0;
        }
        report.leaked(leaked);
        if (leaked > 0) {
            report.warning("%d metadata blocks are neither used nor free", leaked);
        }
    }
}
