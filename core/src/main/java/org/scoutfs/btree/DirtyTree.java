package org.scoutfs.btree;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.scoutfs.block.Block;
import org.scoutfs.block.BlockAllocator;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.BlockWriter;
import org.scoutfs.block.ScratchBlock;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.Magic;

/**
 * A tree that one writer changes: the walk that makes a path dirty, and everything that changes the shape of the tree (spec 2 sections 3.3
 * to 3.5).
 *
 * <p>Blocks on the way down are made dirty through a reference that lives in an already dirty parent, and splits and joins are done before
 * going on, so that a parent always has room for one more child when the child is split. After any of them the walk starts again.
 *
 * <p>Dirty blocks are used here without pins: the writer's own pin keeps them until they are written or forgotten, which never happens
 * during an operation. So nothing needs to be given back when an operation fails half-way. What fails (an allocator, a read) is always done
 * before items move, so that the tree is whole after every failure.
 */
final class DirtyTree {
    /** Make room for an item in the leaf, and for a child in each parent. */
    static final int INSERT = 1;
    /** Make room for a child in each parent, none in the leaf: {@link LeafChanges} makes that itself. */
    static final int CHILDREN = 8;
    /** Join blocks that are below the low water mark. */
    static final int DELETE = 2;
    /**
     * The root is the last parent of a bigger tree: it is neither split nor joined, and walks fail with ERANGE when that is what it needs
     * (spec 2 section 3.7).
     */
    static final int SUBTREE = 4;

    /** Bytes of a parent's item. */
    static final int CHILD_BYTES = BtreeBlock.itemBytes(BlockReference.SIZE);

    /** Share of the items that a split moves to the left block when the new item goes behind the last: leaves stay nearly full. */
    private static final int APPEND_LEAF_PERCENT = 92;
    /** For parents less, so that the right one is not below the low water mark, which would hold up log merges. */
    private static final int APPEND_PARENT_PERCENT = 70;

    private static final int PERCENT = 100;

    private final BlockCache cache;
    private final BlockAllocator allocator;
    private final BlockWriter writer;
    private final BtreeCounters counters;

    private long rootBlkno;
    private long rootSeq;
    private int height;

    /** Last parent on the way of the last walk, null if the leaf is the root. */
    private @Nullable MemorySegment leafParent;

    private Key leafEnd = Key.MAX;

    DirtyTree(
            BlockCache cache, BlockAllocator allocator, BlockWriter writer, BtreeRoot initial, BtreeCounters counters) {
        this.cache = cache;
        this.allocator = allocator;
        this.writer = writer;
        this.counters = counters;
        setRoot(initial);
    }

    BtreeRoot root() {
        return height == 0 ? BtreeRoot.EMPTY : new BtreeRoot(new BlockReference(rootBlkno, rootSeq), height);
    }

    void setRoot(BtreeRoot root) {
        rootBlkno = root.ref().blkno();
        rootSeq = root.ref().seq();
        height = root.height();
    }

    int height() {
        return height;
    }

    BtreeCounters counters() {
        return counters;
    }

    ScratchBlock lendScratch() throws FsException {
        return cache.lendScratch();
    }

    /** Whether the leaf of the last walk is not the root. */
    boolean leafHasParent() {
        return leafParent != null;
    }

    /** The greatest key that belongs into the leaf of the last walk. */
    Key leafEnd() {
        return leafEnd;
    }

    /**
     * The dirty leaf for a key; null if the tree is empty and neither {@link #INSERT} nor {@link #CHILDREN} is given.
     *
     * @param valueLength with INSERT, of the value there has to be room for; otherwise 0
     * @throws FsException ERANGE with SUBTREE; whatever allocator and cache throw
     */
    @Nullable
    MemorySegment walk(Key key, int valueLength, int options) throws FsException {
        counters.walk.increment();
        BtreeCounters.checkRoot(rootBlkno, height);
        if (height == 0) {
            if ((options & (INSERT | CHILDREN)) == 0) {
                return null;
            }
            Block leaf = create(0);
            setRootTo(leaf, 1);
        }
        for (; ; counters.walkRestart.increment()) {
            MemorySegment leaf = descend(key, valueLength, options);
            if (leaf != null) {
                return leaf;
            }
        }
    }

