package org.scoutfs.fs.data;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.host.BlockingAware;
import org.scoutfs.trans.DirtyData;

/**
 * Brings dirty pages to the device: some in the background while they become many, all of them in a commit. Pages of all files are
 * written together in the order of their blocks, so that many small files written one after the other are few large transfers.
 *
 * <p>At most 3/4 of the cache may be dirty: a writer reserves pages before it changes anything and waits then. A page is written by one
 * transfer at a time; if it is changed during it, it stays dirty. A failed transfer leaves its pages dirty. Safe for all threads.
 */
final class Writeback implements DirtyData {
    private static final System.Logger LOG = System.getLogger("org.scoutfs.fs.data");

    /** Pages of one transfer: 1 MiB. */
    private static final int RUN_PAGES = 256;
    /** Pages that are sorted together; their place fits into 16 bits. */
    private static final int BATCH_SHIFT = 16;

    private static final int BATCH_PAGES = 1 << BATCH_SHIFT;
    /** Newly dirty pages after which writing begins: 16 MiB. */
    private static final int BACKGROUND_PAGES = 4096;

    private final PageCache cache;
    private final Frames frames;
    private final DataIo io;
    private final int limit;
    private final Counter pagesWritten;
    private final Counter writes;
    private final Counter failures;
    private final Counter waits;

    /** Pages that are dirty or being written, and those reserved. */
    private final AtomicInteger used = new AtomicInteger();
    /** Pages that are dirty or being written. */
    private final AtomicInteger dirty = new AtomicInteger();

    private final AtomicInteger dirtiedLately = new AtomicInteger();
    private final AtomicBoolean collecting = new AtomicBoolean();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition ended = lock.newCondition();

    // Changed with the lock held.
    private volatile int inFlight;
    private volatile long completions;
    private volatile long failed;

    /** Failures when the running commit began to write. Only the committing thread uses it. */
    private long failedBefore;

    Writeback(PageCache cache, Frames frames, DataIo io, Counters counters) {
        this.cache = cache;
        this.frames = frames;
        this.io = io;
        this.limit = frames.count() / 4 * 3;
        this.pagesWritten = counters.get("data_writeback_pages");
        this.writes = counters.get("data_writeback_writes");
        this.failures = counters.get("data_writeback_failed");
        this.waits = counters.get("data_dirty_wait");
    }

    /** Pages dirty or being written now. */
    int dirtyPages() {
        return dirty.get();
    }

    // ---- room

    /**
     * Keeps room for pages about to become dirty, waiting for writes while too many are. What {@link PageCache#write} did not use up is
     * given back by {@link #unreserve}.
     *
     * @param pages at most 1/8 of the cache
     * @throws FsException EIO if there is no room and the device takes nothing
     */
    void reserve(int pages) throws FsException {
        if (tryReserve(pages)) {
            return;
        }
        waits.increment();
        BlockingAware.beforeBlocking();
        long failedAtFirst = failed;
        while (true) {
            long seen = completions;
            if (tryReserve(pages)) {
                return;
            }
            if (failed != failedAtFirst) {
                throw new FsException(Errno.EIO, "file contents cannot be written to the data device");
            }
            if (inFlight == 0 && dirty.get() > 0) {
                startBackground();
            }
            awaitCompletionAfter(seen);
        }
    }

    private boolean tryReserve(int pages) {
        while (true) {
            int now = used.get();
            if (now + pages > limit) {
                return false;
            }
            if (used.compareAndSet(now, now + pages)) {
                return true;
            }
        }
    }

    void unreserve(int pages) {
        if (pages > 0) {
            used.addAndGet(-pages);
            if (used.get() + pages > limit / 2) {
                signal();
            }
        }
    }

    /** A clean page became dirty and uses up a reserved one. */
    void dirtied() {
        dirty.incrementAndGet();
        dirtiedLately.incrementAndGet();
    }

    /** A page is neither dirty nor being written any more. */
    void cleaned() {
        dirty.decrementAndGet();
        used.decrementAndGet();
    }

    /** After a write: starts to write in the background if much became dirty. */
    void balance() {
        if (dirtiedLately.get() >= BACKGROUND_PAGES || dirty.get() > limit / 3 * 2) {
            startBackground();
        }
    }

    private void startBackground() {
        if (collecting.compareAndSet(false, true)) {
            dirtiedLately.set(0);
            boolean queued = false;
            try {
                begin();
                queued = io.workers().tryExecute(this::background);
            } finally {
                if (!queued) {
                    collecting.set(false);
                    end(0);
                }
            }
        }
    }

