package org.scoutfs.fs.data;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.FsException;

/**
 * File contents in memory, in pages of one block: dirty ones until {@link Writeback} has written them, clean ones until their frame is
 * wanted. One per mount, of fixed size. Safe for all threads; what a caller must hold besides is in the package description.
 */
final class PageCache implements AutoCloseable {
    /** So that a piece of 1 MiB fits several times into what may be dirty. */
    static final long MIN_BYTES = 8 << 20;

    private static final int BLOCK = DataIo.BLOCK;

    private final ConcurrentHashMap<Long, CachedFile> files = new ConcurrentHashMap<>();
    private final Frames frames;
    private final Writeback writeback;
    private final DataIo io;
    private final ChangeStamps stamps;

    /** Frames that readers fill and nobody can evict. */
    private final AtomicInteger filling = new AtomicInteger();

    private final Counter hits;

    PageCache(long bytes, DataIo io, ChangeStamps stamps, Counters counters) {
        this.frames = new Frames(Math.max(bytes, MIN_BYTES), counters);
        this.io = io;
        this.stamps = stamps;
        this.writeback = new Writeback(this, frames, io, counters);
        this.hits = counters.get("data_page_hits");
    }

    Writeback writeback() {
        return writeback;
    }

    /** Files with pages. */
    int files() {
        return files.size();
    }

    @Nullable
    CachedFile file(long ino) {
        return files.get(ino);
    }

    // ---- reading

    /** Copies what is in memory without a gap from {@code offset} on; returns how many bytes, 0 if the first block is not there. */
    int copyOut(long ino, long offset, MemorySegment dst, long dstOffset, long length) {
        CachedFile file = files.get(ino);
        if (file == null) {
            return 0;
        }
        int copied = 0;
        while (copied < length) {
            long at = offset + copied;
            int inBlock = (int) (at & (BLOCK - 1));
            int n = (int) Math.min(BLOCK - inBlock, length - copied);
            synchronized (file) {
                int frame = file.find(at >>> DataIo.BLOCK_SHIFT);
                if (frame == Frames.NONE) {
                    break;
                }
                frames.state[frame] |= Frames.RECENT;
                MemorySegment.copy(frames.memory(frame), inBlock, dst, dstOffset + copied, n);
            }
            copied += n;
        }
        if (copied > 0) {
            hits.increment();
        }
        return copied;
    }

    /** The first of {@code block..block+count-1} that is in memory, or {@code block + count}. */
    long firstCached(long ino, long block, long count) {
        CachedFile file = files.get(ino);
        if (file == null) {
            return block + count;
        }
        synchronized (file) {
            for (long b = block; b < block + count; b++) {
                if (file.find(b) != Frames.NONE) {
                    return b;
                }
            }
        }
        return block + count;
    }

    /** Whether a small read at this block probably goes on: the block before it was read or written lately. */
    boolean readsOn(long ino, long block) {
        return block == 0 || firstCached(ino, block - 1, 1) == block - 1;
    }

    /** Frames to read into, or null if there are none to spare just now; they go to {@link #addClean}. */
    int @Nullable [] takeForReading(int count) {
        if (filling.addAndGet(count) > frames.count() / 8) {
            filling.addAndGet(-count);
            return null;
        }
        int[] taken = new int[count];
        for (int i = 0; i < count; i++) {
            taken[i] = frames.take(this);
            if (taken[i] == Frames.NONE) {
                giveBack(taken, i);
                filling.addAndGet(-count);
                return null;
            }
        }
        return taken;
    }

    MemorySegment memory(int frame) {
        return frames.memory(frame);
    }

    /** Memory of the frames as few segments. */
    MemorySegment[] memories(int[] list, int from, int to) {
        return Runs.segments(frames, list, from, to);
    }