    /** As {@link #walk}, but null after a split or join: the walk is to start again. */
    private @Nullable MemorySegment descend(Key key, int valueLength, int options) throws FsException {
        MemorySegment parent = null;
        int parentLink = 0;
        leafEnd = Key.MAX;
        for (int level = height - 1; ; level--) {
            Block block = parent == null ? dirtyRoot() : dirtyChild(parent, parentLink, level);
            MemorySegment data = block.data();
            if ((options & SUBTREE) != 0 && level == 1) {
                checkSubtreeRoot(data);
            } else {
                int length = level > 0 ? BlockReference.SIZE : valueLength;
                int room = level > 0 ? INSERT | DELETE | CHILDREN : INSERT | DELETE;
                if ((options & room) != 0 && split(block, level, length, key, parent, options)) {
                    return null;
                }
                if ((options & DELETE) != 0
                        && parent != null
                        && join(block, level, parent, parentLink, (options & SUBTREE) == 0)) {
                    return null;
                }
            }
            if (level == 0) {
                leafParent = parent;
                return data;
            }
            int link = Node.ceiling(data, key);
            if (link == 0) {
                throw counters.noChild(block.blkno(), level, key);
            }
            if (level == 1) {
                leafEnd = Node.key(data, link);
            }
            parent = data;
            parentLink = link;
        }
    }

    /** Removes the root leaf, which is empty. */
    void removeRootLeaf() throws FsException {
        long blkno = rootBlkno;
        setRoot(BtreeRoot.EMPTY);
        // Last: if there is no room to record it, a number is lost but the tree is right.
        allocator.free(blkno);
    }

    /**
     * Replaces the last parent on the way to {@code key} by another of the same height, or the whole root where there is none. The
     * replaced blocks are not freed: the allocators that travel with a merge account for them.
     *
     * @throws FsException EINVAL if the tree is higher than 2 and {@code root} is not of height 2
     */
    void setParent(Key key, BtreeRoot root) throws FsException {
        BtreeCounters.checkRoot(rootBlkno, height);
        if (height <= 2) {
            setRoot(root);
            return;
        }
        if (root.height() != 2) {
            throw new FsException(
                    Errno.EINVAL,
                    "a parent of height " + root.height() + " cannot replace one of height 2 in a tree of height "
                            + height);
        }
        MemorySegment parent = null;
        int parentLink = 0;
        for (int level = height - 1; level >= 2; level--) {
            Block block = parent == null ? dirtyRoot() : dirtyChild(parent, parentLink, level);
            int link = Node.ceiling(block.data(), key);
            if (link == 0) {
                throw counters.noChild(block.blkno(), level, key);
            }
            parent = block.data();
            parentLink = link;
        }
        if (parent != null) {
            Node.setChild(parent, parentLink, root.ref().blkno(), root.ref().seq());
        }
    }

    /** How many leaves more the parent of the last walk's leaf has room for; makes it all usable. */
    int roomForLeaves() throws FsException {
        MemorySegment parent = leafParent;
        if (parent == null) {
            return BtreeBlock.MAX_PARENT_ITEMS - 1;
        }
        int room = (BtreeBlock.PARENT_SPACE - Node.totalBytes(parent)) / CHILD_BYTES;
        if (Node.midFree(parent) / CHILD_BYTES < room) {
            compact(parent);
        }
        return room;
    }

    /** The parent of the last walk's leaf with room for more leaves, made of the last of {@code spare} if the leaf is the root. */
    MemorySegment parentOfLeaf(Block[] spare) {
        MemorySegment parent = leafParent;
        return parent == null ? growRoot(spare[spare.length - 1], 0) : parent;
    }

    /**
     * Splits or compacts a block that lacks room for an item. The parent has room for one more child.
     *
     * @return whether the walk is to start again
     */
    private boolean split(Block block, int level, int valueLength, Key key, @Nullable MemorySegment parent, int options)
            throws FsException {
        MemorySegment data = block.data();
        if (Node.midFree(data) >= BtreeBlock.itemBytes(valueLength)) {
            return false;
        }
        if (Node.totalBytes(data) * PERCENT / BtreeBlock.PARENT_SPACE < BtreeBlock.SPLIT_PERCENT) {
            compact(data);
            return false;
        }
        try (ScratchBlock scratch = cache.lendScratch()) {
            Block[] fresh = createAll(parent == null ? 2 : 1, level);
            Block left = fresh[0];
            MemorySegment above = parent == null ? growRoot(fresh[1], level) : parent;
            int last = Node.last(data);
            // Not with DELETE, which would join the small right block again at once.
            boolean append = (options & DELETE) == 0
                    && (level == 0
                            ? Key.compare(data, Node.keyOffset(last), key) < 0
                            : Node.ceiling(data, key) == last);
            int percent = !append ? PERCENT / 2 : level == 0 ? APPEND_LEAF_PERCENT : APPEND_PARENT_PERCENT;
            int bytes = Node.totalBytes(data) * percent / PERCENT;
            ItemMoves.split(left.data(), data, bytes, level, scratch.data());
            Node.insertChild(above, left);
        }
        counters.split.increment();
        return true;
    }

