package org.scoutfs.item;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.scoutfs.format.Key;
import org.scoutfs.format.Limits;

/**
 * Everything known about one range of keys: up to {@link #MAX_ITEMS} items in key order, and that there is nothing else.
 *
 * <p>Keys and descriptions lie in one array, values in another, so a page is a handful of objects whatever it holds. Bits 0..47 of
 * a key's word 3 ({@link KeyWords}):
 *
 * <pre>
 * bits  0..23 offset of the value in {@link #values}
 * bits 24..35 length of the value
 * bit  36     DIRTY       not in a committed tree yet
 * bit  37     PERSISTENT  some version may be in a tree, so removing it takes a deletion item
 * bit  38     DELETION    says that the item does not exist
 * bit  39     DELTA       to be added to whatever is in the trees
 * </pre>
 *
 * Owned by a {@link RangeItems}, whose monitor guards all fields, with one exception: while a commit excludes all holders nothing
 * changes a dirty page, and the commit reads it without the monitor.
 */
final class ItemPage {
    /** Items a page holds before it is split: large enough to keep the index small, small enough that inserting moves little. */
    static final int MAX_ITEMS = 64;

    static final long DIRTY = 1L << 36;
    static final long PERSISTENT = 1L << 37;
    static final long DELETION = 1L << 38;
    static final long DELTA = 1L << 39;

    private static final int LENGTH_SHIFT = 24;
    private static final long LENGTH_BITS = 0xfff;
    private static final long OFFSET_BITS = (1L << LENGTH_SHIFT) - 1;
    private static final long VALUE_BITS = OFFSET_BITS | (LENGTH_BITS << LENGTH_SHIFT);
    private static final int MIN_ITEMS = 8;
    private static final int MIN_VALUE_BYTES = 64;
    /** Rough heap size of a page and its arrays' headers. */
    private static final int OVERHEAD_BYTES = 160;

    /** Range, inclusive. */
    final long start0;

    final long start1;
    final long start2;
    final long start3;
    long end0;
    long end1;
    long end2;
    long end3;

    /** Neighbours in key order; there may be unknown ranges between them. */
    @Nullable
    ItemPage previous;

    @Nullable
    ItemPage next;

    /** No longer part of its owner. */
    boolean removed;
    /** Used since the sweep came by. */
    boolean accessed;

    /** Items in use. */
    int count;
    /** How many of them are dirty. */
    int dirtyCount;
    /** Hint for {@link ItemTransaction#touchLeaf} from the last item that became dirty; -1 if none is. */
    int leafHint = -1;
    /** In its owner's list of dirty pages. */
    boolean listed;

    long[] words;
    byte[] values;
    /** Bytes of {@link #values} handed out. */
    int valuesUsed;
    /** Those of them that no item uses any more. */
    int valuesUnused;

    /** Seq of all dirty items while they are the same, as they are but for writes on behalf of another lock. */
    private long seq;
    /** Seq of each item once dirty ones differ. */
    private long @Nullable [] seqs;

    ItemPage(long start0, long start1, long start2, long start3, int expectedItems, int expectedValueBytes) {
        this.start0 = start0;
        this.start1 = start1;
        this.start2 = start2;
        this.start3 = start3 & ~KeyWords.FREE_BITS;
        this.words = new long[Math.max(MIN_ITEMS, expectedItems) * KeyWords.STRIDE];
        this.values = new byte[Math.max(MIN_VALUE_BYTES, expectedValueBytes)];
    }

    void setEnd(long newEnd0, long newEnd1, long newEnd2, long newEnd3) {
        end0 = newEnd0;
        end1 = newEnd1;
        end2 = newEnd2;
        end3 = newEnd3 & ~KeyWords.FREE_BITS;
    }

    /** Heap bytes, roughly. */
    int sizeBytes() {
        long[] each = seqs;
        return OVERHEAD_BYTES
                + words.length * Long.BYTES
                + values.length
                + (each == null ? 0 : each.length * Long.BYTES);
    }

    static int compareStarts(ItemPage a, ItemPage b) {
        return KeyWords.compare(a.start0, a.start1, a.start2, a.start3, b.start0, b.start1, b.start2, b.start3);
    }

    boolean startsAtOrBefore(long k0, long k1, long k2, long k3) {
        return KeyWords.compare(start0, start1, start2, start3, k0, k1, k2, k3) <= 0;
    }

    boolean endsAtOrAfter(long k0, long k1, long k2, long k3) {
        return KeyWords.compare(end0, end1, end2, end3, k0, k1, k2, k3) >= 0;
    }