    /**
     * Makes frames that were read pages of successive blocks, if nothing was written since {@code stamp}; ends their use by the
     * reader in any case.
     *
     * @param valid whether they were read at all
     */
    void addClean(long ino, long block, int[] taken, boolean valid, long stamp) {
        for (int i = 0; i < taken.length; i++) {
            if (!valid || !insertClean(ino, block + i, taken[i], 0, stamp)) {
                frames.give(taken[i]);
            }
        }
        filling.addAndGet(-taken.length);
    }

    private void giveBack(int[] taken, int count) {
        for (int i = 0; i < count; i++) {
            frames.give(taken[i]);
        }
    }

    private boolean insertClean(long ino, long block, int frame, int extraState, long stamp) {
        while (true) {
            CachedFile file = files.computeIfAbsent(ino, key -> new CachedFile(key, frames));
            synchronized (file) {
                if (file.dead) {
                    continue;
                }
                if (stamps.writes(ino) != stamp || file.find(block) != Frames.NONE) {
                    retireIfEmpty(file);
                    return false;
                }
                occupy(file, frame, block, 0, Frames.RECENT | extraState);
                return true;
            }
        }
    }

    // ---- writing; the caller has the inode's mutex and group lock

    /** Keeps the page of a written block in memory for a change, reading it if it is not there; to be undone by {@link #unpin}. */
    void pin(long ino, long block, long blkno) throws FsException {
        while (!tryPin(ino, block)) {
            long stamp = stamps.writes(ino);
            int frame = take();
            boolean kept = false;
            try {
                io.read(blkno, frames.memory(frame));
                kept = insertClean(ino, block, frame, Frames.PINNED, stamp);
            } finally {
                if (!kept) {
                    frames.give(frame);
                }
            }
            if (kept) {
                return;
            }
        }
    }

    private boolean tryPin(long ino, long block) {
        CachedFile file = files.get(ino);
        if (file == null) {
            return false;
        }
        synchronized (file) {
            int frame = file.find(block);
            if (frame == Frames.NONE) {
                return false;
            }
            frames.state[frame] |= Frames.PINNED;
            return true;
        }
    }

    void unpin(long ino, long block) {
        CachedFile file = files.get(ino);
        if (file == null) {
            return;
        }
        synchronized (file) {
            int frame = file.find(block);
            if (frame != Frames.NONE) {
                frames.state[frame] &= ~Frames.PINNED;
            }
        }
    }

    /**
     * Copies bytes into the page of a block and makes it dirty. A page that is not in memory starts as zeros: the block is new, is
     * wholly overwritten, or was pinned.
     *
     * @param blkno where the block is
     * @return 1 if the page was clean or not there and uses up one reserved page, else 0
     */
    int write(long ino, long block, long blkno, int inBlock, MemorySegment src, long srcOffset, int length) {
        int spare = Frames.NONE;
        while (true) {
            CachedFile file = files.computeIfAbsent(ino, key -> new CachedFile(key, frames));
            synchronized (file) {
                if (!file.dead) {
                    int frame = file.find(block);
                    boolean add = frame == Frames.NONE;
                    if (!add || spare != Frames.NONE) {
                        if (add) {
                            frame = spare;
                            spare = Frames.NONE;
                        }
                        fill(frame, add, inBlock, src, srcOffset, length);
                        if (add) {
                            occupy(file, frame, block, blkno, 0);
                        }
                        int used = makeDirty(frame, blkno);
                        if (spare != Frames.NONE) {
                            frames.give(spare);
                        }
                        return used;
                    }
                    retireIfEmpty(file);
                }
            }
            if (spare == Frames.NONE) {
                spare = take();
            }
        }
    }

    private void fill(int frame, boolean zeroRest, int inBlock, MemorySegment src, long srcOffset, int length) {
        MemorySegment memory = frames.memory(frame);
        if (zeroRest && length < BLOCK) {
            memory.asSlice(0, inBlock).fill((byte) 0);
            memory.asSlice(inBlock + length).fill((byte) 0);
        }
        MemorySegment.copy(src, srcOffset, memory, inBlock, length);
    }

