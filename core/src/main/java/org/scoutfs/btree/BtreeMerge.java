package org.scoutfs.btree;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.scoutfs.block.BlockAllocator;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.BlockWriter;
import org.scoutfs.block.ScratchBlock;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.counter.Triggers;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;

/**
 * Merges many trees that nobody changes into one that this writer changes: the work of a log merge (spec 2 section 3.9).
 *
 * <p>The seq of an item in the merged tree is not looked at: an input's item replaces, removes or adds to it. That is right only because
 * everything in the inputs of a log merge is newer than everything merged before (section 9.2). Not thread-safe.
 */
public final class BtreeMerge {
    /** Makes a merge stop after a leaf, as if a limit had been reached. */
    public static final String TRIGGER_FORCE_PARTIAL = "log_merge_force_partial";

    /** Leaves that one step makes at most, so that {@link Limits#allocatorLow()} blocks are enough for it. */
    private static final int LEAVES_AT_ONCE = 4;

    /**
     * Where a merge has to stop.
     *
     * @param dirtyBytes it begins no leaf once the writer has so many
     * @param allocatorLow nor once the allocator has fewer blocks than this to give or to take, {@link BlockAllocator#low}
     * @param windowBytes memory for items of the inputs
     */
    public record Limits(long dirtyBytes, int allocatorLow, long windowBytes) {
        /** Those of a merge request: 64 MiB, 10, 2 MiB. */
        public static final Limits REQUEST = new Limits(64L << 20, 10, 2L << 20);
    }

    /**
     * What a merge came to.
     *
     * @param root the merged tree
     * @param complete whether all of the range was merged
     * @param next if not, the first key that was not
     */
    public record Result(BtreeRoot root, boolean complete, Key next) {}

    private final BlockCache cache;
    private final BlockAllocator allocator;
    private final BlockWriter writer;
    private final Triggers triggers;
    private final Counter merges;
    private final Counter walks;
    private final Counter dirtyLimit;
    private final Counter allocatorLow;
    private final Counter inserted;
    private final Counter updated;
    private final Counter deleted;
    private final Counter combined;
    private final Counter cancelled;
    /** The trigger has fired. */
    private boolean stop;

    public BtreeMerge(BlockCache cache, BlockAllocator allocator, BlockWriter writer, Triggers triggers) {
        this.cache = cache;
        this.allocator = allocator;
        this.writer = writer;
        this.triggers = triggers;
        Counters all = cache.counters();
        merges = all.get("btree_merge");
        walks = all.get("btree_merge_walk");
        dirtyLimit = all.get("btree_merge_dirty_limit");
        allocatorLow = all.get("btree_merge_alloc_low");
        inserted = all.get("btree_merge_insert");
        updated = all.get("btree_merge_update");
        deleted = all.get("btree_merge_delete");
        combined = all.get("btree_merge_delta_combined");
        cancelled = all.get("btree_merge_delta_null");
    }

    /**
     * Merges what the inputs have within [start, end].
     *
     * @param root the tree to merge into; with {@code subtree} of height 2, which it keeps
     * @param inputs no empty trees; of items with equal seqs the first one's is taken
     * @param subtree the root is the last parent of a bigger tree: the merge stops when it needs a split or join
     * @throws FsException what was changed is to be forgotten
     */
    public Result merge(BtreeRoot root, List<BtreeRoot> inputs, Key start, Key end, boolean subtree, Limits limits)
            throws FsException {
        merges.increment();
        if (subtree && root.height() != 2) {
            throw new FsException(Errno.EINVAL, "a subtree to merge into has height " + root.height());
        }
        stop = false;
        DirtyTree tree = new DirtyTree(cache, allocator, writer, root, new BtreeCounters(cache.counters()));
        MergeWindow window = new MergeWindow(new BtreeReader(cache), inputs, limits.windowBytes(), cache.counters());
        try (ScratchBlock scratch = cache.lendScratch()) {
            for (Key from = start; ; from = window.end().increment()) {
                window.read(from, end);
                Key next = apply(tree, window, scratch.data(), subtree, limits);
                if (next != null) {
                    return new Result(tree.root(), false, next);
                }
                if (window.end().compareTo(end) >= 0) {
                    return new Result(tree.root(), true, end);
                }
                if (stop) {
                    return new Result(tree.root(), false, window.end().increment());
                }
            }
        }
    }

    /** Applies the window; returns the first key that was not applied, or null. */
    private @Nullable Key apply(
            DirtyTree tree, MergeWindow window, MemorySegment scratch, boolean subtree, Limits limits)
            throws FsException {
        LeafChanges changes = new LeafChanges(tree, LeafUpdate.Policy.MERGE, LEAVES_AT_ONCE);
        int options = subtree ? DirtyTree.SUBTREE : 0;
        boolean join = false;
        for (int i = 0; i < window.size(); ) {
            Key key = window.key(i);
            if (stop || mustStop(limits)) {
                return key;
            }
            if (tree.height() == 0 && window.isDeletion(i)) {
                i++;
                continue;
            }
            MemorySegment leaf;
            try {
                walks.increment();
                leaf = tree.walk(key, 0, options | DirtyTree.CHILDREN | (join ? DirtyTree.DELETE : 0));
            } catch (FsException e) {
                if (e.errno() == Errno.ERANGE) {
                    return key;
                }
                throw e;
            }
            if (leaf == null) {
                throw new IllegalStateException("a walk that inserts found no leaf");
            }
            boolean low = Node.totalBytes(leaf) < BtreeBlock.JOIN_LOW_BYTES;
            if (low && !join && tree.leafHasParent()) {
                join = true;
                continue;
            }
            i += changes.apply(leaf, window, i, scratch);
            count(changes.update());
            join = changes.update().joinFirst();
            stop = !join && triggers.fire(TRIGGER_FORCE_PARTIAL);
        }
        return null;
    }

    private boolean mustStop(Limits limits) {
        if (writer.dirtyBytes() >= limits.dirtyBytes()) {
            dirtyLimit.increment();
            return true;
        }
        if (allocator.low(limits.allocatorLow())) {
            allocatorLow.increment();
            return true;
        }
        return false;
    }

    private void count(LeafUpdate update) {
        inserted.add(update.inserted());
        updated.add(update.updated());
        deleted.add(update.removed());
        combined.add(update.combined());
        cancelled.add(update.cancelled());
    }
}
