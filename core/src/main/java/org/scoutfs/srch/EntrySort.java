package org.scoutfs.srch;

/**
 * Sorts srch entries that lie one after the other in an array, three words each: hash, ino, id, compared unsigned. In place; time is
 * n log n for any input.
 */
final class EntrySort {
    static final int WORDS = 3;

    private static final int INSERTION_LIMIT = 24;

    private EntrySort() {}

    /** Sorts the first {@code count} entries. */
    static void sort(long[] words, int count) {
        int depthLimit = 2 * (Integer.SIZE - Integer.numberOfLeadingZeros(count));
        quicksort(words, 0, count - 1, depthLimit);
        insertionSort(words, count);
    }

    /** Compares entry {@code a} with entry {@code b}. */
    static int compare(long[] words, int a, int b) {
        return compare(words, a, words[b * WORDS], words[b * WORDS + 1], words[b * WORDS + 2]);
    }

    /** Compares entry {@code a} with one given by its words. */
    static int compare(long[] words, int a, long hash, long ino, long id) {
        int at = a * WORDS;
        if (words[at] != hash) {
            return Long.compareUnsigned(words[at], hash);
        }
        if (words[at + 1] != ino) {
            return Long.compareUnsigned(words[at + 1], ino);
        }
        return Long.compareUnsigned(words[at + 2], id);
    }

    /** Leaves runs of up to {@link #INSERTION_LIMIT} entries unsorted, each of which belongs where it is. */
    private static void quicksort(long[] words, int from, int to, int depthLimit) {
        int low = from;
        int high = to;
        int depth = depthLimit;
        while (high - low >= INSERTION_LIMIT) {
            if (depth-- == 0) {
                heapsort(words, low, high - low + 1);
                return;
            }
            int split = partition(words, low, high);
            // The smaller part by recursion, so that the stack stays shallow.
            if (split - low < high - split) {
                quicksort(words, low, split, depth);
                low = split + 1;
            } else {
                quicksort(words, split + 1, high, depth);
                high = split;
            }
        }
    }

    /** Hoare's partition around the median of three; both parts are smaller than the whole. */
    private static int partition(long[] words, int low, int high) {
        int middle = (low + high) >>> 1;
        if (compare(words, middle, low) < 0) {
            swap(words, middle, low);
        }
        if (compare(words, high, low) < 0) {
            swap(words, high, low);
        }
        if (compare(words, high, middle) < 0) {
            swap(words, high, middle);
        }
        long hash = words[middle * WORDS];
        long ino = words[middle * WORDS + 1];
        long id = words[middle * WORDS + 2];
        int left = low - 1;
        int right = high + 1;
        for (; ; ) {
            do {
                left++;
            } while (compare(words, left, hash, ino, id) < 0);
            do {
                right--;
            } while (compare(words, right, hash, ino, id) > 0);
            if (left >= right) {
                return right;
            }
            swap(words, left, right);
        }
    }

    private static void insertionSort(long[] words, int count) {
        for (int i = 1; i < count; i++) {
            long hash = words[i * WORDS];
            long ino = words[i * WORDS + 1];
            long id = words[i * WORDS + 2];
            int at = i;
            while (at > 0 && compare(words, at - 1, hash, ino, id) > 0) {
                System.arraycopy(words, (at - 1) * WORDS, words, at * WORDS, WORDS);
                at--;
            }
            words[at * WORDS] = hash;
            words[at * WORDS + 1] = ino;
            words[at * WORDS + 2] = id;
        }
    }

    private static void heapsort(long[] words, int base, int count) {
        for (int root = count / 2 - 1; root >= 0; root--) {
            siftDown(words, base, root, count);
        }
        for (int end = count - 1; end > 0; end--) {
            swap(words, base, base + end);
            siftDown(words, base, 0, end);
        }
    }

    private static void siftDown(long[] words, int base, int from, int count) {
        int root = from;
        for (int child = 2 * root + 1; child < count; child = 2 * root + 1) {
            if (child + 1 < count && compare(words, base + child, base + child + 1) < 0) {
                child++;
            }
            if (compare(words, base + root, base + child) >= 0) {
                return;
            }
            swap(words, base + root, base + child);
            root = child;
        }
    }

    private static void swap(long[] words, int a, int b) {
        for (int word = 0; word < WORDS; word++) {
            long saved = words[a * WORDS + word];
            words[a * WORDS + word] = words[b * WORDS + word];
            words[b * WORDS + word] = saved;
        }
    }
}
