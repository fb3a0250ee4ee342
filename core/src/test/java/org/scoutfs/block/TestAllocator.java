package org.scoutfs.block;

import java.util.Set;
import java.util.TreeSet;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;

/**
 * Block numbers for tests: the lowest free one first, and none again before {@link #commit}. Knows what is in use, finds double frees, and
 * fails on demand.
 */
public final class TestAllocator implements BlockAllocator {
    private final TreeSet<Long> used = new TreeSet<>();
    private final TreeSet<Long> reusable = new TreeSet<>();
    private final TreeSet<Long> freed = new TreeSet<>();
    private long nextFresh;
    private long left = Long.MAX_VALUE;
    private int low;

    public TestAllocator(long firstBlkno) {
        nextFresh = firstBlkno;
    }

    @Override
    public long allocate() throws FsException {
        if (left == 0) {
            throw new FsException(Errno.ENOSPC);
        }
        left--;
        Long blkno = reusable.pollFirst();
        if (blkno == null) {
            blkno = nextFresh++;
        }
        used.add(blkno);
        return blkno;
    }

    @Override
    public void free(long blkno) {
        if (!used.remove(blkno)) {
            throw new IllegalStateException("block " + blkno + " was freed and is not in use");
        }
        freed.add(blkno);
    }

    @Override
    public boolean low(int blocks) {
        return left < blocks || (low > 0 && --low == 0);
    }

    /** A number from elsewhere is in use now. */
    public void adopt(long blkno) {
        used.add(blkno);
    }

    /** Makes freed numbers usable. */
    public void commit() {
        reusable.addAll(freed);
        freed.clear();
    }

    /** Back to an earlier {@link #used()}, without a limit; everything else is never used again. */
    public void rollBack(Set<Long> earlier) {
        used.clear();
        used.addAll(earlier);
        reusable.clear();
        freed.clear();
        left = Long.MAX_VALUE;
    }

    /** From now on only so many numbers are handed out. */
    public void limit(long blocks) {
        left = blocks;
    }

    /** The {@code number}th question from now on, counted from 1, is answered with low. */
    public void beLowAt(int number) {
        low = number;
    }

    /** Numbers handed out and not freed, a copy. */
    public Set<Long> used() {
        return new TreeSet<>(used);
    }
}
