package org.scoutfs.fs.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;

/** Extents against an array that says of every block where it is. */
class ExtentsModelTest {
    private static final int BLOCKS = 64;
    private static final int OPERATIONS = 30_000;

    private final long[] map = new long[BLOCKS];
    private final int[] flags = new int[BLOCKS];

    @Test
    void behavesLikeAnArrayOfBlocksAlsoWhenItemChangesFail() throws Exception {
        long seed = Seeds.next("ExtentsModelTest");
        Random random = new Random(seed);
        FakeFile file = new FakeFile();
        for (int i = 0; i < OPERATIONS; i++) {
            String step = "seed " + seed + " operation " + i;
            int start = random.nextInt(BLOCKS);
            int len = 1 + random.nextInt(Math.min(12, BLOCKS - start));
            int kind = random.nextInt(5);
            // few places, so that neighbours often continue each other on the device
            long to = kind < 2 ? 1000 + start + 1000L * random.nextInt(2) : 0;
            int newFlags = kind == 0 || kind == 2 ? 0 : kind == 1 ? FileExtent.UNWRITTEN : FileExtent.OFFLINE;
            if (kind == 4) {
                to = 5000 + start;
                newFlags = FileExtent.OFFLINE | FileExtent.UNWRITTEN;
            }
            if (map[start] == to && flags[start] == newFlags) {
                // nobody sets what is there already; the rests would not be merged
                continue;
            }
            boolean fits = isUniform(start, len);
            TreeMap<Key, byte[]> before = new TreeMap<>(file.items);
            long online = file.inode.onlineBlocks();
            long offline = file.inode.offlineBlocks();
            file.failAfter = random.nextInt(8) == 0 ? random.nextInt(4) : -1;
            boolean done = false;
            try {
                file.extents.set(start, len, to, newFlags, file.inode);
                done = true;
            } catch (FsException e) {
                assertThat(!fits || file.failAfter == -1).as("%s: %s", step, e).isTrue();
            }
            file.failAfter = -1;
            if (done) {
                assertThat(fits).as(step).isTrue();
                for (int b = start; b < start + len; b++) {
                    map[b] = to == 0 ? 0 : to + (b - start);
                    flags[b] = newFlags;
                }
            } else {
                assertThat(file.items.keySet()).as(step).isEqualTo(before.keySet());
                assertThat(file.inode.onlineBlocks()).isEqualTo(online);
                assertThat(file.inode.offlineBlocks()).isEqualTo(offline);
            }
            compare(file, step);
        }
    }

    /** Whether one extent holds the range, or none has a part of it. */
    private boolean isUniform(int start, int len) {
        for (int b = start + 1; b < start + len; b++) {
            if (flags[b] != flags[start] || (map[start] == 0 ? map[b] != 0 : map[b] != map[start] + (b - start))) {
                return false;
            }
        }
        return true;
    }

    private void compare(FakeFile file, String step) throws FsException {
        long online = 0;
        long offline = 0;
        long covered = 0;
        FileExtent previous = null;
        for (FileExtent extent : file.all()) {
            assertThat(previous != null && previous.canMerge(extent))
                    .as("%s: %s is not merged with %s", step, previous, extent)
                    .isFalse();
            for (long b = extent.start(); b < extent.end(); b++) {
                assertThat(map[(int) b]).as("%s: map of %s", step, b).isEqualTo(extent.mapOf(b));
                assertThat(flags[(int) b]).as("%s: flags of %s", step, b).isEqualTo(extent.flags());
            }
            covered += extent.len();
            online += extent.isWritten() ? extent.len() : 0;
            offline += extent.isOffline() ? extent.len() : 0;
            previous = extent;
        }
        long present = 0;
        for (int b = 0; b < BLOCKS; b++) {
            present += map[b] != 0 || flags[b] != 0 ? 1 : 0;
        }
        assertThat(covered).as(step).isEqualTo(present);
        assertThat(file.inode.onlineBlocks()).as(step).isEqualTo(online);
        assertThat(file.inode.offlineBlocks()).as(step).isEqualTo(offline);
    }

    @Test
    void insertOverAnExistingExtentIsRefused() throws Exception {
        FakeFile file = new FakeFile();
        file.extents.insert(new FileExtent(10, 5, 100, 0), file.inode);
        assertThatThrownBy(() -> file.extents.insert(new FileExtent(12, 1, 300, 0), file.inode))
                .isInstanceOf(FsException.class);
        file.extents.insert(new FileExtent(15, 5, 105, 0), file.inode);
        file.extents.insert(new FileExtent(5, 5, 95, 0), file.inode);
        assertThat(file.all()).containsExactly(new FileExtent(5, 15, 95, 0));
    }

    @Test
    void countsThatWouldFallBelowZeroAreCorruption() throws Exception {
        FakeFile file = new FakeFile();
        file.extents.insert(new FileExtent(0, 5, 100, 0), file.inode);
        file.inode.setOnlineBlocks(3);
        assertThatThrownBy(() -> file.extents.set(0, 5, 0, 0, file.inode)).hasMessageContaining("3 online");
        assertThat(file.all()).containsExactly(new FileExtent(0, 5, 100, 0));
        assertThat(file.inode.onlineBlocks()).isEqualTo(3);
    }
}
