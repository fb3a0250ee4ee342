package org.scoutfs.item;

import java.util.Arrays;
import org.scoutfs.format.Key;

/**
 * What the trees say about a range of keys: the present items in key order, and that there is nothing else. Immutable once
 * handed over; deletions have been applied already.
 */
final class ReadItems {
    private final Key start;
    private final Key end;
    private final int count;
    private final long[] words;
    private final int[] offsets;
    private final byte[] values;

    /**
     * @param words keys, {@link KeyWords}
     * @param offsets of {@code count + 1} values in {@code values}: value i ends where i + 1 begins
     */
    ReadItems(Key start, Key end, int count, long[] words, int[] offsets, byte[] values) {
        this.start = start;
        this.end = end;
        this.count = count;
        this.words = words;
        this.offsets = offsets;
        this.values = values;
    }

    /** First key of what is known. */
    Key start() {
        return start;
    }

    /** Last key of what is known, inclusive. */
    Key end() {
        return end;
    }

    int count() {
        return count;
    }

    Key key(int i) {
        return KeyWords.key(start.zone(), words, i);
    }

    byte[] value(int i) {
        return Arrays.copyOfRange(values, offsets[i], offsets[i + 1]);
    }

    /** Index of the first item at or after the key. */
    int firstAtOrAfter(Key key) {
        return first(key, 0);
    }

    /** Index of the first item after the key. */
    int firstAfter(Key key) {
        return first(key, 1);
    }

    /** Bytes of values from index {@code from} to before {@code to}. */
    int valueBytes(int from, int to) {
        return offsets[to] - offsets[from];
    }

    /** Appends an item to a page: clean, and in some tree. */
    void appendTo(ItemPage page, int i) {
        int at = i * KeyWords.STRIDE;
        int n = page.count;
        page.insert(n, words[at], words[at + 1], words[at + 2], words[at + 3]);
        page.set(n, ItemPage.PERSISTENT);
        page.setValue(n, values, offsets[i], offsets[i + 1] - offsets[i]);
    }

    private int first(Key key, int least) {
        long tail = KeyWords.tail(key);
        int low = 0;
        int high = count - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int c = KeyWords.compare(words, middle, key.first(), key.second(), key.third(), tail);
            if (c >= least) {
                high = middle - 1;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
