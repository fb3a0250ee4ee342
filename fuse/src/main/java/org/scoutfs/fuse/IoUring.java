package org.scoutfs.fuse;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import org.scoutfs.error.Errno;

/**
 * An io_uring with submissions of 128 bytes. Any thread may submit, with the monitor held while it fills in its entry; one thread at a time
 * awaits completions. The memory is given back when nobody refers to it any more, so that whoever asks late does no harm.
 *
 * <pre>
 * params    sq_entries@0 cq_entries@4 flags@8 ... sq_off@40 cq_off@80, 120 bytes
 * sq_off    head@0 tail@4 mask@8 entries@12 flags@16 dropped@20 array@24
 * cq_off    head@0 tail@4 mask@8 entries@12 overflow@16 cqes@20
 * cqe       user_data u64@0 res s32@8 flags@12
 * </pre>
 */
final class IoUring implements AutoCloseable {
    /** A thread that runs is not disturbed to make a completion; one that sleeps is woken. */
    private static final int SETUP_COOP_TASKRUN = 1 << 8;

    private static final int SETUP_SQE128 = 1 << 10;
    private static final int ENTER_GETEVENTS = 1;

    private static final int PARAMS_BYTES = 120;
    private static final int PARAMS_SQ_ENTRIES = 0;
    private static final int PARAMS_CQ_ENTRIES = 4;
    private static final int PARAMS_FLAGS = 8;
    private static final int PARAMS_SQ_OFF = 40;
    private static final int PARAMS_CQ_OFF = 80;
    private static final int OFF_HEAD = 0;
    private static final int OFF_TAIL = 4;
    private static final int OFF_MASK = 8;
    private static final int OFF_CQES = 20;
    private static final int OFF_ARRAY = 24;

    private static final long MAP_SQ_RING = 0;
    private static final long MAP_CQ_RING = 0x8000000L;
    private static final long MAP_SQES = 0x10000000L;

    private static final int SQE_BYTES = 128;
    private static final int CQE_BYTES = 16;
    private static final int CQE_RES = 8;

    private static final VarHandle INT = JAVA_INT.varHandle();

    private final int fd;
    private final MemorySegment submissionRing;
    private final MemorySegment completionRing;
    private final MemorySegment submissions;
    private final long submissionHead;
    private final long submissionTail;
    private final int submissionMask;
    private final long completionHead;
    private final long completionTail;
    private final int completionMask;
    private final long completions;

    /** Of the entry that {@link #prepare} hands over next. */
    @GuardedBy("this")
    private int prepared;

    /** Completions that were taken. By the thread that awaits them. */
    private int taken;

    private IoUring(int fd, MemorySegment params) {
        this.fd = fd;
        long arrayAt = Integer.toUnsignedLong(params.get(JAVA_INT, PARAMS_SQ_OFF + OFF_ARRAY));
        int submissionCount = params.get(JAVA_INT, PARAMS_SQ_ENTRIES);
        int completionCount = params.get(JAVA_INT, PARAMS_CQ_ENTRIES);
        completions = Integer.toUnsignedLong(params.get(JAVA_INT, PARAMS_CQ_OFF + OFF_CQES));
        submissionRing = NativeCalls.mapShared(fd, MAP_SQ_RING, arrayAt + 4L * submissionCount);
        completionRing = NativeCalls.mapShared(fd, MAP_CQ_RING, completions + (long) CQE_BYTES * completionCount);
        submissions = NativeCalls.mapShared(fd, MAP_SQES, (long) SQE_BYTES * submissionCount);
        submissionHead = Integer.toUnsignedLong(params.get(JAVA_INT, PARAMS_SQ_OFF + OFF_HEAD));
        submissionTail = Integer.toUnsignedLong(params.get(JAVA_INT, PARAMS_SQ_OFF + OFF_TAIL));
        submissionMask = mask(submissionRing, params, PARAMS_SQ_OFF);
        completionHead = Integer.toUnsignedLong(params.get(JAVA_INT, PARAMS_CQ_OFF + OFF_HEAD));
        completionTail = Integer.toUnsignedLong(params.get(JAVA_INT, PARAMS_CQ_OFF + OFF_TAIL));
        completionMask = mask(completionRing, params, PARAMS_CQ_OFF);
        for (int i = 0; i < submissionCount; i++) {
            submissionRing.set(JAVA_INT, arrayAt + 4L * i, i);
        }
    }

