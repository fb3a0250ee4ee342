package org.scoutfs.device;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A bounded stock of native memory aligned to {@link BlockDevice#ALIGNMENT}, in three sizes.
 *
 * <ul>
 *   <li>Each size has its own limit. Memory is taken from the operating system when first needed and kept until {@link #close()}.
 *   <li>{@link #lease(long)} waits while all buffers of the size are lent. A thread that waits while it holds a buffer of the same size
 *       can deadlock with others that do the same: lease once for each task.
 *   <li>Contents are whatever the last holder left.
 *   <li>A lease is closed exactly once, by anybody; its segment must not be used afterwards. Any thread may use the pool.
 * </ul>
 */
public final class AlignedBuffers implements AutoCloseable {
    public static final int SMALL_BYTES = 4 << 10;
    public static final int MEDIUM_BYTES = 64 << 10;
    public static final int LARGE_BYTES = 1 << 20;

    private final Arena arena = Arena.ofShared();
    private final ReentrantLock lock = new ReentrantLock();
    private final SizeClass small;
    private final SizeClass medium;
    private final SizeClass large;
    private int lent;
    private boolean closed;

    /** Limits are numbers of buffers, each at least 1. */
    public AlignedBuffers(int smallLimit, int mediumLimit, int largeLimit) {
        small = new SizeClass(SMALL_BYTES, smallLimit);
        medium = new SizeClass(MEDIUM_BYTES, mediumLimit);
        large = new SizeClass(LARGE_BYTES, largeLimit);
    }

    /**
     * Lends a buffer of exactly {@code sizeBytes} (1 to {@value #LARGE_BYTES}), waiting until one is free. The wait cannot be interrupted:
     * buffers are held for the length of a transfer, not for that of a conversation.
     */
    public Lease lease(long sizeBytes) {
        SizeClass sizeClass = classFor(sizeBytes);
        lock.lock();
        try {
            MemorySegment buffer;
            while ((buffer = take(sizeClass)) == null) {
                sizeClass.returned.awaitUninterruptibly();
            }
            return new Lease(sizeClass, buffer, sizeBytes);
        } finally {
            lock.unlock();
        }
    }

    /** As {@link #lease}, but null instead of waiting. */
    public @Nullable Lease tryLease(long sizeBytes) {
        SizeClass sizeClass = classFor(sizeBytes);
        lock.lock();
        try {
            MemorySegment buffer = take(sizeClass);
            return buffer == null ? null : new Lease(sizeClass, buffer, sizeBytes);
        } finally {
            lock.unlock();
        }
    }

    /** Buffers lent now. */
    public int lent() {
        lock.lock();
        try {
            return lent;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Frees the memory.
     *
     * @throws IllegalStateException if buffers are still lent; the memory then stays allocated, since somebody may be writing to it
     */
    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            for (SizeClass sizeClass : new SizeClass[] {small, medium, large}) {
                sizeClass.returned.signalAll();
            }
            if (lent > 0) {
                throw new IllegalStateException(lent + " aligned buffers were not given back");
            }
        } finally {
            lock.unlock();
        }
        arena.close();
    }

    /** The lock is held. Null: all are lent. */
    private @Nullable MemorySegment take(SizeClass sizeClass) {
        if (closed) {
            throw new IllegalStateException("the pool of aligned buffers is closed");
        }
        MemorySegment buffer = sizeClass.free.pollLast();
        if (buffer == null && sizeClass.allocated < sizeClass.limit) {
            buffer = arena.allocate(sizeClass.bytes, BlockDevice.ALIGNMENT);
            sizeClass.allocated++;
        }
        if (buffer != null) {
            lent++;
        }
        return buffer;
    }

    private SizeClass classFor(long sizeBytes) {
        if (sizeBytes <= 0 || sizeBytes > LARGE_BYTES) {
            throw new IllegalArgumentException("no aligned buffers of " + sizeBytes + " bytes");
        }
        return sizeBytes <= SMALL_BYTES ? small : sizeBytes <= MEDIUM_BYTES ? medium : large;
    }

    /** Buffers of one size; guarded by the pool's lock. The last one given back is lent first: it is warm. */
    private final class SizeClass {
        final int bytes;
        final int limit;
        final ArrayDeque<MemorySegment> free = new ArrayDeque<>();
        final Condition returned = lock.newCondition();
        int allocated;

        SizeClass(int bytes, int limit) {
            if (limit < 1) {
                throw new IllegalArgumentException("limit " + limit + " for buffers of " + bytes + " bytes");
            }
            this.bytes = bytes;
            this.limit = limit;
        }
    }

    /** The right to use one buffer until closed. */
    public final class Lease implements AutoCloseable {
        private final SizeClass sizeClass;
        private final MemorySegment buffer;
        private final MemorySegment segment;
        private boolean over;

        private Lease(SizeClass sizeClass, MemorySegment buffer, long sizeBytes) {
            this.sizeClass = sizeClass;
            this.buffer = buffer;
            this.segment = sizeBytes == sizeClass.bytes ? buffer : buffer.asSlice(0, sizeBytes);
        }

        /** Page-aligned native memory of the size asked for, usable by any thread. */
        public MemorySegment segment() {
            return segment;
        }

        /**
         * Gives the buffer back.
         *
         * @throws IllegalStateException the second time
         */
        @Override
        public void close() {
            lock.lock();
            try {
                if (over) {
                    throw new IllegalStateException("an aligned buffer was given back twice");
                }
                over = true;
                lent--;
                sizeClass.free.addLast(buffer);
                sizeClass.returned.signal();
            } finally {
                lock.unlock();
            }
        }
    }
}