    /**
     * Joins a block that is below the low water mark with a sibling.
     *
     * @return whether the walk is to start again
     */
    private boolean join(Block block, int level, MemorySegment parent, int parentLink, boolean mayShrink)
            throws FsException {
        MemorySegment data = block.data();
        if (Node.totalBytes(data) >= BtreeBlock.JOIN_LOW_BYTES) {
            return false;
        }
        int siblingLink = Node.prev(parent, parentLink);
        boolean fromLeft = siblingLink != 0;
        if (!fromLeft) {
            siblingLink = Node.next(parent, parentLink);
            if (siblingLink == 0) {
                return false;
            }
        }
        Block sibling = dirtyChild(parent, siblingLink, level);
        MemorySegment other = sibling.data();
        boolean all = Node.totalBytes(other) <= 2 * BtreeBlock.JOIN_LOW_BYTES;
        try (ScratchBlock scratch = cache.lendScratch()) {
            if (fromLeft) {
                ItemMoves.takeFromLeft(data, other, all, level, scratch.data());
            } else {
                ItemMoves.takeFromRight(data, other, all, level, scratch.data());
            }
        }
        counters.join.increment();
        if (!all) {
            int changed = fromLeft ? siblingLink : parentLink;
            MemorySegment lower = fromLeft ? other : data;
            Node.setKey(parent, changed, Node.key(lower, Node.last(lower)));
            return true;
        }
        if (!fromLeft) {
            // The block takes over the whole range of the one that is gone, up to all ones on the right spine.
            Node.setKey(parent, parentLink, Node.key(parent, siblingLink));
        }
        Node.delete(parent, siblingLink);
        // Numbers are given back last: if there is no room to record one, it is lost but the tree is right.
        if (mayShrink && Node.count(parent) == 1 && level == height - 2) {
            long oldRoot = rootBlkno;
            setRootTo(block, height - 1);
            allocator.free(oldRoot);
        }
        allocator.free(sibling.blkno());
        return true;
    }

    private void checkSubtreeRoot(MemorySegment block) throws FsException {
        if (Node.totalBytes(block) < BtreeBlock.JOIN_LOW_BYTES) {
            throw new FsException(Errno.ERANGE, "the parent block is to be joined first");
        }
        if (Node.totalBytes(block) + CHILD_BYTES > BtreeBlock.PARENT_SPACE) {
            throw new FsException(Errno.ERANGE, "the parent block is to be split first");
        }
        if (Node.midFree(block) < CHILD_BYTES) {
            compact(block);
        }
    }

    private void compact(MemorySegment block) throws FsException {
        try (ScratchBlock scratch = cache.lendScratch()) {
            Node.compact(block, scratch.data());
        }
        counters.compactValues.increment();
    }

    /** Makes {@code fresh} the root, above the block of {@code level} that is the root now. */
    private MemorySegment growRoot(Block fresh, int level) {
        MemorySegment root = fresh.data();
        Node.init(root, level + 1);
        fresh.setChecked(BlockCheck.passed(level + 1));
        Node.insertChild(root, Key.MAX, rootBlkno, rootSeq);
        setRootTo(fresh, height + 1);
        return root;
    }

    private void setRootTo(Block block, int newHeight) {
        BlockReference ref = block.reference();
        rootBlkno = ref.blkno();
        rootSeq = ref.seq();
        height = newHeight;
    }

    private Block dirtyRoot() throws FsException {
        Block block = cache.dirty(allocator, writer, rootBlkno, rootSeq, Magic.BTREE);
        block.close();
        if (block.blkno() != rootBlkno) {
            setRootTo(block, height);
        }
        check(block, height - 1);
        return block;
    }

    private Block dirtyChild(MemorySegment parent, int link, int level) throws FsException {
        long blkno = Node.childBlkno(parent, link);
        if (blkno == 0) {
            throw new CorruptionException("btree parent of level " + (level + 1) + ": child of key "
                    + Node.key(parent, link) + " is block 0");
        }
        Block block = cache.dirty(allocator, writer, blkno, Node.childSeq(parent, link), Magic.BTREE);
        block.close();
        if (block.blkno() != blkno) {
            Node.setChild(parent, link, block.blkno(), block.reference().seq());
        }
        check(block, level);
        return block;
    }

    private void check(Block block, int level) throws CorruptionException {
        BlockCheck.check(block);
        if (block.checked() != BlockCheck.passed(level)) {
            throw counters.wrongLevel(block, level);
        }
    }

    /** New block, empty until somebody lays it out. */
    private Block create(int level) throws FsException {
        Block block = cache.dirty(allocator, writer, BlockReference.ZERO, Magic.BTREE);
        block.close();
        Node.init(block.data(), level);
        block.setChecked(BlockCheck.passed(level));
        return block;
    }

    /** New empty blocks, all or none. */
    Block[] createAll(int count, int level) throws FsException {
        Block[] blocks = new Block[count];
        for (int i = 0; i < count; i++) {
            try {
                blocks[i] = create(level);
            } catch (FsException e) {
                for (int made = 0; made < i; made++) {
                    cache.forget(blocks[made], writer);
                    allocator.free(blocks[made].blkno());
                }
                throw e;
            }
        }
        return blocks;
    }
}
