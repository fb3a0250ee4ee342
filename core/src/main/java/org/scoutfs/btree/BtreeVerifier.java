package org.scoutfs.btree;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.Consumer;
import org.scoutfs.block.Block;
import org.scoutfs.block.BlockCache;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.Le;
import org.scoutfs.format.Magic;

/**
 * Looks at every block of a tree and says what is wrong with it: all of spec 1 section 17.4 but what depends on the kind of items, which the
 * visitor may look at.
 *
 * <p>Goes on after a problem wherever it can. Trusts nothing it has not looked at.
 */
public final class BtreeVerifier {
    /** Sees what a tree consists of, in key order. */
    public interface Visitor {
        /**
         * A block, before it is read.
         *
         * @param end greatest key that may be below it
         * @return false to leave it and everything below it out
         */
        default boolean block(BlockReference ref, int level, Key end) {
            return true;
        }

        /** An item of a leaf that is sane; the value is {@code valueLength} bytes at {@code valueOffset} of {@code block}. */
        default void item(Key key, long seq, int flags, MemorySegment block, long valueOffset, int valueLength) {}
    }

    private final BlockCache cache;
    private final boolean deletions;
    private final Visitor visitor;
    private final Consumer<String> problems;

    /**
     * @param deletions whether deletion items may occur: only in item trees of log trees
     * @param problems is given a sentence for each problem
     */
    public BtreeVerifier(BlockCache cache, boolean deletions, Visitor visitor, Consumer<String> problems) {
        this.cache = cache;
        this.deletions = deletions;
        this.visitor = visitor;
        this.problems = problems;
    }

    /** Looks at a whole tree. Device errors and stale blocks are problems like others. */
    public void verify(BtreeRoot root) {
        verify(root, Key.MAX);
    }

    /** As {@link #verify(BtreeRoot)} for a tree that was cut out of a larger one: its last key is what the parent there said. */
    public void verifySubtree(BtreeRoot root) {
        Key end = Key.MAX;
        if (root.height() > 1) {
            try (Block block = cache.read(root.ref(), Magic.BTREE)) {
                if (BlockCheck.problem(block.data()) == null) {
                    end = Node.key(block.data(), Node.last(block.data()));
                }
            } catch (FsException e) {
                // reported when it is read again
                end = Key.MAX;
            }
        }
        verify(root, end);
    }

    private void verify(BtreeRoot root, Key end) {
        BlockReference ref = root.ref();
        if (root.height() > BtreeBlock.MAX_HEIGHT || (root.height() == 0) != ref.isZero()) {
            problems.accept("btree root: height is " + root.height() + " with block " + ref.blkno());
            return;
        }
        if (root.height() > 0) {
            verify(ref, root.height() - 1, Key.ZERO, end);
        }
    }

