package org.scoutfs.lock;

import org.jspecify.annotations.Nullable;

/**
 * One cluster lock of this mount: the right to use a key range in a mode. Obtained from {@link LockClient}, given back with
 * {@link #unlock} by the same thread, once per successful lock call and in the mode that was asked for. Between the two the
 * granted mode satisfies the user; afterwards the object may be kept, but says nothing about the future.
 */
public final class ClusterLock {
    private final LockRange range;

    ClusterLock(LockRange range) {
        this.range = range;
    }

    public LockRange range() {
        return range;
    }

    /** The mode that users may use now. */
    public LockMode mode() {
        throw new UnsupportedOperationException();
    }

    /** Seq of the present WRITE or WRITE_ONLY grant, 0 for others; items written under it are never older. */
    public long writeSeq() {
        throw new UnsupportedOperationException();
    }

    /**
     * Number of the present readable period: greater than 0 while the lock is readable, the same across READ to WRITE and back,
     * a new and greater one each time the lock becomes readable again; 0 when not readable. What was loaded under an equal
     * generation is still true.
     */
    public long refreshGeneration() {
        throw new UnsupportedOperationException();
    }

    /** Gives back one use in {@code mode}. Must be called by the thread that locked. */
    public void unlock(LockMode mode) {
        throw new UnsupportedOperationException();
    }

    /** Log tree epoch in which the bloom bits of this range were set last ({@code LogTreeWriter}); 0 at first. */
    public long bloomEpoch() {
        throw new UnsupportedOperationException();
    }

    public void setBloomEpoch(long epoch) {
        throw new UnsupportedOperationException();
    }

    /** Cached items of this range; belongs to the item cache. */
    public @Nullable Object items() {
        throw new UnsupportedOperationException();
    }

    public void setItems(@Nullable Object items) {
        throw new UnsupportedOperationException();
    }

    /** Whatever the file system ties to this lock (open map of the group); it compares {@link #writeSeq} itself. */
    public @Nullable Object attachment() {
        throw new UnsupportedOperationException();
    }

    public void setAttachment(@Nullable Object attachment) {
        throw new UnsupportedOperationException();
    }
}
