package org.scoutfs.fuse;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;
import org.scoutfs.host.BlockingAware;

/**
 * A file with at least one O_RDWR handle. Its pages may be changed through a mapping without notice, so the kernel fills them under
 * the lock for writing only (spec 6 section 7.2); and its buffered writes are in the page cache before they are here, so a read
 * that overlaps a write under way waits for it (rule R5 of section 6.2).
 */
final class MappableFile {
    final long ino;

    /** Open O_RDWR handles; guarded by {@link MappableFiles}. */
    int handles;

    @GuardedBy("this")
    private final List<Range> writes = new ArrayList<>(2);

    MappableFile(long ino) {
        this.ino = ino;
    }

    /** A buffered write under way, {@code start} included, {@code end} not. */
    record Range(long start, long end) {}

    synchronized Range beginWrite(long start, long bytes) {
        Range range = new Range(start, start + bytes);
        writes.add(range);
        return range;
    }

    synchronized void endWrite(Range range) {
        // Of two equal ones either will do.
        writes.remove(range);
        notifyAll();
    }

    /** Returns when no buffered write under way overlaps the range. Says that it waits. */
    void awaitWrites(long start, long bytes) {
        synchronized (this) {
            if (!overlaps(start, start + bytes)) {
                return;
            }
        }
        BlockingAware.beforeBlocking();
        boolean interrupted = false;
        synchronized (this) {
            while (overlaps(start, start + bytes)) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @GuardedBy("this")
    private boolean overlaps(long start, long end) {
        for (Range write : writes) {
            if (write.start < end && start < write.end) {
                return true;
            }
        }
        return false;
    }
}
