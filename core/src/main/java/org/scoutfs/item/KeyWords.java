package org.scoutfs.item;

import org.scoutfs.format.Key;

/**
 * Keys of one lock's range as four longs, so that sorted arrays of them lie flat in memory.
 *
 * <pre>
 * word 0  first
 * word 1  second
 * word 2  third
 * word 3  type in bits 56..63, fourth in bits 48..55, the rest free for the array's owner
 * </pre>
 *
 * The zone is not stored: a lock's range lies within one zone. Order is that of {@link Key#compareTo} there: word 0, type, word 1,
 * word 2, fourth.
 */
final class KeyWords {
    /** Longs per key. */
    static final int STRIDE = 4;

    static final int TYPE_SHIFT = 56;
    static final int FOURTH_SHIFT = 48;
    /** The part of word 3 that is not key. */
    static final long FREE_BITS = (1L << FOURTH_SHIFT) - 1;

    private KeyWords() {}

    /** Word 3 of a key, free bits zero. */
    static long tail(Key key) {
        return ((long) key.type() << TYPE_SHIFT) | ((long) key.fourth() << FOURTH_SHIFT);
    }

    /** Compares two keys; the free bits of the tails are ignored. */
    static int compare(
            long first, long second, long third, long tail, long first2, long second2, long third2, long tail2) {
        if (first != first2) {
            return Long.compareUnsigned(first, first2);
        }
        long types = (tail ^ tail2) >>> TYPE_SHIFT;
        if (types != 0) {
            return Long.compareUnsigned(tail, tail2);
        }
        if (second != second2) {
            return Long.compareUnsigned(second, second2);
        }
        if (third != third2) {
            return Long.compareUnsigned(third, third2);
        }
        return Long.compareUnsigned(tail >>> FOURTH_SHIFT, tail2 >>> FOURTH_SHIFT);
    }

    /** Compares the key at index {@code i} of an array of keys with a key. */
    static int compare(long[] words, int i, long first, long second, long third, long tail) {
        int at = i * STRIDE;
        long word = words[at];
        if (word != first) {
            return Long.compareUnsigned(word, first);
        }
        long itsTail = words[at + 3];
        if ((itsTail ^ tail) >>> TYPE_SHIFT != 0) {
            return Long.compareUnsigned(itsTail, tail);
        }
        word = words[at + 1];
        if (word != second) {
            return Long.compareUnsigned(word, second);
        }
        word = words[at + 2];
        if (word != third) {
            return Long.compareUnsigned(word, third);
        }
        return Long.compareUnsigned(itsTail >>> FOURTH_SHIFT, tail >>> FOURTH_SHIFT);
    }

    /** The key at index {@code i} of an array of keys. */
    static Key key(int zone, long[] words, int i) {
        int at = i * STRIDE;
        return key(zone, words[at], words[at + 1], words[at + 2], words[at + 3]);
    }

    static Key key(int zone, long first, long second, long third, long tail) {
        return new Key(zone, first, (int) (tail >>> TYPE_SHIFT), second, third, (int) (tail >>> FOURTH_SHIFT) & 0xff);
    }
}