    /** Zeroes the end of a pinned page and makes it dirty; returns as {@link #write}. */
    int zeroTail(long ino, long block, long blkno, int from) {
        CachedFile file = files.get(ino);
        if (file == null) {
            throw new IllegalStateException("inode " + ino + " has no page of block " + block);
        }
        synchronized (file) {
            int frame = file.find(block);
            frames.memory(frame).asSlice(from).fill((byte) 0);
            return makeDirty(frame, blkno);
        }
    }

    private int makeDirty(int frame, long blkno) {
        int before = frames.state[frame];
        frames.state[frame] = (byte) (before | Frames.DIRTY | Frames.RECENT);
        frames.blkno[frame] = blkno;
        if ((before & (Frames.DIRTY | Frames.WRITEBACK)) != 0) {
            return 0;
        }
        writeback.dirtied();
        return 1;
    }

    /** A frame for a writer, who has reserved it: clean pages and what readers fill are soon to be had. */
    private int take() {
        while (true) {
            int frame = frames.take(this);
            if (frame != Frames.NONE) {
                return frame;
            }
            Thread.onSpinWait();
        }
    }

    // ---- dropping

    /** Forgets the pages of blocks {@code first..last}, dirty or not. Writes under way go on. */
    void drop(long ino, long first, long last) {
        CachedFile file = files.get(ino);
        if (file == null) {
            return;
        }
        synchronized (file) {
            for (int frame : file.framesIn(first, last)) {
                drop(file, frame);
            }
            retireIfEmpty(file);
        }
    }

    /** For the sweep: gives the frame up if it still holds a clean page of this file that was not used lately. */
    boolean evict(CachedFile file, int frame) {
        synchronized (file) {
            int now = frames.state[frame];
            if (frames.owner[frame] != file
                    || (now & (Frames.DIRTY | Frames.WRITEBACK | Frames.PINNED | Frames.DROPPED)) != 0) {
                return false;
            }
            if ((now & Frames.RECENT) != 0) {
                frames.state[frame] = (byte) (now & ~Frames.RECENT);
                return false;
            }
            file.remove(frame);
            frames.owner[frame] = null;
            retireIfEmpty(file);
            return true;
        }
    }

    /**
     * As {@link #drop}, but leaves pages that are being written.
     *
     * @return whether there are none
     */
    boolean dropIdle(long ino, long first, long last) {
        CachedFile file = files.get(ino);
        if (file == null) {
            return true;
        }
        boolean all = true;
        synchronized (file) {
            for (int frame : file.framesIn(first, last)) {
                if ((frames.state[frame] & Frames.WRITEBACK) == 0) {
                    drop(file, frame);
                } else {
                    all = false;
                }
            }
            retireIfEmpty(file);
        }
        return all;
    }

    private void drop(CachedFile file, int frame) {
        file.remove(frame);
        frames.owner[frame] = null;
        int now = frames.state[frame];
        if ((now & Frames.WRITEBACK) != 0) {
            frames.state[frame] = (byte) ((now | Frames.DROPPED) & ~Frames.DIRTY);
            return;
        }
        if ((now & Frames.DIRTY) != 0) {
            writeback.cleaned();
        }
        frames.give(frame);
    }

    private void occupy(CachedFile file, int frame, long block, long blkno, int state) {
        frames.block[frame] = block;
        frames.blkno[frame] = blkno;
        frames.state[frame] = (byte) state;
        frames.owner[frame] = file;
        file.add(frame);
    }

    private void retireIfEmpty(CachedFile file) {
        if (file.pages() == 0 && !file.dead) {
            file.dead = true;
            files.remove(file.ino, file);
        }
    }

    /** Nobody uses it any more; what is dirty is lost. The workers have ended. */
    @Override
    public void close() {
        frames.close();
    }
}
