package org.scoutfs.fs;

/**
 * An open file or directory: keeps its inode cached, and so its open map bit set, until released (spec 4 section 2.5, 7.6).
 *
 * <p>Opened and released by whoever opened it, once; usable by any thread in between.
 */
public interface OpenFile {
    long ino();

    /** The open(2) flags it was opened with. */
    int flags();

    /** True if it was opened for writing. */
    boolean writable();

    /** True if part of its contents was offline when it was opened: reads may wait for long. */
    default boolean hadOfflineContents() {
        return false;
    }
}