    private static int mask(MemorySegment ring, MemorySegment params, int offsets) {
        return ring.get(JAVA_INT, Integer.toUnsignedLong(params.get(JAVA_INT, offsets + OFF_MASK)));
    }

    /** Whether this process may have rings of this kind. @return 0 or a negated errno */
    static int probe() {
        try (Arena arena = Arena.ofConfined()) {
            int fd = setup(1, arena.allocate(PARAMS_BYTES, 8));
            return fd < 0 ? fd : NativeCalls.close(fd);
        }
    }

    /**
     * @param entries submissions that may be prepared at once, a power of two
     * @throws RingFailure if the system refuses
     */
    static IoUring make(int entries) throws RingFailure {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = arena.allocate(PARAMS_BYTES, 8);
            int fd = setup(entries, params);
            if (fd < 0) {
                throw new RingFailure(fd);
            }
            return new IoUring(fd, params);
        }
    }

    private static int setup(int entries, MemorySegment params) {
        params.set(JAVA_INT, PARAMS_FLAGS, SETUP_SQE128 | SETUP_COOP_TASKRUN);
        return NativeCalls.ioUringSetup(entries, params);
    }

    /** The entry to fill in before {@link #prepare}, with what was left in it. There is room as long as each user has one at most. */
    @GuardedBy("this")
    MemorySegment entry() {
        return submissions.asSlice((long) SQE_BYTES * (prepared & submissionMask), SQE_BYTES);
    }

    /** The number of the entry that {@link #prepare} hands over next, for {@link #isSubmitted}. */
    @GuardedBy("this")
    int next() {
        return prepared;
    }

    /** The entry goes to the kernel with the next {@link #submit} or {@link #await}, of whatever thread. */
    @GuardedBy("this")
    void prepare() {
        prepared++;
        INT.setRelease(submissionRing, submissionTail, prepared);
    }

    /** Whether the kernel has carried out this entry, as far as it could without waiting. */
    boolean isSubmitted(int number) {
        return (int) INT.getAcquire(submissionRing, submissionHead) - number > 0;
    }

    private int unsubmitted() {
        return (int) INT.getAcquire(submissionRing, submissionTail)
                - (int) INT.getAcquire(submissionRing, submissionHead);
    }

    /** Hands what was prepared to the kernel. @return 0 or a negated errno */
    int submit(MemorySegment errno) {
        int count;
        while ((count = unsubmitted()) > 0) {
            long n = NativeCalls.ioUringEnter(errno, fd, count, 0, 0);
            if (n < 0 && isFatal(n)) {
                return (int) n;
            }
        }
        return 0;
    }

    /** Whether a completion is there to be taken without waiting. */
    boolean isCompleted() {
        return (int) INT.getAcquire(completionRing, completionTail) != taken;
    }

    /** Hands what was prepared to the kernel and waits until a completion is there. @return 0 or a negated errno */
    int await(MemorySegment errno) {
        if (isCompleted()) {
            // Replies that were prepared must not wait for what is done about this completion.
            return submit(errno);
        }
        while (!isCompleted()) {
            long n = NativeCalls.ioUringEnter(errno, fd, unsubmitted(), 1, ENTER_GETEVENTS);
            if (n < 0 && isFatal(n)) {
                return (int) n;
            }
        }
        return 0;
    }

    /** Result of the completion that is there. */
    int result() {
        return completionRing.get(JAVA_INT, completionAt() + CQE_RES);
    }

    /** What was given with the entry of the completion that is there. */
    long userData() {
        return completionRing.get(JAVA_LONG, completionAt());
    }

    /** The completion was looked at. */
    void take() {
        taken++;
        INT.setRelease(completionRing, completionHead, taken);
    }

    private long completionAt() {
        return completions + (long) CQE_BYTES * (taken & completionMask);
    }

    private static boolean isFatal(long negatedErrno) {
        return negatedErrno != -Errno.EINTR.number()
                && negatedErrno != -Errno.EAGAIN.number()
                && negatedErrno != -Errno.EBUSY.number();
    }

    @Override
    public void close() {
        NativeCalls.close(fd);
    }

    /** The system has no ring for us. */
    static final class RingFailure extends Exception {
        private static final long serialVersionUID = 1;
        private final int negatedErrno;

        RingFailure(int negatedErrno) {
            super("io_uring: " + Errno.of(-negatedErrno).text());
            this.negatedErrno = negatedErrno;
        }

        int negatedErrno() {
            return negatedErrno;
        }
    }
}
