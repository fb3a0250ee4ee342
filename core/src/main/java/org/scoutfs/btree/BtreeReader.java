package org.scoutfs.btree;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.scoutfs.block.Block;
import org.scoutfs.block.BlockCache;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.FsException;
import org.scoutfs.error.StaleException;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.Magic;

/**
 * Reads trees (spec 2 sections 3.6 and 3.7). Keeps no state: one object serves all threads and all trees of a cache.
 *
 * <p>Trees whose root is stable need no lock. A tree with dirty blocks is read under what serialises its writer. Every method throws {@link
 * StaleException} when the tree was rewritten since the root was taken and blocks of it were used again ({@link
 * org.scoutfs.block.StaleCheck}), {@link CorruptionException} for a tree that cannot be, and whatever {@link BlockCache#read} throws.
 */
public final class BtreeReader {
    private final BlockCache cache;
    private final BtreeCounters counters;
    private final Counter lookups;
    private final Counter nexts;
    private final Counter prevs;
    private final Counter staleReads;

    public BtreeReader(BlockCache cache) {
        this.cache = cache;
        Counters all = cache.counters();
        counters = new BtreeCounters(all);
        lookups = all.get("btree_lookup");
        nexts = all.get("btree_next");
        prevs = all.get("btree_prev");
        staleReads = all.get("btree_stale_read");
    }

    /** The item of this very key, or null. */
    public @Nullable BtreeItem lookup(BtreeRoot root, Key key) throws FsException {
        lookups.increment();
        if (isEmpty(root)) {
            return null;
        }
        try (Block leaf = leaf(root, key)) {
            int link = LeafHash.find(leaf.data(), key);
            return link == 0 ? null : Node.item(leaf.data(), link);
        }
    }

    /** Shows the item of this very key to the visitor without copying it; false if there is none. */
    public boolean lookup(BtreeRoot root, Key key, ItemVisitor visitor) throws FsException {
        lookups.increment();
        if (isEmpty(root)) {
            return false;
        }
        try (Block leaf = leaf(root, key)) {
            int link = LeafHash.find(leaf.data(), key);
            if (link == 0) {
                return false;
            }
            show(leaf.data(), link, key, visitor);
            return true;
        }
    }

    /** The first item at or after {@code key}, or null. */
    public @Nullable BtreeItem next(BtreeRoot root, Key key) throws FsException {
        nexts.increment();
        if (isEmpty(root)) {
            return null;
        }
        Path path = new Path();
        for (Key from = key; ; from = path.end.increment()) {
            try (Block leaf = leaf(root, from, path)) {
                int link = Node.ceiling(leaf.data(), from);
                if (link != 0) {
                    return Node.item(leaf.data(), link);
                }
                if (path.end.equals(Key.MAX)) {
                    return null;
                }
            }
        }
    }

    /** The last item at or before {@code key}, or null. */
    public @Nullable BtreeItem prev(BtreeRoot root, Key key) throws FsException {
        prevs.increment();
        if (isEmpty(root)) {
            return null;
        }
        Path path = new Path();
        for (Key from = key; ; from = path.start.decrement()) {
            try (Block leaf = leaf(root, from, path)) {
                int link = Node.floor(leaf.data(), from);
                if (link != 0) {
                    return Node.item(leaf.data(), link);
                }
                if (path.start.equals(Key.ZERO)) {
                    return null;
                }
            }
        }
    }

    /**
     * Shows the items within [start, end] of the one leaf that {@code key} belongs to, in order, until the visitor has seen enough.
     *
     * @return the part of [start, end] that the leaf covers, whether the visitor saw all of it or not; all of it for an empty tree
     */
    public LeafRange readItems(BtreeRoot root, Key key, Key start, Key end, ItemVisitor visitor) throws FsException {
        if (isEmpty(root)) {
            return new LeafRange(start, end);
        }
        Path path = new Path();
        try (Block leaf = leaf(root, key, path)) {
            LeafRange range = new LeafRange(Key.max(start, path.start), Key.min(end, path.end));
            showRange(leaf.data(), range.start(), range.end(), visitor);
            return range;
        }
    }

    /** Shows all items within [start, end] in order, until the visitor has seen enough. */
    public void forEach(BtreeRoot root, Key start, Key end, ItemVisitor visitor) throws FsException {
        if (isEmpty(root) || start.compareTo(end) > 0) {
            return;
        }
        Path path = new Path();
        path.readahead = true;
        for (Key from = start; ; from = path.end.increment()) {
            try (Block leaf = leaf(root, from, path)) {
                if (!showRange(leaf.data(), from, end, visitor) || path.end.compareTo(end) >= 0) {
                    return;
                }
            }
        }
    }

    /** The keys below the last parent on the way to {@code key}; all keys if the tree is no higher than 2. */
    public LeafRange parentRange(BtreeRoot root, Key key) throws FsException {
        checkRoot(root);
        if (root.height() <= 2) {
            return LeafRange.ALL;
        }
        Path path = new Path();
        descend(root, key, 1, path).close();
        return new LeafRange(path.start, path.end);
    }

    /** The last parent on the way to {@code key} as a root of height 2; the whole root if the tree is no higher than that. */
    public BtreeRoot getParent(BtreeRoot root, Key key) throws FsException {
        checkRoot(root);
        if (root.height() <= 2) {
            return root;
        }
        try (Block parent = descend(root, key, 1, null)) {
            return new BtreeRoot(parent.reference(), 2);
        }
    }

