package org.scoutfs.alloc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.btree.BtreeWriter;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocExtentRoot;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.LogMergeComplete;
import org.scoutfs.format.LogMergeRequest;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.SrchCompact;
import org.scoutfs.format.SuperBlock;

class AllocDetailTest {
    private record Entry(long id, boolean meta, boolean avail, long blocks) {}

    @Test
    void findsEveryPlaceWithFreeSpace() throws FsException {
        try (TestVolume volume = new TestVolume(7)) {
            ListAllocator alloc = volume.allocator(200);
            SuperBlock superBlock = new SuperBlock();
            superBlock.setMetaAlloc(0, root(1));
            superBlock.setMetaAlloc(1, root(10));
            superBlock.setDataAlloc(root(100));
            superBlock.setServerMetaAvail(0, list(1000));
            superBlock.setServerMetaAvail(1, list(10_000));
            superBlock.setServerMetaFreed(0, list(100_000));
            superBlock.setServerMetaFreed(1, list(1_000_000));

            BtreeWriter logs = new BtreeWriter(volume.cache, alloc, volume.writer, BtreeRoot.EMPTY);
            for (long rid : new long[] {7, -3}) {
                LogTrees trees = new LogTrees.Builder()
                        .rid(rid)
                        .nr(1)
                        .metaAvail(list(2))
                        .metaFreed(list(20))
                        .dataAvail(root(200))
                        .dataFreed(root(2000))
                        .build();
                logs.insert(trees.key(), bytes(LogTrees.SIZE, trees::write));
            }
            superBlock.setLogsRoot(logs.root());

            BtreeWriter srch = new BtreeWriter(volume.cache, alloc, volume.writer, BtreeRoot.EMPTY);
            srch.insert(Keys.srchLog(99), new byte[88]);
            SrchCompact compact = SrchCompact.EMPTY.withLists(list(3), list(30));
            SrchCompact busy = new SrchCompact(list(4), list(40), 66, 0, 0, compact.out(), List.of());
            srch.insert(Keys.srchPending(55), bytes(SrchCompact.SIZE, withId(compact, 55)::write));
            srch.insert(Keys.srchBusy(7, 66), bytes(SrchCompact.SIZE, busy::write));
            superBlock.setSrchRoot(srch.root());

            BtreeWriter merge = new BtreeWriter(volume.cache, alloc, volume.writer, BtreeRoot.EMPTY);
            LogMergeRequest request = new LogMergeRequest(
                    list(5), list(50), BtreeRoot.EMPTY, BtreeRoot.EMPTY, Key.ZERO, Key.MAX, 1, 7, 2, 0);
            LogMergeComplete complete =
                    new LogMergeComplete(list(6), list(60), BtreeRoot.EMPTY, Key.ZERO, Key.MAX, Key.MAX, 8, 3, 0);
            merge.insert(Keys.mergeStatus(), new byte[56]);
            merge.insert(Keys.mergeRequest(7, 2), bytes(LogMergeRequest.SIZE, request::write));
            merge.insert(Keys.mergeComplete(3), bytes(LogMergeComplete.SIZE, complete::write));
            merge.insert(Keys.mergeFreeing(4), new byte[64]);
            superBlock.setLogMerge(merge.root());

            AllocDetail detail = new AllocDetail(new BtreeReader(volume.cache));
            List<Entry> entries = new ArrayList<>();
            detail.forEach(superBlock, (id, meta, avail, blocks) -> entries.add(new Entry(id, meta, avail, blocks)));
            List<Entry> expected = new ArrayList<>(List.of(
                    new Entry(0, true, true, 1),
                    new Entry(0, true, true, 10),
                    new Entry(0, false, true, 100),
                    new Entry(1, true, true, 1000),
                    new Entry(1, true, true, 10_000),
                    new Entry(1, true, false, 100_000),
                    new Entry(1, true, false, 1_000_000)));
            for (long rid : new long[] {7, -3}) {
                expected.add(new Entry(rid, true, true, 2));
                expected.add(new Entry(rid, true, false, 20));
                expected.add(new Entry(rid, false, true, 200));
                expected.add(new Entry(rid, false, false, 2000));
            }
            expected.addAll(List.of(
                    new Entry(55, true, true, 3),
                    new Entry(55, true, false, 30),
                    new Entry(66, true, true, 4),
                    new Entry(66, true, false, 40),
                    new Entry(7, true, true, 5),
                    new Entry(7, true, false, 50),
                    new Entry(8, true, true, 6),
                    new Entry(8, true, false, 60)));
            assertThat(entries).containsExactlyElementsOf(expected);
            assertThat(detail.totals(superBlock))
                    .isEqualTo(new AllocDetail.Totals(1_111_011 + 2 * 22 + 33 + 44 + 55 + 66, 100 + 2 * 2200));

            srch.force(Keys.srchPending(56), new byte[10]);
            superBlock.setSrchRoot(srch.root());
            assertThatThrownBy(() -> detail.totals(superBlock)).isInstanceOf(CorruptionException.class);
            alloc.prepareCommit();
        }
    }

    private static SrchCompact withId(SrchCompact compact, long id) {
        return new SrchCompact(compact.metaAvail(), compact.metaFreed(), id, 0, 0, compact.out(), List.of());
    }

    private static AllocExtentRoot root(long totalLen) {
        return new AllocExtentRoot(totalLen, 0, BtreeRoot.EMPTY);
    }

    private static AllocListHead list(long totalNr) {
        return new AllocListHead(BlockReference.ZERO, totalNr, 0, 0);
    }

    private interface Structure {
        void write(MemorySegment segment, long offset);
    }

    private static byte[] bytes(int size, Structure structure) {
        byte[] bytes = new byte[size];
        structure.write(MemorySegment.ofArray(bytes), 0);
        return bytes;
    }
}