    private void background() {
        try {
            while (submitBatch() == BATCH_PAGES) {
                // there may be more
            }
        } finally {
            collecting.set(false);
            end(0);
        }
    }

    // ---- the commit

    @Override
    public void startWriteback() {
        failedBefore = failed;
        dirtiedLately.set(0);
        submitAll();
    }

    private void submitAll() {
        while (dirty.get() > 0 && submitBatch() == BATCH_PAGES) {
            // there may be more
        }
    }

    @Override
    public void finishWriteback() throws FsException {
        BlockingAware.beforeBlocking();
        while (true) {
            awaitIdle();
            if (failed != failedBefore) {
                throw new FsException(Errno.EIO, "file contents cannot be written to the data device");
            }
            if (dirty.get() == 0) {
                break;
            }
            // pages that were changed while the background wrote them
            submitAll();
        }
        io.flush();
    }

    // ---- collecting and writing

    /** Marks dirty pages as being written and hands them to the workers; returns how many. */
    private int submitBatch() {
        int end = frames.touched();
        int capacity = Math.min(Math.max(dirty.get(), 64), BATCH_PAGES);
        int[] found = new int[capacity];
        int n = 0;
        for (int frame = 0; frame < end && n < BATCH_PAGES; frame++) {
            if ((frames.state[frame] & (Frames.DIRTY | Frames.WRITEBACK)) == Frames.DIRTY) {
                if (n == found.length) {
                    found = Arrays.copyOf(found, Math.min(2 * n, BATCH_PAGES));
                }
                found[n++] = frame;
            }
        }
        Batch batch = mark(found, n);
        for (int from = 0; from < batch.count; ) {
            int to = batch.chunkEnd(from);
            Chunk chunk = new Chunk(batch, from, to);
            begin();
            if (!io.workers().tryExecute(chunk)) {
                chunk.run();
            }
            from = to;
        }
        return n;
    }

    private Batch mark(int[] candidates, int count) {
        Batch batch = new Batch(count);
        for (int i = 0; i < count; i++) {
            int frame = candidates[i];
            CachedFile file = frames.owner[frame];
            if (file != null) {
                synchronized (file) {
                    if (frames.owner[frame] == file
                            && (frames.state[frame] & (Frames.DIRTY | Frames.WRITEBACK)) == Frames.DIRTY) {
                        frames.state[frame] = (byte) ((frames.state[frame] | Frames.WRITEBACK) & ~Frames.DIRTY);
                        batch.add(frame, file, frames.blkno[frame]);
                    }
                }
            }
        }
        batch.sort();
        return batch;
    }

    /** Pages marked for writing, in the order of their blocks after {@link #sort}. */
    private static final class Batch {
        private final int[] frame;
        private final CachedFile[] owner;
        private final long[] blkno;
        private int count;

        Batch(int capacity) {
            frame = new int[capacity];
            owner = new CachedFile[capacity];
            blkno = new long[capacity];
        }

        void add(int pageFrame, CachedFile file, long pageBlkno) {
            frame[count] = pageFrame;
            owner[count] = file;
            blkno[count] = pageBlkno;
            count++;
        }

        void sort() {
            boolean sorted = true;
            for (int i = 1; i < count && sorted; i++) {
                sorted = blkno[i - 1] < blkno[i];
            }
            if (sorted) {
                return;
            }
            // data block numbers stay far below 2^47: that would be 512 PiB
            long[] keys = new long[count];
            for (int i = 0; i < count; i++) {
                keys[i] = (blkno[i] << BATCH_SHIFT) | i;
            }
            Arrays.sort(keys);
            int[] frames = frame.clone();
            CachedFile[] owners = owner.clone();
            for (int i = 0; i < count; i++) {
                int from = (int) keys[i] & (BATCH_PAGES - 1);
                frame[i] = frames[from];
                owner[i] = owners[from];
                blkno[i] = keys[i] >>> BATCH_SHIFT;
            }
        }

        /** End of the run of successive blocks that begins at {@code from}, at most {@code to}. */
        int runEnd(int from, int to) {
            int end = from + 1;
            while (end < to && blkno[end] == blkno[end - 1] + 1 && end - from < RUN_PAGES) {
                end++;
            }
            return end;
        }

        int chunkEnd(int from) {
            int end = from;
            while (end < count) {
                int run = runEnd(end, count);
                if (run - from > RUN_PAGES && end > from) {
                    break;
                }
                end = run;
            }
            return end;
        }
    }

