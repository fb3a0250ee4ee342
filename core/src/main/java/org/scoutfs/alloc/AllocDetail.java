package org.scoutfs.alloc;

import java.lang.foreign.MemorySegment;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.btree.ItemVisitor;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocExtentRoot;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.LogMergeComplete;
import org.scoutfs.format.LogMergeRequest;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.SrchCompact;
import org.scoutfs.format.SuperBlock;

/**
 * Finds every place of a volume that has free space (spec 2 section 11.3, spec 5 ALLOC_DETAIL). Whatever a committed super block
 * refers to is summed without locks; a reader that is too slow gets {@link org.scoutfs.error.StaleException} and starts again from
 * nothing with a newer super block, comparing (logs_root, srch_root) with {@link org.scoutfs.block.StaleCheck}.
 */
public final class AllocDetail {
    /** Of the volume's free extents. */
    public static final long ID_VOLUME = 0;
    /** Of the server's lists. */
    public static final long ID_SERVER = 1;

    /** Called once per list or extent root, also for empty ones. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * @param id {@link #ID_VOLUME}, {@link #ID_SERVER}, a mount's rid or a srch compaction's id
         * @param meta whether blocks are large metadata blocks, else small data blocks
         * @param avail whether it is allocated from, else freed into
         */
        void entry(long id, boolean meta, boolean avail, long blocks);
    }

    /**
     * Sums of all entries.
     *
     * @param metaBlocks large blocks
     * @param dataBlocks small blocks
     */
    public record Totals(long metaBlocks, long dataBlocks) {}

    private final BtreeReader reader;

    public AllocDetail(BtreeReader reader) {
        this.reader = reader;
    }

    /** Visits all entries: volume, server, mounts in key order, srch compactions, merge requests, merge completions. */
    public void forEach(SuperBlock superBlock, Visitor visitor) throws FsException {
        for (int i = 0; i < 2; i++) {
            visitor.entry(ID_VOLUME, true, true, superBlock.metaAlloc(i).totalLen());
        }
        visitor.entry(ID_VOLUME, false, true, superBlock.dataAlloc().totalLen());
        for (int i = 0; i < 2; i++) {
            visitor.entry(ID_SERVER, true, true, superBlock.serverMetaAvail(i).totalNr());
        }
        for (int i = 0; i < 2; i++) {
            visitor.entry(ID_SERVER, true, false, superBlock.serverMetaFreed(i).totalNr());
        }
        items(superBlock.logsRoot(), Keys.logTrees(0, 0), Keys.logTrees(-1, -1), LogTrees.SIZE, (value, off) -> {
            LogTrees trees = LogTrees.read(value, off);
            lists(visitor, trees.rid(), trees.metaAvail(), trees.metaFreed());
            roots(visitor, trees.rid(), trees.dataAvail(), trees.dataFreed());
        });
        Structure compaction = (value, off) -> {
            SrchCompact compact = SrchCompact.read(value, off);
            lists(visitor, compact.id(), compact.metaAvail(), compact.metaFreed());
        };
        items(superBlock.srchRoot(), Keys.srchPending(0), Keys.srchBusy(-1, -1), SrchCompact.SIZE, compaction);
        items(
                superBlock.logMerge(),
                Keys.mergeRequest(0, 0),
                Keys.mergeRequest(-1, -1),
                LogMergeRequest.SIZE,
                (value, off) -> {
                    LogMergeRequest request = LogMergeRequest.read(value, off);
                    lists(visitor, request.rid(), request.metaAvail(), request.metaFreed());
                });
        items(
                superBlock.logMerge(),
                Keys.mergeComplete(0),
                Keys.mergeComplete(-1),
                LogMergeComplete.SIZE,
                (value, off) -> {
                    LogMergeComplete complete = LogMergeComplete.read(value, off);
                    lists(visitor, complete.rid(), complete.metaAvail(), complete.metaFreed());
                });
    }

    /** Sums all entries. */
    public Totals totals(SuperBlock superBlock) throws FsException {
        long[] sums = new long[2];
        forEach(superBlock, (id, meta, avail, blocks) -> sums[meta ? 0 : 1] += blocks);
        return new Totals(sums[0], sums[1]);
    }

    @FunctionalInterface
    private interface Structure {
        void read(MemorySegment segment, long offset);
    }

    private void items(BtreeRoot root, Key start, Key end, int size, Structure structure) throws FsException {
        if (root.isEmpty()) {
            return;
        }
        ItemVisitor visitor = (key, seq, flags, block, offset, length) -> {
            if (length != size) {
                throw new CorruptionException("item " + key + " has a value of " + length + " bytes, expected " + size);
            }
            structure.read(block, offset);
            return true;
        };
        reader.forEach(root, start, end, visitor);
    }

    private static void lists(Visitor visitor, long id, AllocListHead avail, AllocListHead freed) {
        visitor.entry(id, true, true, avail.totalNr());
        visitor.entry(id, true, false, freed.totalNr());
    }

    private static void roots(Visitor visitor, long id, AllocExtentRoot avail, AllocExtentRoot freed) {
        visitor.entry(id, false, true, avail.totalLen());
        visitor.entry(id, false, false, freed.totalLen());
    }
}
