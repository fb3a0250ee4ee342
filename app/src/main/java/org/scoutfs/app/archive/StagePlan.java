package org.scoutfs.app.archive;

import java.util.BitSet;

/**
 * In which order the parts of one file come back: from the one that is waited for to the end, then those before it; and whenever somebody waits
 * for another one, from there on. Not thread-safe.
 */
final class StagePlan {
    private final int partBytes;
    private final BitSet left = new BitSet();
    private int next;

    /** @param size bytes to bring back */
    StagePlan(int partBytes, long size) {
        this.partBytes = partBytes;
        left.set(0, Math.toIntExact((size + partBytes - 1) / partBytes));
    }

    /**
     * The next part; -1 if all were {@link #done}.
     *
     * @param wantedByte offset that somebody waits for; -1 if nobody does
     */
    int next(long wantedByte) {
        if (wantedByte >= 0 && wantedByte / partBytes < left.length() && left.get((int) (wantedByte / partBytes))) {
            next = (int) (wantedByte / partBytes);
        }
        int part = left.nextSetBit(next);
        return part >= 0 ? part : left.nextSetBit(0);
    }

    /** A part is back, or cannot be. */
    void done(int part) {
        left.clear(part);
        next = part + 1;
    }

    boolean isDone() {
        return left.isEmpty();
    }
}
