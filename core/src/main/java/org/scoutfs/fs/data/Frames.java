package org.scoutfs.fs.data;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;

/**
 * The memory of the page cache: off-heap frames of 4 KiB, taken from the operating system a chunk at a time when first needed, and
 * what is known of the page in each.
 *
 * <p>The arrays' entries of a frame that holds a page are guarded by the monitor of the page's {@link CachedFile}; those of any other
 * frame belong to whoever took it. The sweep and the collection of dirty pages look without the monitor, and again with it.
 */
final class Frames implements AutoCloseable {
    static final int NONE = -1;

    /** Differs from the device. */
    static final int DIRTY = 1;
    /** A write to the device is under way. */
    static final int WRITEBACK = 2;
    /** Must stay: its owner is about to change it. */
    static final int PINNED = 4;
    /** Left the cache while its write was under way; free when that ends. */
    static final int DROPPED = 8;
    /** Used since the sweep last came by. */
    static final int RECENT = 16;

    private static final int CHUNK_SHIFT = 8;
    private static final int CHUNK_FRAMES = 1 << CHUNK_SHIFT;

    final long[] block;
    /** On the data device; known for dirty pages, 0 for others. */
    final long[] blkno;

    final byte[] state;
    final @Nullable CachedFile[] owner;

    private final Arena arena = Arena.ofShared();
    private final AtomicReferenceArray<@Nullable MemorySegment> chunks;
    private final int count;
    private final Counter evictions;

    // guarded by this
    private int[] free = new int[64];
    private int freeCount;
    private int touched;

    private final AtomicInteger hand = new AtomicInteger();

    /** @param bytes rounded up to whole chunks of 1 MiB */
    Frames(long bytes, Counters counters) {
        long wanted = (bytes + DataIo.BLOCK - 1) >>> DataIo.BLOCK_SHIFT;
        long rounded = (wanted + CHUNK_FRAMES - 1) & -CHUNK_FRAMES;
        this.count = (int) Math.min(rounded, 1 << 28);
        this.chunks = new AtomicReferenceArray<>(count >>> CHUNK_SHIFT);
        this.block = new long[count];
        this.blkno = new long[count];
        this.state = new byte[count];
        this.owner = new CachedFile[count];
        this.evictions = counters.get("data_page_evicted");
    }

    int count() {
        return count;
    }

    /** Frames with greater numbers were never used. */
    synchronized int touched() {
        return touched;
    }

    /** Memory of a frame, aligned to its size. */
    MemorySegment memory(int frame) {
        return memory(frame, 1);
    }

    /** Memory of several frames with successive numbers; they lie in one chunk. */
    MemorySegment memory(int frame, int frames) {
        MemorySegment chunk = chunks.get(frame >>> CHUNK_SHIFT);
        if (chunk == null) {
            chunk = allocateChunk(frame >>> CHUNK_SHIFT);
        }
        return chunk.asSlice(
                (long) (frame & (CHUNK_FRAMES - 1)) << DataIo.BLOCK_SHIFT, (long) frames << DataIo.BLOCK_SHIFT);
    }

    /** Whether the next frame's memory follows this one's. */
    static boolean sameChunk(int frame, int next) {
        return frame >>> CHUNK_SHIFT == next >>> CHUNK_SHIFT;
    }

    private synchronized MemorySegment allocateChunk(int index) {
        MemorySegment chunk = chunks.get(index);
        if (chunk == null) {
            chunk = arena.allocate((long) CHUNK_FRAMES << DataIo.BLOCK_SHIFT, DataIo.BLOCK);
            chunks.set(index, chunk);
        }
        return chunk;
    }

    /** A frame for the caller, perhaps one that held a clean page, or {@link #NONE}. No monitor of a file is held. */
    int take(PageCache cache) {
        synchronized (this) {
            if (freeCount > 0) {
                return free[--freeCount];
            }
            if (touched < count) {
                return touched++;
            }
        }
        return sweep(cache);
    }

    /** The hand goes round at most twice: the first time it may only find pages that were used. */
    private int sweep(PageCache cache) {
        for (long steps = 2L * count; steps > 0; steps--) {
            int frame = Math.floorMod(hand.getAndIncrement(), count);
            CachedFile file = owner[frame];
            if (file == null) {
                continue;
            }
            int now = state[frame];
            if ((now & (DIRTY | WRITEBACK | PINNED)) != 0) {
                continue;
            }
            if (cache.evict(file, frame)) {
                evictions.increment();
                return frame;
            }
        }
        return NONE;
    }

    /** Takes a frame without a page back. May be called in the monitor of a file. */
    synchronized void give(int frame) {
        state[frame] = 0;
        if (freeCount == free.length) {
            free = java.util.Arrays.copyOf(free, free.length * 2);
        }
        free[freeCount++] = frame;
    }

    @Override
    public void close() {
        arena.close();
    }
}
