package org.scoutfs.btree;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.scoutfs.block.BlockAllocator;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.BlockWriter;
import org.scoutfs.block.ScratchBlock;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.error.StaleException;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.Le;

/**
 * Changes one tree for one writer (spec 2 sections 3.6 to 3.8). Every change makes the path to it dirty and moves the root, which the owner
 * stores when it commits.
 *
 * <p>Not thread-safe: whoever serialises the writer's changes serialises calls, reading ones too. After any exception the tree is whole, may
 * have moved, and has or has not the change as the method says; no pins are left behind. Besides what is stated, every method throws
 * {@link StaleException} and {@link CorruptionException} as {@link BtreeReader} does, and ENOSPC or EIO of the allocator.
 */
public final class BtreeWriter {
    /** Leaves that one step of {@link #insertList} makes at most; bounds the memory of its plan. */
    private static final int LEAVES_AT_ONCE = 32;

    private final DirtyTree tree;
    private final BtreeReader reader;
    private final Counter inserts;
    private final Counter updates;
    private final Counter forces;
    private final Counter deletes;
    private final Counter dirties;

    private @Nullable LeafChanges changes;

    /**
     * @param writer collects the dirty blocks; goes with {@code allocator}
     * @param initial root to start from, {@link BtreeRoot#EMPTY} for a new tree
     */
    public BtreeWriter(BlockCache cache, BlockAllocator allocator, BlockWriter writer, BtreeRoot initial) {
        Counters all = cache.counters();
        tree = new DirtyTree(cache, allocator, writer, initial, new BtreeCounters(all));
        reader = new BtreeReader(cache);
        inserts = all.get("btree_insert");
        updates = all.get("btree_update");
        forces = all.get("btree_force");
        deletes = all.get("btree_delete");
        dirties = all.get("btree_dirty");
    }

    /** The tree as it is now; to be stored with the commit that writes its blocks. */
    public BtreeRoot root() {
        return tree.root();
    }

    /** Goes on with another tree, or with an earlier state of this one whose dirty blocks were forgotten. */
    public void setRoot(BtreeRoot root) {
        tree.setRoot(root);
    }

    /** As {@link BtreeReader#lookup(BtreeRoot, Key)}. */
    public @Nullable BtreeItem lookup(Key key) throws FsException {
        return reader.lookup(root(), key);
    }

    /** As {@link BtreeReader#next}. */
    public @Nullable BtreeItem next(Key key) throws FsException {
        return reader.next(root(), key);
    }

    /** As {@link BtreeReader#prev}. */
    public @Nullable BtreeItem prev(Key key) throws FsException {
        return reader.prev(root(), key);
    }

    /**
     * Adds an item with seq and flags 0, as the server's trees have them.
     *
     * @throws FsException EEXIST if there is one; EINVAL if the value is longer than 896 bytes
     */
    public void insert(Key key, byte[] value) throws FsException {
        insert(key, 0, 0, value);
    }

    /**
     * Adds an item.
     *
     * @throws FsException EEXIST if there is one; EINVAL if the value is longer than 896 bytes
     */
    public void insert(Key key, long seq, int flags, byte[] value) throws FsException {
        inserts.increment();
        MemorySegment leaf = walkToInsert(key, value);
        if (LeafHash.find(leaf, key) != 0) {
            throw new FsException(Errno.EEXIST);
        }
        Node.insert(leaf, key, seq, flags, value);
    }

    /**
     * Gives an item another value; its seq and flags stay.
     *
     * @throws FsException ENOENT if there is none; EINVAL if the value is longer than 896 bytes
     */
    public void update(Key key, byte[] value) throws FsException {
        updates.increment();
        checkLength(value);
        MemorySegment leaf = walkToItem(key);
        int link = LeafHash.find(leaf, key);
        if (!Node.canResize(leaf, link, value.length)) {
            leaf = walkToInsert(key, value);
            link = LeafHash.find(leaf, key);
        }
        store(leaf, link, value);
    }

