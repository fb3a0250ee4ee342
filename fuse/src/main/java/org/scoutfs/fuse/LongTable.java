package org.scoutfs.fuse;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A map from {@code long} to objects without boxing, by open addressing. Not safe for threads: its owner guards it. */
final class LongTable<V> {
    private static final int SMALLEST = 8;

    private long[] keys = new long[SMALLEST];
    private @Nullable Object[] values = new @Nullable Object[SMALLEST];
    private int size;

    int size() {
        return size;
    }

    @SuppressWarnings("unchecked") // only values of V are put in
    @Nullable
    V get(long key) {
        int mask = keys.length - 1;
        for (int i = hash(key) & mask; ; i = (i + 1) & mask) {
            Object value = values[i];
            if (value == null) {
                return null;
            }
            if (keys[i] == key) {
                return (V) value;
            }
        }
    }

    void put(long key, V value) {
        if (size * 2 >= keys.length) {
            resize(keys.length * 2);
        }
        int mask = keys.length - 1;
        int i = hash(key) & mask;
        while (values[i] != null && keys[i] != key) {
            i = (i + 1) & mask;
        }
        if (values[i] == null) {
            size++;
        }
        keys[i] = key;
        values[i] = value;
    }

    void remove(long key) {
        int mask = keys.length - 1;
        int i = hash(key) & mask;
        while (keys[i] != key || values[i] == null) {
            if (values[i] == null) {
                return;
            }
            i = (i + 1) & mask;
        }
        // Close the gap, so that a search never stops before what it looks for.
        int gap = i;
        for (int j = (gap + 1) & mask; values[j] != null; j = (j + 1) & mask) {
            int home = hash(keys[j]) & mask;
            if (((j - home) & mask) >= ((j - gap) & mask)) {
                keys[gap] = keys[j];
                values[gap] = values[j];
                gap = j;
            }
        }
        values[gap] = null;
        size--;
        if (keys.length > SMALLEST && size * 8 < keys.length) {
            resize(keys.length / 2);
        }
    }

    /** A copy of the keys, in no order. */
    long[] keys() {
        long[] copy = new long[size];
        int n = 0;
        for (int i = 0; i < keys.length; i++) {
            if (values[i] != null) {
                copy[n++] = keys[i];
            }
        }
        return copy;
    }

    void clear() {
        keys = new long[SMALLEST];
        values = new @Nullable Object[SMALLEST];
        size = 0;
    }

    static int hash(long key) {
        long h = key * 0x9e3779b97f4a7c15L;
        return (int) (h >>> 32) ^ (int) (h >>> 52);
    }

    private void resize(int capacity) {
        long[] oldKeys = keys;
        @Nullable Object[] oldValues = values;
        keys = new long[capacity];
        values = new @Nullable Object[capacity];
        int mask = capacity - 1;
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldValues[i] != null) {
                int j = hash(oldKeys[i]) & mask;
                while (values[j] != null) {
                    j = (j + 1) & mask;
                }
                keys[j] = oldKeys[i];
                values[j] = oldValues[i];
            }
        }
        Arrays.fill(oldValues, null);
    }
}
