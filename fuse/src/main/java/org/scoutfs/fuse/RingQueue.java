package org.scoutfs.fuse;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.fuse.protocol.Wire;

/**
 * FUSE over io_uring (spec 6 section 3.5): the queue of one processor. The kernel puts a request into an entry of the queue of the processor on
 * which its caller runs. The readers of a queue are bound to that processor, so the caller's time slice becomes theirs and no other processor
 * has to be woken.
 *
 * <p>One reader at a time awaits requests; when it is about to wait for something else its pool has another one go on. So nobody holds a
 * request that somebody else has to serve. Whoever answers a request offers its entry for the next one; the two are one command, and it goes
 * to the kernel with the call that waits for the next request. Requests that wait keep their entries: when all of a queue wait, so do all
 * callers on that processor.
 *
 * <p>An entry belongs to the thread that offered it last, and a request for it is put there by that thread, woken from whatever it waits for.
 * A thread that has offered entries must not end before the mount.
 */
final class RingQueue implements AutoCloseable {
    /** Requests of one processor that may wait at once. */
    static final int ENTRIES = 512;

    private static final int URING_CMD = 46;
    private static final int REGISTER = 1;
    private static final int COMMIT_AND_FETCH = 2;

    private static final int SQE_FD = 4;
    private static final int SQE_COMMAND = 8;
    private static final int SQE_ADDR = 16;
    private static final int SQE_LEN = 24;
    private static final int SQE_USER_DATA = 32;
    private static final int SQE_FLAGS = 48;
    private static final int SQE_COMMIT_ID = 56;
    private static final int SQE_QUEUE = 64;
    private static final int IOVECS_BYTES = 32;

    private final int fd;
    private final int processor;
    private final RingEntry[] entries = new RingEntry[ENTRIES];
    private final Courtesy.@Nullable Turn turn;
    private final MemorySegment vectors = NativeCalls.mapPrivate((long) IOVECS_BYTES * ENTRIES);

    /** Made by the first reader, before any other is started. */
    private volatile @Nullable IoUring ring;

    /**
     * @param processor of which the queue is
     * @param turn of its readers, null where there is no courtesy
     */
    RingQueue(int fd, int processor, int maxWriteBytes, Courtesy.@Nullable Turn turn) {
        this.fd = fd;
        this.processor = processor;
        this.turn = turn;
        long each = RingEntry.memoryFor(maxWriteBytes);
        MemorySegment memory = NativeCalls.mapPrivate(each * ENTRIES);
        for (int i = 0; i < ENTRIES; i++) {
            entries[i] = new RingEntry(this, i, memory.asSlice(each * i, each));
        }
    }

    /** Binds the calling thread and offers all entries if nobody has. @return 0 or a negated errno */
    int open(MemorySegment errno) {
        // A processor that may be plugged in some time cannot be bound to yet; its queue has to be served all the same.
        NativeCalls.bindToProcessor(processor);
        if (ring != null) {
            return 0;
        }
        IoUring made;
        try {
            made = IoUring.make(ENTRIES);
        } catch (IoUring.RingFailure e) {
            return e.negatedErrno();
        }
        ring = made;
        synchronized (made) {
            for (RingEntry entry : entries) {
                long at = (long) IOVECS_BYTES * entry.index();
                entry.describe(vectors.asSlice(at, IOVECS_BYTES));
                MemorySegment sqe = made.entry();
                fill(sqe, REGISTER, entry);
                sqe.set(JAVA_LONG, SQE_ADDR, vectors.address() + at);
                sqe.set(JAVA_INT, SQE_LEN, 2);
                made.prepare();
            }
        }
        int result = made.submit(errno);
        // An error is there at once; a request would be there with result 0 and is left for later.
        return result == 0 && made.isCompleted() ? Math.min(made.result(), 0) : result;
    }

    private void fill(MemorySegment sqe, int command, RingEntry entry) {
        sqe.fill((byte) 0);
        sqe.set(JAVA_BYTE, 0, (byte) URING_CMD);
        sqe.set(JAVA_INT, SQE_FD, fd);
        sqe.set(JAVA_INT, SQE_COMMAND, command);
        sqe.set(JAVA_LONG, SQE_USER_DATA, entry.index());
        sqe.set(JAVA_LONG, SQE_FLAGS, 0);
        sqe.set(JAVA_SHORT, SQE_QUEUE, (short) processor);
    }

    /** Answers the request of an entry and offers it; {@link RingEntry#commits} hears the number of the command, for {@link #isSubmitted}. */
    void commit(RingEntry entry, long commitId) {
        IoUring made = opened();
        synchronized (made) {
            MemorySegment sqe = made.entry();
            fill(sqe, COMMIT_AND_FETCH, entry);
            sqe.set(JAVA_LONG, SQE_COMMIT_ID, commitId);
            entry.commits(made.next());
            made.prepare();
        }
    }

    boolean isSubmitted(int number) {
        return opened().isSubmitted(number);
    }

    /** Everything that was committed is with the kernel on return. */
    void flush(MemorySegment errno) {
        int result = opened().submit(errno);
        if (result < 0) {
            throw new IllegalStateException(
                    "io_uring_enter: " + Errno.of(-result).text());
        }
    }

    /** Waits for a request; {@code tid} is the calling thread. @return its entry's index, or a negated errno */
    int await(MemorySegment errno, int tid) {
        IoUring made = opened();
        int result;
        if (turn == null || made.isCompleted()) {
            result = made.await(errno);
        } else {
            turn.begin(errno, tid);
            try {
                result = made.await(errno);
            } finally {
                turn.end(errno);
            }
        }
        if (result == 0) {
            result = made.result();
            int index = (int) made.userData();
            made.take();
            if (result == 0) {
                return index;
            }
        }
        return result < 0 ? result : -Errno.EIO.number();
    }

    int processor() {
        return processor;
    }

    RingEntry entry(int index) {
        return entries[index];
    }

    /** After all readers have gone. */
    @Override
    public void close() {
        IoUring made = ring;
        if (made != null) {
            made.close();
        }
    }

    private IoUring opened() {
        IoUring made = ring;
        if (made == null) {
            throw new IllegalStateException("the queue of processor " + processor + " is not open");
        }
        return made;
    }

    /** What one reader sees of the queue. */
    static final class End implements Source {
        private final RingQueue queue;
        private final MemorySegment errno = NativeCalls.newErrno();
        private final Exchange nothing;
        private volatile Exchange exchange;
        private int tid;

        End(RingQueue queue) {
            this.queue = queue;
            this.nothing = queue.entries[0].unused();
            this.exchange = nothing;
        }

        @Override
        public int open() {
            tid = NativeCalls.threadId();
            return queue.open(errno);
        }

        @Override
        public long receive() {
            int index = queue.await(errno, tid);
            if (index < 0) {
                return index;
            }
            RingEntry entry = queue.entry(index);
            exchange = entry.exchange();
            return entry.received();
        }

        @Override
        public Exchange exchange() {
            return exchange;
        }

        @Override
        public void flush() {
            queue.flush(errno);
            exchange = nothing;
        }

        @Override
        public void leave() {
            exchange = nothing;
        }

        /** A reader of the device is there as well. */
        @Override
        public boolean reportsEnd() {
            return false;
        }

        @Override
        public void close() {}
    }

    /** Largest body of a request or a reply. */
    static long payloadBytes(int maxWriteBytes) {
        // Not less than the kernel takes.
        return Math.max(maxWriteBytes, 2 * Wire.PAGE_BYTES);
    }
}
