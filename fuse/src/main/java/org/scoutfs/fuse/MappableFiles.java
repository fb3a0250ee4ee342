package org.scoutfs.fuse;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The files that have O_RDWR handles now. Safe for all threads; costs one volatile read while there are none. */
final class MappableFiles {
    @GuardedBy("this")
    private final LongTable<MappableFile> files = new LongTable<>();

    private volatile int size;

    synchronized MappableFile opened(long ino) {
        MappableFile file = files.get(ino);
        if (file == null) {
            file = new MappableFile(ino);
            files.put(ino, file);
            size = files.size();
        }
        file.handles++;
        return file;
    }

    synchronized void released(MappableFile file) {
        if (--file.handles == 0) {
            files.remove(file.ino);
            size = files.size();
        }
    }

    @Nullable
    MappableFile get(long ino) {
        if (size == 0) {
            return null;
        }
        synchronized (this) {
            return files.get(ino);
        }
    }

    /** Inode numbers in this range, unsigned, both ends included. */
    long[] within(long first, long last) {
        if (size == 0) {
            return new long[0];
        }
        synchronized (this) {
            return Arrays.stream(files.keys())
                    .filter(ino -> Long.compareUnsigned(first, ino) <= 0 && Long.compareUnsigned(ino, last) <= 0)
                    .toArray();
        }
    }
}
