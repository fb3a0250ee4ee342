package org.scoutfs.srch;

import java.util.Arrays;
import org.scoutfs.format.SrchEntry;

/**
 * Collects entries in any order and keeps the least of those that occur an odd number of times, up to a limit: what a search
 * remembers, and what a compaction of logs sorts at once. Memory is bounded by twice the limit, 24 bytes each.
 *
 * <p>When there are more than fit, those above some {@link #bound} are dropped, and everything above it is ignored from then on. So
 * the entries that are kept are exactly right for the range up to the bound: whoever wants the rest looks again from there.
 */
final class EntryWindow {
    private final int limit;
    private long[] words = new long[EntrySort.WORDS * 64];
    private int count;
    private SrchEntry bound;
    private boolean truncated;

    /**
     * @param limit most entries kept, above 0
     * @param bound greatest entry wanted
     */
    EntryWindow(int limit, SrchEntry bound) {
        this.limit = limit;
        this.bound = bound;
    }

    /** Greatest entry that is complete; entries above it need not be added. */
    SrchEntry bound() {
        return bound;
    }

    /** Whether the bound is lower than it was at first. */
    boolean isTruncated() {
        return truncated;
    }

    /** Adds one occurrence. */
    void add(SrchEntry entry) {
        if (entry.compareTo(bound) > 0) {
            return;
        }
        if (count == 2 * limit) {
            finish();
            if (entry.compareTo(bound) > 0) {
                return;
            }
        }
        int at = count * EntrySort.WORDS;
        if (at == words.length) {
            long grown = Math.min(words.length * 2L, 2L * limit * EntrySort.WORDS);
            words = Arrays.copyOf(words, (int) Math.max(grown, at + EntrySort.WORDS));
        }
        words[at] = entry.hash();
        words[at + 1] = entry.ino();
        words[at + 2] = entry.id();
        count++;
    }

    /** Sorts, cancels pairs and drops what is too much. Before {@link #size} and {@link #get}. */
    void finish() {
        EntrySort.sort(words, count);
        cancelPairs();
        if (count > limit) {
            count = limit;
            bound = get(count - 1);
            truncated = true;
        }
    }

    /** Entries kept. */
    int size() {
        return count;
    }

    /** Entry {@code index} in ascending order. */
    SrchEntry get(int index) {
        int at = index * EntrySort.WORDS;
        return new SrchEntry(words[at], words[at + 1], words[at + 2]);
    }

    /** Inode number of entry {@code index}. */
    long ino(int index) {
        return words[index * EntrySort.WORDS + 1];
    }

    private void cancelPairs() {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (kept > 0 && EntrySort.compare(words, kept - 1, i) == 0) {
                kept--;
            } else {
                System.arraycopy(words, i * EntrySort.WORDS, words, kept * EntrySort.WORDS, EntrySort.WORDS);
                kept++;
            }
        }
        count = kept;
    }
}
