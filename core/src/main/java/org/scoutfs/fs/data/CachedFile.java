package org.scoutfs.fs.data;

import java.util.Arrays;

/**
 * The pages of one file in memory: which frame each block is in. Exists while there are any. Everything but the number is guarded by
 * this object's monitor, as are the frames' entries of its pages.
 */
final class CachedFile {
    private static final int INITIAL = 4;

    final long ino;
    private final long[] blockOf;

    /** Open addressing with linear probing: frame + 1, 0 is empty. At most 3/4 full. */
    private int[] table = new int[INITIAL];

    private int pages;

    /** It was emptied and removed; look for its successor. */
    boolean dead;

    CachedFile(long ino, Frames frames) {
        this.ino = ino;
        this.blockOf = frames.block;
    }

    int pages() {
        return pages;
    }

    /** The block's frame or {@link Frames#NONE}. */
    int find(long block) {
        int mask = table.length - 1;
        for (int i = slot(block, mask); table[i] != 0; i = (i + 1) & mask) {
            int frame = table[i] - 1;
            if (blockOf[frame] == block) {
                return frame;
            }
        }
        return Frames.NONE;
    }

    /** Adds a page that is not there; the frame knows its block. */
    void add(int frame) {
        pages++;
        if (4 * pages > 3 * table.length) {
            int[] old = table;
            table = new int[old.length * 2];
            for (int entry : old) {
                if (entry != 0) {
                    place(entry);
                }
            }
        }
        place(frame + 1);
    }

    private void place(int entry) {
        int mask = table.length - 1;
        int i = slot(blockOf[entry - 1], mask);
        while (table[i] != 0) {
            i = (i + 1) & mask;
        }
        table[i] = entry;
    }

    /** Removes a page that is there. */
    void remove(int frame) {
        int mask = table.length - 1;
        int hole = slot(blockOf[frame], mask);
        while (table[hole] != frame + 1) {
            hole = (hole + 1) & mask;
        }
        pages--;
        // what was pushed behind the hole by it moves up
        for (int i = (hole + 1) & mask; table[i] != 0; i = (i + 1) & mask) {
            int home = slot(blockOf[table[i] - 1], mask);
            if (((i - home) & mask) >= ((i - hole) & mask)) {
                table[hole] = table[i];
                hole = i;
            }
        }
        table[hole] = 0;
    }

    /** Frames of the pages of blocks {@code first..last}, in no order. */
    int[] framesIn(long first, long last) {
        int[] found = new int[pages];
        int n = 0;
        if (last - first >= 0 && last - first < pages) {
            for (long block = first; block <= last; block++) {
                int frame = find(block);
                if (frame != Frames.NONE) {
                    found[n++] = frame;
                }
            }
        } else {
            for (int entry : table) {
                if (entry != 0 && blockOf[entry - 1] >= first && blockOf[entry - 1] <= last) {
                    found[n++] = entry - 1;
                }
            }
        }
        return n == found.length ? found : Arrays.copyOf(found, n);
    }

    private static int slot(long block, int mask) {
        long mixed = block * 0x9e3779b97f4a7c15L;
        return (int) (mixed >>> 40) & mask;
    }
}
