package org.scoutfs.block;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.scoutfs.format.BlockReference;

/**
 * A pinned large block in the cache. Whoever got it from {@link BlockCache} or {@link #pin()} closes it once; the bytes are valid
 * until then.
 *
 * <p>The bytes of a block that is not dirty never change: nobody may write to {@link #data()}. A dirty block belongs to one {@link
 * BlockWriter}; whoever serialises that writer's changes may write to it, and only they may read it.
 *
 * <p>Pins, presence in the cache and the accessed mark live in one atomic word, so that "take a pin if still present" and "remove if
 * nobody has a pin" are single steps (spec 2 section 1.2).
 */
public final class Block implements AutoCloseable {
    /** Present in the cache: lookups may take pins. Taken away exactly once. */
    private static final int LIVE = 1 << 30;
    /** Looked up since it was inserted or last visited by the sweep. */
    private static final int ACCESSED = 1 << 29;

    private static final int PINS = ACCESSED - 1;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Block.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final FrameSlab slab;
    private final Frame frame;
    private final MemorySegment data;
    private final long blkno;

    /** Chain of a bucket of {@link BlockMap}, which owns it. */
    volatile @Nullable Block next;

    private volatile int state = LIVE | 1;

    /** What to wait for while the thread that inserted the block reads it from the device; null at other times. */
    private volatile @Nullable CountDownLatch reading;

    private volatile @Nullable IOException readError;

    /** The writer it is dirty for. Changed only under the writer's serialisation. */
    private volatile @Nullable BlockWriter writer;

    /**
     * Type and seq of the header, once checksum, fsid and number were found right: so that a hit need not touch the block's bytes. Races are
     * benign: all threads that compute them come to the same result on the same immutable bytes.
     */
    private int magic;

    private long seq;
    private volatile boolean verified;

    private volatile int checked;

    /** Where it was made, when leaks are traced. */
    private final @Nullable Throwable origin;

    /**
     * Starts live with one pin, that of the caller.
     *
     * @param toBeRead the caller will read it and then call {@link #finishRead}
     */
    Block(FrameSlab slab, Frame frame, long blkno, boolean toBeRead, boolean traceLeaks) {
        this.slab = slab;
        this.frame = frame;
        this.data = frame.data;
        this.blkno = blkno;
        this.reading = toBeRead ? new CountDownLatch(1) : null;
        this.origin = traceLeaks ? new Throwable("origin") : null;
    }

    /** All 65536 bytes; read-only by contract unless dirty. Not to be used after the pin was closed. */
    public MemorySegment data() {
        return data;
    }

    /** Large block number. */
    public long blkno() {
        return blkno;
    }

    /** What a parent stores to refer to this block. */
    public BlockReference reference() {
        return new BlockReference(blkno, seq);
    }

    /** Random stamp of its contents, as in the header. */
    public long seq() {
        return seq;
    }

    /** Whether some writer owns it and has not written it. */
    public boolean isDirty() {
        return writer != null;
    }

    /** What {@link #setChecked} stored for these bytes, or for those they were copied from; 0 if it was not called. */
    public int checked() {
        return checked;
    }

    /**
     * For the owner of the block's type: remembers that offsets and counts in the block were found sane, so that this is done once for each
     * cached object. The value is the owner's, not 0.
     */
    public void setChecked(int value) {
        checked = value;
    }

    /** Takes another pin, to be closed like the first. The caller has one already. */
    public Block pin() {
        STATE.getAndAdd(this, 1);
        return this;
    }

    /** Gives the pin back. */
    @Override
    public void close() {
        int after = (int) STATE.getAndAdd(this, -1) - 1;
        if ((after & PINS) == PINS) {
            throw new IllegalStateException("pin of block " + blkno + " closed twice");
        }
        if ((after & (LIVE | PINS)) == 0) {
            slab.give(frame);
        }
    }

    @Override
    public String toString() {
        int now = state;
        return "block " + blkno + " pins " + (now & PINS) + ((now & LIVE) != 0 ? " live" : " removed")
                + (isDirty() ? " dirty" : "") + (reading == null ? "" : " reading");
    }

    /** Takes a pin if the block is still live. */
    boolean tryPin() {
        for (; ; ) {
            int now = state;
            if ((now & LIVE) == 0) {
                return false;
            }
            if (STATE.compareAndSet(this, now, (now | ACCESSED) + 1)) {
                return true;
            }
        }
    }

    /**
     * Takes presence away; pins that exist stay valid and the last one recycles the frame. The caller has a pin, and unlinks the
     * block from the map if this returns true.
     */
    boolean kill() {
        return ((int) STATE.getAndBitwiseAnd(this, ~LIVE) & LIVE) != 0;
    }

    /**
     * For the sweep: clears the accessed mark if {@code secondChance}, else takes presence away if there is no pin. True: the frame
     * is the caller's.
     */
    boolean tryEvict(boolean secondChance) {
        int now = state;
        if ((now & ACCESSED) != 0 && secondChance) {
            STATE.compareAndSet(this, now, now & ~ACCESSED);
            return false;
        }
        return (now & (LIVE | PINS)) == LIVE && STATE.compareAndSet(this, now, 0);
    }

    /** Whether anybody but the writer has a pin. */
    boolean isPinned() {
        return (state & PINS) > (isDirty() ? 1 : 0);
    }

    @Nullable
    Throwable origin() {
        return origin;
    }

    /** Ends the read that the inserting thread did. Null: the bytes are there. */
    void finishRead(@Nullable IOException error) {
        CountDownLatch latch = reading;
        readError = error;
        reading = null;
        if (latch != null) {
            latch.countDown();
        }
    }

    /**
     * Waits for the read of another thread. The wait is as long as a device read.
     *
     * @return the error of the read, or null
     */
    @Nullable
    IOException awaitRead() {
        CountDownLatch latch = reading;
        if (latch != null) {
            Waiting.uninterruptibly(latch);
        }
        return readError;
    }

    /** Whether {@link #setVerified} was called. */
    boolean isVerified() {
        return verified;
    }

    int magic() {
        return magic;
    }

    /** Checksum, fsid and number are right; type and seq are these. */
    void setVerified(int newMagic, long newSeq) {
        magic = newMagic;
        seq = newSeq;
        verified = true;
    }

    @Nullable
    BlockWriter writer() {
        return writer;
    }

    void setWriter(@Nullable BlockWriter newWriter) {
        writer = newWriter;
    }
}