    /**
     * Gives an item another value, its seq and flags stay; or adds one with seq and flags 0 if there is none.
     *
     * @throws FsException EINVAL if the value is longer than 896 bytes
     */
    public void force(Key key, byte[] value) throws FsException {
        forces.increment();
        MemorySegment leaf = walkToInsert(key, value);
        int link = LeafHash.find(leaf, key);
        if (link == 0) {
            Node.insert(leaf, key, 0, 0, value);
        } else {
            store(leaf, link, value);
        }
    }

    /**
     * Removes an item. The tree becomes empty with its last one.
     *
     * @throws FsException ENOENT if there is none
     */
    public void delete(Key key) throws FsException {
        deletes.increment();
        MemorySegment leaf = tree.walk(key, 0, DirtyTree.DELETE);
        int link = leaf == null ? 0 : LeafHash.find(leaf, key);
        if (leaf == null || link == 0) {
            throw new FsException(Errno.ENOENT);
        }
        Node.delete(leaf, link);
        if (Node.count(leaf) == 0 && !tree.leafHasParent()) {
            tree.removeRootLeaf();
        }
    }

    /**
     * Makes the path to an item dirty, so that changing it later in this transaction can only fail for want of blocks to split and join
     * with.
     *
     * @throws FsException ENOENT if there is no such item
     */
    public void dirty(Key key) throws FsException {
        dirties.increment();
        walkToItem(key);
    }

    /** Splits and joins what needs it on the way to a key, as if an item of any size came and went there. */
    public void rebalance(Key key) throws FsException {
        if (tree.height() > 0) {
            tree.walk(key, BtreeBlock.MAX_VALUE_LEN, DirtyTree.INSERT | DirtyTree.DELETE);
        }
    }

    /**
     * Replaces the last parent on the way to {@code key} by the root of height 2 that came of merging into it, or the whole root if the
     * tree is no higher than 2. Frees and allocates nothing for the replaced part.
     *
     * @throws FsException EINVAL if the tree is higher than 2 and {@code parent} has another height than 2
     */
    public void setParent(Key key, BtreeRoot parent) throws FsException {
        tree.setParent(key, parent);
    }

    /**
     * Adds items, or overwrites those there are with value, seq and flags (spec 2 section 3.8). Delta items add up instead and take the new
     * seq; nothing is ever removed: a deletion is an item. Leaves are laid out in one pass each, and where several items follow each other,
     * in as many leaves as they fill.
     *
     * @throws FsException some of the items are in the tree then: the caller goes back to the root it had before
     */
    public void insertList(ItemList items) throws FsException {
        LeafChanges list = changes;
        if (list == null) {
            list = new LeafChanges(tree, LeafUpdate.Policy.INSERT, LEAVES_AT_ONCE);
            changes = list;
        }
        try (ScratchBlock scratch = tree.lendScratch()) {
            for (int i = 0; i < items.size(); ) {
                MemorySegment leaf = tree.walk(items.key(i), 0, DirtyTree.CHILDREN);
                if (leaf == null) {
                    throw new IllegalStateException("a walk that inserts found no leaf");
                }
                i += list.apply(leaf, items, i, scratch.data());
            }
        }
    }

    private static void checkLength(byte[] value) throws FsException {
        if (value.length > BtreeBlock.MAX_VALUE_LEN) {
            throw new FsException(
                    Errno.EINVAL,
                    "value of " + value.length + " bytes, at most " + BtreeBlock.MAX_VALUE_LEN + " are possible");
        }
    }

    private MemorySegment walkToInsert(Key key, byte[] value) throws FsException {
        checkLength(value);
        MemorySegment leaf = tree.walk(key, value.length, DirtyTree.INSERT);
        if (leaf == null) {
            throw new IllegalStateException("a walk that inserts found no leaf");
        }
        return leaf;
    }

    private MemorySegment walkToItem(Key key) throws FsException {
        MemorySegment leaf = tree.walk(key, 0, 0);
        if (leaf == null || LeafHash.find(leaf, key) == 0) {
            throw new FsException(Errno.ENOENT);
        }
        return leaf;
    }

    private static void store(MemorySegment leaf, int link, byte[] value) {
        int valueOffset = Node.resizeValue(leaf, link, value.length);
        if (value.length > 0) {
            Le.putBytes(leaf, valueOffset, value);
        }
    }
}