    /** Start is the first key that may be below the block, end the last. */
    private void verify(BlockReference ref, int level, Key start, Key end) {
        if (!visitor.block(ref, level, end)) {
            return;
        }
        try (Block block = cache.read(ref, Magic.BTREE)) {
            MemorySegment data = block.data();
            String problem = Node.level(data) != level
                    ? "level is " + Node.level(data) + ", expected " + level
                    : BlockCheck.problem(data);
            if (problem != null) {
                report(ref, problem);
                return;
            }
            new Contents(ref, data, level).verify(start, end);
            if (level > 0) {
                verifyChildren(data, level, start);
            }
        } catch (FsException e) {
            report(ref, e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    private void verifyChildren(MemorySegment parent, int level, Key start) {
        Key childStart = start;
        for (int link = Node.first(parent); link != 0; link = Node.next(parent, link)) {
            Key childEnd = Node.key(parent, link);
            BlockReference child = new BlockReference(Node.childBlkno(parent, link), Node.childSeq(parent, link));
            verify(child, level - 1, childStart, childEnd);
            childStart = childEnd.increment();
        }
    }

    private void report(BlockReference ref, String problem) {
        problems.accept("btree block " + ref.blkno() + ": " + problem);
    }

    /** One block whose offsets and links are in order. */
    private final class Contents {
        private final BlockReference ref;
        private final MemorySegment data;
        private final int level;
        private final int count;

        Contents(BlockReference ref, MemorySegment data, int level) {
            this.ref = ref;
            this.data = data;
            this.level = level;
            this.count = Node.count(data);
        }

        void verify(Key start, Key end) {
            for (int off = BtreeBlock.LEVEL_PAD; off < BtreeBlock.ITEMS; off++) {
                if (Le.u8(data, off) != 0) {
                    report(ref, "pad at " + off + " is not zero");
                }
            }
            verifyValues();
            for (int link = Node.first(data); link != 0; link = Node.next(data, link)) {
                verifyItem(link, start, end);
            }
            if (level > 0) {
                verifyParent(end);
            }
        }

        private void verifyItem(int link, Key start, Key end) {
            Key key = Node.key(data, link);
            if (key.compareTo(start) < 0 || key.compareTo(end) > 0) {
                report(ref, "key " + key + " is outside of " + start + " .. " + end);
            }
            verifyBalance(link, key);
            int item = link + BtreeBlock.LINK_BASE;
            long last = Le.u64(data, item + (long) BtreeBlock.ITEM_VAL_OFF);
            if (Le.u8(data, item + (long) BtreeBlock.ITEM_NODE_PAD) != 0 || last >>> 40 != 0) {
                report(ref, "item " + key + ": a pad is not zero");
            }
            int flags = Node.flags(data, link);
            int valueLength = Node.valueLength(data, link);
            if (level > 0) {
                if (flags != 0 || Node.seq(data, link) != 0) {
                    report(ref, "parent item " + key + ": seq or flags are not zero");
                }
                return;
            }
            boolean deletion = (flags & BtreeBlock.ITEM_FLAG_DELETION) != 0;
            if ((flags & ~BtreeBlock.ITEM_FLAG_DELETION) != 0 || (deletion && (!deletions || valueLength != 0))) {
                report(ref, "item " + key + ": flags " + flags + " with a value of " + valueLength + " bytes");
            }
            if (LeafHash.find(data, key) != link) {
                report(ref, "item " + key + ": not found through the hash table");
            }
            visitor.item(key, Node.seq(data, link), flags, data, Node.valueOffset(data, link), valueLength);
        }

        private void verifyBalance(int link, Key key) {
            int left = height(Node.left(data, link));
            int right = height(Node.right(data, link));
            int height = height(link);
            if (count == 2 && link == Node.root(data) && height == 0 && left == 1 && right == 0) {
                // As mkfs writes its leaves.
                return;
            }
            if (height != 1 + Math.max(left, right) || Math.abs(left - right) > 1) {
                report(ref, "item " + key + ": height " + height + " above " + left + " and " + right);
            }
        }

        private int height(int link) {
            return link == 0 ? 0 : Le.u8(data, link + BtreeBlock.LINK_BASE + (long) BtreeBlock.ITEM_HEIGHT);
        }

        private void verifyValues() {
            long[] values = new long[count];
            int n = 0;
            for (int i = 0; i < count; i++) {
                int link = Node.link(i);
                if (Node.valueLength(data, link) > 0) {
                    values[n++] = (long) Node.valueOffset(data, link) << 16 | Node.valueLength(data, link);
                }
            }
            Arrays.sort(values, 0, n);
            for (int i = 1; i < n; i++) {
                long endBefore = (values[i - 1] >>> 16) + BtreeBlock.paddedLength((int) (values[i - 1] & 0xffff));
                if (endBefore > values[i] >>> 16) {
                    report(ref, "values overlap at " + (values[i] >>> 16));
                }
            }
        }

        private void verifyParent(Key end) {
            if (count < 2) {
                report(ref, "parent with one child");
            }
            Key last = Node.key(data, Node.last(data));
            if (!last.equals(end)) {
                report(ref, "last key is " + last + ", its parent says " + end);
            }
        }
    }
}