    boolean covers(long k0, long k1, long k2, long k3) {
        return startsAtOrBefore(k0, k1, k2, k3) && endsAtOrAfter(k0, k1, k2, k3);
    }

    Key start(int zone) {
        return KeyWords.key(zone, start0, start1, start2, start3);
    }

    Key end(int zone) {
        return KeyWords.key(zone, end0, end1, end2, end3);
    }

    Key key(int zone, int i) {
        return KeyWords.key(zone, words, i);
    }

    /** Words 1 and 2 of an item's key. */
    void copySecondThird(int i, long[] seconds, long[] thirds, int to) {
        seconds[to] = words[i * KeyWords.STRIDE + 1];
        thirds[to] = words[i * KeyWords.STRIDE + 2];
    }

    /** Index of the item with this key, or {@code -1 - index} where it would be. */
    int search(long k0, long k1, long k2, long k3) {
        int low = 0;
        int high = count - 1;
        // Files are made in the order of their numbers: most inserts go behind the last item.
        if (high < 0) {
            return -1;
        }
        int c = KeyWords.compare(words, high, k0, k1, k2, k3);
        if (c <= 0) {
            return c == 0 ? high : -1 - count;
        }
        high--;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            c = KeyWords.compare(words, middle, k0, k1, k2, k3);
            if (c == 0) {
                return middle;
            }
            if (c < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1 - low;
    }

    boolean is(int i, long flag) {
        return (words[i * KeyWords.STRIDE + 3] & flag) != 0;
    }

    void set(int i, long flags) {
        words[i * KeyWords.STRIDE + 3] |= flags;
    }

    void clear(int i, long flags) {
        words[i * KeyWords.STRIDE + 3] &= ~flags;
    }

    int valueLength(int i) {
        return (int) (words[i * KeyWords.STRIDE + 3] >>> LENGTH_SHIFT & LENGTH_BITS);
    }

    int valueOffset(int i) {
        return (int) (words[i * KeyWords.STRIDE + 3] & OFFSET_BITS);
    }

    byte[] value(int i) {
        int offset = valueOffset(i);
        return Arrays.copyOfRange(values, offset, offset + valueLength(i));
    }

    long seq(int i) {
        long[] each = seqs;
        return each == null ? seq : each[i];
    }

    /** Gives an item its seq; the item is dirty or about to be. */
    void setSeq(int i, long newSeq) {
        if (seqs == null) {
            if (dirtyCount == 0) {
                seq = newSeq;
            }
            if (seq == newSeq) {
                return;
            }
            seqs = new long[words.length / KeyWords.STRIDE];
            Arrays.fill(seqs, 0, count, seq);
        }
        seqs[i] = newSeq;
    }

    /** Makes room for an item at index {@code i} and fills in its key; it has no value, no flags and no seq. */
    void insert(int i, long k0, long k1, long k2, long k3) {
        if (count * KeyWords.STRIDE == words.length) {
            int capacity = Math.min(MAX_ITEMS, count * 2);
            words = Arrays.copyOf(words, capacity * KeyWords.STRIDE);
            if (seqs != null) {
                seqs = Arrays.copyOf(seqs, capacity);
            }
        }
        int at = i * KeyWords.STRIDE;
        if (i < count) {
            System.arraycopy(words, at, words, at + KeyWords.STRIDE, (count - i) * KeyWords.STRIDE);
            if (seqs != null) {
                System.arraycopy(seqs, i, seqs, i + 1, count - i);
            }
        }
        words[at] = k0;
        words[at + 1] = k1;
        words[at + 2] = k2;
        words[at + 3] = k3 & ~KeyWords.FREE_BITS;
        count++;
    }

    /** Removes the item at index {@code i}, which is not dirty any more. */
    void remove(int i) {
        valuesUnused += valueLength(i);
        count--;
        int at = i * KeyWords.STRIDE;
        System.arraycopy(words, at + KeyWords.STRIDE, words, at, (count - i) * KeyWords.STRIDE);
        if (seqs != null) {
            System.arraycopy(seqs, i + 1, seqs, i, count - i);
        }
        if (count == 0) {
            valuesUsed = 0;
            valuesUnused = 0;
        }
    }

    /** Gives the item a copy of {@code length} bytes; in place if they fit where its value is. */
    void setValue(int i, byte[] from, int fromOffset, int length) {
        int old = valueLength(i);
        int offset;
        if (length <= old) {
            offset = valueOffset(i);
            valuesUnused += old - length;
        } else {
            valuesUnused += old;
            describe(i, 0, 0);
            offset = reserve(length);
        }
        System.arraycopy(from, fromOffset, values, offset, length);
        describe(i, offset, length);
    }

    /** The item has no value any more. */
    void dropValue(int i) {
        valuesUnused += valueLength(i);
        describe(i, 0, 0);
    }

    private void describe(int i, int offset, int length) {
        int at = i * KeyWords.STRIDE + 3;
        words[at] = (words[at] & ~VALUE_BITS) | ((long) length << LENGTH_SHIFT) | offset;
    }

    private int reserve(int length) {
        int needed = valuesUsed + length;
        if (needed > values.length) {
            int live = valuesUsed - valuesUnused;
            int room = values.length;
            if (live + length > room - room / 4) {
                room = Math.max(
                        live + length, Math.min(2 * room, live + length + MAX_ITEMS * Limits.ITEM_VALUE_MAX / 16));
            }
            moveValues(new byte[room]);
        }
        int offset = valuesUsed;
        valuesUsed += length;
        return offset;
    }

    /** Copies the values that are in use to the front of {@code to}, in key order. */
    private void moveValues(byte[] to) {
        int used = 0;
        for (int i = 0; i < count; i++) {
            int length = valueLength(i);
            System.arraycopy(values, valueOffset(i), to, used, length);
            describe(i, used, length);
            used += length;
        }
        values = to;
        valuesUsed = used;
        valuesUnused = 0;
    }

    /** Gives back memory that nothing uses, when the page will not grow soon. */
    void trim() {
        int live = valuesUsed - valuesUnused;
        if (values.length - live > 256 && values.length - live > live / 4) {
            moveValues(new byte[Math.max(MIN_VALUE_BYTES, live)]);
        }
        if (words.length > MIN_ITEMS * KeyWords.STRIDE && words.length > count * KeyWords.STRIDE * 5 / 4) {
            words = Arrays.copyOf(words, Math.max(MIN_ITEMS, count) * KeyWords.STRIDE);
        }
    }

    /**
     * Moves the items from index {@code from} on, with their seqs and flags, to the end of {@code to}, which lies behind this page.
     */
    void moveTail(int from, ItemPage to) {
        int moved = count - from;
        int capacity = to.words.length / KeyWords.STRIDE;
        if (to.count + moved > capacity) {
            to.words = Arrays.copyOf(to.words, (to.count + moved) * KeyWords.STRIDE);
            if (to.seqs != null) {
                to.seqs = Arrays.copyOf(to.seqs, to.count + moved);
            }
        }
        for (int i = from; i < count; i++) {
            int at = to.count++;
            System.arraycopy(words, i * KeyWords.STRIDE, to.words, at * KeyWords.STRIDE, KeyWords.STRIDE);
            int length = valueLength(i);
            to.describe(at, 0, 0);
            int offset = to.reserve(length);
            System.arraycopy(values, valueOffset(i), to.values, offset, length);
            to.describe(at, offset, length);
            valuesUnused += length;
            if (is(i, DIRTY)) {
                to.setSeq(at, seq(i));
                to.dirtyCount++;
                dirtyCount--;
            }
        }
        count = from;
        if (count == 0) {
            valuesUsed = 0;
            valuesUnused = 0;
        }
    }

    /**
     * All dirty items are committed: deletions and deltas go, the others may be in a tree from now on.
     */
    void keepCommitted() {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            int at = i * KeyWords.STRIDE;
            long tail = words[at + 3];
            if ((tail & (DELETION | DELTA)) != 0) {
                valuesUnused += valueLength(i);
                continue;
            }
            if (kept != i) {
                System.arraycopy(words, at, words, kept * KeyWords.STRIDE, KeyWords.STRIDE);
            }
            words[kept * KeyWords.STRIDE + 3] = (tail & ~DIRTY) | PERSISTENT;
            kept++;
        }
        count = kept;
        dirtyCount = 0;
        leafHint = -1;
        seqs = null;
        if (count == 0) {
            valuesUsed = 0;
            valuesUnused = 0;
        }
    }

    /** Forgets all items, none of which is dirty. */
    void empty() {
        count = 0;
        valuesUsed = 0;
        valuesUnused = 0;
    }

    /** Bytes of values in use from index {@code from} on. */
    int valueBytesFrom(int from) {
        int bytes = 0;
        for (int i = from; i < count; i++) {
            bytes += valueLength(i);
        }
        return bytes;
    }

    /** Keeps items, range and flags; for merging: appends the items of {@code behind}, which lies directly behind, and its range. */
    void absorb(ItemPage behind) {
        behind.moveTail(0, this);
        setEnd(behind.end0, behind.end1, behind.end2, behind.end3);
    }
}
