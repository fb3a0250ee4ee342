package org.scoutfs.btree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.scoutfs.block.BlockAllocator;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;

class BtreeFreerTest {
    @Test
    void everyBlockIsFreedOnceWhateverTheBudget() throws FsException {
        for (int size : new int[] {0, 10, 1000, 60_000}) {
            for (int budget : new int[] {21, 62, 100_000}) {
                try (TestTree t = tree(size)) {
                    BtreeRoot root = t.tree.root();
                    Key progress = Key.ZERO;
                    int calls = 0;
                    do {
                        int before = t.allocator.used().size();
                        Key next = new BtreeFreer(t.cache, t.allocator).freeBlocks(root, progress, budget);
                        assertThat(next).isGreaterThanOrEqualTo(progress);
                        assertThat(before - t.allocator.used().size()).isBetween(size == 0 ? 0 : 1, budget);
                        progress = next;
                        calls++;
                    } while (!progress.equals(Key.MAX));
                    assertThat(t.allocator.used()).isEmpty();
                    assertThat(calls).isGreaterThanOrEqualTo(size / 70 / budget);
                    assertThat(new BtreeFreer(t.cache, t.allocator).freeBlocks(root, progress, budget))
                            .isEqualTo(Key.MAX);
                    assertThat(t.cache.pinnedBlocks()).isZero();
                }
            }
        }
    }

    /** What is left can be freed by somebody who only has the key, also if others use the freed numbers by then. */
    @Test
    void freedParentsAreNotReadAgain() throws FsException {
        try (TestTree t = tree(60_000)) {
            BtreeRoot root = t.tree.root();
            assertThat(root.height()).isEqualTo(3);
            Key progress = Key.ZERO;
            BtreeWriter other = new BtreeWriter(t.cache, t.allocator, t.writer, BtreeRoot.EMPTY);
            int n = 0;
            while (!progress.equals(Key.MAX)) {
                progress = new BtreeFreer(t.cache, t.allocator).freeBlocks(root, progress, 62);
                t.allocator.commit();
                for (int i = 0; i < 100; i++) {
                    other.insert(TestTree.key(n++), new byte[800]);
                }
                t.commit();
            }
            assertThat(t.allocator.used()).hasSize((int) t.reader.countBlocks(other.root()));
        }
    }

    @Test
    void failureKeepsTheProgressMade() throws FsException {
        try (TestTree t = tree(3000)) {
            Set<Long> before = t.allocator.used();
            int[] left = {10};
            BlockAllocator full = new BlockAllocator() {
                @Override
                public long allocate() {
                    throw new AssertionError();
                }

                @Override
                public void free(long blkno) throws FsException {
                    if (left[0]-- <= 0) {
                        throw new FsException(Errno.EIO, "full");
                    }
                    t.allocator.free(blkno);
                }
            };
            Key progress = new BtreeFreer(t.cache, full).freeBlocks(t.tree.root(), Key.ZERO, 62);
            assertThat(t.allocator.used()).hasSize(before.size() - 10);
            assertThatThrownBy(() -> new BtreeFreer(t.cache, full).freeBlocks(t.tree.root(), progress, 62))
                    .hasMessage("full");
            new BtreeFreer(t.cache, t.allocator).freeBlocks(t.tree.root(), progress, 1000);
            assertThat(t.allocator.used()).isEmpty();
            assertThatThrownBy(() -> new BtreeFreer(t.cache, full).freeBlocks(t.tree.root(), Key.ZERO, 20))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static TestTree tree(int size) throws FsException {
        TestTree t = new TestTree(1);
        List<BtreeItem> items = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            items.add(new BtreeItem(TestTree.key(i), 1, 0, new byte[850]));
        }
        t.insertList(items);
        t.commit();
        return t;
    }
}
