package org.scoutfs.item;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The pages of one lock's range by start key: a sorted array of chunks, each a sorted array of pages.
 *
 * <p>Two levels are enough: with {@link #CHUNK_PAGES} pages of up to 64 items per chunk, ten million items need about a thousand
 * chunks, whose first keys fit in a cache near the CPU. Inserting moves at most one chunk's keys; splitting a chunk, once in
 * thousands of inserted items, moves the array of chunks. Guarded by the monitor of the {@link RangeItems} that owns it.
 */
final class PageIndex {
    private static final int CHUNK_PAGES = 256;

    private Chunk[] chunks = new Chunk[1];
    /** Start keys of the first page of each chunk, {@link KeyWords}. */
    private long[] firsts = new long[KeyWords.STRIDE];

    private int chunkCount;
    private @Nullable ItemPage head;
    private int pageCount;

    private static final class Chunk {
        long[] starts = new long[8 * KeyWords.STRIDE];

        @Nullable
        ItemPage[] pages = new @Nullable ItemPage[8];

        int count;

        void insert(int i, ItemPage page) {
            if (count == pages.length) {
                pages = Arrays.copyOf(pages, count * 2);
                starts = Arrays.copyOf(starts, count * 2 * KeyWords.STRIDE);
            }
            System.arraycopy(pages, i, pages, i + 1, count - i);
            int at = i * KeyWords.STRIDE;
            System.arraycopy(starts, at, starts, at + KeyWords.STRIDE, (count - i) * KeyWords.STRIDE);
            pages[i] = page;
            put(starts, i, page);
            count++;
        }

        void remove(int i) {
            count--;
            System.arraycopy(pages, i + 1, pages, i, count - i);
            int at = i * KeyWords.STRIDE;
            System.arraycopy(starts, at + KeyWords.STRIDE, starts, at, (count - i) * KeyWords.STRIDE);
            pages[count] = null;
        }

        Chunk splitTail(int from) {
            Chunk tail = new Chunk();
            tail.count = count - from;
            tail.pages = Arrays.copyOfRange(pages, from, from + CHUNK_PAGES);
            tail.starts = Arrays.copyOfRange(starts, from * KeyWords.STRIDE, (from + CHUNK_PAGES) * KeyWords.STRIDE);
            Arrays.fill(pages, from, count, null);
            count = from;
            return tail;
        }
    }

    /** The page with the greatest start that is not after the key; null if there is none. */
    @Nullable
    ItemPage floor(long k0, long k1, long k2, long k3) {
        int c = floor(firsts, chunkCount, k0, k1, k2, k3);
        if (c < 0) {
            return null;
        }
        Chunk chunk = chunks[c];
        return chunk.pages[floor(chunk.starts, chunk.count, k0, k1, k2, k3)];
    }

    /** The first page; null if there is none. */
    @Nullable
    ItemPage first() {
        return head;
    }

    int size() {
        return pageCount;
    }

    /** Adds a page whose range overlaps no other, and links it to its neighbours. */
    void insert(ItemPage page) {
        pageCount++;
        if (chunkCount == 0) {
            chunks[0] = new Chunk();
            chunks[0].insert(0, page);
            chunkCount = 1;
            put(firsts, 0, page);
            head = page;
            return;
        }
        int c = Math.max(0, floor(firsts, chunkCount, page.start0, page.start1, page.start2, page.start3));
        Chunk chunk = chunks[c];
        int i = floor(chunk.starts, chunk.count, page.start0, page.start1, page.start2, page.start3) + 1;
        link(i == 0 ? null : chunk.pages[i - 1], page);
        if (chunk.count == CHUNK_PAGES) {
            // Keys that only grow leave full chunks behind, others half full ones.
            int from = i == CHUNK_PAGES && c == chunkCount - 1 ? CHUNK_PAGES - 1 : CHUNK_PAGES / 2;
            Chunk tail = chunk.splitTail(from);
            insertChunk(c + 1, tail);
            if (i > from) {
                c++;
                i -= from;
                chunk = tail;
            }
        }
        chunk.insert(i, page);
        if (i == 0) {
            put(firsts, c, page);
        }
    }

    /** Takes a page out and unlinks it. */
    void remove(ItemPage page) {
        int c = floor(firsts, chunkCount, page.start0, page.start1, page.start2, page.start3);
        Chunk chunk = chunks[c];
        int i = floor(chunk.starts, chunk.count, page.start0, page.start1, page.start2, page.start3);
        if (chunk.pages[i] != page) {
            throw new IllegalStateException("page is not in the index");
        }
        chunk.remove(i);
        pageCount--;
        if (chunk.count == 0) {
            removeChunk(c);
        } else if (i == 0) {
            System.arraycopy(chunk.starts, 0, firsts, c * KeyWords.STRIDE, KeyWords.STRIDE);
        }
        ItemPage before = page.previous;
        ItemPage behind = page.next;
        if (before == null) {
            head = behind;
        } else {
            before.next = behind;
        }
        if (behind != null) {
            behind.previous = before;
        }
        page.previous = null;
        page.next = null;
        page.removed = true;
    }

    private void link(@Nullable ItemPage before, ItemPage page) {
        ItemPage behind = before == null ? head : before.next;
        page.previous = before;
        page.next = behind;
        if (before == null) {
            head = page;
        } else {
            before.next = page;
        }
        if (behind != null) {
            behind.previous = page;
        }
    }

    private void insertChunk(int c, Chunk chunk) {
        if (chunkCount == chunks.length) {
            chunks = Arrays.copyOf(chunks, chunkCount * 2);
            firsts = Arrays.copyOf(firsts, chunkCount * 2 * KeyWords.STRIDE);
        }
        System.arraycopy(chunks, c, chunks, c + 1, chunkCount - c);
        int at = c * KeyWords.STRIDE;
        System.arraycopy(firsts, at, firsts, at + KeyWords.STRIDE, (chunkCount - c) * KeyWords.STRIDE);
        chunks[c] = chunk;
        System.arraycopy(chunk.starts, 0, firsts, at, KeyWords.STRIDE);
        chunkCount++;
    }

    private void removeChunk(int c) {
        chunkCount--;
        System.arraycopy(chunks, c + 1, chunks, c, chunkCount - c);
        int at = c * KeyWords.STRIDE;
        System.arraycopy(firsts, at + KeyWords.STRIDE, firsts, at, (chunkCount - c) * KeyWords.STRIDE);
    }

    private static void put(long[] keys, int i, ItemPage page) {
        int at = i * KeyWords.STRIDE;
        keys[at] = page.start0;
        keys[at + 1] = page.start1;
        keys[at + 2] = page.start2;
        keys[at + 3] = page.start3;
    }

    /** Index of the greatest of {@code count} keys that is not after the key; -1 if all are. */
    private static int floor(long[] keys, int count, long k0, long k1, long k2, long k3) {
        int low = 0;
        int high = count - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (KeyWords.compare(keys, middle, k0, k1, k2, k3) <= 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }
}
