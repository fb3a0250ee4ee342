package org.scoutfs.btree;

import static org.scoutfs.format.BtreeBlock.ITEM_HEIGHT;
import static org.scoutfs.format.BtreeBlock.ITEM_LEFT;
import static org.scoutfs.format.BtreeBlock.ITEM_PARENT;
import static org.scoutfs.format.BtreeBlock.ITEM_RIGHT;
import static org.scoutfs.format.BtreeBlock.ITEM_SIZE;
import static org.scoutfs.format.BtreeBlock.LINK_BASE;

import java.lang.foreign.MemorySegment;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.Key;
import org.scoutfs.format.Le;

/**
 * The AVL tree through the items of a block (spec 1 section 8.4), with links in both directions.
 *
 * <p>Stored heights are kept right but not trusted: a change recomputes them all the way to the root, and a rotation is only done where
 * its nodes exist. So blocks with stale heights, as mkfs writes them, become right as they are changed.
 */
final class ItemTree {
    private ItemTree() {}

    /** Links an item of the array, whose key is {@code key} and not in the tree yet. */
    static void insert(MemorySegment block, int link, Key key) {
        int parent = 0;
        int c = 0;
        for (int at = Node.root(block); at != 0; ) {
            parent = at;
            c = Key.compare(block, Node.keyOffset(at), key);
            at = c > 0 ? Node.left(block, at) : Node.right(block, at);
        }
        Le.put64(block, link + (long) LINK_BASE, parent | 1L << (8 * ITEM_HEIGHT));
        if (parent == 0) {
            setRoot(block, link);
        } else if (c > 0) {
            setLeft(block, parent, link);
        } else {
            setRight(block, parent, link);
        }
        rebalance(block, parent);
    }

    /** Unlinks an item; its own links are left as they are. */
    static void remove(MemorySegment block, int link) {
        int left = Node.left(block, link);
        int right = Node.right(block, link);
        int parent = Node.parent(block, link);
        if (left == 0 || right == 0) {
            replace(block, parent, link, left != 0 ? left : right);
            rebalance(block, parent);
            return;
        }
        int successor = right;
        for (int l; (l = Node.left(block, successor)) != 0; ) {
            successor = l;
        }
        int from = Node.parent(block, successor);
        if (from == link) {
            from = successor;
        } else {
            replace(block, from, successor, Node.right(block, successor));
            setRight(block, successor, right);
            setParent(block, right, successor);
        }
        setLeft(block, successor, left);
        setParent(block, left, successor);
        replace(block, parent, link, successor);
        rebalance(block, from);
    }

    /** Copies a linked item to another place of the array and makes everything in the tree that named it name the new place. */
    static void move(MemorySegment block, int from, int to) {
        MemorySegment.copy(block, from + (long) LINK_BASE, block, to + (long) LINK_BASE, ITEM_SIZE);
        replaceLink(block, Node.parent(block, to), from, to);
        int left = Node.left(block, to);
        if (left != 0) {
            setParent(block, left, to);
        }
        int right = Node.right(block, to);
        if (right != 0) {
            setParent(block, right, to);
        }
    }

    /** Links all items anew as a perfectly balanced tree. {@code links} are all of them, {@code count}, in key order. */
    static void rebuild(MemorySegment block, int[] links, int count) {
        setRoot(block, count == 0 ? 0 : links[count >>> 1]);
        rebuild(block, links, 0, count, 0);
    }

    private static void rebuild(MemorySegment block, int[] links, int start, int end, int parent) {
        int middle = (start + end) >>> 1;
        if (middle == end) {
            return;
        }
        int link = links[middle];
        long left = start < middle ? links[(start + middle) >>> 1] : 0;
        long right = middle + 1 < end ? links[(middle + 1 + end) >>> 1] : 0;
        // Sizes of siblings differ by one at most, so the height is that of the fullest tree of this size.
        int height = Integer.SIZE - Integer.numberOfLeadingZeros(end - start);
        Le.put64(
                block,
                link + (long) LINK_BASE,
                parent | left << (8 * ITEM_LEFT) | right << (8 * ITEM_RIGHT) | (long) height << (8 * ITEM_HEIGHT));
        rebuild(block, links, start, middle, link);
        rebuild(block, links, middle + 1, end, link);
    }

    /** Recomputes heights and rotates from {@code at} up to the root. */
    private static void rebalance(MemorySegment block, int at) {
        while (at != 0) {
            int left = Node.left(block, at);
            int right = Node.right(block, at);
            int balance = height(block, right) - height(block, left);
            int top = at;
            if (balance > 1 && right != 0) {
                int inner = Node.left(block, right);
                if (inner != 0 && height(block, inner) > height(block, Node.right(block, right))) {
                    rotateRight(block, right, inner);
                    right = inner;
                }
                rotateLeft(block, at, right);
                top = right;
            } else if (balance < -1 && left != 0) {
                int inner = Node.right(block, left);
                if (inner != 0 && height(block, inner) > height(block, Node.left(block, left))) {
                    rotateLeft(block, left, inner);
                    left = inner;
                }
                rotateRight(block, at, left);
                top = left;
            } else {
                updateHeight(block, at);
            }
            at = Node.parent(block, top);
        }
    }

    /** {@code child}, the right child, takes the place of {@code at}. */
    private static void rotateLeft(MemorySegment block, int at, int child) {
        int inner = Node.left(block, child);
        setRight(block, at, inner);
        if (inner != 0) {
            setParent(block, inner, at);
        }
        replace(block, Node.parent(block, at), at, child);
        setLeft(block, child, at);
        setParent(block, at, child);
        updateHeight(block, at);
        updateHeight(block, child);
    }

    /** {@code child}, the left child, takes the place of {@code at}. */
    private static void rotateRight(MemorySegment block, int at, int child) {
        int inner = Node.right(block, child);
        setLeft(block, at, inner);
        if (inner != 0) {
            setParent(block, inner, at);
        }
        replace(block, Node.parent(block, at), at, child);
        setRight(block, child, at);
        setParent(block, at, child);
        updateHeight(block, at);
        updateHeight(block, child);
    }

    /** Puts {@code now}, or nothing if 0, in the place below {@code parent} that {@code was} has. */
    private static void replace(MemorySegment block, int parent, int was, int now) {
        replaceLink(block, parent, was, now);
        if (now != 0) {
            setParent(block, now, parent);
        }
    }

    private static void replaceLink(MemorySegment block, int parent, int was, int now) {
        if (parent == 0) {
            setRoot(block, now);
        } else if (Node.left(block, parent) == was) {
            setLeft(block, parent, now);
        } else {
            setRight(block, parent, now);
        }
    }

    private static int height(MemorySegment block, int link) {
        return link == 0 ? 0 : Le.u8(block, link + LINK_BASE + ITEM_HEIGHT);
    }

    private static void updateHeight(MemorySegment block, int link) {
        int height = 1 + Math.max(height(block, Node.left(block, link)), height(block, Node.right(block, link)));
        Le.put8(block, link + LINK_BASE + ITEM_HEIGHT, height);
    }

    private static void setRoot(MemorySegment block, int link) {
        Le.put16(block, BtreeBlock.ITEM_ROOT, link);
    }

    private static void setParent(MemorySegment block, int link, int parent) {
        Le.put16(block, link + LINK_BASE + ITEM_PARENT, parent);
    }

    private static void setLeft(MemorySegment block, int link, int left) {
        Le.put16(block, link + LINK_BASE + ITEM_LEFT, left);
    }

    private static void setRight(MemorySegment block, int link, int right) {
        Le.put16(block, link + LINK_BASE + ITEM_RIGHT, right);
    }
}
