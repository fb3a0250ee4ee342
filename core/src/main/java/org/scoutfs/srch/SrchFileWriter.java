package org.scoutfs.srch;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.scoutfs.block.Block;
import org.scoutfs.block.BlockAllocator;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.BlockWriter;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.SrchEntry;
import org.scoutfs.format.SrchFile;
import org.scoutfs.format.SrchParent;

/**
 * Appends entries to a srch file (spec 2 section 10.2): the log of a mount's transaction, or the output of a compaction.
 *
 * <p>The last leaf is moved to a new number at the first append of a transaction and held until {@link #prepareCommit}. An append that
 * fails has not changed the file; what it appended is undone by appending the same entry again. Bounds are true minima and maxima.
 *
 * <p>Not safe for threads: the caller holds one mutex over all calls. The blocks are dirty in the transaction's writer, which other
 * structures use at the same time.
 */
public final class SrchFileWriter implements AutoCloseable {
    private final BlockCache cache;
    private final BlockAllocator alloc;
    private final BlockWriter writer;
    private final Counter added;

    private SrchEntry first;
    private SrchEntry last;
    private BlockReference root;
    private long blocks;
    private long entries;
    private int height;
    private @Nullable SrchLeafWriter leaf;
    /** The next entry opens a new leaf whatever room the last one has. */
    private boolean leafEnded;

    public SrchFileWriter(
            BlockCache cache, BlockAllocator alloc, BlockWriter writer, Counters counters, SrchFile initial) {
        this.cache = cache;
        this.alloc = alloc;
        this.writer = writer;
        this.added = counters.get("srch_add_entry");
        this.first = initial.first();
        this.last = initial.last();
        this.root = initial.ref();
        this.blocks = initial.blocks();
        this.entries = initial.entries();
        this.height = initial.height();
    }

    /** Appends one entry. Takes blocks from the allocator: one per level at the first append, then one or few per new leaf. */
    public void append(SrchEntry entry) throws FsException {
        openLeaf().append(entry);
        if (entries == 0) {
            first = entry;
            last = entry;
        } else if (entry.compareTo(first) < 0) {
            first = entry;
        } else if (entry.compareTo(last) > 0) {
            last = entry;
        }
        entries++;
        added.increment();
    }

    /** The file to commit. */
    public SrchFile file() {
        return new SrchFile(first, last, root, blocks, entries, height);
    }

    /** Lets go of the last leaf; before each write-out. The next append takes it up again. */
    public void prepareCommit() {
        if (leaf != null) {
            leaf.close();
            leaf = null;
        }
    }

    /** As {@link #prepareCommit}. */
    @Override
    public void close() {
        prepareCommit();
    }

    /** Makes the next entry open a new leaf. */
    void endLeaf() {
        prepareCommit();
        leafEnded = blocks > 0;
    }

    /** Whether the file has no leaf. */
    boolean atStart() {
        return blocks == 0;
    }

    int height() {
        return height;
    }

    /** Whether the next append opens a leaf. */
    boolean atLeafEnd() {
        return leaf == null ? leafEnded || blocks == 0 : leaf.isFull();
    }

    /** The leaf that entries go to now, null between leaves. */
    @Nullable
    SrchLeafWriter leaf() {
        return leaf;
    }

    private SrchLeafWriter openLeaf() throws FsException {
        SrchLeafWriter open = leaf;
        if (open == null && blocks > 0 && !leafEnded) {
            open = new SrchLeafWriter(SrchRadix.checkedLeaf(dirtyLastLeaf()));
            leaf = open;
        }
        if (open == null || open.isFull()) {
            SrchLeafWriter next = new SrchLeafWriter(addLeaf());
            prepareCommit();
            open = next;
            leaf = next;
            leafEnded = false;
        }
        return open;
    }

    private Block dirtyLastLeaf() throws FsException {
        SrchRadix.check(file());
        long number = blocks - 1;
        Block block = dirtyRoot();
        for (int level = height - 1; level > 0; level--) {
            try (Block parent = block) {
                block = dirtyChild(parent, number, level);
            }
        }
        return block;
    }

    private Block dirtyRoot() throws FsException {
        Block block = cache.dirty(alloc, writer, root, SrchRadix.magic(height - 1));
        root = block.reference();
        return block;
    }

    private Block dirtyChild(Block parent, long number, int level) throws FsException {
        int index = SrchParent.index(number, level);
        BlockReference ref = SrchRadix.child(file(), parent, index, level);
        Block child = cache.dirty(alloc, writer, ref, SrchRadix.magic(level - 1));
        SrchParent.setRef(parent.data(), 0, index, child.reference());
        return child;
    }

    /**
     * Makes leaf number {@code blocks}. All new blocks, the leaf and the parents above it that do not exist yet, are made before the
     * last step links them, so that a failure leaves no half-grown radix behind.
     */
    private Block addLeaf() throws FsException {
        if (blocks > 0) {
            SrchRadix.check(file());
        }
        int newHeight = Math.max(height, SrchParent.heightFor(blocks + 1));
        List<Block> made = new ArrayList<>(newHeight);
        try {
            if (newHeight > height) {
                makePath(made, newHeight);
                if (height > 0) {
                    SrchParent.setRef(made.getLast().data(), 0, 0, root);
                }
                root = made.getLast().reference();
                height = newHeight;
            } else {
                linkPath(made);
            }
            blocks++;
            return made.removeFirst();
        } catch (FsException | RuntimeException e) {
            takeBack(made, e);
            throw e;
        } finally {
            made.forEach(Block::close);
        }
    }

    /** Makes new blocks from the new leaf upwards, {@code levels} of them, each linked to the one below. */
    private void makePath(List<Block> made, int levels) throws FsException {
        for (int level = 0; level < levels; level++) {
            Block block = cache.dirty(alloc, writer, BlockReference.ZERO, SrchRadix.magic(level));
            made.add(block);
            if (level > 0) {
                SrchParent.setRef(
                        block.data(),
                        0,
                        SrchParent.index(blocks, level),
                        made.get(level - 1).reference());
            }
        }
    }

    /** Walks down to the last parent that exists on the way to the new leaf, and links a new path there. */
    private void linkPath(List<Block> made) throws FsException {
        Block parent = dirtyRoot();
        try {
            for (int level = height - 1; ; level--) {
                int index = SrchParent.index(blocks, level);
                if (SrchParent.ref(parent.data(), 0, index).isZero()) {
                    makePath(made, level);
                    SrchParent.setRef(parent.data(), 0, index, made.getLast().reference());
                    return;
                }
                if (level == 1) {
                    throw new CorruptionException("srch file with root " + root.blkno() + " has a leaf " + blocks
                            + ", expected no more than " + blocks + " leaves");
                }
                Block child = dirtyChild(parent, blocks, level);
                parent.close();
                parent = child;
            }
        } finally {
            parent.close();
        }
    }

    private void takeBack(List<Block> made, Exception cause) {
        for (Block block : made) {
            cache.forget(block, writer);
            try {
                alloc.free(block.blkno());
            } catch (FsException e) {
                cause.addSuppressed(e);
            }
        }
    }
}
