package org.scoutfs.fuse;

import org.jspecify.annotations.Nullable;
import org.scoutfs.fs.OpenFile;

/** What the kernel's {@code fh} stands for: one open file or directory. Made by OPEN, OPENDIR, CREATE or TMPFILE, ended by RELEASE. */
final class Handle {
    /** Of all files; never changed. */
    private static final OpenListings.Reply NO_LISTING = new OpenListings.Reply();

    final OpenFile file;
    final boolean directory;

    /** Reads and writes of this handle go past the kernel's page cache. */
    final boolean direct;

    /** O_RDWR: a shared mapping of it changes pages without a word. Null otherwise. */
    final @Nullable MappableFile mappable;

    /** Of a directory: its last READDIRPLUS reply. */
    final OpenListings.Reply listing;

    private @Nullable OpenFile otherAppend;

    Handle(OpenFile file, boolean directory, boolean direct, @Nullable MappableFile mappable) {
        this.file = file;
        this.directory = directory;
        this.direct = direct;
        this.mappable = mappable;
        this.listing = directory ? new OpenListings.Reply() : NO_LISTING;
    }

    long ino() {
        return file.ino();
    }

    /** The second open file, with the opposite O_APPEND, that fcntl(F_SETFL) has made necessary. */
    synchronized @Nullable OpenFile otherAppend() {
        return otherAppend;
    }

    /** @return false: somebody was faster */
    synchronized boolean setOtherAppend(OpenFile opened) {
        if (otherAppend != null) {
            return false;
        }
        otherAppend = opened;
        return true;
    }
}
