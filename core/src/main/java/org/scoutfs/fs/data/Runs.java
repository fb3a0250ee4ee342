package org.scoutfs.fs.data;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Frames as the segments of one transfer. */
final class Runs {
    private Runs() {}

    /** Memory of the frames {@code list[from..to-1]} in order, neighbours in memory as one segment. */
    static MemorySegment[] segments(Frames frames, int[] list, int from, int to) {
        MemorySegment[] segments = new MemorySegment[to - from];
        int n = 0;
        int first = from;
        for (int i = from + 1; i <= to; i++) {
            if (i < to && list[i] == list[i - 1] + 1 && Frames.sameChunk(list[first], list[i])) {
                continue;
            }
            segments[n++] = frames.memory(list[first], i - first);
            first = i;
        }
        return n == segments.length ? segments : Arrays.copyOf(segments, n);
    }
}