    /** A part of a batch that one thread writes. */
    private final class Chunk implements Runnable {
        private final Batch batch;
        private final int from;
        private final int to;

        Chunk(Batch batch, int from, int to) {
            this.batch = batch;
            this.from = from;
            this.to = to;
        }

        @Override
        public void run() {
            int at = from;
            int failures = 0;
            try {
                while (at < to) {
                    int end = batch.runEnd(at, to);
                    boolean done = write(batch, at, end);
                    failures += done ? 0 : 1;
                    finish(batch, at, end, done);
                    at = end;
                }
            } finally {
                finish(batch, at, to, false);
                end(at < to ? failures + 1 : failures);
            }
        }
    }

    private boolean write(Batch batch, int from, int to) {
        MemorySegment[] memory = Runs.segments(frames, batch.frame, from, to);
        try {
            if (memory.length == 1) {
                io.write(batch.blkno[from], memory[0]);
            } else {
                io.writeGather(batch.blkno[from], memory);
            }
        } catch (FsException e) {
            failures.increment();
            if (failed == 0) {
                LOG.log(System.Logger.Level.ERROR, "file contents stay in memory: {0}", e.getMessage());
            }
            return false;
        }
        writes.increment();
        pagesWritten.add(to - from);
        return true;
    }

    private void finish(Batch batch, int from, int to, boolean done) {
        for (int i = from; i < to; i++) {
            int frame = batch.frame[i];
            synchronized (batch.owner[i]) {
                int now = frames.state[frame] & ~Frames.WRITEBACK;
                if ((now & Frames.DROPPED) != 0) {
                    cleaned();
                    frames.give(frame);
                    continue;
                }
                if (!done) {
                    now |= Frames.DIRTY;
                }
                frames.state[frame] = (byte) now;
                if ((now & Frames.DIRTY) == 0) {
                    cleaned();
                }
            }
        }
    }

    // ---- one file

    /**
     * Returns when blocks {@code first..last} of a file are on the device, not flushed. Whoever changes them meanwhile is not waited for.
     */
    void writeRange(long ino, long first, long last) throws FsException {
        long failedAtFirst = failed;
        await(ino, first, last);
        CachedFile file = cache.file(ino);
        if (file != null) {
            int[] found;
            synchronized (file) {
                found = file.framesIn(first, last);
            }
            Batch batch = mark(found, found.length);
            begin();
            new Chunk(batch, 0, batch.count).run();
        }
        await(ino, first, last);
        if (failed != failedAtFirst) {
            throw new FsException(Errno.EIO, "file contents cannot be written to the data device");
        }
    }

    /** Returns when no write of the pages of these blocks is under way that was when the call began. */
    private void await(long ino, long first, long last) {
        while (true) {
            long seen = completions;
            if (!inWriteback(ino, first, last)) {
                return;
            }
            BlockingAware.beforeBlocking();
            awaitCompletionAfter(seen);
        }
    }

    /** Forgets the pages of these blocks, which the caller is about to write itself; no older write of them is under way on return. */
    void drop(long ino, long first, long last) {
        while (true) {
            long seen = completions;
            if (cache.dropIdle(ino, first, last)) {
                return;
            }
            BlockingAware.beforeBlocking();
            awaitCompletionAfter(seen);
        }
    }

    private boolean inWriteback(long ino, long first, long last) {
        CachedFile file = cache.file(ino);
        if (file == null) {
            return false;
        }
        synchronized (file) {
            for (int frame : file.framesIn(first, last)) {
                if ((frames.state[frame] & Frames.WRITEBACK) != 0) {
                    return true;
                }
            }
        }
        return false;
    }

    // ---- what is under way

    @SuppressWarnings("NonAtomicVolatileUpdate") // written under the lock, read without it
    private void begin() {
        lock.lock();
        try {
            inFlight = inFlight + 1;
        } finally {
            lock.unlock();
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // as begin
    private void end(int newFailures) {
        lock.lock();
        try {
            inFlight = inFlight - 1;
            failed = failed + newFailures;
            completions = completions + 1;
            ended.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // as begin
    private void signal() {
        lock.lock();
        try {
            completions = completions + 1;
            ended.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void awaitCompletionAfter(long seen) {
        lock.lock();
        try {
            while (completions == seen) {
                ended.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private void awaitIdle() {
        lock.lock();
        try {
            while (inFlight > 0) {
                ended.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }
}
