package org.scoutfs.item;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.scoutfs.btree.ItemVisitor;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.Key;

/** Items of one zone in key order with seqs and deletions: what one leaf held, or several merged. Belongs to one thread. */
final class ItemRun implements ItemVisitor {
    private static final int INITIAL_ITEMS = 64;

    private int count;
    private long[] words = new long[INITIAL_ITEMS * KeyWords.STRIDE];
    private long[] seqs = new long[INITIAL_ITEMS];
    private boolean[] deletions = new boolean[INITIAL_ITEMS];
    /** Value i is from offset i to before offset i + 1. */
    private int[] offsets = new int[INITIAL_ITEMS + 1];

    private byte[] values = new byte[INITIAL_ITEMS * 64];

    boolean isEmpty() {
        return count == 0;
    }

    /** Appends an item that a leaf was read for. */
    @Override
    public boolean item(Key key, long seq, int flags, MemorySegment block, long valueOffset, int valueLength) {
        int at = append(seq, (flags & BtreeBlock.ITEM_FLAG_DELETION) != 0, valueLength);
        int word = at * KeyWords.STRIDE;
        words[word] = key.first();
        words[word + 1] = key.second();
        words[word + 2] = key.third();
        words[word + 3] = KeyWords.tail(key);
        MemorySegment.copy(block, ValueLayout.JAVA_BYTE, valueOffset, values, offsets[at], valueLength);
        return true;
    }

    /**
     * Both runs as one: of items with one key the one with the greater seq, this run's if they are equal, which are the same item
     * partly merged (spec 2 section 6.2).
     */
    ItemRun newest(ItemRun other) {
        ItemRun merged = new ItemRun();
        int mine = 0;
        int theirs = 0;
        while (mine < count || theirs < other.count) {
            int c;
            if (mine == count) {
                c = 1;
            } else if (theirs == other.count) {
                c = -1;
            } else {
                c = compare(mine, other, theirs);
            }
            if (c == 0) {
                if (Long.compareUnsigned(other.seqs[theirs], seqs[mine]) > 0) {
                    merged.append(other, theirs);
                } else {
                    merged.append(this, mine);
                }
                mine++;
                theirs++;
            } else if (c < 0) {
                merged.append(this, mine++);
            } else {
                merged.append(other, theirs++);
            }
        }
        return merged;
    }

    /** The items from {@code start} to {@code end} that exist, and that there are no others. */
    ReadItems present(Key start, Key end) {
        ItemRun kept = new ItemRun();
        long startTail = KeyWords.tail(start);
        long endTail = KeyWords.tail(end);
        for (int i = 0; i < count; i++) {
            if (!deletions[i]
                    && KeyWords.compare(words, i, start.first(), start.second(), start.third(), startTail) >= 0
                    && KeyWords.compare(words, i, end.first(), end.second(), end.third(), endTail) <= 0) {
                kept.append(this, i);
            }
        }
        return new ReadItems(start, end, kept.count, kept.words, kept.offsets, kept.values);
    }

    private int compare(int i, ItemRun other, int j) {
        int at = j * KeyWords.STRIDE;
        return KeyWords.compare(
                words, i, other.words[at], other.words[at + 1], other.words[at + 2], other.words[at + 3]);
    }

    private void append(ItemRun from, int i) {
        int length = from.offsets[i + 1] - from.offsets[i];
        int at = append(from.seqs[i], from.deletions[i], length);
        System.arraycopy(from.words, i * KeyWords.STRIDE, words, at * KeyWords.STRIDE, KeyWords.STRIDE);
        System.arraycopy(from.values, from.offsets[i], values, offsets[at], length);
    }

    /** Adds an item without key and value bytes; returns its index. */
    private int append(long seq, boolean deletion, int valueLength) {
        if (count == seqs.length) {
            int capacity = count * 2;
            words = Arrays.copyOf(words, capacity * KeyWords.STRIDE);
            seqs = Arrays.copyOf(seqs, capacity);
            deletions = Arrays.copyOf(deletions, capacity);
            offsets = Arrays.copyOf(offsets, capacity + 1);
        }
        int end = offsets[count] + valueLength;
        if (end > values.length) {
            values = Arrays.copyOf(values, Math.max(end, values.length * 2));
        }
        seqs[count] = seq;
        deletions[count] = deletion;
        offsets[count + 1] = end;
        return count++;
    }
}
