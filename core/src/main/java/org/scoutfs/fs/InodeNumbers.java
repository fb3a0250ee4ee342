package org.scoutfs.fs;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Limits;
import org.scoutfs.host.BlockingAware;

/**
 * Numbers for new inodes (spec 4 section 2.1). Directories have a pool of their own, and so lock groups of their own, so that making
 * files in one directory does not fight over the group of another. Unused numbers are lost at unmount. Safe for all threads.
 *
 * <p>The next batch is asked for when a quarter of the present one is left, so that creators do not wait for the server.
 */
final class InodeNumbers {
    private static final int LOW = Limits.INO_BATCH / 4;
    private static final long GROUP_MASK = 1023;

    private final FsContext fs;
    private final Pool files = new Pool();
    private final Pool directories = new Pool();

    InodeNumbers(FsContext fs) {
        this.fs = fs;
    }

    /** A number nobody has had; ENOSPC when there are none left. */
    long allocate(boolean directory) throws FsException {
        int perLock = fs.options().inoAllocPerLock();
        Pool pool = directory && perLock == GROUP_MASK + 1 ? directories : files;
        return pool.take(perLock);
    }

    private final class Pool {
        @GuardedBy("this")
        private long next;

        @GuardedBy("this")
        private long left;

        @GuardedBy("this")
        private long spare;

        @GuardedBy("this")
        private long spareCount;

        @GuardedBy("this")
        private boolean asking;

        long take(int perLock) throws FsException {
            boolean told = false;
            while (true) {
                synchronized (this) {
                    if (left == 0 && spareCount > 0) {
                        next = spare;
                        left = spareCount;
                        spareCount = 0;
                    }
                    if (left > 0) {
                        if (left <= LOW && spareCount == 0 && !asking) {
                            asking = true;
                            fs.host().threads().virtual("inode numbers", this::askAhead);
                        }
                        return takeNext(perLock);
                    }
                    if (told) {
                        if (asking) {
                            waitForAnswer();
                            continue;
                        }
                        asking = true;
                    }
                }
                if (told) {
                    ask();
                } else {
                    told = true;
                    BlockingAware.beforeBlocking();
                }
            }
        }

        @GuardedBy("this")
        private long takeNext(int perLock) {
            long ino = next++;
            left--;
            if (perLock <= GROUP_MASK && (next & GROUP_MASK) >= perLock) {
                long skip = Math.min(GROUP_MASK + 1 - (next & GROUP_MASK), left);
                next += skip;
                left -= skip;
            }
            return ino;
        }

        @GuardedBy("this")
        private void waitForAnswer() {
            boolean interrupted = false;
            while (asking) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }

        private void askAhead() {
            try {
                ask();
            } catch (FsException e) {
                // whoever finds the pool empty asks again and gets the failure
            }
        }

        private void ask() throws FsException {
            FsCluster.InoRange range = null;
            try {
                range = fs.cluster().allocateInodes(Limits.INO_BATCH);
            } finally {
                synchronized (this) {
                    asking = false;
                    if (range != null) {
                        spare = range.first();
                        spareCount = range.count();
                    }
                    notifyAll();
                }
            }
        }
    }
}
