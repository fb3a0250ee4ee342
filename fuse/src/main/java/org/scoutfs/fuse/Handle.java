package org.scoutfs.fuse;

import org.jspecify.annotations.Nullable;
import org.scoutfs.fs.OpenFile;

/** What the kernel's {@code fh} stands for: one open file or directory. Made by OPEN, OPENDIR, CREATE or TMPFILE, ended by RELEASE. */
final class Handle {
    final OpenFile file;
    final boolean directory;

    /** Reads and writes of this handle go past the kernel's page cache. */
    final boolean direct;

    /** O_RDWR: a shared mapping of it changes pages without a word. Null otherwise. */
    final @Nullable MappableFile mappable;

    /**
     * Of a directory: when the last READDIRPLUS reply with timeouts was sent that the caller may not have worked through; 0 if none. The
     * next request on the handle proves that it has.
     */
    volatile long plusReplySentAt;

    private @Nullable OpenFile otherAppend;

    Handle(OpenFile file, boolean directory, boolean direct, @Nullable MappableFile mappable) {
        this.file = file;
        this.directory = directory;
        this.direct = direct;
        this.mappable = mappable;
    }

    long ino() {
        return file.ino();
    }

    /** The second open file, with the opposite O_APPEND, that fcntl(F_SETFL) has made necessary. */
    synchronized @Nullable OpenFile otherAppend() {
        return otherAppend;
    }

    /** @return the one to use, which is another one if somebody was faster */
    synchronized OpenFile otherAppend(OpenFile opened) {
        if (otherAppend == null) {
            otherAppend = opened;
        }
        return otherAppend;
    }
}
