package org.scoutfs.item;

import org.jspecify.annotations.Nullable;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.TotlValue;

/**
 * One total as the trees have it while a merge may be running, spec 2 section 8.1: the merged item, and the deltas of the trees being
 * merged and of all others.
 *
 * <p>A merge gives the merged item the greatest seq of what it added, and all inputs of a merge are newer than everything merged before.
 * So an input whose seq is not greater than that of the merged item is in it already.
 */
final class TotalBins {
    private @Nullable TotlValue merged;
    private long mergedSeq;
    private TotlValue inputs = TotlValue.ZERO;
    private long inputSeq;
    private TotlValue logs = TotlValue.ZERO;

    /** An item of the fs tree. */
    void addMerged(TotlValue value, long seq) {
        merged = value;
        mergedSeq = seq;
    }

    /** A delta of a log tree. */
    void add(TotlValue value, long seq, boolean input) {
        if (!input) {
            logs = logs.plus(value);
            return;
        }
        inputs = inputs.plus(value);
        if (Long.compareUnsigned(seq, inputSeq) > 0) {
            inputSeq = seq;
        }
    }

    /** Whether a log tree is an input of the running merge, or of the next one if none runs. */
    static boolean isInput(LogTrees log, long mergeInputSeq) {
        return log.isFinalized() && (mergeInputSeq == 0 || Long.compareUnsigned(log.finalizeSeq(), mergeInputSeq) < 0);
    }

    /** The total; zero in both fields means that there is none. */
    TotlValue resolve() {
        TotlValue fs = merged;
        boolean pending = fs != null ? Long.compareUnsigned(inputSeq, mergedSeq) > 0 : inputs.count() > 0;
        TotlValue result = fs == null ? TotlValue.ZERO : fs;
        if (pending) {
            result = result.plus(inputs);
        }
        return result.plus(logs);
    }
}