    /** Number of blocks of the tree. Reads its parents, not its leaves. */
    public long countBlocks(BtreeRoot root) throws FsException {
        if (isEmpty(root)) {
            return 0;
        }
        return root.height() == 1
                ? 1
                : countBlocks(root.ref().blkno(), root.ref().seq(), root.height() - 1);
    }

    private long countBlocks(long blkno, long seq, int level) throws FsException {
        try (Block block = read(blkno, seq, level)) {
            MemorySegment data = block.data();
            if (level == 1) {
                return 1L + Node.count(data);
            }
            long blocks = 1;
            for (int link = Node.first(data); link != 0; link = Node.next(data, link)) {
                blocks += countBlocks(Node.childBlkno(data, link), Node.childSeq(data, link), level - 1);
            }
            return blocks;
        }
    }

    /** The greatest key that may be in each leaf, in order. Reads the tree's parents, not its leaves. */
    public List<Key> leafEnds(BtreeRoot root) throws FsException {
        List<Key> ends = new ArrayList<>();
        if (root.height() == 1) {
            ends.add(Key.MAX);
        } else if (!isEmpty(root)) {
            addLeafEnds(root.ref().blkno(), root.ref().seq(), root.height() - 1, ends);
        }
        return ends;
    }

    private void addLeafEnds(long blkno, long seq, int level, List<Key> ends) throws FsException {
        try (Block block = read(blkno, seq, level)) {
            MemorySegment data = block.data();
            for (int link = Node.first(data); link != 0; link = Node.next(data, link)) {
                if (level == 1) {
                    ends.add(Node.key(data, link));
                } else {
                    addLeafEnds(Node.childBlkno(data, link), Node.childSeq(data, link), level - 1, ends);
                }
            }
        }
    }

    /** The range of keys that belong below the block a walk ends at. */
    static final class Path {
        Key start = Key.ZERO;
        Key end = Key.MAX;
        /** Whether the leaf after the one walked to will be wanted. */
        boolean readahead;
    }

    /** The pinned leaf for {@code key}, which the caller closes; the tree is not empty. */
    Block leaf(BtreeRoot root, Key key) throws FsException {
        return descend(root, key, 0, null);
    }

    private Block leaf(BtreeRoot root, Key key, Path path) throws FsException {
        return descend(root, key, 0, path);
    }

    /** The pinned block of {@code level} on the way to {@code key}, which the caller closes. */
    Block descend(BtreeRoot root, Key key, int level, @Nullable Path path) throws FsException {
        counters.walk.increment();
        if (path != null) {
            path.start = Key.ZERO;
            path.end = Key.MAX;
        }
        BlockReference ref = root.ref();
        Block block = read(ref.blkno(), ref.seq(), root.height() - 1);
        for (int at = root.height() - 1; at > level; at--) {
            Block parent = block;
            try (parent) {
                MemorySegment data = parent.data();
                int link = Node.ceiling(data, key);
                if (link == 0) {
                    throw counters.noChild(parent.blkno(), at, key);
                }
                if (path != null) {
                    narrow(path, data, link, at);
                }
                block = read(Node.childBlkno(data, link), Node.childSeq(data, link), at - 1);
            }
        }
        return block;
    }

    /** Reads and verifies a block that is to have {@code level}; the caller closes it. */
    Block read(long blkno, long seq, int level) throws FsException {
        Block block;
        try {
            block = cache.read(blkno, seq, Magic.BTREE);
        } catch (StaleException e) {
            staleReads.increment();
            throw e;
        }
        if (block.checked() != BlockCheck.passed(level)) {
            verify(block, level);
        }
        return block;
    }

    CorruptionException noChild(long blkno, int level, Key key) {
        return counters.noChild(blkno, level, key);
    }

    private void verify(Block block, int level) throws CorruptionException {
        boolean sane = false;
        try {
            BlockCheck.check(block);
            if (Node.level(block.data()) != level) {
                throw counters.wrongLevel(block, level);
            }
            sane = true;
        } finally {
            if (!sane) {
                block.close();
            }
        }
    }

    private void narrow(Path path, MemorySegment parent, int link, int level) {
        path.end = Node.key(parent, link);
        int before = Node.prev(parent, link);
        if (before != 0) {
            path.start = Node.key(parent, before).increment();
        }
        if (path.readahead && level == 1) {
            int after = Node.next(parent, link);
            if (after != 0) {
                cache.readahead(Node.childBlkno(parent, after));
            }
        }
    }

    /** Whether there are no blocks to read. */
    private static boolean isEmpty(BtreeRoot root) throws CorruptionException {
        checkRoot(root);
        return root.height() == 0;
    }

    static void checkRoot(BtreeRoot root) throws CorruptionException {
        BtreeCounters.checkRoot(root.ref().blkno(), root.height());
    }

    private static boolean showRange(MemorySegment leaf, Key start, Key end, ItemVisitor visitor) throws FsException {
        for (int link = Node.ceiling(leaf, start); link != 0; link = Node.next(leaf, link)) {
            Key key = Node.key(leaf, link);
            if (key.compareTo(end) > 0) {
                return true;
            }
            if (!show(leaf, link, key, visitor)) {
                return false;
            }
        }
        return true;
    }

    private static boolean show(MemorySegment leaf, int link, Key key, ItemVisitor visitor) throws FsException {
        return visitor.item(
                key,
                Node.seq(leaf, link),
                Node.flags(leaf, link),
                leaf,
                Node.valueOffset(leaf, link),
                Node.valueLength(leaf, link));
    }
}
