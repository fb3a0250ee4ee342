package org.scoutfs.block;

import java.util.Arrays;
import java.util.List;

/** What is said about blocks that somebody still holds when the cache is closed. */
final class LeakReport {
    private static final int BLOCKS_SHOWN = 20;
    private static final int FRAMES_SHOWN = 16;

    private LeakReport() {}

    static String of(List<Block> leaks) {
        StringBuilder text = new StringBuilder("block cache closed with " + leaks.size() + " blocks in use:");
        for (Block block : leaks.subList(0, Math.min(leaks.size(), BLOCKS_SHOWN))) {
            text.append("\n  ").append(block);
            Throwable origin = block.origin();
            if (origin != null) {
                Arrays.stream(origin.getStackTrace())
                        .limit(FRAMES_SHOWN)
                        .forEach(frame -> text.append("\n    ").append(frame));
            }
        }
        return text.toString();
    }
}
